"""What a simulated device signs of a plant is admitted, verified, and adds up: from the instrument to the verdict."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tally_chain import bundle
from tally_chain.verify.figures import Basis
from tally_chain.verify.verdict import Verdict
from tally_chain.verify.verifier import verify
from tally_edge import statement
from tally_edge.authority import FactsEvent, MeterFacts, RegisterFacts
from tally_edge.exact_number import reduced
from tally_gateway.admission import Message, check
from tally_sim.device.device import DeviceSetup
from tally_sim.device.faults import BrownOut, ClockUnset, DeviceFault
from tally_sim.device.life import live
from tally_sim.device.metering import Point, point_of
from tally_sim.plant.attacks import Magnet, Swap
from tally_sim.plant.faults import Dropout, Reset, Rollover
from tally_sim.plant.injection import Injection
from tally_sim.plant.interface import Instrument
from tally_sim.plant.opening import SimulatedPlant, open_plant
from tests.world import POINT, START, World

DAY = 86_400
HOUR = 3600
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_MIDNIGHT = int(datetime.fromisoformat("2026-01-02T00:00+08:00").timestamp())
DAYS = 5
PLACES = [
    ("steel-mill", "incomer"),
    ("steel-mill", "yard_scan"),
    ("textile-dyehouse", "effluent"),
    ("grain-silo", "weighbridge"),
    ("grain-silo", "level_a"),
    ("metal-warehouse", "gate_a"),
    ("metal-warehouse", "shelf_b"),
]


class PlantWorld(World):
    """A world whose meter is an instrument of a plant."""

    instrument: Instrument
    point: Point

    def facts(self, event: FactsEvent = FactsEvent.INSTALL, effective_at: int = START, **changes: object) -> MeterFacts:
        plate = self.instrument.facts(START)
        events = {record.register for record in self.instrument.read(START + DAYS * DAY, START)}
        units = {record.register: record.unit for record in self.instrument.read(START + DAYS * DAY, START)}
        registers = [
            RegisterFacts(each.name, each.unit, each.cumulative, each.modulus and reduced(each.modulus))
            for each in self.point.registers
        ] + [
            RegisterFacts(name, units[name], cumulative=False, per_event=True)
            for name in sorted(events - set(plate.registers))
            if units[name]
        ]
        return super().facts(
            event, effective_at, serial=plate.serial, multiplier=plate.multiplier, registers=tuple(registers), **changes
        )


def verdict_of(
    name: str, where: str, injected: tuple[Injection, ...] = (), faults: tuple[DeviceFault, ...] = ()
) -> tuple[Verdict, SimulatedPlant]:
    """A bundle of five days of one instrument, verified by a reader who trusts the world's authority."""
    plant = open_plant(name, 11, START, DAYS + 1, attacks=injected)
    world = PlantWorld()
    world.instrument = plant.instruments[where]
    world.point = point_of(POINT, world.instrument, START, cadence_s=HOUR, pack_readings=400)
    world.open()
    world.point = point_of(POINT, world.instrument, START, world.facts_id, cadence_s=HOUR, pack_readings=400)
    setup = DeviceSetup(world.device.issuer, SHANGHAI)
    lived = live(setup, "device", [world.point], (START, START + DAYS * DAY + HOUR), faults)
    keys = {world.device.signer.public_key.kid: world.device.signer.public_key}
    for delivery in lived.deliveries:
        assert check(Message(delivery.said.encoded), keys).accepted
        world.log(statement.decode(delivery.said.encoded))
    made = world.bundle(hours=DAYS * 24)
    return verify(bundle.decode(bundle.encode(made)), world.policy(), now=START + 60 * DAY), plant


@pytest.mark.parametrize(("name", "where"), PLACES)
def test_an_honest_plant_is_found_without_fault(name: str, where: str) -> None:
    verdict, plant = verdict_of(name, where)
    assert verdict.holds, verdict.findings
    plate = plant.instruments[where].facts(START)
    figures = {figure.register: figure for figure in verdict.figures}
    assert figures.keys() >= plate.modulus.keys()
    for register in plate.modulus:
        later, earlier = (
            next(each.value for each in plant.instruments[where].read(at) if each.register == register)
            for at in (figures[register].to_at, figures[register].from_at)
        )
        assert isinstance(later, int | Decimal)
        assert isinstance(earlier, int | Decimal)
        assert figures[register].quantity == (Decimal(later) - Decimal(earlier)) * plate.multiplier
        assert figures[register].quantity > 0


FROM, TO = START + DAY + 1200, START + 3 * DAY + 300
AT = {"where": "incomer", "begins": FROM, "ends": TO}
CASES: list[tuple[str, tuple[Injection, ...], tuple[DeviceFault, ...], Basis, set[str]]] = [
    ("rollover", (Rollover(**AT),), (), Basis.COMPLETE, {"ROLLOVER"}),  # type: ignore[arg-type]
    ("reset", (Reset(**AT),), (), Basis.INCOMPLETE, {"RESET"}),  # type: ignore[arg-type]
    ("dropout", (Dropout(**AT),), (), Basis.BRIDGED, {"DECLARED_GAP"}),  # type: ignore[arg-type]
    ("swap", (Swap(**AT),), (), Basis.INCOMPLETE, {"RESET"}),  # type: ignore[arg-type]
    ("preset swap", (Swap(**AT, preset=True),), (), Basis.INCOMPLETE, {"RESET"}),  # type: ignore[arg-type]
    ("magnet", (Magnet(**AT),), (), Basis.COMPLETE, set()),  # type: ignore[arg-type]
    ("brown-out", (), (BrownOut(begins=FROM, ends=TO),), Basis.BRIDGED, {"DECLARED_GAP"}),
    ("unset clock", (), (ClockUnset(begins=FROM, ends=TO),), Basis.BRIDGED, {"DECLARED_GAP"}),
]


@pytest.mark.parametrize(("injected", "faults", "basis", "findings"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_happens_to_a_meter_is_what_a_reader_finds(
    injected: tuple[Injection, ...], faults: tuple[DeviceFault, ...], basis: Basis, findings: set[str]
) -> None:
    """A magnet is none of a reader's findings: nothing that was signed is wrong. The output gives it away."""
    verdict, _ = verdict_of("steel-mill", "incomer", injected, faults)
    honest, _ = verdict_of("steel-mill", "incomer")
    assert {each.code.name for each in verdict.findings} - {each.code.name for each in honest.findings} == findings
    (figure,), (right,) = verdict.figures, honest.figures
    assert figure.basis is basis
    taken = basis is Basis.INCOMPLETE or any(isinstance(each, Magnet) for each in injected)
    assert (figure.quantity < right.quantity) is taken
    assert verdict.holds is (basis is not Basis.INCOMPLETE)
