"""The log's own thread: whatever touches the log or the service's tables runs here, one after another.

The log has one writer and its calls wait for the disk, so they belong neither on the event loop nor in several threads.
A call that has begun runs to its end even when whoever waits for it is cancelled, and one that has not yet begun then
never does; so what belongs together is one call.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tally_gateway.log.records import Head
from tally_gateway.log.writer import Log

T = TypeVar("T")


class LogLane:
    """Runs calls on the log: what changes or reads it in order on one thread, seals beside them on another."""

    def __init__(self, log: Log, state: sqlite3.Connection) -> None:
        self._log, self._state = log, state
        self._thread = ThreadPoolExecutor(1, "log")
        # A seal writes and syncs files, some tens of milliseconds; the log lets appends go on meanwhile.
        self._seal_thread = ThreadPoolExecutor(1, "seal")

    async def run(self, call: Callable[[Log], T]) -> T:
        """The result of `call` on the log's thread. What it raises is raised here."""
        return await self.begin(call)

    def begin(self, call: Callable[[Log], T]) -> asyncio.Future[T]:
        """Hand `call` over; it runs after whatever was handed over before."""
        return asyncio.get_running_loop().run_in_executor(self._thread, call, self._log)

    async def seal(self) -> Head | None:
        """Seal on the other thread. Raises what Log.seal raises."""
        return await asyncio.get_running_loop().run_in_executor(self._seal_thread, self._log.seal)

    async def quiet(self, call: Callable[[Log], T]) -> T:
        """The result of `call` on the log's thread while no seal runs either: nothing writes meanwhile."""
        job = self._seal_thread.submit(lambda: self._thread.submit(call, self._log).result())
        return await asyncio.wrap_future(job)

    def close(self) -> None:
        """Finish what was handed over, then close the log and the tables. Blocks for as long as that takes."""
        self._seal_thread.shutdown(wait=True)
        self._thread.submit(self._state.close)
        self._thread.submit(self._log.close)
        self._thread.shutdown(wait=True)
