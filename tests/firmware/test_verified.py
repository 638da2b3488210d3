"""What a reader makes of the firmware's statements: the whole verification, over a log of nothing else."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from tally_chain import bundle, bundling
from tally_chain.bundle import Bundle, Content
from tally_chain.findings import Code, Severity
from tally_chain.verify.figures import Basis
from tally_chain.verify.verdict import Verdict, to_text
from tally_chain.verify.verifier import verify
from tally_edge import senml, wire
from tally_edge.authority import Enrolment, FactsEvent, MeterFacts, RegisterFacts
from tally_edge.device import Settlement
from tally_edge.keys import PublicKey
from tally_edge.statement import Kind, Statement
from tests.firmware.build import Device
from tests.firmware.test_power_cut import CADENCE_S, read_log
from tests.world import SITE, START, World

STEPS = 32
DEVICE = "urn:dev:org:32473-sim:device-0"
POINT = "urn:dev:org:32473-sim:point-0"
REGISTERS = ("energy_import", "energy_export")


def _world(device: Device) -> tuple[World, str]:
    """The authority's side for the firmware's key, point and meter; and the id of the meter facts."""
    both = bytes.fromhex(device.run("powercut", "1", "electricity", "0", "0").splitlines()[1])
    key = PublicKey(1, both[:32], both[32:])
    world = World()
    world.open()
    world.state(Kind.SITE_PLAN, SITE, world.plan((POINT,), cadence_s=CADENCE_S))
    world.state(Kind.ENROLMENT, DEVICE, Enrolment(DEVICE, key.encode(), (POINT,), world.place, "firmware"))
    registers = tuple(RegisterFacts(name, "kWh", cumulative=True, modulus=1_000_000) for name in REGISTERS)
    facts = MeterFacts(POINT, FactsEvent.INSTALL, START, "SN-00000000", "0.5S", 1, registers)
    return world, world.state(Kind.METER_FACTS, POINT, facts).id.hex()


def _judged(world: World, log: list[Statement]) -> tuple[Verdict, dict[str, Decimal]]:
    """The verdict over the time between the first two settlements, and the differences of their registers."""
    settled = [wire.decode(Settlement, one.payload) for one in log if one.claims.kind is Kind.SETTLEMENT][:2]
    for one in log:
        world.log(one)
    period = settled[0].at, settled[1].at
    indexes = bundling.select_full(world.placed(), frozenset(), *period)
    made = Bundle(bundle.MEDIA_TYPE, Content.FULL, START, *period, (bundling.section(world, indexes),))
    verdict = verify(bundle.decode(bundle.encode(made)), world.policy(), now=START + 60 * 86_400)
    shown = [{one.register: Decimal(one.value) for one in said.registers} for said in settled]
    return verdict, {name: shown[1][name] - shown[0][name] for name in REGISTERS}


def test_a_calm_evening_is_complete(device: Device) -> None:
    world, facts = _world(device)
    log = read_log(device.run("powercut", str(STEPS), "electricity", "0", "0", facts))
    verdict, differences = _judged(world, log)
    assert verdict.holds, to_text(verdict)
    figures = {figure.register: figure for figure in verdict.figures}
    assert {name: Decimal(figures[name].quantity) for name in REGISTERS} == differences
    assert all(difference > 0 for difference in differences.values())
    assert {figure.basis for figure in verdict.figures} == {Basis.COMPLETE}, to_text(verdict)


@pytest.mark.parametrize("torn", [0, 1, 2, 3])
def test_a_power_cut_takes_nothing_away_that_is_not_declared(device: Device, torn: int) -> None:
    """At twelve places of the evening: the evidence holds, and the registers say the same quantity as ever."""
    world, facts = _world(device)
    whole = device.run("powercut", str(STEPS), "electricity", "0", "0", facts)
    operations = int(re.findall(r"operations (\d+)", whole)[0])
    for cut in range(20 + torn, operations, operations // 12):
        log = read_log(device.run("powercut", str(STEPS), "electricity", str(cut), str(torn), facts))
        world, _ = _world(device)
        verdict, differences = _judged(world, log)
        assert verdict.holds, (cut, to_text(verdict))
        figures = {figure.register: Decimal(figure.quantity) for figure in verdict.figures}
        assert figures == differences, (cut, to_text(verdict))


def test_a_statement_that_is_missing_is_missed(device: Device) -> None:
    world, facts = _world(device)
    log = read_log(device.run("powercut", str(STEPS), "electricity", "0", "0", facts))
    packs = [one for one in log if one.claims.kind is Kind.READINGS and len(senml.decode(one.payload)) > 2]
    verdict, _ = _judged(world, [one for one in log if one is not packs[1]])
    assert not verdict.holds
    assert Code.MISSING_STATEMENT in {finding.code for finding in verdict.findings}, to_text(verdict)
    assert all(finding.severity is not Severity.NOTE or finding.code for finding in verdict.findings)
