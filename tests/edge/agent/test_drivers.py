"""Drivers: register maps and byte orders, files with traps, simulated meters."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tally_edge.agent import config
from tally_edge.drivers.csv_replay import CsvMeter
from tally_edge.drivers.interface import Advancing, Freezing, Spanning
from tally_edge.drivers.modbus_map import Field, blocks
from tally_edge.drivers.opening import open_driver
from tally_edge.drivers.simulated import Draws, SimulatedWeighbridge
from tally_edge.errors import ConfigError, DriverError
from tests.edge.agent.rig import START

STEEL = Path(__file__).parents[4] / "shared/data/meters/Steel_industry_data.csv"


def field(kind: str = "u32", **changes: object) -> Field:
    given_: dict[str, object] = {
        "name": "r",
        "unit": "kWh",
        "address": 0,
        "type": kind,
        "decimals": 0,
        "little_words": False,
        "little_bytes": False,
        "input_register": False,
    }
    return Field(**(given_ | changes))  # type: ignore[arg-type]


def test_integers_of_every_width_and_order() -> None:
    assert field("u16").decode([0xFFFE]) == 65_534
    assert field("i16").decode([0xFFFE]) == -2
    assert field("u32").decode([1, 2]) == 65_538
    assert field("u32", little_words=True).decode([1, 2]) == 131_073
    assert field("u32", little_bytes=True).decode([0x0100, 0x0200]) == 65_538
    assert field("i32", decimals=3).decode([0xFFFF, 0xFFFF]) == Decimal("-0.001")
    assert field("u64", decimals=2).decode([0, 0, 0, 317]) == Decimal("3.17")
    assert str(field("u32", decimals=2).decode([0, 300])) == "3.00"
    assert field("u16", decimals=-3).decode([7]) == 7000


def test_a_float_is_rounded_to_its_decimals_exactly() -> None:
    words = list(struct.unpack(">HH", struct.pack(">f", 12345.678)))
    assert field("f32", decimals=3).decode(words) == Decimal("12345.678")
    assert field("f32", decimals=3, little_words=True).decode(words[::-1]) == Decimal("12345.678")
    with pytest.raises(DriverError, match="not a number"):
        field("f32", decimals=1).decode([0x7FC0, 0])


@given(st.integers(0, 2**64 - 1), st.booleans(), st.booleans())
def test_encoding_is_the_inverse_of_decoding(value: int, little_words: bool, little_bytes: bool) -> None:
    both = field("u64", little_words=little_words, little_bytes=little_bytes)
    assert both.decode(both.encode(value)) == value


def test_neighbours_are_read_together_and_holes_are_not_asked_for() -> None:
    fields = [
        field(address=4),
        field(address=0),
        field(address=2),
        field(address=7),
        field(address=0, input_register=True),
    ]
    assert [[one.address for one in block] for block in blocks(fields)] == [[0, 2, 4], [7], [0]]
    long = [field("u64", address=4 * number) for number in range(40)]
    assert [len(block) for block in blocks(long)] == [31, 9]


class ServedMeter:
    """A Modbus server of the library's own, in a thread with its own loop."""

    def __init__(self) -> None:
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.start()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self) -> None:
        data = [SimData(0, values=[0, 0, 1, 0x86A0, 0xFFFF, 0xFFFE, 0, 0, 0, 0], datatype=DataType.REGISTERS)]
        server = ModbusTcpServer(SimDevice(id=7, simdata=data), address=("127.0.0.1", 0))
        await server.listen()
        assert isinstance(server.transport, asyncio.Server)
        self.port = server.transport.sockets[0].getsockname()[1]
        self._stop = asyncio.Event()
        self._server = server
        self._ready.set()
        await self._stop.wait()
        await server.shutdown()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)


@pytest.fixture
def served() -> Iterator[ServedMeter]:
    meter = ServedMeter()
    yield meter
    meter.stop()


def modbus_point(port: int, clock: str = "") -> config.PointConfig:
    text = f"""
[device]
uri = "urn:dev:x:gw"
model = "x"
[[point]]
uri = "urn:dev:x:m1"
driver = "modbus"
cadence_s = 900
serial = "A1"
[point.meter]
host = "127.0.0.1"
port = {port}
unit_id = 7
timeout_s = 1
{clock}
[[point.register]]
name = "energy_import"
unit = "kWh"
address = 0
type = "u64"
decimals = 2
word_order = "big"
[[point.register]]
name = "power"
unit = "W"
cumulative = false
address = 4
type = "i32"
"""
    return config.parse(text, Path("edge.toml")).points[0]


