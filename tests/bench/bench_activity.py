"""How fast a site-year becomes loads, bit by bit exact, from the projection's Parquet; the floor is the bare sum of the
same columns. Each run is a process of its own, so that its memory is its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tally_chain.verify.verifier import examine
from tally_finance.activity import arrow
from tally_finance.activity.ceiling import Ceiling, bounded
from tally_finance.activity.column import Column, Ints, exact_sum
from tally_finance.activity.counting import counted
from tally_finance.activity.load import Load, load_of
from tally_finance.activity.meter import PLAIN, Meter
from tally_finance.activity.reading import Read
from tally_finance.activity.source import Sources
from tally_gateway.projection.schema import READINGS
from tests.world import POINT, REGISTER, START, World

QUARTER_S = 900
_SEGMENT_ROWS = 1_000_000
_SEED = 20_261_128
_READINGS = 960
_A_PACK = 15
_CLOCK = ZoneInfo("Asia/Shanghai")
_CEILING = Ceiling(Decimal(4_000), "made up")


@dataclass(frozen=True)
class Site:
    """A site of some meters, each read at the beginning and after every interval, but for one in a thousand readings.

    `wh`: what the registers show, in Wh, a row per time and a column per meter.
    """

    wh: Ints

    @property
    def total(self) -> Decimal:
        """What passed all of them, kWh."""
        return Decimal(int((self.wh[-1] - self.wh[0]).sum())) / 1000


def site(meters: int, intervals: int) -> Site:
    """Registers that rise by chance."""
    rng = np.random.default_rng(_SEED)
    risen = rng.integers(0, 900_000, size=(intervals, meters), dtype=np.int64)
    registers = np.concatenate((rng.integers(0, 10**9, size=(1, meters), dtype=np.int64), risen)).cumsum(axis=0)
    return Site(registers)


def write(of: Site, folder: Path, *, shuffled: bool) -> list[Path]:
    """The site's readings as the projection writes them, in the order of time or in none."""
    times, meters = of.wh.shape
    rng = np.random.default_rng(_SEED + 1)
    kept = rng.random(of.wh.size) >= 0.001
    kept[:meters] = kept[-meters:] = True  # the edges of the year are read
    rows = np.flatnonzero(kept)
    rows = rng.permutation(rows) if shuffled else rows
    names = pa.array([f"urn:dev:org:32473-site:m{number:03}" for number in range(meters)])
    files = []
    for number, part in enumerate(np.array_split(rows, max(1, rows.size // _SEGMENT_ROWS))):
        table = _table(of, part, names)
        path = folder / f"readings-{number}.parquet"
        pq.write_table(table, path, compression="zstd")
        files.append(path)
    assert times > 1
    return files


def _table(of: Site, rows: Ints, names: pa.Array) -> pa.Table:
    meters = of.wh.shape[1]
    wide = np.zeros((rows.size, 2), dtype="<i8")
    wide[:, 0] = of.wh.ravel()[rows]
    values = pa.Array.from_buffers(pa.decimal128(38, 3), rows.size, [None, pa.py_buffer(wide.tobytes())])
    columns = {
        "entry": pa.array(rows),
        "seq": pa.array(rows // meters),
        "position": pa.array(np.zeros(rows.size, dtype=np.int32)),
        "point": pa.DictionaryArray.from_arrays(pa.array(rows % meters, pa.int32()), names).dictionary_decode(),
        "register": pa.repeat(pa.scalar("energy_import"), rows.size),
        "taken_at": pa.array(START + rows // meters * QUARTER_S),
        "value": values.cast(pa.decimal128(38, 18)),
        "unit": pa.repeat(pa.scalar("kWh"), rows.size),
    }
    empty = {field.name: pa.nulls(rows.size, field.type) for field in READINGS if field.name not in columns}
    return pa.table({field.name: (columns | empty)[field.name] for field in READINGS}, schema=READINGS)


def loads(columns: Iterable[Column], intervals: int) -> Iterator[Load]:
    """Each register over the whole time."""
    meter = Meter((PLAIN,), (), ((0, QUARTER_S),))
    period = (START, START + intervals * QUARTER_S)
    sources = Sources(arrow.Entries("made up"))
    for column in columns:
        filled, exceeded = bounded(counted(column, meter, period), _CEILING, column.name, adds=True)
        assert exceeded is None
        yield load_of(column, filled, sources)


def measured(folder: Path, intervals: int) -> dict[str, object]:
    """One run: from files to totals, hours, months and digests."""
    files = sorted(folder.glob("*.parquet"))
    started, cpu = time.perf_counter(), time.process_time()
    total, found, counted_intervals, hours = Decimal(0), sha256(), 0, 0
    for load in loads(arrow.columns(arrow.read_segments(files)), intervals):
        assert load.is_bounded
        total += load.total
        found.update(load.digest)
        counted_intervals += load.quantity.size
        hourly, monthly = load.hourly(_CLOCK), load.monthly(_CLOCK)
        assert exact_sum(hourly.quantity) == exact_sum(monthly.quantity) == exact_sum(load.quantity)
        hours += hourly.quantity.size
    return {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu,
        "total": f"{total:f}",
        "digest": found.hexdigest(),
        "intervals": counted_intervals,
        "hours": hours,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def floor(of: Site) -> float:
    """Seconds of the bare sum of as many 64-bit numbers: what no way of counting undercuts."""
    risen = np.diff(of.wh, axis=0)
    started = time.perf_counter()
    assert Decimal(int(risen.sum())) / 1000 == of.total
    return time.perf_counter() - started


def evidence_us(readings: int) -> float:
    """Microseconds of one core for a reading from a verified bundle to its place in a column."""
    world = World()
    world.open()
    for first in range(0, readings, _A_PACK):
        world.log(world.readings(*((hour, hour) for hour in range(first, first + _A_PACK))))
    examined = examine(world.bundle(hours=readings), world.policy(), now=START + 400 * 86_400)
    started = time.process_time()
    column = Read(examined).point(POINT, {REGISTER}).columns[REGISTER]
    assert column.value.size == readings
    return (time.process_time() - started) / readings * 1e6


def run(meters: int = 200, intervals: int = 35_040) -> dict[str, float]:
    """Seconds and memory of a run over rows in order, and over the same rows in none: the same figure and digest."""
    of = site(meters, intervals)
    found = []
    for shuffled in (False, True):
        with tempfile.TemporaryDirectory() as name:
            write(of, Path(name), shuffled=shuffled)
            command = [sys.executable, "-m", "tests.bench.bench_activity", name, str(intervals)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found.append(json.loads(done.stdout))
    ordered, mixed = found
    assert Decimal(ordered["total"]) == Decimal(mixed["total"]) == of.total
    assert ordered["digest"] == mixed["digest"]
    least = min(floor(of) for _ in range(3))
    return {
        "meters": meters,
        "intervals": ordered["intervals"],
        "floor_sum_s": least,
        "ordered_s": ordered["seconds"],
        "ordered_cpu_s": ordered["cpu_seconds"],
        "shuffled_s": mixed["seconds"],
        "shuffled_cpu_s": mixed["cpu_seconds"],
        "of_floor": ordered["seconds"] / least,
        "evidence_us_per_reading": evidence_us(_READINGS),
        "peak_mb": max(ordered["peak_mb"], mixed["peak_mb"]),
    }


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]), int(sys.argv[2]))))
