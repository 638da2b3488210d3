"""`make sim`, `make sim-long`: runs of the whole system, each from its seed; one seed again with everything that it
does."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.simulation import crew
from tests.simulation.planted import PLANTS
from tests.simulation.swarm import swarm_of


def main() -> int:
    """0: every run came right. 1: some did not; what each found, and how to see it again."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many runs")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seconds", type=float, help="as many runs as fit into this time, whatever --seeds says")
    parser.add_argument("--workers", type=int, default=crew.processors(), help="processes at once")
    parser.add_argument("--seed", type=int, help="one run, with its trace on the standard error stream")
    parser.add_argument("--plant", choices=sorted(PLANTS), default="", help="with this bug in the product")
    given = parser.parse_args()
    return _again(given.seed, given.plant) if given.seed is not None else _many(given)


def _again(seed: int, plant: str) -> int:
    print(f"seed {seed}: {swarm_of(seed)}", flush=True)
    worker = crew.Worker(trace=True)
    try:
        result = worker.play(seed, plant)
    finally:
        worker.close()
    for name, value in result.items():
        print(f"{name}: {value}")
    return 1 if result["fault"] else 0


def _many(given: argparse.Namespace) -> int:
    print(f"seeds from {given.first} on, {given.workers} at once", flush=True)
    began, done = time.monotonic(), itertools.count(1)

    def told(result: dict[str, Any]) -> None:
        number, passed = next(done), time.monotonic() - began
        if result["fault"]:
            again = f"make sim SIM_SEED={result['seed']}" + (f" (planted: {given.plant})" if given.plant else "")
            print(f"\nseed {result['seed']} {result['fault']}\n    again: {again}", flush=True)
        whole = given.seconds or given.seeds
        share = min(1.0, (passed if given.seconds else number) / whole)
        bar = "#" * int(share * 30)
        print(f"\r[{bar:<30}] {number} runs, {passed:.0f} s", end="", flush=True)

    account = crew.play_all(_seeds(given, began), given.workers, told, given.plant)
    print()
    for line in account.lines():
        print(line)
    print("every run came right" if not account.failed else f"{len(account.failed)} runs did not come right")
    return 1 if account.failed else 0


def _seeds(given: argparse.Namespace, began: float) -> Iterator[int]:
    for seed in itertools.count(given.first):
        if given.seconds:
            if time.monotonic() - began >= given.seconds:
                return
        elif seed - given.first >= given.seeds:
            return
        yield seed


if __name__ == "__main__":
    sys.exit(main())
