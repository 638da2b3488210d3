"""Making bundles: which statements a reader needs, and the section that proves them. Core: no IO.

A `LogSource` is whatever holds a log: the gateway's own, a mirror, or a list in a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tally_chain import pruned, tree
from tally_chain.bundle import AnchorClaim, Entry, Link, Section
from tally_chain.errors import BundleError
from tally_chain.tree import Nodes
from tally_edge import senml, wire
from tally_edge.authority import PAYLOAD_OF_KIND, Enrolment, Revocation, Rotation, StreamPlace
from tally_edge.device import Gap, Settlement
from tally_edge.errors import DecodeError
from tally_edge.proof import HeadSignature
from tally_edge.statement import AUTHORITY_KINDS, DEVICE_KINDS, Kind, Statement


class LogSource(Protocol):
    """A log at a sealed head. `entry` raises for an index at or past the head's size."""

    @property
    def head(self) -> HeadSignature:
        """The signed head."""
        ...

    @property
    def checkpoint(self) -> bytes:
        """The signed checkpoint of the same head."""
        ...

    @property
    def nodes(self) -> Nodes:
        """The hashes of the tree."""
        ...

    def entry(self, index: int) -> bytes:
        """The encoded statement at `index`."""
        ...


def section(
    source: LogSource,
    indexes: Sequence[int],
    *,
    anchors: Sequence[AnchorClaim] = (),
    link_sizes: Iterable[int] = (),
) -> Section:
    """The section of `source` at its head with the statements at `indexes` (strictly ascending).

    `link_sizes` are sizes of heads, older or newer, that a reader may hold; each gets its consistency path. Raises
    TreeError.
    """
    head = source.head
    links = [
        Link(size, tuple(tree.consistency_path(source.nodes, min(size, head.size), max(size, head.size))))
        for size in sorted({*link_sizes} - {head.size})
    ]
    return Section(
        origin=head.origin,
        size=head.size,
        checkpoint=source.checkpoint,
        head_protected=head.protected,
        head_signature=head.signature,
        entries=tuple(Entry(index, source.entry(index)) for index in indexes),
        hashes=tuple(pruned.cut_hashes(source.nodes, indexes, head.size)),
        anchors=tuple(anchors) or None,
        links=tuple(links) or None,
    )


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement of the log and its place."""

    index: int
    statement: Statement


def select_full(placed: Iterable[Placed], points: frozenset[str], from_at: int, to_at: int) -> list[int]:
    """The places of everything that `points` said over a period, and of all key facts, ascending.

    Of each stream the whole run of seq from the first statement that touches [from_at, to_at] to the last, whatever
    points they speak of: a run with holes would prove nothing. A stream that fell silent before the period, and that
    the authority ended in it or later, shows its end. No points means all.
    """
    wanted: list[int] = []
    streams: dict[bytes, list[Placed]] = {}
    placed = list(placed)
    ends = _ends(placed, from_at)
    for member in placed:
        if is_key_fact(member):
            wanted.append(member.index)
        elif member.statement.claims.kind in DEVICE_KINDS:
            streams.setdefault(member.statement.claims.kid, []).append(member)
    for kid, members in streams.items():
        seqs = [
            member.statement.claims.seq or 0 for member in members if _touches(member.statement, points, from_at, to_at)
        ]
        wanted += [] if seqs else _silent_end(members, ends.get(kid), points)
        if seqs:
            first, last = min(seqs), max(seqs)
            wanted += [member.index for member in members if first <= (member.statement.claims.seq or 0) <= last]
    return sorted(wanted)


def select_totals(placed: Iterable[Placed], points: frozenset[str], from_at: int, to_at: int) -> list[int]:
    """The places of the settlements at both edges of a period, and of all key facts, ascending. No points means all.

    And the end of every stream that fell silent before the period, as in `select_full`. Raises BundleError naming the
    metering point whose settlement is missing.
    """
    placed = list(placed)
    wanted: list[int] = []
    edges: dict[str, dict[int, list[int]]] = {}
    streams: dict[bytes, list[Placed]] = {}
    for member in placed:
        if is_key_fact(member):
            wanted.append(member.index)
            continue
        if member.statement.claims.kind in DEVICE_KINDS:
            streams.setdefault(member.statement.claims.kid, []).append(member)
        if member.statement.claims.kind is Kind.SETTLEMENT:
            subject, at = member.statement.claims.subject, _settled_at(member.statement)
            if at in (from_at, to_at) and (not points or subject in points):
                # Two settlements of one time are both carried: whoever makes a bundle does not choose between them.
                edges.setdefault(subject, {}).setdefault(at, []).append(member.index)
    for point in points | edges.keys():
        for at in (from_at, to_at):
            if at not in edges.get(point, {}):
                raise BundleError(f"{point} has no settlement at {at}: totals need one at each edge of the period")
    wanted += [index for of_point in edges.values() for indexes in of_point.values() for index in indexes]
    for kid, end in _ends(placed, from_at).items():
        members = streams.get(kid, [])
        if not any(_touches(member.statement, points, from_at, to_at) for member in members):
            wanted += _silent_end(members, end, points)
    return sorted(wanted)


def _ends(placed: Iterable[Placed], from_at: int) -> dict[bytes, int]:
    """Where the authority, by its clock after `from_at`, says that streams end."""
    ends: dict[bytes, int] = {}
    for member in placed:
        claims = member.statement.claims
        if claims.kind not in (Kind.ENROLMENT, Kind.ROTATION, Kind.REVOCATION) or claims.issued_at <= from_at:
            continue
        try:
            match wire.decode(PAYLOAD_OF_KIND[claims.kind], member.statement.payload):
                case (
                    Rotation(last=StreamPlace(kid=kid, seq=seq)) | Enrolment(predecessor=StreamPlace(kid=kid, seq=seq))
                ):
                    ends[kid] = min(seq, ends.get(kid, seq))
                case Revocation(kid=kid, last_good_seq=int(seq)):
                    ends[kid] = min(seq, ends.get(kid, seq))
        except DecodeError:
            continue  # a verifier finds it
    return ends


def _silent_end(members: Iterable[Placed], end: int | None, points: frozenset[str]) -> list[int]:
    """The place of a stream's end, where it speaks of the points. Nothing of the stream touches the period."""
    of_points = [member for member in members if not points or member.statement.claims.subject in points]
    return [member.index for member in members if of_points and member.statement.claims.seq == end]


