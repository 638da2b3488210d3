"""Evidence of pieces made by hand: scale, gate, readers and counter of one hall, as a verified bundle has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tally_chain.verify.facts import Facts, StatedFacts
from tally_chain.verify.figures import Basis, Figure
from tally_edge.authority import FactsEvent, MeterFacts
from tally_edge.senml import Reading
from tally_finance.quantity.attested import Rules
from tally_finance.quantity.evidence import Evidence, Pack
from tally_finance.quantity.store import Bridge, Hall, Pieces
from tests.finance.quantity.yard import BEGINS, ENDS, source

D = Decimal
DOOR, GATE, SHELF, CAMERA = (f"urn:example:{name}" for name in ("door", "gate", "shelf", "camera"))
HOUR = 3_600


class Day:
    """A day at a hall: what happens is written down as its instruments sign it."""

    def __init__(self) -> None:
        self.door: list[Reading] = []
        self.gate: list[Reading] = [*counts(BEGINS, 0, 0)]
        self.shelf: list[Reading] = []
        self.camera: list[Reading] = []
        self.weighed_kg = 0
        self.alibi = 0
        self.passed = [0, 0]

    def weigh(self, at: int, serial: str | None, kg: int) -> Day:
        self.alibi += 1
        self.weighed_kg += kg
        values: dict[str, object] = {
            "ticket": f"P{self.alibi}", "piece": serial, "first": kg, "second": 0, "net": kg, "stable": True,
            "alibi": self.alibi,
        }  # fmt: skip
        units = dict.fromkeys(("first", "second", "net"), "kg")
        self.door += [
            Reading(DOOR, name, at, value, units.get(name, ""))  # type: ignore[arg-type]
            for name, value in values.items()
            if value is not None
        ]
        return self

    def enter(self, at: int, serial: str) -> Day:
        self.passed[0] += 1
        self.gate.append(Reading(GATE, "serial_in", at, serial, ""))
        return self

    def leave(self, at: int, serial: str) -> Day:
        self.passed[1] += 1
        self.gate.append(Reading(GATE, "serial_out", at, serial, ""))
        return self

    def come(self, at: int, serial: str, kg: int) -> Day:
        return self.weigh(at, serial, kg).enter(at, serial)

    def look(self, at: int, *serials: str) -> Day:
        self.shelf += [Reading(SHELF, "serial", at, serial, "") for serial in serials]
        self.shelf.append(Reading(SHELF, "present", at, len(serials), "count"))
        return self

    def count(self, at: int, pieces: int) -> Day:
        self.camera.append(Reading(CAMERA, "present", at, pieces, "count"))
        return self

    def evidence(self, *, unread: int = 0, silent: Sequence[str] = ()) -> Evidence:
        """`unread`: pieces that passed inwards and whose tag the gate did not read; `silent`: registers of the gate."""
        ends = [
            Reading(DOOR, "kg_in", BEGINS, 0, "kg"), Reading(DOOR, "kg_out", BEGINS, 0, "kg"),
            Reading(DOOR, "kg_in", ENDS, self.weighed_kg, "kg"), Reading(DOOR, "kg_out", ENDS, 0, "kg"),
        ]  # fmt: skip
        said = {
            DOOR: [*ends, *self.door],
            GATE: [*self.gate, *counts(ENDS, self.passed[0] + unread, self.passed[1])],
            SHELF: self.shelf,
            CAMERA: self.camera,
        }
        facts = Facts()
        for point in said:
            stated = MeterFacts(point, FactsEvent.INSTALL, 0, "S1", "III", 1, (), "C1", ENDS)
            facts.meters[point] = [StatedFacts(bytes(32), stated)]
        figures = {
            (DOOR, "kg_in"): figure(DOOR, "kg_in", "kg", self.weighed_kg),
            (DOOR, "kg_out"): figure(DOOR, "kg_out", "kg", 0),
            (GATE, "passed_in"): figure(GATE, "passed_in", "count", self.passed[0] + unread),
            (GATE, "passed_out"): figure(GATE, "passed_out", "count", self.passed[1]),
        }
        for register in silent:
            del figures[GATE, register]
        packs = {
            point: [Pack(source(number), tuple(readings))]
            for number, (point, readings) in enumerate(said.items())
            if readings
        }
        return Evidence(packs, figures, facts, BEGINS, ENDS)


def counts(at: int, came: int, went: int) -> list[Reading]:
    return [Reading(GATE, "passed_in", at, came, "count"), Reading(GATE, "passed_out", at, went, "count")]


def figure(point: str, register: str, unit: str, quantity: int) -> Figure:
    return Figure(point, register, unit, BEGINS, ENDS, D(quantity), Basis.COMPLETE, "", "", 2)


def hall_store(
    opening: Mapping[str, int] | None = None,
    *,
    witnesses: int = 2,
    read_rate: str = "0.98",
    fresh_hours: int = 6,
    counter: bool = False,
) -> Pieces:
    listed = {serial: D(kg) for serial, kg in (opening or {}).items()}
    return Pieces(
        name="hall",
        halls=(Hall(Bridge(DOOR, D(1), D(0)), GATE, SHELF, CAMERA if counter else None, listed),),
        opening_u_kg=D(0),
        fresh_s=fresh_hours * HOUR,
        witnesses=witnesses,
        read_rate=D(read_rate),
        chance=D("0.001"),
        rules=Rules(),
    )
