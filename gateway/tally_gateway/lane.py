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
from tally_gateway.state import FILE_NAME as TABLES
from tally_gateway.table_errors import naming_errors

T = TypeVar("T")


class LogLane:
    """Runs calls on the log: what changes or reads it in order on one thread, seals beside them on another."""

    def __init__(self, log: Log, state: sqlite3.Connection) -> None:
        self._log, self._state = log, state
        self._thread = ThreadPoolExecutor(1, "log")
        # A seal writes and syncs files, some tens of milliseconds; the log lets appends go on meanwhile.
        self._seal_thread = ThreadPoolExecutor(1, "seal")

    async def run(self, call: Callable[[Log], T]) -> T:
        """The result of `call` on the log's thread. What it raises is raised here; what SQLite says of the tables as
        LogFull or StateError."""
        return await self.begin(call)

    def begin(self, call: Callable[[Log], T]) -> asyncio.Future[T]:
        """Hand `call` over; it runs after whatever was handed over before."""
        return asyncio.get_running_loop().run_in_executor(self._thread, self._call, call)

    def _call(self, call: Callable[[Log], T]) -> T:
        """The log names its own errors: any other of SQLite is of the service's tables."""
        with naming_errors(TABLES):
            return call(self._log)

    async def seal(self) -> Head | None:
        """Seal on the other thread. Raises what Log.seal raises."""
        return await asyncio.get_running_loop().run_in_executor(self._seal_thread, self._log.seal)

    async def quiet(self, call: Callable[[Log], T]) -> T:
        """The result of `call` on the log's thread while no seal runs either: nothing writes meanwhile."""
        job = self._seal_thread.submit(lambda: self._thread.submit(self._call, call).result())
        return await asyncio.wrap_future(job)

    def close(self, last: Callable[[], None] = lambda: None) -> None:
        """Finish what was handed over, then `last`, then close the tables and the log, whatever fails. Blocks for as
        long as that takes; raises the first failure when all is done."""
        self._seal_thread.shutdown(wait=True)
        jobs = [self._thread.submit(call) for call in (last, self._state.close, self._log.close)]
        self._thread.shutdown(wait=True)
        with naming_errors(TABLES):
            for job in jobs:
                job.result()
