"""A truck over the firmware's weighbridge: the agent's bytes, tickets that count, none twice where the power goes."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tally_chain import bundle, bundling, policy_text
from tally_chain.bundle import Bundle, Content
from tally_edge import senml, wire
from tally_edge.authority import Enrolment, FactsEvent, MeterFacts, RegisterFacts
from tally_edge.command import main
from tally_edge.device import Settlement
from tally_edge.drivers.interface import RegisterReading
from tally_edge.keys import PublicKey
from tally_edge.statement import Kind, Statement
from tally_finance.quantity.evidence import Pack, Source
from tally_finance.quantity.tickets import Ticket, ticket_of, weighings_of
from tests.firmware.build import Device
from tests.firmware.test_power_cut import CADENCE_S, TORN, judge, read_log
from tests.firmware.test_thinning import METER_ZERO, SEED, of_agent, settings_of, steps_of
from tests.firmware.test_verified import DEVICE, POINT
from tests.world import SITE, START, World

STEPS = 32
FACTS = "22" * 32
TRUCK_S, FIRST_ALIBI = 1_500, 100_001
MODULUS = 10**12
EVENTS = {"first": "kg", "second": "kg", "net": "kg", "alibi": "count", "moisture": "/"}


@dataclass
class Scale:
    """The firmware's weighbridge (firmware-sim/device/host/scale_sim.c) a second time."""

    told: int = -1
    alibi: int = FIRST_ALIBI
    sums: list[int] = field(default_factory=lambda: [0, 0])

    def read(self, at: int) -> list[RegisterReading]:
        """The oldest weighing that was not shown yet, and the sums behind it."""
        done, shown = (at - METER_ZERO) // TRUCK_S, []
        if self.told < 0:
            self.told = 0
            while self.told < done:
                self._count()
        elif self.told < done:
            shown = self._records()
            self._count()
        sums = zip(("kg_in", "kg_out"), self.sums, strict=True)
        return [
            *(RegisterReading(name, value, unit, at) for name, value, unit in shown),
            *(RegisterReading(name, value, "kg", at) for name, value in sums),
        ]

    def close(self) -> None:
        """Nothing is open."""

    def _weighing(self) -> tuple[int, int, int]:
        chance = (SEED * 1_000_003 + self.told + 1) * 6_364_136_223_846_793_005 % 2**64
        empty, load = 14_000 + 20 * (chance >> 40) % 2_000, 10_000 + 20 * ((chance >> 20) % 1_000)
        first, second = (empty, empty + load) if self.told % 3 == 2 else (empty + load, empty)
        return first, second, 120 + (chance >> 50) % 30

    def _count(self) -> None:
        first, second, _ = self._weighing()
        self.sums[first < second] += abs(first - second)
        self.told += 1

    def _records(self) -> list[tuple[str, int | str | bytes | bool | Decimal, str]]:
        first, second, moisture = self._weighing()
        salted = f"{SEED:08x}{self.told:08x}PLATE-{self.told % 40:05d}".encode()
        self.alibi += 1
        return [
            ("ticket", f"W{self.alibi - 1:07d}", ""),
            *([] if self.told % 5 == 4 else [("plate", hashlib.sha256(salted).digest(), "")]),
            ("first", first, "kg"),
            ("second", second, "kg"),
            ("net", first - second, "kg"),
            ("stable", True, ""),
            ("alibi", self.alibi - 1, "count"),
            *([("moisture", Decimal(moisture).scaleb(-3), "/")] if first > second else []),
        ]


def tickets(log: list[Statement]) -> list[Ticket]:
    """All weighings of a log; each is one that counts."""
    found = []
    for one in log:
        if one.claims.kind is Kind.READINGS:
            pack = Pack(Source("log", one.id), tuple(senml.decode(one.payload)))
            found += [ticket_of(at, records, pack.source) for at, records in weighings_of(pack)]
    assert all(isinstance(one, Ticket) for one in found), found
    return [one for one in found if isinstance(one, Ticket)]


@pytest.mark.parametrize("steps", [30, 100])
def test_the_same_bytes_as_the_agent(device: Device, tmp_path: Path, steps: int) -> None:
    """Texts, bytes, flags, whole numbers and shares beside the registers; also while sampling thins."""
    output = device.run("powercut", str(steps), "weighbridge", "0", "0", "outage")
    theirs = read_log(output)
    settings = settings_of(dict.fromkeys(("kg_in", "kg_out"), ("kg", MODULUS)), pack_readings=1)
    ours = of_agent(tmp_path / "outbox", steps_of(output), theirs[0].claims.boot_count or 0, settings, Scale())
    assert [one.encoded for one in theirs] == [one.encoded for one in ours]
    assert len(tickets(theirs)) > 10


