"""The quantity of goods with serials (件货): coils, ingots, drums. No IO.

    1  what lies there by scale and gate, piece by piece                                      inside.py: the book
    2  a piece counts that enough kinds of witness have seen of late                          stocktake.by_serials
    3  a piece is missing that the readers missed in j looks running, (1 - p)^j below the chance that is
       allowed, shared among all pieces of the store: in a large one some tag is always missed
    4  the attested quantity is the mass of 2; the upper bound holds what is neither confirmed nor missing, too

A piece that is missing or unseen is not lent against, and takes nothing from the others: unlike goods in bulk they are
not mixed. Whether all of it together is a shortage (短少) is decided by the upper bound against what was weighed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from enum import Enum

from tally_finance.errors import QuantityError
from tally_finance.estimate import EXACT, Estimate, total
from tally_finance.quantity.attested import Attested, Rules, Standing, stepped
from tally_finance.quantity.evidence import Evidence
from tally_finance.quantity.inside import Inside, Piece, inside
from tally_finance.quantity.remark import Name, Remark
from tally_finance.quantity.stocktake import by_serials, misses_that_count
from tally_finance.quantity.store import Pieces
from tally_finance.quantity.tickets import Ticket

_NAMED = 5
"""So many serials a remark names."""


class State(Enum):
    """How a piece stands."""

    CONFIRMED = "confirmed"
    UNSEEN = "unseen"
    MISSING = "missing"
    STRUCK = "struck"


@dataclass(frozen=True, slots=True)
class Stood:
    """A piece with its state, and when each kind of witness saw it last (Unix seconds)."""

    piece: Piece
    state: State
    seen: Mapping[str, int]

    @property
    def counts(self) -> bool:
        """Whether it is a piece of goods at all, seen or not."""
        return self.state is not State.STRUCK


@dataclass(frozen=True, slots=True)
class PiecePosition:
    """The quantity at `at` (Unix seconds), piece by piece. `book` is the mass of all that should lie there."""

    at: int
    attested: Attested
    book: Estimate
    pieces: tuple[Stood, ...]
    tickets: tuple[Ticket, ...]
    misses: int
    """In so many looks running a tag must not be read for its piece to be missing."""
    remarks: tuple[Remark, ...]

    @property
    def allows_credit(self) -> bool:
        """Whether no remark blocks new credit."""
        return not any(remark.name.blocks for remark in self.remarks)

    def of(self, state: State) -> tuple[Stood, ...]:
        """The pieces in a state, by serial."""
        return tuple(one for one in self.pieces if one.state is state)


def piece_position(evidence: Evidence, store: Pieces) -> PiecePosition:
    """The position of `store`. Raises QuantityError where its evidence can not be read as its sheet says."""
    for point in store.points:
        if point not in evidence.packs:
            raise QuantityError(f"{point}: the bundle has no readings of it that hold")
    halls = [inside(evidence, store, hall) for hall in store.halls]
    twice = _in_two(halls)
    misses = misses_that_count(store.read_rate, store.chance / max(1, sum(len(one.pieces) for one in halls)))
    stood: list[Stood] = []
    for hall in halls:
        stood += _stood(hall, store, evidence.to_at - store.fresh_s, misses, hall.struck | twice)
    stood.sort(key=lambda one: one.piece.serial)
    confirmed, unseen = (
        total(one.piece.mass for one in stood if one.state is state) for state in (State.CONFIRMED, State.UNSEEN)
    )
    remarks = [remark for hall in halls for remark in hall.remarks]
    remarks += [Remark(Name.SERIAL_TWICE, store.name, f"{serial} lies in two halls") for serial in sorted(twice)]
    remarks += _said(stood, store.name)
    everything = all(one.state is State.CONFIRMED for one in stood)
    tickets = sorted((one for hall in halls for one in hall.tickets), key=lambda one: (one.at, one.evidence))
    return PiecePosition(
        at=evidence.to_at,
        attested=_attested(confirmed, confirmed + unseen, store.rules, Standing.AGREE if everything else Standing.LESS),
        book=total(one.piece.mass for one in stood),
        pieces=tuple(stood),
        tickets=tuple(tickets),
        misses=misses,
        remarks=tuple(remarks),
    )


def _stood(hall: Inside, store: Pieces, since: int, misses: int, struck: frozenset[str]) -> Iterator[Stood]:
    weights = {serial: piece.mass for serial, piece in hall.pieces.items() if serial not in struck}
    found = by_serials(weights, hall.seen, since=since, witnesses=store.witnesses)
    confirmed = frozenset(found.serials)
    for serial, piece in hall.pieces.items():
        if serial in struck:
            state = State.STRUCK
        elif _missed(hall, piece, misses):  # whoever else says so: a gate does not see what goes through a window
            state = State.MISSING
        else:
            state = State.CONFIRMED if serial in confirmed else State.UNSEEN
        yield Stood(piece, state, {kind: last[serial] for kind, last in hall.seen.items() if serial in last})


def _missed(hall: Inside, piece: Piece, misses: int) -> bool:
    """Whether the last looks since it lies there all missed it, as many as it takes."""
    looks = [read for at, read in hall.looks.items() if at >= piece.since][-misses:]
    return len(looks) == misses and not any(piece.serial in read for read in looks)


def _in_two(halls: Sequence[Inside]) -> frozenset[str]:
    """Serials that lie in two halls, or that one hall's newest look reads while they lie in another."""
    known: set[str] = set()
    twice: set[str] = set()
    for hall in halls:
        newest = hall.looks[max(hall.looks)] if hall.looks else frozenset()
        here = set(hall.pieces) | newest
        twice |= known & here
        known |= here
    return frozenset(twice)


def _attested(confirmed: Estimate, possible: Estimate, rules: Rules, standing: Standing) -> Attested:
    with localcontext(EXACT):
        lower = stepped(max(confirmed.value - rules.k * confirmed.u, Decimal(0)), rules.step_kg, ROUND_FLOOR)
        upper = stepped(possible.value + rules.k * possible.u, rules.step_kg, ROUND_CEILING)
    return Attested(confirmed.value, confirmed.u, lower, upper, standing, None)


def _said(stood: Sequence[Stood], store: str) -> Iterator[Remark]:
    for state, name in ((State.UNSEEN, Name.SERIAL_UNSEEN), (State.MISSING, Name.SERIAL_MISSING)):
        serials = [one.piece.serial for one in stood if one.state is state]
        if serials:
            kg = sum((one.piece.mass.value for one in stood if one.state is state), Decimal(0))
            more = ", …" if len(serials) > _NAMED else ""
            yield Remark(name, store, f"{len(serials)} pieces of {kg:f} kg: {', '.join(serials[:_NAMED])}{more}")