def test_a_meter_over_modbus_tcp(served: ServedMeter) -> None:
    meter = open_driver(modbus_point(served.port, "clock = { address = 6, type = 'u64' }"))
    assert isinstance(meter, Advancing)
    first, second = meter.read(START)
    # words 0, 0, 1, 0x86A0 are 100,000
    assert (first.register, first.value, first.unit, first.taken_at) == (
        "energy_import",
        Decimal("1000.00"),
        "kWh",
        START,
    )
    assert (second.register, second.value) == ("power", -2)
    meter.advance_to(START)
    meter.close()
    assert meter.read(START)[1].value == -2, "it connects anew"
    meter.close()


def test_a_meter_that_is_gone_is_a_driver_error(served: ServedMeter) -> None:
    meter = open_driver(modbus_point(served.port))
    assert not isinstance(meter, Advancing)
    meter.read(START)
    served.stop()
    with pytest.raises(DriverError, match=r"Modbus meter 127\.0\.0\.1"):
        meter.read(START)
    meter.close()


def csv_point(file: Path, extra: str = "", register: str = 'column = "kWh"') -> config.PointConfig:
    text = f"""
[device]
uri = "urn:dev:x:gw"
model = "x"
[[point]]
uri = "urn:dev:x:m1"
driver = "csv"
cadence_s = 900
serial = "A1"
[point.meter]
file = "{file}"
time_column = "date"
{extra}
[[point.register]]
name = "energy_import"
unit = "kWh"
{register}
"""
    return config.parse(text, Path("edge.toml")).points[0]


