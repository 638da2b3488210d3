"""Step 4: streams are whole, linked, unforked, and of keys that may speak. Verdict-critical: no IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tally_chain.findings import Code, Ledger, Severity
from tally_chain.policy import Policy
from tally_edge.authority import SigningPlace
from tally_edge.errors import SignatureError
from tally_edge.statement import DEVICE_KINDS, Clock

if TYPE_CHECKING:
    from tally_chain.verify.authority_check import Facts, KeyFacts
    from tally_chain.verify.log_check import Logged


def check_links(
    touches: str,
    members: list[Logged],
    ledger: Ledger,
    *,
    missing: Code = Code.MISSING_STATEMENT,
    fork: Code = Code.FORK,
    from_zero: bool = False,
    whole: bool = True,
) -> list[Logged]:
    """The members of one stream in the order of seq, one per seq; what is missing, forked or unlinked is found.

    `whole` is False where a bundle carries chosen statements only: then gaps between them are no findings.
    """
    by_seq: dict[int, list[Logged]] = {}
    for logged in members:
        seq = logged.statement.claims.seq
        if seq is not None:
            by_seq.setdefault(seq, []).append(logged)
    chain: list[Logged] = []
    arrival = -1
    for seq in sorted(by_seq):
        first, *others = sorted(by_seq[seq], key=lambda logged: (logged.section, logged.index))
        for other in others:
            if other.statement.encoded == first.statement.encoded:
                ledger.add(Code.REPEATED, touches, f"seq {seq}")
            else:
                ledger.add(fork, touches, f"seq {seq}, entries {first.index} and {other.index}")
        _check_step(touches, chain[-1] if chain else None, first, ledger, missing, from_zero=from_zero, whole=whole)
        if first.section == (chain[-1].section if chain else first.section) and first.index < arrival:
            ledger.add(Code.OUT_OF_ORDER, touches)
        arrival = first.index
        chain.append(first)
    return chain


def _check_step(
    touches: str,
    before: Logged | None,
    logged: Logged,
    ledger: Ledger,
    missing: Code,
    *,
    from_zero: bool,
    whole: bool,
) -> None:
    claims = logged.statement.claims
    seq = claims.seq or 0
    expected = 0 if before is None else (before.statement.claims.seq or 0) + 1
    if seq != expected and whole and (before is not None or from_zero):
        last = f"seq {expected}" if seq - 1 == expected else f"seq {expected} to {seq - 1}"
        ledger.add(missing, touches, last)
    if before is not None and seq == expected and claims.prev != before.statement.id:
        ledger.add(Code.WRONG_LINK, touches, f"seq {seq}")


def check_devices(
    statements: list[Logged], facts: Facts, policy: Policy, ledger: Ledger, *, whole: bool
) -> list[Logged]:
    """The statements of devices that count, in the order of their streams.

    4.1 the key was enrolled, in this log, before the statement
    4.2 the signature verifies
    4.3 the statement is not void by a rotation or revocation
    4.4 the key speaks for the metering point, and the site plan lists it
    4.5 the stream is whole, linked and unforked (`whole`), or at least unforked
    4.6 time: not after its anchor; the device's clock was set
    4.7 marks: simulated evidence and manual entries are refused unless the policy accepts them
    """
    streams: dict[bytes, list[Logged]] = {}
    for logged in statements:
        claims = logged.statement.claims
        if claims.kind not in DEVICE_KINDS:
            continue
        known = facts.keys.get(claims.kid)
        if known is None or (known.section == logged.section and known.enrolled_index > logged.index):
            ledger.add(Code.UNKNOWN_KEY, f"key {claims.kid.hex()[:16]}…", f"speaks for {claims.subject}")
            continue
        try:
            logged.statement.verify(known.public_key)
        except SignatureError as error:
            ledger.add(Code.SIGNATURE_WRONG, logged.place, str(error))
            continue
        streams.setdefault(claims.kid, []).append(logged)
    counted: list[Logged] = []
    planned = facts.ever_planned()
    for kid, members in streams.items():
        known = facts.keys[kid]
        chain = check_links(f"device {known.enrolment.device}", members, ledger, whole=whole)
        counted += [logged for logged in chain if _may_count(logged, known, planned, ledger)]
        _check_marks(known, chain, policy, ledger)
    return counted


def _may_count(logged: Logged, known: KeyFacts, planned: set[str], ledger: Ledger) -> bool:
    claims = logged.statement.claims
    touches = f"device {known.enrolment.device}"
    if known.void_after is not None and (claims.seq or 0) > known.void_after:
        ledger.add(known.void_code, touches, f"from seq {known.void_after + 1} on")
        return False
    if claims.subject not in known.enrolment.points:
        ledger.add(Code.NOT_ITS_POINT, touches, f"speaks for {claims.subject}")
        return False
    if claims.subject not in planned:
        ledger.add(Code.UNPLANNED_POINT, claims.subject)
    if logged.anchored_at is not None and claims.issued_at > logged.anchored_at:
        ledger.add(Code.AFTER_ANCHOR, logged.place)
    if claims.clock is Clock.UNSET:
        ledger.add(Code.CLOCK_DOUBTFUL, touches)
    return True


def _check_marks(known: KeyFacts, chain: list[Logged], policy: Policy, ledger: Ledger) -> None:
    touches = f"device {known.enrolment.device}"
    simulated = known.enrolment.place is SigningPlace.SIMULATED
    if simulated:
        severity = Severity.WARNING if policy.accept.simulated else Severity.FAILURE
        ledger.add(Code.SIMULATED, touches, severity=severity)
    if known.enrolment.place is SigningPlace.BY_HAND:
        ledger.add(Code.BY_HAND, touches, severity=Severity.WARNING if policy.accept.by_hand else Severity.FAILURE)
    if chain and not simulated and chain[0].statement.claims.issued_at < known.enrolled_at:
        ledger.add(Code.BEFORE_ENROLMENT, touches)
