"""Seeded runs of the anchoring client against a real node behind the proxy: each head is anchored exactly once.

TALLYSTICK_FAULT_RUNS says how many (40; `make chain-faults` takes 500), TALLYSTICK_FAULT_SEED the first seed (0).
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.chain.contracts.fixtures import anvil, embedded
from tests.chain.contracts.stage import Stage, anvil_stage
from tests.chain.faults.mischief import Fault, Trait, Upheaval
from tests.chain.faults.run import Outcome, run

__all__ = ["anvil", "embedded"]

RUNS = int(os.environ.get("TALLYSTICK_FAULT_RUNS", "40"))
FIRST_SEED = int(os.environ.get("TALLYSTICK_FAULT_SEED", "0"))
# A node that tests drive by hand grows slower with every block, so it is exchanged now and then.
RUNS_OF_NODE = 25

EMBEDDED_RUNS = max(6, RUNS // 20)
FISCO_RUNS = max(6, RUNS // 10)

pytestmark = pytest.mark.slow


@pytest.mark.evm_node
def test_each_head_is_anchored_exactly_once(tmp_path: Path) -> None:
    outcomes: list[Outcome] = []
    for first in range(FIRST_SEED, FIRST_SEED + RUNS, RUNS_OF_NODE):
        with anvil_stage() as stage:
            for seed in range(first, min(first + RUNS_OF_NODE, FIRST_SEED + RUNS)):
                try:
                    outcomes.append(run(seed, stage, tmp_path / str(seed)))
                except BaseException as error:
                    error.add_note(f"seed {seed}: TALLYSTICK_FAULT_SEED={seed} TALLYSTICK_FAULT_RUNS=1")
                    raise
    tally = judge(outcomes)
    if RUNS >= 40:
        assert not [kind.name for kind in (*Fault, *Upheaval) if not tally[kind.name]]


@pytest.mark.evm_node
def test_a_node_with_all_the_ways_of_fisco(anvil: Stage, tmp_path: Path) -> None:
    """No replacement, ten blocks of logs, times in milliseconds, and everything else that goes wrong beside that."""
    seeds = range(FIRST_SEED + 10_000, FIRST_SEED + 10_000 + FISCO_RUNS)
    judge([run(seed, anvil, tmp_path / str(seed), frozenset(Trait)) for seed in seeds])


def test_the_embedded_engine_behind_the_proxy(embedded: Stage, tmp_path: Path) -> None:
    """Also on machines that have no other node."""
    seeds = range(FIRST_SEED + 20_000, FIRST_SEED + 20_000 + EMBEDDED_RUNS)
    judge([run(seed, embedded, tmp_path / str(seed)) for seed in seeds])


def judge(outcomes: list[Outcome]) -> Counter[str]:
    """What struck in all the runs. A head that is given up has its alarm, and a sound chain is no reason for it."""
    tally: Counter[str] = sum((outcome.counts for outcome in outcomes), Counter())
    alarms = [f"seed {outcome.seed}: {outcome.alarm}" for outcome in outcomes if outcome.alarm]
    heads = sum(len(outcome.submitted) for outcome in outcomes)
    print(f"\n{len(outcomes)} runs, {heads} heads, {len(alarms)} gave a head up")
    for name, count in sorted(tally.items()):
        print(f"  {name:16} {count}")
    assert len(alarms) <= len(outcomes) // 50, alarms
    assert tally["stopped"] <= 1 + len(outcomes) // 10
    return tally