def test_each_weighing_is_a_ticket_that_counts(device: Device) -> None:
    found = tickets(read_log(device.run("powercut", str(STEPS), "weighbridge", "0", "0", FACTS)))
    assert [one.alibi for one in found] == list(range(FIRST_ALIBI, FIRST_ALIBI + len(found)))
    assert len(found) > STEPS * CADENCE_S // TRUCK_S - 3
    assert {one.came for one in found} == {True, False}
    assert all((one.moisture is not None) == one.came for one in found)
    assert {one.plate is None for one in found} == {True, False}
    assert len({one.evidence for one in found}) == len(found)


def _bundle(device: Device) -> tuple[Bundle, World]:
    """A calm evening's log of the scale, from its opening to midnight, under an authority that knows it."""
    both = bytes.fromhex(device.run("powercut", "1", "weighbridge", "0", "0").splitlines()[1])
    world = World()
    world.open()
    world.state(Kind.SITE_PLAN, SITE, world.plan((POINT,), cadence_s=CADENCE_S))
    key = PublicKey(1, both[:32], both[32:])
    world.state(Kind.ENROLMENT, DEVICE, Enrolment(DEVICE, key.encode(), (POINT,), world.place, "firmware"))
    registers = (
        *(RegisterFacts(name, "kg", cumulative=True, modulus=MODULUS) for name in ("kg_in", "kg_out")),
        *(RegisterFacts(name, unit, cumulative=False, per_event=True) for name, unit in EVENTS.items()),
    )
    facts = MeterFacts(
        POINT, FactsEvent.INSTALL, START, "SN-00000000", "III", 1, registers, "C-1", START + 365 * 86_400
    )
    stated = world.state(Kind.METER_FACTS, POINT, facts).id.hex()
    log = read_log(device.run("powercut", str(STEPS), "weighbridge", "0", "0", stated))
    for one in log:
        world.log(one)
    settled = [wire.decode(Settlement, one.payload).at for one in log if one.claims.kind is Kind.SETTLEMENT]
    indexes = bundling.select_full(world.placed(), frozenset(), settled[0], settled[1])
    section = bundling.section(world, indexes)
    return Bundle(bundle.MEDIA_TYPE, Content.FULL, START, settled[0], settled[1], (section,)), world


def test_a_truck_is_counted_by_the_lenders_command(
    device: Device, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, world = _bundle(device)
    begins = datetime.fromtimestamp(made.from_at, UTC).isoformat()
    sheet = (
        f'name = "Yard"\n[goods]\nquota = "none"\nstored_since = {begins}\n[scale]\npoint = "{POINT}"\n'
        f"interval_kg = 20\nrepeatability_kg = 10\n[opening]\nat = {begins}\nkg = 1000000\nu_kg = 500\n"
        "[rules]\nbook_alone = true\n"
    )
    files = {"bundle.tally": bundle.encode(made), "policy.toml": policy_text.write(world.policy()).encode()}
    for name, data in (files | {"store.toml": sheet.encode()}).items():
        (tmp_path / name).write_bytes(data)
    words = ["finance", "quantity", str(tmp_path / "bundle.tally"), "--policy", str(tmp_path / "policy.toml")]
    words += ["--store", str(tmp_path / "store.toml"), "--at", str(START + 60 * 86_400), "--json"]
    code = main(words)
    told = json.loads(capsys.readouterr().out)
    assert (code, told["holds"]) == (0, True), told
    quantity = told["quantity"]
    assert len(quantity["tickets"]) > 10
    assert {one["name"] for one in quantity["remarks"]} <= {"book-alone"}
    came, went = Decimal(quantity["came_kg"]), Decimal(quantity["went_kg"])
    assert min(came, went) > 0
    assert Decimal(quantity["quantity_kg"]) == 1_000_000 + came - went


@pytest.mark.parametrize("torn", range(TORN))
def test_no_weighing_is_told_twice_whenever_the_power_goes(device: Device, torn: int) -> None:
    """What was weighed and not yet signed goes with the power: the next alibi number shows that it is missing."""
    whole = device.run("powercut", str(STEPS), "weighbridge", "0", "0", FACTS)
    every = {one.alibi: one.net_kg for one in tickets(read_log(whole))}
    operations = int(re.findall(r"operations (\d+)", whole)[0])
    for cut in range(20 + torn, operations, operations // 8):
        log = read_log(device.run("powercut", str(STEPS), "weighbridge", str(cut), str(torn), FACTS))
        judge(log)
        found = [one.alibi for one in tickets(log)]
        assert found == sorted(set(found))
        assert {one.alibi: one.net_kg for one in tickets(log)}.items() <= every.items()
