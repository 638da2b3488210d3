"""The whole system, 200 seeds; that a seed is a run; and that bugs which are planted are found.

`make sim` plays the same runs with a tally, `make sim-long` plays more, `make sim SIM_SEED=n` shows one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.simulation import crew, shim
from tests.simulation.planted import FOUND_AT, PLANTS
from tests.simulation.swarm import swarm_of

SEEDS = int(os.environ.get("TALLYSTICK_SIM_SEEDS", "200"))
WITHIN_SEEDS = 50
"""A planted bug that so many runs do not find is one that the simulation is blind to."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shim.compiler() is None, reason="the disk that forgets needs a C compiler (cc)"),
]


def test_every_run_comes_right() -> None:
    print(f"seeds 1 to {SEEDS}")
    account = crew.play_all(range(1, SEEDS + 1), crew.processors(), lambda _result: None)
    print(*account.lines(), sep="\n")
    assert [f"seed {one['seed']} {one['fault']}" for one in account.failed] == []
    assert account.runs == SEEDS
    assert account.totals["statements"] > 50 * SEEDS


def _digests(seeds: range) -> list[tuple[str, int]]:
    worker = crew.Worker()
    try:
        return [(played["digest"], played["lines"]) for played in map(worker.play, seeds)]
    finally:
        worker.close()


def test_a_seed_is_a_run() -> None:
    """In another process, in another order: the same events to the last one."""
    once, again = _digests(range(1, 5)), _digests(range(4, 0, -1))
    assert once == again[::-1]
    assert len({digest for digest, _ in once}) == len(once)
    assert min(lines for _, lines in once) > 1_000


def test_seeds_differ_in_what_goes_wrong() -> None:
    kinds = [frozenset(swarm_of(seed).kinds()) for seed in range(1, 201)]
    everything = frozenset().union(*kinds)
    assert len(everything) >= 20
    assert len(set(kinds)) > 150
    for kind in everything:
        assert 5 <= sum(kind in of_seed for of_seed in kinds) <= 195, kind


@pytest.fixture(scope="module")
def worker() -> Iterator[crew.Worker]:
    """One process for all the bugs, as one plays many seeds: a bug is in the product for its own run alone."""
    worker = crew.Worker()
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def fault_without(worker: crew.Worker) -> Callable[[int], str]:
    """What a seed finds without a bug, played once for all the bugs that it finds."""
    return cache(lambda seed: str(worker.play(seed)["fault"]))


@pytest.mark.parametrize("plant", sorted(PLANTS))
def test_a_planted_bug_is_found(plant: str, worker: crew.Worker, fault_without: Callable[[int], str]) -> None:
    seeds = range(1, WITHIN_SEEDS + 1)
    assert FOUND_AT[plant] in seeds
    found = crew.found_at(worker, plant, sorted(seeds, key=lambda seed: seed != FOUND_AT[plant]))
    assert found is not None, f"{plant} was not found in {WITHIN_SEEDS} runs"
    seed, said = found
    print(f"{plant}: found at seed {seed}: {said}")
    assert "the simulation itself" not in said
    assert fault_without(seed) == ""
