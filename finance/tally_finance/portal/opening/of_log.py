"""One entry of a log, checked as far as one entry can be: what a bundle alone shows is not told as held. No IO.

The gateway gives the entry, its proof and its anchors; none of these is believed. Whose key the log's is, and which
heads stand on a chain, a policy says. Without one the arithmetic is checked, and the rest is told as not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
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
from tally_edge.statement import AUTHORITY_KINDS, DEVICE_KINDS, Kind, Statement
from tally_finance.portal.opening.enrolled import Enrolled, whose

_ALONE = "this page has one entry; a bundle of the log shows it"


@dataclass(frozen=True, slots=True)
class Beside:
    """Another entry, or another head, of the same log: its proof, and the consistency path between the two heads."""

    encoded: bytes
    proof: Proof
    link: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What a gateway answered. `links`: consistency paths by the size of the other head; `anchors`: its own list.

    `stated`: its authorities' statements with their places; `enrolment`: the one that enrolled the entry's key, proven;
    `before`: the statement before the entry in its stream; `anchor_link`: as `links`, for its own first anchor that
    covers the entry. Each is empty where the gateway gave none.
    """

    entry: bytes
    proof: Proof
    opening: bytes
    links: Mapping[int, Sequence[bytes]]
    anchors: Sequence[Mapping[str, Any]]
    stated: Sequence[tuple[int, bytes]] = ()
    enrolment: Beside | None = None
    before: bytes | None = None
    anchor_link: Sequence[bytes] | None = None

    @property
    def covering(self) -> Mapping[str, Any] | None:
        """The gateway's own first anchor that covers the entry."""
        index = self.proof.paths[0].index
        return min(
            (one for one in self.anchors if int(one["size"]) > index), key=lambda one: int(one["size"]), default=None
        )


