"""After an outage the meter's own record fills what was missed, marked; what it does not hold is a declared gap."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tally_edge import senml
from tally_edge.agent import config
from tally_edge.device import Boundary, GapReason
from tally_edge.drivers.interface import RegisterReading
from tally_edge.errors import ConfigError, DriverError
from tally_edge.statement import Clock
from tests.edge.agent.rig import SETTINGS, START, Rig, ScriptedMeter, assert_one_stream, point_config

SLOT = 900
DAY = 86_400


@dataclass
class RecordingMeter(ScriptedMeter):
    """Keeps what it showed at every quarter hour, but for `lost` ones."""

    lost: set[int] = field(default_factory=set)
    broken: bool = False
    asked: list[tuple[int, int]] = field(default_factory=list)
    keeps_records: bool = True

    def recorded(self, since: int, until: int) -> list[list[RegisterReading]]:
        self.asked.append((since, until))
        if self.broken:
            raise DriverError("the record is broken")
        first = since // SLOT * SLOT + SLOT
        return [[self._shown(at)] for at in range(first, until, SLOT) if at not in self.lost]

    def freeze(self, at: int) -> list[RegisterReading] | None:
        return [self._shown(at)] if at not in self.lost else None

    def _shown(self, at: int) -> RegisterReading:
        return RegisterReading("energy_import", self.values.get(at, self.offset + (at - START) // SLOT), "kWh", at)


def rig_of(folder: Path, meter: RecordingMeter) -> Rig:
    return Rig(folder, meter=meter, point=point_config(pack_readings=8))


def recorded_times(rig: Rig) -> list[int]:
    return [reading.taken_at for reading in rig.readings() if reading.register == senml.SOURCE]


def numbers(rig: Rig) -> list[tuple[int, object]]:
    return [(reading.taken_at, reading.value) for reading in rig.readings() if reading.register != senml.SOURCE]


def curve(*slots: int) -> list[tuple[int, object]]:
    return [(START + SLOT * slot, 1000 + slot) for slot in slots]


def test_an_agent_that_was_down_over_midnight_leaves_no_gap(tmp_path: Path) -> None:
    rig = rig_of(tmp_path, RecordingMeter())
    rig.run_to(START + 94 * SLOT)
    rig.stop()
    rig.clock.set(START + 102 * SLOT - 60)
    rig.restart()
    rig.run_to(START + 103 * SLOT)
    rig.stop()
    assert rig.gaps() == []
    assert numbers(rig) == curve(*range(104))
    assert recorded_times(rig) == [START + SLOT * slot for slot in range(95, 102)]
    marks = {reading.value for reading in rig.readings() if reading.register == senml.SOURCE}
    assert marks == {senml.LOAD_PROFILE}
    day = rig.settlements()[-1]
    assert (day.boundary, day.at, day.read_at) == (Boundary.DAY, START + DAY, START + 102 * SLOT)
    assert day.registers[0].value == 1096
    assert (day.counts.gaps, day.counts.resets, day.counts.rollovers) == (0, 0, 0)
    assert_one_stream(rig.gateway.statements())


def test_what_a_kill_took_out_of_memory_comes_back_too(tmp_path: Path) -> None:
    rig = rig_of(tmp_path, RecordingMeter())
    rig.run_to(START + 6 * SLOT)
    rig.kill()
    rig.clock.set(START + 14 * SLOT + 5)
    rig.restart()
    rig.run_to(START + 15 * SLOT)
    rig.stop()
    assert rig.gaps() == []
    assert numbers(rig) == curve(*range(16))


def test_a_silent_bus_and_a_start_onto_a_silent_bus(tmp_path: Path) -> None:
    rig = rig_of(tmp_path, RecordingMeter())
    rig.run_to(START + 2 * SLOT)
    rig.meter.silent = True
    rig.run_to(START + 5 * SLOT)
    rig.meter.silent = False
    rig.run_to(START + 7 * SLOT)
    rig.stop()
    rig.clock.set(START + 9 * SLOT + 1)
    rig.meter.silent = True
    rig.restart()
    rig.run_to(START + 11 * SLOT)
    rig.meter.silent = False
    rig.run_to(START + 13 * SLOT)
    rig.stop()
    assert rig.gaps() == []
    assert numbers(rig) == curve(*range(14))


def test_what_the_record_does_not_hold_is_declared(tmp_path: Path) -> None:
    meter = RecordingMeter(lost={START + SLOT * slot for slot in (3, 4, 7, 9)})
    rig = rig_of(tmp_path, meter)
    rig.run_to(START + 2 * SLOT)
    rig.stop()
    rig.clock.set(START + 10 * SLOT - 1)
    rig.restart()
    rig.run_to(START + 10 * SLOT)
    rig.stop()
    assert numbers(rig) == curve(0, 1, 2, 5, 6, 8, 10)
    assert [(gap.after, gap.before, gap.missing) for gap in rig.gaps()] == [
        (START + 2 * SLOT, START + 5 * SLOT, 2),
        (START + 6 * SLOT, START + 8 * SLOT, 1),
        (START + 8 * SLOT, START + 10 * SLOT, 1),
    ]
    assert {gap.reason for gap in rig.gaps()} == {GapReason.AGENT_DOWN}


@pytest.mark.parametrize("how", ["broken", "nonsense", "none"])
def test_a_record_that_fails_leaves_the_gap(tmp_path: Path, how: str) -> None:
    meter = RecordingMeter(broken=how == "broken", keeps_records=how != "none")
    if how == "nonsense":
        meter.values = {START + SLOT * slot: 100_000 for slot in range(3, 6)}
    rig = rig_of(tmp_path, meter)
    rig.run_to(START + 2 * SLOT)
    rig.meter.silent = True
    rig.run_to(START + 5 * SLOT)
    rig.meter.silent = False
    rig.run_to(START + 6 * SLOT)
    rig.stop()
    (gap,) = rig.gaps()
    assert (gap.reason, gap.after, gap.before, gap.missing) == (
        GapReason.METER_SILENT,
        START + 2 * SLOT,
        START + 6 * SLOT,
        3,
    )
    assert recorded_times(rig) == []
    assert bool(meter.asked) is (how != "none")


def test_a_refused_reading_and_an_unset_clock_are_not_fetched_again(tmp_path: Path) -> None:
    meter = RecordingMeter(values={START + 3 * SLOT: -5})
    rig = rig_of(tmp_path, meter)
    rig.run_to(START + 3 * SLOT)
    rig.meter.silent = True
    rig.run_to(START + 5 * SLOT)
    rig.clock.set(START + 6 * SLOT, Clock.UNSET)
    rig.run_to(START + 6 * SLOT)
    rig.meter.silent = False
    rig.clock.set(START + 7 * SLOT, Clock.INFORMATIVE)
    rig.run_to(START + 7 * SLOT)
    rig.stop()
    assert numbers(rig) == curve(0, 1, 2, 4, 5, 7)
    assert [(gap.reason, gap.missing) for gap in rig.gaps()] == [
        (GapReason.READING_INVALID, 1),
        (GapReason.CLOCK_UNSET, 1),
    ]


def test_a_meter_that_was_exchanged_is_not_asked(tmp_path: Path) -> None:
    rig = rig_of(tmp_path, RecordingMeter())
    rig.run_to(START + 2 * SLOT)
    rig.stop()
    rig.point = point_config(serial="B2")
    rig.clock.set(START + 9 * SLOT)
    rig.restart()
    rig.run_to(START + 10 * SLOT)
    rig.stop()
    assert recorded_times(rig) == []
    assert [gap.missing for gap in rig.gaps()] == [6]
    assert isinstance(rig.meter, RecordingMeter)
    assert rig.meter.asked == []


def test_a_register_may_not_be_called_as_the_mark() -> None:
    text = SETTINGS % {
        "timezone": "UTC", "cadence_s": 900, "pack_readings": 4, "pack_s": 3600, "serial": "A1", "modulus": 100_000,
    }  # fmt: skip
    with pytest.raises(ConfigError, match="marks where readings come from"):
        config.parse(text.replace('name = "energy_import"', 'name = "source"'), Path("edge.toml"))


LAST = 24
EVENTS = st.lists(
    st.tuples(st.integers(1, LAST - 1), st.sampled_from(["silent", "heard", "invalid", "stop", "kill", "unset"])),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@example([(1, "silent"), (1, "stop"), (2, "silent")], {1}, False)  # a first slot that passed before the first look
@given(EVENTS, st.sets(st.integers(1, LAST - 1), max_size=8), st.booleans())
def test_every_slot_is_read_or_lies_in_one_gap(events: list[tuple[int, str]], lost: set[int], small: bool) -> None:
    """Whatever happens: no slot is left open, and every value is the meter's. None is read and declared both, but after
    a kill, which forgets a gap whose end was not signed yet: it is declared again then, as the agent's."""
    meter = RecordingMeter(lost={START + SLOT * slot for slot in lost})
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(Path(folder), meter=meter, point=point_config(pack_readings=2 if small else 16))
        down = False
        by_slot: dict[int, set[str]] = {}
        for slot, event in events:
            by_slot.setdefault(slot, set()).add(event)
        for slot in range(LAST + 1):
            happens = by_slot.get(slot, set()) if slot < LAST else {"heard"}
            if down and (happens or slot == LAST):
                rig.restart()
                down = False
            if "invalid" in happens:
                meter.values[START + SLOT * slot] = -1
            meter.silent = (meter.silent or "silent" in happens) and "heard" not in happens
            if down:
                rig.clock.set(START + SLOT * slot)
                continue
            rig.clock.set(START + SLOT * slot, Clock.UNSET if "unset" in happens else Clock.SYNCHRONISED)
            rig.run_to(START + SLOT * slot)
            if happens & {"stop", "kill"}:
                (rig.stop if "stop" in happens else rig.kill)()
                down = True
        rig.stop()
        killed = any(event == "kill" for _, event in events)
        read = dict(numbers(rig))
        assert read.items() <= dict(curve(*range(LAST + 1))).items()
        for slot in range(LAST + 1):
            at = START + SLOT * slot
            declared = sum(gap.after < at < gap.before for gap in rig.gaps())
            times = (at in read) + declared
            assert times == 1 or (killed and times > 1), f"slot {slot} read {at in read}, declared {declared} times"
        assert killed or sum(gap.missing for gap in rig.gaps()) == LAST + 1 - len(read)
        assert rig.settlements()[0].counts.resets == 0
        assert_one_stream(rig.gateway.statements())
