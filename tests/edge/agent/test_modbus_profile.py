"""The load profile of a Modbus meter, read from the simulated meter, which shares no code with the driver."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge import senml
from tally_edge.agent import config
from tally_edge.device import Boundary
from tally_edge.drivers.modbus import SettableModbusMeter
from tally_edge.drivers.modbus_map import Field
from tally_edge.drivers.modbus_profile import Profile, ProfileReader
from tally_edge.drivers.opening import open_driver
from tally_edge.errors import ConfigError, DriverError
from tally_sim.load import Interval, Load
from tally_sim.modbus_meter import MeterSettings, ModbusMeter
from tally_sim.threaded import running
from tests.edge.agent.rig import DEVICE, POINT, START, Rig, assert_one_stream

SLOT = 900
SETTINGS = f"""
[device]
uri = "{DEVICE}"
model = "x"
[[point]]
uri = "{POINT}"
driver = "modbus"
cadence_s = %(cadence_s)d
serial = "A1"
facts = "{"33" * 32}"
[point.meter]
host = "127.0.0.1"
port = %(port)d
clock = {{ address = 256, type = "u32" }}
%(profile)s
[[point.register]]
name = "energy_import"
unit = "kWh"
address = 0
type = "u64"
decimals = 2
%(first)s
[[point.register]]
name = "energy_export"
unit = "kWh"
address = 16
type = "u64"
decimals = 1
%(third)s
"""
PROFILE = """
[point.meter.profile]
select = { address = 320 }
time = { address = 322 }
records = 672
every_s = 900
"""
GIVEN: dict[str, object] = {
    "cadence_s": SLOT, "port": 502, "profile": PROFILE,
    "first": "profile_address = 324", "third": "profile_address = 332",
}  # fmt: skip


def point_of(port: int, **changes: object) -> config.PointConfig:
    return config.parse(SETTINGS % (GIVEN | {"port": port} | changes), Path("edge.toml")).points[0]


def loads() -> list[Load]:
    """Three registers, of which the second is not configured; 200 quarter hours."""
    ends = [START + SLOT * number for number in range(1, 201)]
    digits = ("0.01", "1", "0.1")
    return [Load([Interval(at, Decimal(digit) * (at // SLOT % 7)) for at in ends]) for digit in digits]


def opened(port: int, **changes: object) -> SettableModbusMeter:
    meter = open_driver(point_of(port, **changes))
    assert isinstance(meter, SettableModbusMeter)
    return meter


def test_the_record_is_what_the_registers_showed(tmp_path: Path) -> None:
    with running(ModbusMeter(loads())) as port:
        meter = opened(port)
        shown = {}
        for slot in range(150):
            meter.advance_to(START + SLOT * slot)
            shown[START + SLOT * slot] = meter.read(START + SLOT * slot)
        meter.advance_to(START + SLOT * 150 + 20)
        found = meter.recorded(START + SLOT * 10, START + SLOT * 150)
        assert [readings[0].taken_at for readings in found] == [START + SLOT * slot for slot in range(11, 150)]
        assert all(readings == shown[readings[0].taken_at] for readings in found)
        assert meter.freeze(START + SLOT * 96) == shown[START + SLOT * 96]
        assert meter.freeze(START + SLOT * 96 + 1) is None
        assert meter.recorded(START + SLOT * 3, START + SLOT * 4) == []
        assert meter.recorded(START - 9 * SLOT, START + 1) == [shown[START]]
        meter.close()


def test_an_agent_stopped_for_two_hours_leaves_a_complete_load_curve(tmp_path: Path) -> None:
    with running(ModbusMeter(loads())) as port:
        point = point_of(port)
        rig = Rig(tmp_path, meter=open_driver(point), point=point)  # type: ignore[arg-type]  # a real driver
        rig.run_to(START + 92 * SLOT)
        rig.stop()
        rig.meter = open_driver(point)  # type: ignore[assignment]
        rig.clock.set(START + 100 * SLOT + 7)
        rig.restart()
        rig.run_to(START + 110 * SLOT)
        rig.stop()
    assert rig.gaps() == []
    for load, register, unit in ((loads()[0], "energy_import", 2), (loads()[2], "energy_export", 1)):
        read = {each.taken_at: each.value for each in rig.readings() if each.register == register}
        assert read == {START + SLOT * slot: load.register_at(START + SLOT * slot) for slot in range(111)}, unit
    marked = [each.taken_at for each in rig.readings() if each.register == senml.SOURCE]
    assert marked == [START + SLOT * slot for slot in range(93, 101)]
    day = rig.settlements()[-1]
    assert (day.boundary, day.at, day.read_at, day.counts.gaps) == (
        Boundary.DAY, START + 96 * SLOT, START + 101 * SLOT, 0,
    )  # fmt: skip
    assert day.registers[0].value == loads()[0].register_at(START + 96 * SLOT)
    assert_one_stream(rig.gateway.statements())


def test_what_is_older_than_the_record_is_a_gap(tmp_path: Path) -> None:
    with running(ModbusMeter(loads(), MeterSettings(profile_records=5))) as port:
        point = point_of(port)
        rig = Rig(tmp_path, meter=open_driver(point), point=point)  # type: ignore[arg-type]
        rig.run_to(START + 10 * SLOT)
        rig.stop()
        rig.meter = open_driver(point)  # type: ignore[assignment]
        rig.clock.set(START + 20 * SLOT)
        rig.restart()
        rig.run_to(START + 20 * SLOT)
        rig.stop()
    (gap,) = rig.gaps()
    assert (gap.after, gap.before, gap.missing) == (START + 10 * SLOT, START + 16 * SLOT, 5)
    marked = [each.taken_at for each in rig.readings() if each.register == senml.SOURCE]
    assert marked == [START + SLOT * slot for slot in range(16, 20)]


def test_records_that_move_on_while_they_are_read() -> None:
    """The newest becomes the second between two requests: nothing is read twice, nothing is left out."""
    time = Field("time", "", 10, "u32", 0, little_words=False, little_bytes=False, input_register=False)
    value = Field("v", "kWh", 12, "u16", 0, little_words=False, little_bytes=False, input_register=False)
    select = Field("select", "", 9, "u16", 0, little_words=False, little_bytes=False, input_register=False)
    asked = 0

    def show(index: int, every: int = 4) -> list[int]:
        nonlocal asked
        asked += 1
        at = 1000 + asked // every - index
        return [0, at, at % 100] if at > 900 else [0, 0, 0]

    found = ProfileReader(Profile(select, time, (value,), 64), show).recorded(970, 995)
    assert [readings[0].taken_at for readings in found] == list(range(971, 995))
    assert all(readings[0].value == readings[0].taken_at % 100 for readings in found)

    def wild(index: int) -> list[int]:
        return [0, 990 - index if index != 5 else 993, 0]

    with pytest.raises(DriverError, match="must fall"):
        ProfileReader(Profile(select, time, (value,), 8), wild).recorded(970, 995)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"cadence_s": 600}, "can not fill a cadence of 600 s"),
        ({"third": ""}, r"register\[2\].profile_address: is missing"),
        ({"profile": ""}, r"register\[1\].profile_address: there is no"),
        ({"third": "profile_address = 500"}, "within 125 registers"),
        ({"profile": PROFILE.replace("320 }", '320, type = "u32" }')}, "select: must be one holding register"),
        ({"profile": PROFILE.replace("322 }", '322, type = "f32" }')}, "time: must be an integer"),
        ({"profile": PROFILE + "window = 3"}, "window: is not a known setting"),
    ],
)
def test_settings_that_can_not_be_are_named(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        open_driver(point_of(502, **changes))


def test_without_a_profile_nothing_is_kept() -> None:
    meter = opened(502, profile="", first="", third="")
    assert not meter.keeps_records
    assert meter.freeze(START) is None
