"""How fast the load curves of a site-year become tables, and in how much memory; the floor is Arrow's own writing of
the same numbers, with no row of Python between. Each run is a process of its own, so that its memory is its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tally_finance.activity.boundary import Boundary, Line, Role, Version
from tally_finance.activity.load import Load
from tally_finance.activity.site import Site, Term
from tally_finance.activity.source import Sources
from tally_finance.export import to_csv, to_parquet
from tally_finance.export.of_loads import load_curves
from tally_finance.export.table import Stamp
from tests.world import START

QUARTER_S = 900
_SEED = 20_261_129
_WRITERS = {"parquet": to_parquet.write, "csv": to_csv.write}


def site(meters: int, intervals: int) -> Site:
    """A main meter and those below it, whose quantities are by chance."""
    rng = np.random.default_rng(_SEED)
    at = START + QUARTER_S * np.arange(intervals + 1, dtype=np.int64)
    lines = [
        Line(f"m{number:03}", f"urn:m{number:03}", "e", "kWh", "electricity", Role.SUB, "m000" if number else None)
        for number in range(meters)
    ]
    state, opened = np.zeros(intervals, dtype=np.int8), np.zeros(intervals + 1, dtype=np.int64)
    loads: dict[str, Any] = {}
    for line in lines:
        quantity = rng.integers(0, 900_000, size=intervals, dtype=np.int64)
        load = Load(line.point, "e", "kWh", at, quantity, state, opened, 3, Sources(()))
        loads[line.name] = SimpleNamespace(line=line, load=load)
    version = Version(START, "made up", tuple(lines))
    limits = Boundary("made up", ZoneInfo("Asia/Shanghai"), (version,), (), (), b"")
    return Site(limits, int(at[0]), int(at[-1]), (Term(int(at[0]), int(at[-1]), version, loads),), ())


def measured(form: str, meters: int, intervals: int) -> dict[str, float]:
    """One run: seconds, megabytes written, and the most memory that the process had, its loads included."""
    table = load_curves(site(meters, intervals))
    with tempfile.TemporaryDirectory() as name:
        started, cpu = time.perf_counter(), time.process_time()
        _WRITERS[form](Path(name) / "out", [table], Stamp("00" * 32, "", START))
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        size = sum(path.stat().st_size for path in (Path(name) / "out").iterdir())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu_seconds": cpu, "written_mb": size / 1e6, "peak_mb": peak_mb}


def floor(meters: int, intervals: int) -> float:
    """Seconds in which Arrow writes as many times and numbers to Parquet."""
    rng = np.random.default_rng(_SEED)
    at = np.tile(START + QUARTER_S * np.arange(intervals, dtype=np.int64), meters)
    columns = {"from": at, "to": at + QUARTER_S, "quantity": rng.integers(0, 900_000, size=at.size)}
    with tempfile.TemporaryDirectory() as name:
        started = time.perf_counter()
        pq.write_table(pa.table(columns), Path(name) / "floor.parquet", compression="zstd")
        return time.perf_counter() - started


def run(meters: int = 200, intervals: int = 35_040) -> dict[str, Any]:
    """Both ways, beside the floor."""
    found: dict[str, Any] = {"intervals": meters * intervals, "floor_s": floor(meters, intervals)}
    for form in _WRITERS:
        command = [sys.executable, "-m", "tests.bench.bench_tables", form, str(meters), str(intervals)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[form] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
