"""A process that plays runs: a line in, `seed` or `seed plant`, a line out, the result as JSON. Started with the shim
(shim.environment); with `--trace` it says every event of a run."""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import sys
import time
import traceback
from collections.abc import Callable

from tests.simulation.planted import PLANTS
from tests.simulation.world import Result, Run


def play(seed: int, plant: str, say: Callable[[str], None] | None = None) -> Result:
    """One run, with a bug planted or none."""
    with PLANTS[plant]() if plant else contextlib.nullcontext():
        return Run(seed, say=say).play()


def main() -> None:
    """Until the input ends."""
    say = (lambda line: print(line, file=sys.stderr)) if "--trace" in sys.argv else None
    logging.disable(logging.NOTSET if say else logging.CRITICAL)
    gc.freeze()  # the modules, which no run lets go: collecting after each run would look through them all
    for line in sys.stdin:
        seed, _, plant = line.strip().partition(" ")
        began = time.process_time()
        try:
            result = play(int(seed), plant, say)
        except Exception:  # noqa: BLE001  whatever it is, it is the answer
            result = Result(int(seed), fault=f"the simulation itself: {traceback.format_exc()}")
        fields = vars(result) | {"cpu_s": time.process_time() - began}
        print(json.dumps(fields), flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
