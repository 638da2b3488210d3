"""The rule checks over many seeds, on all cores; results as plain values, so that a page can be written from them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tally_trial import detection
from tally_trial.detection import Seen, Tally
from tests.detection import journal, remembered

_FOR_LIFE = ExitStack()


def _begin() -> None:
    _FOR_LIFE.enter_context(remembered.remembering())


def one(job: journal.Job) -> list[dict[str, Any]]:
    """Every kind with one seed."""
    (seed,) = job
    return [asdict(seen) for seen in detection.detect(seed, detection.measured())]


def measure(seeds: range, path: Path, workers: int | None = None) -> dict[str, Any]:
    """The rows of the matrix; `path` is the journal."""
    results = journal.fill(path, [[seed] for seed in seeds], one, workers, _begin)
    return told(seeds, ([Seen(**what) for what in result] for result in results))


def told(seeds: range, results: Iterable[Iterable[Seen]]) -> dict[str, Any]:
    """What was seen with each seed, as one row a kind."""
    tallies: dict[str, Tally] = {}
    for seed, seen in zip(seeds, results, strict=True):
        for what in seen:
            tallies.setdefault(what.name, Tally()).add(seed, what)
    return {"seeds": [seeds.start, seeds.stop - 1], "rows": {name: _row(tallies[name]) for name in sorted(tallies)}}


def _row(tally: Tally) -> dict[str, Any]:
    return {
        "runs": tally.runs,
        "caught": tally.caught,
        "by": dict(sorted(tally.by.items())),
        "profiles": dict(sorted(tally.profiles.items())),
        "instruments": dict(sorted(tally.instruments.items())),
        "false_alarms": dict(sorted(tally.false_alarms.items())),
        "missed_seeds": tally.missed_seeds,
    }
