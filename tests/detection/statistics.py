"""The statistical checks over many seeds: power and false alarms by profile, as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tally_trial import plants, power
from tally_trial.power import Run, Theft
from tally_trial.scene import DAY_S
from tests.detection import journal

FIRST_SEED = 1_001
"""Far from the seeds that the charts were tuned on."""


def one(job: journal.Job) -> dict[str, Any]:
    """One profile with one seed."""
    profile, seed = job
    run = power.measure(profile, seed)
    return {
        "watched_days": run.watched_days,
        "false_alarms": [
            {
                "seed": seed,
                "check": doubt.name,
                "at": _short(doubt.touches),
                "day": (doubt.to_at - plants.BEGINS) // DAY_S,
                "says": doubt.sentence,
            }
            for doubt in run.false_alarms
        ],
        "found": [[theft.kind, *theft.place, theft.size, day] for theft, day in run.found.items()],
    }


def measure(seeds: int, path: Path, workers: int | None = None) -> dict[str, Any]:
    """Every profile over so many seeds; `path` is the journal."""
    chosen = range(FIRST_SEED, FIRST_SEED + seeds)
    jobs: list[journal.Job] = [[profile, seed] for seed in chosen for profile in power.profiles()]
    results = journal.fill(path, jobs, one, workers)
    profiles: dict[str, list[dict[str, Any]]] = {profile: [] for profile in power.profiles()}
    for (profile, _), result in zip(jobs, results, strict=True):
        profiles[profile].append(result)
    return {
        "seeds": [chosen.start, chosen.stop - 1],
        "profiles": {profile: told(found) for profile, found in profiles.items()},
    }


def told(results: list[dict[str, Any]]) -> dict[str, Any]:
    """One profile: how long it was watched, what was doubted, and how often each theft was found by when."""
    runs = [Run(n, _found(result["found"]), ()) for n, result in enumerate(results)]
    thefts = sorted({(theft.kind, theft.place) for run in runs for theft in run.found})
    return {
        "runs": len(results),
        "watched_days": sum(result["watched_days"] for result in results),
        "false_alarms": [alarm for result in results for alarm in result["false_alarms"]],
        "thefts": [
            {
                "kind": kind,
                "meter": _short(place[0]),
                "register": place[1],
                "found": {
                    str(days): {
                        str(size): power.share(runs, Theft(kind, place, size), days).found for size in power.sizes(kind)
                    }
                    for days in power.AFTER_DAYS
                },
            }
            for kind, place in thefts
        ],
    }


def _found(rows: list[list[Any]]) -> dict[Theft, int | None]:
    return {Theft(kind, (point, register), size): day for kind, point, register, size, day in rows}


def _short(point: str) -> str:
    return point.rpartition(":")[2]