def told(given: Given, policy: Policy | None) -> dict[str, Any]:
    """As `one_statement_told.to_json`."""
    place, head = given.proof.paths[0], given.proof.head
    signed = _parsed(given.entry)
    steps = [Checked(Step.STATEMENT, Outcome.HELD if signed else Outcome.FAILED, "" if signed else "no statement")]
    own_key = _named_key(given.opening)
    log = None if policy is None else policy.log(head.origin)
    proof_key = own_key if log is None else log.proof_key
    root_steps: list[Checked] = []
    root = _root(given, root_steps)
    owner = _owner(given, signed, policy, proof_key if log else None)
    owner = _placed(given, owner, root, proof_key if log else None)
    steps += [*_key_and_signature(signed, owner), _link(signed, given.before), Checked(Step.LEAF, Outcome.HELD)]
    steps += root_steps
    steps.append(_head(given, root, proof_key, known=log is not None))
    anchors = () if log is None or root is None else _vouching(log.roots, head.size, root, given.links)
    steps.append(_anchored(given, anchors, root))
    steps.append(Checked(Step.BUNDLE, Outcome.UNCHECKED, _ALONE))
    covering = [one for one in dated(anchors) if one.size > place.index]
    opened = OpenedStatement(
        section=_section(given),
        index=place.index,
        encoded=given.entry,
        statement=signed,
        signer=owner.signer,
        leaf=leaf_hash(given.entry),
        path=place.path,
        root=root,
        head=head,
        proof_key=proof_key,
        anchors=anchors,
        not_before=None,
        not_after=min((one.time or 0 for one in covering), default=None),
        steps=tuple(steps),
        findings=owner.findings,
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


def _owner(given: Given, signed: Statement | None, policy: Policy | None, proof_key: PublicKey | None) -> Enrolled:
    """Who answers for the entry's key: an authority or a log by the policy alone, a device by its enrolment."""
    if signed is None:
        return Enrolled(None, Outcome.UNCHECKED, "the bytes are no statement")
    claims = signed.claims
    if claims.kind in DEVICE_KINDS:
        return whose(signed, given.proof.paths[0].index, given.stated, policy, given.proof.head.signed_at)
    if claims.kind in AUTHORITY_KINDS and policy is not None:
        speaks = claims.issuer, claims.kid
        found = next((one for one in policy.authorities if (one.issuer, one.key.kid) == speaks), None)
        if found is not None:
            return Enrolled(Signer(found.key, found.organisation), Outcome.HELD, "")
    if claims.kind is Kind.LOG_OPENING and proof_key is not None and proof_key.kid == claims.kid:
        return Enrolled(Signer(proof_key, "the log"), Outcome.HELD, "")
    return Enrolled(None, Outcome.UNCHECKED, "no policy of your organisation names whose key this is")


def _placed(given: Given, owner: Enrolled, root: bytes | None, key: PublicKey | None) -> Enrolled:
    """The same, with the place of the enrolment proven: what came later than the entry enrolled nobody for it."""
    if owner.outcome is not Outcome.HELD or owner.signer is None or owner.signer.entry is None:
        return owner
    beside = given.enrolment
    if beside is None or root is None or key is None:
        return replace(owner, outcome=Outcome.UNCHECKED, why="where the enrolment stands in the log is not proven here")
    try:
        if (beside.proof.paths[0].index, beside.encoded) != (
            owner.signer.entry,
            dict(given.stated)[owner.signer.entry],
        ):
            raise EdgeError("it is the proof of another entry")
        other = beside.proof.root_for(0, beside.encoded)
        beside.proof.head.verify(other, key)
        _one_tree((given.proof.head.size, root), (beside.proof.head.size, other), beside.link)
    except (EdgeError, TreeError) as error:
        return replace(
            owner, outcome=Outcome.FAILED, why=f"the enrolment does not stand in the log where it is said: {error}"
        )
    return owner


def _one_tree(one: tuple[int, bytes], other: tuple[int, bytes], link: Sequence[bytes]) -> None:
    """Two heads (size, root) are of one history. Raises TreeError."""
    older, newer = sorted((one, other))
    tree.verify_consistency(*older, *newer, link)


def _key_and_signature(signed: Statement | None, owner: Enrolled) -> list[Checked]:
    key = Checked(Step.KEY, owner.outcome, owner.why)
    signer = owner.signer
    if signed is None or signer is None:
        return [key, Checked(Step.SIGNATURE, Outcome.UNCHECKED, owner.why)]
    return [key, _verified(Step.SIGNATURE, lambda: signed.verify(signer.key))]


def _link(signed: Statement | None, before: bytes | None) -> Checked:
    if signed is None or signed.claims.seq is None:
        return Checked(Step.LINK, Outcome.UNCHECKED, "it stands alone, in no stream")
    if signed.claims.seq == 0:
        return Checked(Step.LINK, Outcome.HELD)  # the profile allows seq 0 the empty link alone
    if before is None:
        return Checked(Step.LINK, Outcome.UNCHECKED, "the gateway shows no statement before it")
    if sha256(before).digest() == signed.claims.prev:
        return Checked(Step.LINK, Outcome.HELD)
    return Checked(Step.LINK, Outcome.FAILED, "the log holds another statement at the number before it")


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
        try:
            _one_tree((size, root), (one.size, one.root), links.get(one.size, ()))
        except TreeError:
            continue
        found.append(one)
    return tuple(sorted(found, key=lambda one: (one not in dated([one]), one.time or 0, one.size)))


def _anchored(given: Given, anchors: tuple[PinnedRoot, ...], root: bytes | None) -> Checked:
    """The reader's own heads count. The gateway's own anchor is held against the log, and counts for nothing more."""
    if any(one.size > given.proof.paths[0].index for one in anchors):
        return Checked(Step.ANCHOR, Outcome.HELD)
    none, own = "no head of a policy here covers it", given.covering
    if own is None:
        return Checked(Step.ANCHOR, Outcome.UNCHECKED, f"{none}, and the gateway has anchored none that does")
    size = int(own["size"])
    if root is None or given.anchor_link is None:
        return Checked(Step.ANCHOR, Outcome.UNCHECKED, f"{none}; the gateway's anchor of size {size} was not linked")
    try:
        _one_tree((given.proof.head.size, root), (size, bytes.fromhex(own["root"])), given.anchor_link)
    except (TreeError, ValueError) as error:
        why = f"the gateway's own anchor of size {size} is of another history than this head: {error}"
        return Checked(Step.ANCHOR, Outcome.FAILED, why)
    why = f"{none}; the gateway's own anchor of size {size} is of this history, and that a chain took it is its word"
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
