"""The line is down until the ring is nearly full, or full: the firmware thins as the agent does, to the same bytes; and
however the power goes, every slot is read, or lies in one gap.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tally_edge import statement, wire
from tally_edge.agent import config
from tally_edge.agent.outbox import Outbox
from tally_edge.agent.sampler import Sampler
from tally_edge.agent.stream import Stream
from tally_edge.device import Gap, GapReason
from tally_edge.drivers.interface import Driver, RegisterReading
from tally_edge.signer import FileSigner
from tally_edge.statement import Clock, Kind, Statement
from tests.firmware.build import Device
from tests.firmware.test_power_cut import CADENCE_S, SUMMARY, TORN, judge, read_log

BEGINS = 1_767_261_600
"""When the device of the script was first started (firmware-sim/device/host/script.c)."""
METER_ZERO = BEGINS - 86_400
SEED = 7
POINT = "urn:dev:org:32473-sim:point-0"
SETTINGS = f"""
[device]
uri = "urn:dev:org:32473-sim:device-0"
model = "test"
place = "simulated"
[site]
timezone = "Asia/Shanghai"
reading_day = 25
[[point]]
uri = "{POINT}"
driver = "simulated"
cadence_s = {CADENCE_S}
pack_readings = {{pack_readings}}
pack_seconds = 3600
serial = "SN-00000000"
{{registers}}
[point.meter]
kind = "electricity"
seed = "s"
"""
REGISTERS = ("energy_import", "energy_export")
SPEEDS = ((1, 1), (2, 9))
"""Of its meter's registers: hundredths of a kWh, and in how many seconds (firmware-sim/device/host/board.c)."""


class Meter:
    """The meter of the firmware's board."""

    def read(self, at: int) -> list[RegisterReading]:
        """Both registers, two places each."""
        return [
            RegisterReading(name, Decimal((at - METER_ZERO) * speed // seconds).scaleb(-2), "kWh", at)
            for name, (speed, seconds) in zip(REGISTERS, SPEEDS, strict=True)
        ]

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class BoardClock:
    """The board's clock, which is right."""

    at: int = BEGINS

    def now(self) -> int:
        """Unix seconds."""
        return self.at

    def state(self) -> Clock:
        """As the script sets it."""
        return Clock.SYNCHRONISED

    def seconds_until(self, at: int) -> float:
        """Nobody waits."""
        return at - self.at


def _signer() -> FileSigner:
    """The first key of the board's element."""
    text = b"tallystick simulated key" + SEED.to_bytes(4, "little") + (1).to_bytes(4, "little")
    return FileSigner(ec.derive_private_key(int.from_bytes(hashlib.sha256(text).digest()), ec.SECP256R1()))


def steps_of(output: str) -> list[tuple[int, float]]:
    """When the firmware looked at its meter, and how full its ring was then, of 1."""
    pairs = (one.split(":") for one in output.splitlines()[0].partition(" steps ")[2].split())
    return [(int(at), int(permille) / 1000) for at, permille in pairs]


def settings_of(registers: dict[str, tuple[str, int]], pack_readings: int = 4) -> str:
    """The agent's settings for a meter with these registers: unit and modulus by name. It counts each record of a pack,
    the firmware each look at the meter.
    """
    said = (
        f'[[point.register]]\nname = "{name}"\nunit = "{unit}"\nmodulus = {modulus}'
        for name, (unit, modulus) in registers.items()
    )
    return SETTINGS.format(registers="\n".join(said), pack_readings=pack_readings)


def of_agent(
    folder: Path, steps: list[tuple[int, float]], boot_count: int, settings: str, meter: Driver
) -> list[Statement]:
    """What the agent's sampler says of a meter under the same pressure."""
    signer, clock = _signer(), BoardClock()
    outbox = Outbox(folder, signer.public_key.kid)
    while outbox.stream().boot_count < boot_count - 1:
        outbox.raise_boot_count()
    parsed = config.parse(settings, folder / "edge.toml")
    stream = Stream(outbox, signer, parsed.device.uri, clock)
    stream.allow()
    sampler = Sampler(parsed.points[0], meter, stream, clock, None)
    sampler.begin(steps[1][0])  # in the first step the log is asked
    for at, pressure in steps[1:]:
        clock.at = at
        if sampler.next_event(at) <= at:
            sampler.run(at, pressure)
    said = [encoded for _, encoded in outbox.waiting(0, 10_000)]
    outbox.close()
    return [statement.decode(one) for one in said]


def _gaps(log: list[Statement]) -> list[Gap]:
    return [wire.decode(Gap, one.payload) for one in log if one.claims.kind is Kind.GAP]


@pytest.mark.parametrize("steps", [60, 100, 200])
def test_thinned_as_the_agent_does(device: Device, tmp_path: Path, steps: int) -> None:
    """One in four, then one in sixteen, cut at midnight, and at an end when the log answers again: byte for byte."""
    output = device.run("powercut", str(steps), "electricity", "0", "0", "outage")
    theirs = read_log(output)
    settings = settings_of(dict.fromkeys(REGISTERS, ("kWh", 1_000_000)))
    ours = of_agent(tmp_path / "outbox", steps_of(output), theirs[0].claims.boot_count or 0, settings, Meter())
    assert [one.encoded for one in theirs] == [one.encoded for one in ours]
    gaps = _gaps(theirs)
    assert {gap.reason for gap in gaps} == {GapReason.OUTBOX_FULL}
    assert {gap.kept_every_s for gap in gaps} == {4 * CADENCE_S} | ({16 * CADENCE_S} if steps > 60 else set())
    assert judge(theirs) == {GapReason.OUTBOX_FULL}


def test_a_full_ring_drops_nothing_that_was_signed(device: Device) -> None:
    """For a week: readings thin and then stop, settlements go on, and when the line is back all of it comes."""
    output = device.run("powercut", "672", "electricity", "0", "0", "outage")
    log = read_log(output)
    assert judge(log, has_room=False) == {GapReason.OUTBOX_FULL, GapReason.STORAGE_FULL}
    assert max(pressure for _, pressure in steps_of(output)) > 1
    settled = [one for one in log if one.claims.kind is Kind.SETTLEMENT]
    assert len(settled) == 1 + 7


@pytest.mark.parametrize("steps", [110, 300, 600])
def test_power_cuts_while_it_thins(device: Device, steps: int) -> None:
    """A sample of all cuts: what was thinned before one is declared behind it."""
    run = ("powercut", str(steps), "electricity")
    operations = int(re.findall(r"operations (\d+)", device.run(*run, "0", "0", "outage"))[0])
    chance = random.Random(steps)
    for _ in range(40):
        cut, torn = chance.randrange(40, operations + 1), chance.randrange(TORN)
        judge(read_log(device.run(*run, str(cut), str(torn), "outage")), has_room=False)


@pytest.mark.slow
def test_at_every_write_and_erase_while_it_thins(device: Device) -> None:
    found = SUMMARY.search(device.run("powercut", "90", "electricity", "outage", "2"))
    assert found is not None
    operations, _, statements, runs, wrong = map(int, found.groups())
    assert wrong == 0
    assert runs == TORN * operations
    assert statements > 15
