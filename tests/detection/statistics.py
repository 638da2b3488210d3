"""The statistical checks over many seeds: power and false alarms by profile, as plain values."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tally_trial import power
from tally_trial.power import Run

FIRST_SEED = 1_001
"""Far from the seeds that the charts were tuned on."""


def _one(job: tuple[str, int]) -> Run:
    return power.measure(*job)


def measure(seeds: int, workers: int | None = None) -> dict[str, Any]:
    """Every profile over so many seeds."""
    profiles = {}
    chosen = range(FIRST_SEED, FIRST_SEED + seeds)
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        for profile in power.profiles():
            runs = list(pool.map(_one, [(profile, seed) for seed in chosen]))
            print(f"{profile}: {seeds} seeds of {power.DAYS} days", flush=True)
            profiles[profile] = _told(runs)
    return {"seeds": [chosen.start, chosen.stop - 1], "profiles": profiles}


def _told(runs: list[Run]) -> dict[str, Any]:
    return {
        "site_days": power.DAYS * len(runs),
        "false_alarms": [
            f"seed {run.seed}: {alarm.name} at {alarm.touches}" for run in runs for alarm in run.false_alarms
        ],
        "smallest": [
            {
                "kind": one.kind,
                "meter": one.place[0].rpartition(":")[2],
                "register": one.place[1],
                "by_days": {str(days): size for days, size in one.by_days.items()},
            }
            for one in power.smallest(runs)
        ],
    }
