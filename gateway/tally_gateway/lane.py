"""The log's own thread: whatever touches the log or the service's tables runs here, one after another.

The log has one writer and its calls wait for the disk, so they belong neither on the event loop nor in several threads. A call that
was handed over runs to its end even when whoever waits for it is cancelled; so what belongs together is one call.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tally_gateway.log.writer import Log

T = TypeVar("T")


class LogLane:
    """Runs calls on the log, in order."""

    def __init__(self, log: Log, state: sqlite3.Connection) -> None:
        self._log, self._state = log, state
        self._thread = ThreadPoolExecutor(1, "log")

    async def run(self, call: Callable[[Log], T]) -> T:
        """The result of `call` on the log's thread. What it raises is raised here."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, self._log)

    def close(self) -> None:
        """Finish what was handed over, then close the log and the tables. Blocks for as long as that takes."""
        self._thread.submit(self._state.close)
        self._thread.submit(self._log.close)
        self._thread.shutdown(wait=True)
