"""Which pieces lie in a hall by what its scale and its gate signed, and who has seen each of them when. No IO.

A piece lies there from when it has both been weighed and passed the gate inwards until it passes outwards. Four kinds
of witness see it:

    scale     weighed it, when it came or again, and found the mass that it came with
    gate      has read it in and not out, and nothing passed that it did not read
    reader    read its tag in a look over the hall
    counter   counted at least as many pieces as the readers read tags, and reads no tags itself

Gate and reader go by the tag, and a copy of a tag fools both; scale and counter do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from tally_chain.verify.figures import Basis
from tally_finance.estimate import Estimate
from tally_finance.quantity import certificates
from tally_finance.quantity.evidence import Evidence, Source
from tally_finance.quantity.holding import scale_at
from tally_finance.quantity.remark import Name, Remark
from tally_finance.quantity.store import Hall, Pieces
from tally_finance.quantity.tickets import Ticket, weighed

_AGREES: Final = 2
"""Two weighings of one piece may differ by so many standard uncertainties of their difference (E_n up to 1)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece in a hall. `since`: Unix seconds; of an opening there is neither a weighing nor a source.

    `weighing`: the evidence id of the weighing that it came by; `sources`: that weighing and its way in.
    """

    serial: str
    mass: Estimate
    since: int
    weighing: bytes | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Inside:
    """A hall at the period's end: `pieces` by serial; `seen` by kind of witness, when each serial was seen last.

    `looks`: what the readers read, by time. `struck`: serials that count nowhere, whoever sees them.
    """

    pieces: Mapping[str, Piece]
    seen: Mapping[str, Mapping[str, int]]
    looks: Mapping[int, frozenset[str]]
    struck: frozenset[str]
    tickets: Sequence[Ticket]
    remarks: Sequence[Remark]


@dataclass(slots=True)
class _Walk:
    """The hall from event to event."""

    pieces: dict[str, Piece]
    waiting: dict[str, tuple[Ticket, Estimate]] = field(default_factory=dict)
    """Weighings of pieces that have not passed the gate."""
    entered: dict[str, Source] = field(default_factory=dict)
    """Pieces that passed the gate, and nobody has weighed."""
    on_scale: dict[str, int] = field(default_factory=dict)
    struck: set[str] = field(default_factory=set)
    unlike: list[str] = field(default_factory=list)
    """Weighings of a piece that lies there, which show another mass than it came with."""
    twice: list[str] = field(default_factory=list)
    """Ways in of a serial that lies there already."""

    def weigh(self, serial: str, ticket: Ticket, mass: Estimate) -> None:
        """A piece on the scale."""
        known = self.pieces.get(serial)
        if known is None:
            self.waiting[serial], self.on_scale[serial] = (ticket, mass), ticket.at
            self._settle(serial, ticket.at)
            return
        apart = mass - known.mass
        if abs(apart.value) > _AGREES * apart.u:
            self.struck.add(serial)
            self.unlike.append(f"{serial} at {ticket.at}, of {mass.value:f} kg and not {known.mass.value:f}")
        else:
            self.on_scale[serial] = ticket.at

    def enter(self, at: int, serial: str, source: Source) -> None:
        """A piece that passes inwards."""
        if serial in self.pieces or serial in self.entered:
            self.struck.add(serial)
            self.twice.append(f"{serial} at {at}")
            return
        self.entered[serial] = source
        self._settle(serial, at)

    def leave(self, serial: str) -> None:
        """A piece that passes outwards: it must be weighed anew when it comes again."""
        for known in (self.pieces, self.waiting, self.entered):
            known.pop(serial, None)

    def said(self, hall: Hall) -> Iterator[Remark]:
        """What is to be said of all that; the first of each, and how many."""
        if self.unlike:
            text = f"{len(self.unlike)} weighings of pieces that came with another mass, the first {self.unlike[0]}"
            yield Remark(Name.WEIGHT_DIFFERS, hall.scale.point, text)
        if self.twice:
            text = f"{len(self.twice)} pieces come in that lie there already, the first {self.twice[0]}"
            yield Remark(Name.SERIAL_TWICE, hall.gate, text)

    def _settle(self, serial: str, at: int) -> None:
        if serial in self.waiting and serial in self.entered:
            ticket, mass = self.waiting.pop(serial)
            sources = (ticket.source, self.entered.pop(serial))
            self.pieces[serial] = Piece(serial, mass, at, ticket.evidence, sources)


def inside(evidence: Evidence, store: Pieces, hall: Hall) -> Inside:
    """What lies in `hall`. Raises QuantityError where the scale can not have weighed what it shows."""
    found = weighed(evidence, hall.scale.point)
    opening = {
        serial: Piece(serial, Estimate(kg, {f"{store.name}/opening": store.opening_u_kg}), evidence.from_at)
        for serial, kg in hall.opening.items()
    }
    walk = _Walk(opening)
    unnamed = _play(walk, evidence, hall, found.tickets)
    remarks = [*found.remarks, *certificates.of_scale(evidence, hall.scale.point, found.tickets), *walk.said(hall)]
    nameless = len(walk.entered) + unnamed
    if nameless:
        remarks.append(Remark(Name.UNWEIGHED, hall.gate, f"{nameless} pieces came without a weight or a serial"))
    wrong = list(_gate_faults(evidence, hall.gate))
    looks = _looks(evidence, hall.reader)
    seen = {
        "scale": walk.on_scale,
        "gate": {} if wrong else dict.fromkeys(walk.pieces, evidence.to_at),
        "reader": _last(looks, walk.pieces),
        "counter": {} if hall.counter is None else _counted(evidence, hall.counter, looks),
    }
    if not looks or max(looks) < evidence.to_at - store.fresh_s:
        remarks.append(Remark(Name.SILENT, hall.reader, f"no look in the last {store.fresh_s} s"))
    return Inside(walk.pieces, seen, looks, frozenset(walk.struck), found.tickets, (*remarks, *wrong))


def _play(walk: _Walk, evidence: Evidence, hall: Hall, tickets: Sequence[Ticket]) -> int:
    """Everything in the order of time, at one time first the scale; how many pieces were weighed without a serial."""
    began = evidence.from_at
    events: list[tuple[int, int, str, Source, Ticket | None]] = [
        (one.at, 0, one.serial, one.source, one) for one in tickets if one.came and one.serial is not None
    ]
    for order, register in ((1, "serial_in"), (2, "serial_out")):
        said = evidence.texts(hall.gate, register)
        events += [(one.at, order, one.text, one.source, None) for one in said if one.at > began]
    for at, order, serial, source, ticket in sorted(events, key=lambda event: event[:3]):
        if ticket is not None:
            mass = scale_at(evidence, hall.scale, at).net(ticket.full_kg, ticket.empty_kg, at)
            walk.weigh(serial, ticket, mass)
        elif order == 1:
            walk.enter(at, serial, source)
        else:
            walk.leave(serial)
    return sum(one.came and one.serial is None for one in tickets)


def _gate_faults(evidence: Evidence, gate: str) -> list[Remark]:
    """Why the gate does not know what passed: it was silent, or its counts rose by more than it told serials."""
    remarks = []
    for register, told in (("passed_in", "serial_in"), ("passed_out", "serial_out")):
        touches = f"{gate}/{register}"
        figure = evidence.figures.get((gate, register))
        if figure is None or (figure.from_at, figure.to_at) != (evidence.from_at, evidence.to_at):
            remarks.append(Remark(Name.SILENT, touches, "it is not read at both ends of the period"))
            continue
        if figure.basis not in (Basis.COMPLETE, Basis.BRIDGED):
            remarks.append(Remark(Name.SILENT, touches, f"it is {figure.basis.value}"))
        if figure.restated is not None:
            remarks.append(Remark(Name.CORRECTED, touches, f"the authority says {figure.restated:f} for the period"))
        serials = sum(one.at > evidence.from_at for one in evidence.texts(gate, told))
        if figure.quantity != serials:
            text = f"it rose by {figure.quantity:f}, and {serials} serials were told"
            remarks.append(Remark(Name.SUMS_DIFFER, touches, text))
    return remarks


def _looks(evidence: Evidence, reader: str) -> dict[int, frozenset[str]]:
    """What was read in each look. One that reads nothing tells no serial, and so shows by a count of nothing."""
    found: dict[int, set[str]] = {}
    for one in evidence.texts(reader, "serial"):
        found.setdefault(one.at, set()).add(one.text)
    for shown in evidence.series(reader, "present", "count"):
        if shown.value == 0 and evidence.from_at <= shown.at <= evidence.to_at:
            found.setdefault(shown.at, set())
    return {at: frozenset(found[at]) for at in sorted(found)}


def _last(looks: Mapping[int, frozenset[str]], pieces: Mapping[str, Piece]) -> dict[str, int]:
    """When each piece was read last since it lies there."""
    return {
        serial: at for at, read in looks.items() for serial in read if serial in pieces and at >= pieces[serial].since
    }


def _counted(evidence: Evidence, counter: str, looks: Mapping[int, frozenset[str]]) -> dict[str, int]:
    """By the newest count: of fewer pieces than there were tags nobody knows which are there."""
    counts = [one for one in evidence.series(counter, "present", "count") if one.at <= evidence.to_at]
    if not counts or not looks:
        return {}
    read = looks[max(looks)]
    return dict.fromkeys(read, counts[-1].at) if counts[-1].value >= Decimal(len(read)) else {}
