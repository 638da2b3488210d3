"""How long a command takes until it answers, beside a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

COMMANDS = {
    "floor_python": ("-c", "pass"),
    "help": ("-m", "tally_edge.command", "--help"),
    "verify_help": ("-m", "tally_edge.command", "verify", "--help"),
    "edge_agent_imports": ("-c", "import tally_edge.agent.agent"),
    "gateway_imports": ("-c", "import tally_gateway.service"),
}
"""What each number is of; the last two are the imports of `edge run` and `gateway run`, most of what those wait for."""


def run(rounds: int, cold: int = 1) -> dict[str, float]:
    """Median milliseconds of each. A first run, with cold files, is not counted (`cold`: how many of those)."""
    return {f"{name}_ms": _ms(arguments, rounds, cold) for name, arguments in COMMANDS.items()}


def _ms(arguments: tuple[str, ...], rounds: int, cold: int) -> float:
    taken = []
    for _ in range(cold + rounds):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    return median(taken[cold:]) * 1000
