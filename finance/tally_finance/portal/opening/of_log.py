"""One entry of a log, checked as far as one entry can be: what a bundle alone shows is not told as held. No IO.

The gateway gives the entry, its proof and its anchors; none of these is believed. Whose key the log's is, and which
heads stand on a chain, a policy says. Without one the arithmetic is checked, and the rest is told as not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tally_chain import tree
from tally_chain.bundle import Entry, Link, Section
from tally_chain.errors import TreeError
from tally_chain.policy import PinnedRoot, Policy
from tally_chain.verify.one_statement import Checked, OpenedStatement, Outcome, Signer, Step
from tally_chain.verify.one_statement_told import to_json
from tally_chain.verify.root_check import dated
from tally_edge import statement, wire
from tally_edge.errors import EdgeError
from tally_edge.keys import PublicKey, decode_public_key
from tally_edge.log_opening import LogOpening
from tally_edge.proof import Proof, leaf_hash
from tally_edge.statement import AUTHORITY_KINDS, Kind, Statement

_ALONE = "this page has one entry; a bundle of the log shows it"


@dataclass(frozen=True, slots=True)
class Given:
    """What a gateway answered. `links`: consistency paths by the size of the other head; `anchors`: its own list."""

    entry: bytes
    proof: Proof
    opening: bytes
    links: Mapping[int, Sequence[bytes]]
    anchors: Sequence[Mapping[str, Any]]


def told(given: Given, policy: Policy | None) -> dict[str, Any]:
    """As `one_statement_told.to_json`."""
    place, head = given.proof.paths[0], given.proof.head
    signed = _parsed(given.entry)
    steps = [Checked(Step.STATEMENT, Outcome.HELD if signed else Outcome.FAILED, "" if signed else "no statement")]
    own_key = _named_key(given.opening)
    log = None if policy is None else policy.log(head.origin)
    proof_key = own_key if log is None else log.proof_key
    signer = None if signed is None else _signer(signed, policy, proof_key if log else None)
    steps += _key_and_signature(signed, signer)
    steps += [Checked(Step.LINK, Outcome.UNCHECKED, _ALONE), Checked(Step.LEAF, Outcome.HELD)]
    root = _root(given, steps)
    steps.append(_head(given, root, proof_key, known=log is not None))
    anchors = () if log is None or root is None else _vouching(log.roots, head.size, root, given.links)
    steps.append(_anchored(anchors, place.index))
    steps.append(Checked(Step.BUNDLE, Outcome.UNCHECKED, _ALONE))
    covering = [one for one in dated(anchors) if one.size > place.index]
    opened = OpenedStatement(
        section=_section(given),
        index=place.index,
        encoded=given.entry,
        statement=signed,
        signer=signer,
        leaf=leaf_hash(given.entry),
        path=place.path,
        root=root,
        head=head,
        proof_key=proof_key,
        anchors=anchors,
        not_before=None,
        not_after=min((one.time or 0 for one in covering), default=None),
        steps=tuple(steps),
        findings=(),
    )
    return {**to_json(opened), "claimed": [_claimed(one) for one in given.anchors if int(one["size"]) > place.index]}


def _parsed(entry: bytes) -> Statement | None:
    try:
        return statement.decode(entry)
    except EdgeError:
        return None


def _named_key(opening: bytes) -> PublicKey | None:
    """The proof key that the log's first entry names: the log's own word."""
    try:
        signed = statement.decode(opening)
        return decode_public_key(wire.decode(LogOpening, signed.payload).proof_key)
    except EdgeError:
        return None


def _signer(signed: Statement, policy: Policy | None, proof_key: PublicKey | None) -> Signer | None:
    """Of an authority or a log that the policy names; who enrolled a device's key one entry does not show."""
    claims = signed.claims
    if claims.kind in AUTHORITY_KINDS and policy is not None:
        speaks = claims.issuer, claims.kid
        found = next((one for one in policy.authorities if (one.issuer, one.key.kid) == speaks), None)
        return None if found is None else Signer(found.key, found.organisation)
    if claims.kind is Kind.LOG_OPENING and proof_key is not None and proof_key.kid == claims.kid:
        return Signer(proof_key, "the log")
    return None


def _key_and_signature(signed: Statement | None, signer: Signer | None) -> list[Checked]:
    if signed is None or signer is None:
        why = f"who enrolled the key is not known here: {_ALONE}"
        return [Checked(Step.KEY, Outcome.UNCHECKED, why), Checked(Step.SIGNATURE, Outcome.UNCHECKED, why)]
    return [Checked(Step.KEY, Outcome.HELD), _verified(Step.SIGNATURE, lambda: signed.verify(signer.key))]


def _root(given: Given, steps: list[Checked]) -> bytes | None:
    try:
        root = given.proof.root_for(0, given.entry)
    except EdgeError as error:
        steps.append(Checked(Step.PATH, Outcome.FAILED, str(error)))
        return None
    steps.append(Checked(Step.PATH, Outcome.HELD))
    return root


def _head(given: Given, root: bytes | None, key: PublicKey | None, *, known: bool) -> Checked:
    if root is None or key is None:
        return Checked(Step.HEAD, Outcome.UNCHECKED, "there is no root, or no key to check it with")
    checked = _verified(Step.HEAD, lambda: given.proof.head.verify(root, key))
    if known or checked.outcome is Outcome.FAILED:
        return checked
    why = "it verifies with the key that the log's first entry names; whose key that is, a policy says"
    return Checked(Step.HEAD, Outcome.UNCHECKED, why)


def _vouching(
    roots: Sequence[PinnedRoot], size: int, root: bytes, links: Mapping[int, Sequence[bytes]]
) -> tuple[PinnedRoot, ...]:
    """The heads of the policy that are this one or are linked with it, the earliest independent block first."""
    found = []
    for one in roots:
        path = links.get(one.size, ())
        try:
            if one.size <= size:
                tree.verify_consistency(one.size, one.root, size, root, path)
            else:
                tree.verify_consistency(size, root, one.size, one.root, path)
        except TreeError:
            continue
        found.append(one)
    return tuple(sorted(found, key=lambda one: (one not in dated([one]), one.time or 0, one.size)))


def _anchored(anchors: tuple[PinnedRoot, ...], index: int) -> Checked:
    if any(one.size > index for one in anchors):
        return Checked(Step.ANCHOR, Outcome.HELD)
    why = "no head of a policy here covers it; what the gateway says of its anchors stands below as its own word"
    return Checked(Step.ANCHOR, Outcome.UNCHECKED, why)


def _section(given: Given) -> Section:
    head, place = given.proof.head, given.proof.paths[0]
    links = tuple(Link(size, tuple(path)) for size, path in sorted(given.links.items()))
    entries = (Entry(place.index, given.entry),)
    return Section(head.origin, head.size, b"-", head.protected, head.signature, entries, place.path, None, links)


def _claimed(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "size": int(one["size"]),
        "root": str(one["root"]),
        "chain_id": None,
        "contract": None,
        "transaction": str(one["tx_hash"]),
        "block": int(one["block_number"]),
        "block_time": int(one["block_time_seconds"]),
    }


def _verified(step: Step, check: Callable[[], None]) -> Checked:
    try:
        check()
    except EdgeError as error:
        return Checked(step, Outcome.FAILED, str(error))
    return Checked(step, Outcome.HELD)
