"""Seeded runs of the anchoring client against a real node behind the proxy: each head is anchored exactly once.

TALLYSTICK_FAULT_RUNS says how many (40; `make chain-faults` takes 500), TALLYSTICK_FAULT_SEED the first seed (0).
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.chain.contracts.stage import anvil_stage
from tests.chain.faults.mischief import Fault, Upheaval
from tests.chain.faults.run import Outcome, run

RUNS = int(os.environ.get("TALLYSTICK_FAULT_RUNS", "40"))
FIRST_SEED = int(os.environ.get("TALLYSTICK_FAULT_SEED", "0"))
# A node that tests drive by hand grows slower with every block, so it is exchanged now and then.
RUNS_OF_NODE = 25

pytestmark = [pytest.mark.evm_node, pytest.mark.slow]


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
    tally: Counter[str] = sum((outcome.counts for outcome in outcomes), Counter())
    alarms = [f"seed {outcome.seed}: {outcome.alarm}" for outcome in outcomes if outcome.alarm]
    print(f"\n{len(outcomes)} runs, {sum(len(outcome.submitted) for outcome in outcomes)} heads, {len(alarms)} stopped")
    for name, count in sorted(tally.items()):
        print(f"  {name:16} {count}")
    # A client that stops says why, and a sound chain behind a mean proxy is no reason to stop often.
    assert len(alarms) <= len(outcomes) // 50, alarms
    if RUNS >= 40:
        assert not [kind.name for kind in (*Fault, *Upheaval) if not tally[kind.name]]
