"""The log over an hour's worth of load: memory, cost of a seal, and how long opening takes when it is long.

An hour at 500 statements a second is 1.8 million entries. They are appended as fast as the disk takes them, without the
signature checks, in the batches and with the seals that the service would make at that rate.
"""

from __future__ import annotations

import hashlib
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tally_gateway.log.records import Entry
from tally_gateway.log.writer import Log
from tests.world import ed, p256

PER_SECOND = 500
BATCH = 125
SEAL_EVERY = 250
"""Half a second's statements, the default cadence."""
STREAMS = 200
ENTRY_BYTES = 350


def run(count: int) -> dict[str, Any]:
    """Append `count` entries, then open that log and one of 1,000 entries."""
    with tempfile.TemporaryDirectory(dir=Path("build")) as folder:
        long = Path(folder) / "long"
        memory = _fill(long, count)
        short = Path(folder) / "short"
        _fill(short, 1_000)
        opened = {size: median(_open(path) for _ in range(5)) for size, path in ((1_000, short), (count, long))}
    rss = memory["rss_mb"]
    return {
        "entries": count,
        "seconds_of_load": count / PER_SECOND,
        "appended_and_sealed_per_s": memory["per_s"],
        "rss_mb_at_tenths": rss,
        "rss_growth_last_over_second_tenth": rss[-1] / rss[1],
        "seal_ms_p50": memory["seal_ms_p50"],
        "open_short_ms": opened[1_000] * 1000,
        "open_long_ms": opened[count] * 1000,
        "open_long_over_short": opened[count] / opened[1_000],
    }


def _fill(folder: Path, count: int) -> dict[str, Any]:
    log = Log.create(folder, "bench.example/2", ed("bench"), p256("bench proof"), lambda: int(time.time()))
    rss: list[float] = []
    seals: list[float] = []
    start = time.perf_counter()
    done = 0
    next_tenth = count // 10
    for batch in _batches(count):
        log.append(batch)
        done += len(batch)
        if done % SEAL_EVERY < BATCH:
            before = time.perf_counter()
            log.seal()
            seals.append(time.perf_counter() - before)
        if done >= next_tenth:
            rss.append(_rss_mb())
            next_tenth += count // 10
    log.seal()
    elapsed = time.perf_counter() - start
    log.close()
    return {"per_s": count / elapsed, "rss_mb": rss, "seal_ms_p50": median(seals) * 1000 if seals else 0.0}


def _batches(count: int) -> Iterator[list[Entry]]:
    kids = [hashlib.sha256(f"stream {number}".encode()).digest() for number in range(STREAMS)]
    for start in range(0, count, BATCH):
        yield [
            Entry(
                kids[number % STREAMS],
                number // STREAMS,
                hashlib.shake_128(number.to_bytes(8, "big")).digest(ENTRY_BYTES),
            )
            for number in range(start, min(start + BATCH, count))
        ]


def _open(folder: Path) -> float:
    start = time.perf_counter()
    log = Log.open(folder, ed("bench"), p256("bench proof"), lambda: int(time.time()), None)
    elapsed = time.perf_counter() - start
    log.close()
    return elapsed


def _rss_mb() -> float:
    """Resident memory now, from the kernel; the peak where it does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
