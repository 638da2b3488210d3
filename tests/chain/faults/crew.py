"""Many runs at once, in processes of their own: for most of its time a run waits, for answers that never come.

A run takes nothing from its neighbours and nothing from those before it: log, journal and chain are its own, so that a
seed alone does again what it did among five hundred.
"""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tests.chain.contracts.stage import anvil_stage, embedded_stage
from tests.chain.faults.mischief import Trait
from tests.chain.faults.run import Outcome, run

# More than there are processors, because most of them wait; not so many that the client's patience ends by itself, and
# not more than are of use.
PROCESSES = min(8, 2 * (os.cpu_count() or 1))


@dataclass(frozen=True)
class Job:
    """A seed, and what is beneath the proxy."""

    seed: int
    folder: Path
    embedded: bool = False
    traits: frozenset[Trait] | None = None


def play(job: Job) -> Outcome:
    """One run on a new chain. A broken promise is part of the outcome, since not every exception can be sent home."""
    folder = job.folder / str(job.seed)
    try:
        with embedded_stage(folder / "chain") if job.embedded else anvil_stage() as stage:
            return run(job.seed, stage, folder, job.traits)
    except Exception:  # noqa: BLE001  whatever it was, the seed is named beside it, and the others go on
        return Outcome(job.seed, broken=traceback.format_exc())


def played(jobs: Sequence[Job]) -> Iterator[Outcome]:
    """All the outcomes, as they come."""
    context = multiprocessing.get_context("forkserver")  # the tests' own process has threads, which a fork would lose
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(min(PROCESSES, len(jobs)), context) as pool:
        for done in as_completed([pool.submit(play, job) for job in jobs]):
            yield done.result()