def span(placed: Iterable[Placed], points: frozenset[str]) -> tuple[int, int]:
    """From the first settlement of `points` (none: all) to the last, Unix seconds. Raises BundleError without two."""
    settled = [
        at
        for member in placed
        if member.statement.claims.kind is Kind.SETTLEMENT
        and (not points or member.statement.claims.subject in points)
        and (at := _settled_at(member.statement)) is not None
    ]
    if len(set(settled)) < 2:
        raise BundleError(
            "the log holds no two settlements of what was asked for, to span a period: say from when to when"
        )
    return min(settled), max(settled)


def _settled_at(statement: Statement) -> int | None:
    try:
        return wire.decode(Settlement, statement.payload).at
    except DecodeError:
        return None  # logged, because it is signed, but it settles nothing


def is_key_fact(member: Placed) -> bool:
    """Whether a statement is an authority's, or opens the log: every bundle carries these."""
    kind = member.statement.claims.kind
    return kind in AUTHORITY_KINDS or kind is Kind.LOG_OPENING


def _touches(statement: Statement, points: frozenset[str], from_at: int, to_at: int) -> bool:
    if points and statement.claims.subject not in points:
        return False
    try:
        first, last = _times(statement)
    except DecodeError:
        # Signed and logged, but not what its kind says. It is carried where its own clock puts it, so that it is found.
        first = last = statement.claims.issued_at
    return first <= to_at and last >= from_at


def _times(statement: Statement) -> tuple[int, int]:
    """The first and the last time that the payload speaks of. Raises DecodeError."""
    match statement.claims.kind:
        case Kind.READINGS:
            times = [reading.taken_at for reading in senml.decode(statement.payload)]
            return min(times), max(times)
        case Kind.SETTLEMENT:
            settled_at = wire.decode(Settlement, statement.payload).at
            return settled_at, settled_at
        case _:
            gap = wire.decode(Gap, statement.payload)
            return gap.after, gap.before
