"""Whose key a device's statement is signed with, by what a gateway gives of its authorities' streams. No IO.

Under a policy that names the authority its whole stream is checked as in a bundle: signatures, links from seq 0, second
persons, independence; what does not hold then fails. Where no policy names it the gateway's own list says who enrolled
the key, and that is told as not checked. A list can be cut at its end, so a revocation that nobody shows is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tally_chain.findings import Finding, Ledger, Severity
from tally_chain.policy import Policy
from tally_chain.verify.authority_check import check_authorities
from tally_chain.verify.facts import Facts
from tally_chain.verify.log_check import Logged
from tally_chain.verify.one_statement import Outcome, Signer, enrolled
from tally_chain.verify.registry_check import RegistryCheck
from tally_edge import statement, wire
from tally_edge.authority import PAYLOAD_OF_KIND, Enrolment, Revocation, Rotation
from tally_edge.errors import EdgeError
from tally_edge.statement import AUTHORITY_KINDS, Statement


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who answers for a key, and whether that holds; `findings` of the stream of the authority that says so."""

    signer: Signer | None
    outcome: Outcome
    why: str
    findings: tuple[Finding, ...] = ()


def whose(
    signed: Statement, index: int, stated: Sequence[tuple[int, bytes]], policy: Policy | None, now: int
) -> Enrolled:
    """`stated`: the statements of the gateway's authorities at their places in the log, each stream in its order."""
    logged, all_of_them = Logged(0, index, signed, None), _logged(stated)
    if policy is not None:
        ledger = Ledger()
        named = {(one.issuer, one.key.kid) for one in policy.authorities}
        theirs = [one for one in all_of_them if (one.statement.claims.issuer, one.statement.claims.kid) in named]
        facts = check_authorities(theirs, policy, RegistryCheck(policy, ledger, now), ledger)
        known = facts.keys.get(signed.claims.kid)
        if known is not None:
            signer, why = enrolled(facts, known, logged)
            failures = [one for one in ledger.all() if one.severity is Severity.FAILURE]
            why = why or "; ".join(f"{one.code.number} {one.sentence} [{one.touches}]" for one in failures[:3])
            return Enrolled(signer, Outcome.FAILED if why else Outcome.HELD, why, tuple(ledger.all()))
    facts = _by_word(all_of_them)
    known = facts.keys.get(signed.claims.kid)
    if known is None:
        return Enrolled(None, Outcome.UNCHECKED, "no authority that the gateway lists here enrolled the key")
    signer, why = enrolled(facts, known, logged)
    claims = next(one for one in all_of_them if one.index == signer.entry).statement.claims
    issuer = claims.issuer
    if why:
        return Enrolled(signer, Outcome.FAILED, f"by what {issuer} itself stated, {why}")
    if policy is not None and any((one.issuer, one.key.kid) == (issuer, claims.kid) for one in policy.authorities):
        return Enrolled(signer, Outcome.FAILED, f"{issuer} enrolled it in no way that your policy accepts")
    text = f"{issuer} enrolled it by the gateway's own list; whether {issuer} may, a policy of your organisation says"
    return Enrolled(signer, Outcome.UNCHECKED, text)


def _logged(stated: Sequence[tuple[int, bytes]]) -> list[Logged]:
    found = []
    for index, encoded in stated:
        try:
            signed = statement.decode(encoded)
        except EdgeError:
            continue
        if signed.claims.kind in AUTHORITY_KINDS:
            found.append(Logged(0, index, signed, None))
    return found


def _by_word(stated: Sequence[Logged]) -> Facts:
    """What keys come to by these statements, whoever signed them."""
    facts, unheard = Facts(), Ledger()
    for logged in stated:
        try:
            payload = wire.decode(PAYLOAD_OF_KIND[logged.statement.claims.kind], logged.statement.payload)
        except EdgeError:
            continue
        match payload:
            case Enrolment():
                facts.enrol(logged, payload, unheard)
            case Rotation():
                facts.rotate(logged, payload, unheard)
            case Revocation():
                facts.revoke(logged, payload)
    return facts
