"""Seeded runs of the anchoring client against a real node behind the proxy: each head is anchored exactly once.

TALLYSTICK_FAULT_RUNS says how many (500 where CI=true, otherwise 100; `make chain-faults` takes 5,000), and
TALLYSTICK_FAULT_SEED the first seed (0). Beside each hundred there are ten like FISCO BCOS and five on the embedded
engine.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.chain.contracts import npm
from tests.chain.faults.crew import Job, played
from tests.chain.faults.mischief import Fault, Trait, Upheaval
from tests.skips import in_ci

RUNS = int(os.environ.get("TALLYSTICK_FAULT_RUNS") or (500 if in_ci() else 100))
FIRST_SEED = int(os.environ.get("TALLYSTICK_FAULT_SEED") or 0)
# So many runs meet everything that can go wrong; fewer may miss some of it.
ENOUGH_FOR_ALL = 40

EMBEDDED_RUNS = min(RUNS, max(6, RUNS // 20))
FISCO_RUNS = min(RUNS, max(6, RUNS // 10))
# Each kind has seeds of its own, this far from those of the first.
FISCO_SEEDS, EMBEDDED_SEEDS = 10_000, 20_000

pytestmark = pytest.mark.slow


@pytest.mark.evm_node
def test_each_head_is_anchored_exactly_once(tmp_path: Path) -> None:
    npm.anvil()
    tally = judge([Job(seed, tmp_path) for seed in seeds(RUNS)])
    if RUNS >= ENOUGH_FOR_ALL:
        assert not [kind.name for kind in (*Fault, *Upheaval) if not tally[kind.name]]


@pytest.mark.evm_node
def test_a_node_with_all_the_ways_of_fisco(tmp_path: Path) -> None:
    """No replacement, ten blocks of logs, times in milliseconds, and everything else that goes wrong beside that."""
    npm.anvil()
    judge([Job(seed, tmp_path, traits=frozenset(Trait)) for seed in seeds(FISCO_RUNS, FISCO_SEEDS)], FISCO_SEEDS)


def test_the_embedded_engine_behind_the_proxy(tmp_path: Path) -> None:
    """Also on machines that have no other node."""
    judge([Job(seed, tmp_path, embedded=True) for seed in seeds(EMBEDDED_RUNS, EMBEDDED_SEEDS)], EMBEDDED_SEEDS)


def seeds(runs: int, kind: int = 0) -> range:
    """Those of a kind of runs."""
    return range(FIRST_SEED + kind, FIRST_SEED + kind + runs)


def judge(jobs: list[Job], kind: int = 0) -> Counter[str]:
    """What struck in all the runs. A head that is given up has its alarm, and a chain that was sound underneath is no
    reason to give one up."""
    test = os.environ["PYTEST_CURRENT_TEST"].partition(" ")[0]
    outcomes, broken = [], []
    for outcome in played(jobs):
        outcomes.append(outcome)
        if outcome.broken:
            alone = f"TALLYSTICK_FAULT_SEED={outcome.seed - kind} TALLYSTICK_FAULT_RUNS=1 python -m pytest {test}"
            broken.append(f"seed {outcome.seed}: {alone}\n{outcome.broken}")
            print(broken[-1], file=sys.stderr, flush=True)
    assert not broken, "\n".join(broken)
    assert sorted(outcome.seed for outcome in outcomes) == [job.seed for job in jobs]
    tally: Counter[str] = sum((outcome.counts for outcome in outcomes), Counter())
    alarms = [f"seed {outcome.seed}: {outcome.alarm}" for outcome in outcomes if outcome.alarm]
    heads = sum(len(outcome.submitted) for outcome in outcomes)
    print(f"\n{len(outcomes)} runs, {heads} heads, {len(alarms)} gave a head up")
    for name, count in sorted(tally.items()):
        print(f"  {name:16} {count}")
    assert not alarms, alarms
    assert tally["stopped"] <= 1 + len(outcomes) // 10
    return tally
