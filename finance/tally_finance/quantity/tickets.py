"""Weigh tickets (磅单) from what a weighbridge signed: each weighing once, and none left out unseen. No IO.

A weighing is signed as records of one time: `ticket`, `first`, `second`, `net` in kg, `stable`, and `alibi`, the number
under which the scale itself keeps it and which rises by one for ever; where the truck is known `plate`, a salted
commitment; where goods dry also `moisture`, a share of the mass, by the sample that was taken of the load; where pieces
are weighed one by one `piece`, the serial. What came is heavier at first. The registers `kg_in` and `kg_out` are the
running sums: they must rise by what the tickets say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tally_chain.verify.figures import Basis
from tally_finance.quantity.evidence import Evidence, Pack, Source
from tally_finance.quantity.remark import Name, Remark

MOISTURE: Final = "moisture"
PIECE: Final = "piece"
PLATE: Final = "plate"
_PLATE_BYTES: Final = 32
_WEIGHING_DOMAIN: Final = b"tallystick weighing 1\0"
MASSES: Final = ("first", "second", "net")
RECORDS: Final = ("ticket", "first", "second", "net", "stable", "alibi")


@dataclass(frozen=True, slots=True)
class Ticket:
    """One weighing. `at` is the second weighing's time, Unix seconds."""

    number: str
    alibi: int
    at: int
    first_kg: Decimal
    second_kg: Decimal
    source: Source
    moisture: Decimal | None = None
    """Of the load, a share of its mass; None where no sample was taken."""
    plate: bytes | None = None
    """The truck's, as SHA-256 over a salt and the plate (docs/formats/readings.md); None where nobody read it."""
    serial: str | None = None
    """The piece's, where one piece was weighed by itself."""

    @property
    def evidence(self) -> bytes:
        """The weighing's id on the chain, where it counts once for ever: over the statement's id and the alibi number.

        A statement may hold several weighings, so its own id would not tell them apart.
        """
        return hashlib.sha256(_WEIGHING_DOMAIN + self.source.statement_id + str(self.alibi).encode()).digest()

    @property
    def came(self) -> bool:
        """Whether the goods came in."""
        return self.first_kg > self.second_kg

    @property
    def full_kg(self) -> Decimal:
        """The truck with the goods."""
        return max(self.first_kg, self.second_kg)

    @property
    def empty_kg(self) -> Decimal:
        """The truck without."""
        return min(self.first_kg, self.second_kg)

    @property
    def net_kg(self) -> Decimal:
        """The goods, never negative."""
        return self.full_kg - self.empty_kg


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a scale weighed in a period, in the order of its alibi numbers, and what is to be said of it.

    `unticketed_kg` went out by the scale's sums, and no ticket that counts says so.
    """

    tickets: tuple[Ticket, ...]
    remarks: tuple[Remark, ...]
    unticketed_kg: Decimal


def weighed(evidence: Evidence, point: str) -> Weighed:
    """The tickets of scale `point` after the period's beginning and up to its end."""
    found: list[Ticket] = []
    remarks: list[Remark] = []
    alibis: set[int] = set()
    for pack in evidence.packs.get(point, ()):
        for at, records in weighings_of(pack):
            if evidence.from_at < at <= evidence.to_at:
                alibis |= {shown for shown in [records.get("alibi")] if isinstance(shown, int)}
                ticket = ticket_of(at, records, pack.source)
                if isinstance(ticket, Ticket):
                    found.append(ticket)
                else:
                    remarks.append(Remark(Name.TICKET_WRONG, pack.source.place, f"the weighing at {at} {ticket}"))
    found.sort(key=lambda ticket: (ticket.alibi, ticket.at))
    tickets, twice = _once(found, point)
    remarks += [*twice, *_left_out(sorted(alibis), point)]
    missing = {way: _beside_sum(tickets, evidence, point, remarks, came=way) for way in (True, False)}
    return Weighed(tuple(tickets), tuple(remarks), max(Decimal(0), missing[False]))


def weighings_of(pack: Pack) -> Iterator[tuple[int, dict[str, object]]]:
    """The weighings of a pack; records of one time belong together until a name comes again."""
    by_time: dict[int, list[dict[str, object]]] = {}
    for reading in pack.readings:
        if reading.register in (*RECORDS, MOISTURE, PLATE, PIECE):
            weighings = by_time.setdefault(reading.taken_at, [{}])
            if reading.register in weighings[-1]:
                weighings.append({})
            in_kg = reading.register not in MASSES or reading.unit == "kg"
            weighings[-1][reading.register] = reading.value if in_kg else f"{reading.value!r} {reading.unit}"
    for at, weighings in by_time.items():
        for records in weighings:
            yield at, records


