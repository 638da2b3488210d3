"""Processes that play runs beside one another, and the account of all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.simulation import shim

_ROOT = Path(__file__).parents[2]


class Worker:
    """One process. `play` raises RuntimeError when it has died."""

    def __init__(self, *, trace: bool = False) -> None:
        """`trace`: every event goes to the standard error stream."""
        command = [sys.executable, "-W", "error", "-m", "tests.simulation.worker", *(["--trace"] if trace else [])]
        self._process = subprocess.Popen(
            command, cwd=_ROOT, env=shim.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def play(self, seed: int, plant: str = "") -> dict[str, Any]:
        """The result of a run, as a dictionary."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{seed} {plant}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process of seed {seed} died with {self._process.wait()}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


@dataclass
class Account:
    """What many runs came to."""

    runs: int = 0
    totals: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    virtual_s: float = 0.0
    cpu_s: float = 0.0
    slowest_settled_s: float = 0.0
    failed: list[dict[str, Any]] = field(default_factory=list)

    def add(self, result: dict[str, Any]) -> None:
        """One more run."""
        self.runs += 1
        for name in ("callbacks", "disk_calls", "messages", "statements", "checks"):
            self.totals[name] += result[name]
        self.faults.update(result["faults"])
        self.virtual_s += result["virtual_s"]
        self.cpu_s += result["cpu_s"]
        self.slowest_settled_s = max(self.slowest_settled_s, result["settled_after_s"])
        if result["fault"]:
            self.failed.append(result)

    def lines(self) -> list[str]:
        """For people."""
        events = self.totals["callbacks"] + self.totals["disk_calls"]
        return [
            f"{self.runs} runs, {self.virtual_s / 3600:.1f} hours of virtual time in {self.cpu_s:.0f} s of processor "
            f"time ({self.virtual_s / max(self.cpu_s, 1e-9):,.0f} times as fast); slowest to settle: "
            f"{self.slowest_settled_s:.0f} s",
            f"{self.totals['statements']:,} statements, {self.totals['messages']:,} messages, "
            f"{self.totals['disk_calls']:,} calls to disks, {events:,} events "
            f"({events / max(self.cpu_s, 1e-9):,.0f}/s), {self.totals['checks']:,} checks",
            "faults: " + ", ".join(f"{name} {count:,}" for name, count in sorted(self.faults.items()) if count),
        ]


def play_all(seeds: Iterable[int], workers: int, told: Callable[[dict[str, Any]], None], plant: str = "") -> Account:
    """Every run, `workers` at once; `told` hears each result as it comes. Raises RuntimeError when a process dies."""
    account, turn, waiting = Account(), threading.Lock(), iter(seeds)
    broken: list[BaseException] = []

    def work() -> None:
        worker = Worker()
        try:
            for seed in _taken(waiting, turn):
                result = worker.play(seed, plant)
                with turn:
                    account.add(result)
                    told(result)
        except BaseException as error:  # noqa: BLE001  raised below
            broken.append(error)
        finally:
            worker.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return account


def _taken(waiting: Iterator[int], turn: threading.Lock) -> Iterator[int]:
    while True:
        with turn:
            seed = next(waiting, None)
        if seed is None:
            return
        yield seed


def found_at(worker: Worker, plant: str, seeds: Iterable[int]) -> tuple[int, str] | None:
    """The first seed that finds a planted bug, and what it says."""
    for seed in seeds:
        result = worker.play(seed, plant)
        if result["fault"]:
            return seed, str(result["fault"])
    return None


def processors() -> int:
    """How many runs at once."""
    return len(os.sched_getaffinity(0))