def test_a_file_of_deltas_is_a_cumulative_meter(tmp_path: Path) -> None:
    file = tmp_path / "load.csv"
    file.write_text("\ufeffdate,kWh\n2026-01-01 00:15:00,3.17\n2026-01-01 00:30:00,4\n2026-01-01 01:00:00,0.5\n")
    meter = open_driver(csv_point(file, register='column = "kWh"\nstart = 100'))
    assert isinstance(meter, CsvMeter)
    assert isinstance(meter, Spanning)
    assert isinstance(meter, Freezing)
    assert meter.span() == (START, START + 3600)
    assert [meter.read(START + at)[0].value for at in (0, 900, 1800, 3600)] == [
        100,
        Decimal("103.17"),
        Decimal("107.17"),
        Decimal("107.67"),
    ]
    with pytest.raises(DriverError, match="no row"):
        meter.read(START + 2700)
    assert meter.freeze(START + 2700) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the column 'date' stands 0 times"),
        ("date,kWh,kWh\n", "the column 'kWh' stands 2 times"),
        ("date,kWh\n2026-01-01 00:15:00,3\n", "fewer than two rows"),
        ("date,kWh\n2026-01-01 00:15:00,3\n2026-01-01 00:15:00,4\n", "line 3: .* is not later"),
        ("date,kWh\n2026-01-01 00:15:00,3,9\n", "line 2: has 3 cells"),
        ("date,kWh\n2026-01-01 00:15:00,1e3\n", "line 2: '1e3' is not a decimal number"),
        ("date,kWh\n2026-01-01 00:15:00,٣\n", "is not a decimal number"),
        ("date,kWh\n2026-01-01 00:15:00,NaN\n", "is not a decimal number"),
        ("date,kWh\n2026-13-01 00:15:00,1\n", "line 2: time data"),
        ('date,kWh\n"2026', "cannot read"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "load.csv"
    file.write_text(text)
    with pytest.raises(ConfigError, match=fault):
        open_driver(csv_point(file))


def test_the_hour_that_comes_twice_and_decimal_commas(tmp_path: Path) -> None:
    file = tmp_path / "load.csv"
    rows = [f"25.10.2026 {hour}:{minute:02};1,25" for hour in ("01", "02", "02", "03") for minute in (0, 30)]
    file.write_text("date;kWh\n" + "\n".join(rows) + "\n")
    extra = 'timezone = "Europe/Berlin"\ntime_format = "%d.%m.%Y %H:%M"\ndelimiter = ";"\ndecimal = ","'
    meter = open_driver(csv_point(file, extra))
    assert isinstance(meter, CsvMeter)
    first, last = meter.span()
    assert last - first == 8 * 1800
    assert meter.read(last)[0].value == Decimal("10.00")


@pytest.mark.shared
@pytest.mark.skipif(not STEEL.exists(), reason="the steel plant's file is not here")
def test_the_steel_year_is_exactly_regular_and_sums_up(tmp_path: Path) -> None:
    extra = 'timezone = "Asia/Seoul"\ntime_format = "%d/%m/%Y %H:%M"\nmidnight_closes_day = true'
    meter = open_driver(csv_point(STEEL, extra, 'column = "Usage_kWh"'))
    assert isinstance(meter, CsvMeter)
    first, last = meter.span()
    assert (last - first) // 900 == 35_040
    rows = STEEL.read_text("utf-8-sig").splitlines()[1:]
    assert meter.read(last)[0].value == sum(Decimal(row.split(",")[1]) for row in rows)
    for at in range(first, last + 1, 900):
        meter.read(at)


def simulated_point(kind: str, registers: str) -> config.PointConfig:
    text = f"""
[device]
uri = "urn:dev:x:gw"
model = "x"
[[point]]
uri = "urn:dev:x:m1"
driver = "simulated"
cadence_s = 900
serial = "A1"
[point.meter]
kind = "{kind}"
seed = "plant"
{registers}
"""
    return config.parse(text, Path("edge.toml")).points[0]


def register(name: str, unit: str, *, cumulative: bool = True) -> str:
    return f'[[point.register]]\nname = "{name}"\nunit = "{unit}"\ncumulative = {str(cumulative).lower()}\n'


@pytest.mark.parametrize(
    ("kind", "registers"),
    [
        ("electricity", register("energy_import", "kWh") + register("energy_export", "kWh")),
        ("electricity", register("energy_import", "kWh")),
        ("water", register("volume", "m3")),
        ("silo", register("level", "/", cumulative=False)),
        ("weighbridge", register("kg_in", "kg") + register("kg_out", "kg")),
    ],
)
def test_a_simulated_meter_shows_the_same_whenever_it_is_asked(kind: str, registers: str) -> None:
    point = simulated_point(kind, registers)
    one, other = open_driver(point), open_driver(point)
    times = [START + 900 * slot for slot in range(200)]
    names = [register.name for register in point.registers]

    def shown(meter: object, at: int) -> list[object]:
        values = {reading.register: reading.value for reading in meter.read(at)}  # type: ignore[attr-defined]
        assert set(names) <= set(values)
        return [values[name] for name in names]

    forward = [shown(one, at) for at in times]
    backward = [shown(other, at) for at in reversed(times)]
    assert forward == backward[::-1]
    if kind != "silo":
        assert all(before[0] <= after[0] for before, after in pairwise(forward))
        assert isinstance(one, Freezing)


def test_the_weighbridges_sums_are_its_tickets_and_no_plate_is_told() -> None:
    bridge = SimulatedWeighbridge(START, Draws("plant"))
    readings = [reading for slot in range(1, 97) for reading in bridge.read(START + 900 * slot)]
    nets = [reading.value for reading in readings if reading.register == "net"]
    sums = {reading.register: reading.value for reading in readings if reading.register.startswith("kg_")}
    assert nets
    assert sums["kg_in"] == sum(net for net in nets if isinstance(net, int) and net > 0)
    assert sums["kg_out"] == -sum(net for net in nets if isinstance(net, int) and net < 0)
    plates = [reading.value for reading in readings if reading.register == "plate"]
    weighings = [weighing for tick in range(96) if (weighing := bridge.weighing(tick))]
    assert plates == [weighing.commitment for weighing in weighings]
    assert not any("沪" in str(reading.value) for reading in readings)


def test_an_unknown_driver_is_refused() -> None:
    point = simulated_point("water", register("volume", "m3"))
    with pytest.raises(ConfigError, match=r"point\[1\].meter.kind"):
        open_driver(simulated_point("nuclear", register("volume", "m3")))
    object.__setattr__(point, "driver", "telepathy")
    with pytest.raises(ConfigError, match="'telepathy' is not one of modbus, csv, simulated"):
        open_driver(point)