def ticket_of(at: int, records: dict[str, object], source: Source) -> Ticket | str:
    """The ticket, or what is wrong with it."""
    lacks = [name for name in RECORDS if name not in records]
    if lacks:
        return f"has no {', '.join(lacks)}"
    number, alibi = records["ticket"], records["alibi"]
    if not isinstance(number, str) or not isinstance(alibi, int) or isinstance(alibi, bool):
        return "has no number of its own"
    if records["stable"] is not True:
        return "was not stable"
    first, second, net = (_number(records[name]) for name in MASSES)
    if first is None or second is None or net is None:
        return f"has no mass in kg: {', '.join(str(records[name]) for name in MASSES)}"
    if first == second or min(first, second) < 0:
        return f"shows {first:f} and {second:f} kg"
    if first - second != net:
        return f"shows {net:f} kg where {first:f} less {second:f} are {first - second:f}"
    moisture = _number(records[MOISTURE]) if MOISTURE in records else None
    if MOISTURE in records and (moisture is None or not 0 <= moisture < 1):
        return f"shows a moisture of {records[MOISTURE]}"
    plate = records.get(PLATE)  # what is no commitment says nothing of the truck, and takes nothing from the mass
    known = plate if isinstance(plate, bytes) and len(plate) == _PLATE_BYTES else None
    serial = records.get(PIECE)
    if PIECE in records and (not isinstance(serial, str) or not serial):
        return f"shows the serial {serial!r}"
    piece = serial if isinstance(serial, str) else None
    return Ticket(number, alibi, at, first, second, source, moisture, known, piece)


def _number(value: object) -> Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _once(tickets: Sequence[Ticket], point: str) -> tuple[list[Ticket], list[Remark]]:
    """Each number once: the first weighing under a number counts."""
    kept: list[Ticket] = []
    remarks = []
    numbers: dict[str, Ticket] = {}
    alibis: dict[int, Ticket] = {}
    for ticket in tickets:
        known = numbers.get(ticket.number) or alibis.get(ticket.alibi)
        if known is None:
            numbers[ticket.number] = alibis[ticket.alibi] = ticket
            kept.append(ticket)
        else:
            text = f"ticket {ticket.number}, alibi {ticket.alibi} at {ticket.at}: taken by the weighing at {known.at}"
            remarks.append(Remark(Name.TICKET_TWICE, point, text))
    return kept, remarks


def _left_out(alibis: Sequence[int], point: str) -> Iterable[Remark]:
    for before, after in pairwise(alibis):
        if after > before + 1:
            text = f"{after - before - 1} weighings behind alibi number {before} are not shown"
            yield Remark(Name.TICKET_MISSING, point, text)


def _beside_sum(
    tickets: Sequence[Ticket], evidence: Evidence, point: str, remarks: list[Remark], *, came: bool
) -> Decimal:
    """How much more a running sum rose, by the verification, than its tickets say.

    The verification follows sums over rollovers and exchanged scales; it must know them from end to end of the period.
    """
    register = "kg_in" if came else "kg_out"
    touches = f"{point}/{register}"
    figure = evidence.figures.get((point, register))
    if figure is None or (figure.from_at, figure.to_at) != (evidence.from_at, evidence.to_at):
        remarks.append(Remark(Name.SILENT, touches, "it is not read at both ends of the period"))
        return Decimal(0)
    if figure.basis not in (Basis.COMPLETE, Basis.BRIDGED) or figure.unit != "kg":
        remarks.append(Remark(Name.SILENT, touches, f"it is {figure.basis.value}, in {figure.unit}"))
    if figure.restated is not None:
        remarks.append(Remark(Name.CORRECTED, touches, f"the authority says {figure.restated:f} kg for the period"))
    counted = sum((one.net_kg for one in tickets if one.came is came), Decimal(0))
    if figure.quantity != counted:
        text = f"it rose by {figure.quantity:f} kg, and its tickets say {counted:f}"
        remarks.append(Remark(Name.SUMS_DIFFER, touches, text))
    return figure.quantity - counted
