"""Random operations by random parties, against the rules and the contracts: python -m tests.chain.receipts.long

`RECEIPT_STEPS` says how many (10,000), `RECEIPT_SEED` where to begin (1).

A seed of its own for every thousand steps, which begin on a fresh chain; the seed is printed first.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter

from tests.chain.receipts.dice import Seeded
from tests.chain.receipts.play import Player
from tests.chain.receipts.world import World, template

STEPS_OF_A_WORLD = 1_000


def main() -> int:
    steps, seed = int(os.environ.get("RECEIPT_STEPS", "10000")), int(os.environ.get("RECEIPT_SEED", "1"))
    counts: Counter[str] = Counter()
    started, done = time.monotonic(), 0
    while done < steps:
        print(f"seed {seed}", flush=True)
        world = World(template())
        player = Player(world, Seeded(seed))
        for number in range(min(STEPS_OF_A_WORLD, steps - done)):
            try:
                player.step()
            except Exception:
                print(f"RECEIPT_SEED={seed} fails at step {number}", flush=True)
                raise
            done += 1
        counts.update(world.counts)
        world.close()
        seed += 1
        print(f"{done} steps, {done / (time.monotonic() - started):.0f} a second", flush=True)
    for name, count in sorted(counts.items()):
        print(f"{count:6} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
