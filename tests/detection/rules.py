"""The rule checks over many seeds, on all cores; results as plain values, so that a page can be written from a file."""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tally_trial import detection
from tally_trial.detection import Seen, Tally

SAVE_EVERY = 25


def one(seed: int) -> tuple[int, list[Seen]]:
    """Every kind with one seed."""
    return seed, list(detection.detect(seed, detection.measured()))


def count(seeds: range, save: Path | None = None, workers: int | None = None) -> dict[str, Tally]:
    """The tallies by kind. `save`: where to put what is counted so far."""
    tallies = {name: Tally() for name in detection.measured()}
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        for done, (seed, seen) in enumerate(pool.map(one, seeds), 1):
            for what in seen:
                tallies[what.name].add(seed, what)
            if save is not None and (done % SAVE_EVERY == 0 or done == len(seeds)):
                save.write_text(json.dumps(told(tallies, seeds[:done]), indent=1), "utf-8")
                print(f"{done} of {len(seeds)} seeds", flush=True)
    return tallies


def told(tallies: dict[str, Tally], seeds: range) -> dict[str, Any]:
    """The tallies as plain values."""
    return {
        "seeds": [seeds.start, seeds.stop - 1],
        "rows": {
            name: {
                "runs": tally.runs,
                "caught": tally.caught,
                "by": dict(sorted(tally.by.items())),
                "false_alarms": dict(sorted(tally.false_alarms.items())),
                "missed_seeds": tally.missed_seeds[:20],
            }
            for name, tally in tallies.items()
        },
    }
