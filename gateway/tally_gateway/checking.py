"""Where statements are checked: on the event loop in slices, or in processes beside it.

A signature check and a strict decode cost some 150 to 400 microseconds of one core, ten times what the append costs. So
the checks are what a second core is given; the append stays in one place, because the tree has one order.

Both checkers keep the order of a batch, so the order of every stream, and give the same results.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Final, Protocol

from tally_edge.keys import PublicKey
from tally_gateway.admission import Checked, Message, check_batch
from tally_gateway.errors import CheckerLost

SLICE: Final = 24
"""Messages checked before the event loop gets its turn: about 5 ms."""

_JOIN_S: Final = 2.0
_MIN_SHARE: Final = 8
"""Below so many messages per process, handing them over costs as much as checking them."""


@dataclass
class KnownKeys:
    """The keys that count, by id, and the order in which they became known. Keys are only ever added."""

    by_kid: dict[bytes, PublicKey] = field(default_factory=dict)
    added: list[PublicKey] = field(default_factory=list)

    def add(self, key: PublicKey) -> None:
        """Make `key` known; nothing changes when it is."""
        kid = key.kid
        if kid not in self.by_kid:
            self.by_kid[kid] = key
            self.added.append(key)


class Checker(Protocol):
    """Checks batches."""

    async def check(self, messages: Sequence[Message], keys: KnownKeys) -> list[Checked]:
        """One result per message, in order. Raises CheckerLost when nothing is known; the batch may be offered
        again."""
        ...

    def close(self) -> None:
        """Give back processes and threads."""
        ...


class InlineChecker:
    """Checks on the event loop, a slice at a time."""

    async def check(self, messages: Sequence[Message], keys: KnownKeys) -> list[Checked]:
        """See Checker."""
        checked: list[Checked] = []
        for start in range(0, len(messages), SLICE):
            checked += check_batch(messages[start : start + SLICE], keys.by_kid)
            await asyncio.sleep(0)
        return checked

    def close(self) -> None:
        """See Checker."""


class ProcessChecker:
    """Checks in processes, each with its own copy of the keys. A batch is cut into one share per process."""

    def __init__(self, workers: int) -> None:
        # Spawned, not forked: this process has threads and open databases that a fork would copy in the middle of
        # something.
        self._context = multiprocessing.get_context("spawn")
        self._workers = [_Worker(self._context, number) for number in range(workers)]

    async def check(self, messages: Sequence[Message], keys: KnownKeys) -> list[Checked]:
        """See Checker."""
        count = max(1, min(len(self._workers), len(messages) // _MIN_SHARE))
        share = -(-len(messages) // count) if messages else 1
        parts = [messages[start : start + share] for start in range(0, len(messages), share)]
        loop = asyncio.get_running_loop()
        jobs = [
            loop.run_in_executor(worker.thread, worker.check, part, keys)
            for worker, part in zip(self._workers, parts, strict=False)
        ]
        results = await asyncio.gather(*jobs, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [one for result in results if not isinstance(result, BaseException) for one in result]

    def close(self) -> None:
        """See Checker."""
        for worker in self._workers:
            worker.close()


class _Worker:
    """One process, and the thread that talks to it. Bounded by its caller: one batch at a time."""

    def __init__(self, context: multiprocessing.context.SpawnContext, number: int) -> None:
        self._context, self._number = context, number
        self.thread = ThreadPoolExecutor(1, f"checker-{number}")
        self._start()

    def _start(self) -> None:
        self._connection, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=_serve, args=(theirs,), name=f"tally-check-{self._number}", daemon=True
        )
        self._process.start()
        theirs.close()
        self._told = 0

    def check(self, messages: Sequence[Message], keys: KnownKeys) -> list[Checked]:
        """In the worker's thread: send, wait, receive. A process that died is replaced before CheckerLost is raised."""
        fresh = keys.added[self._told :]
        try:
            self._connection.send((fresh, list(messages)))
            self._told += len(fresh)
            answer: list[Checked] = self._connection.recv()
        except (EOFError, OSError) as error:
            self._connection.close()
            self._process.join(_JOIN_S)
            code = self._process.exitcode
            self._start()
            raise CheckerLost(f"checking process {self._number} died ({code}): {error}") from error
        return answer

    def close(self) -> None:
        """End the process: it leaves when its pipe closes."""
        self.thread.shutdown(wait=True)
        self._connection.close()
        self._process.join(_JOIN_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(_JOIN_S)
        self._process.close()


def _serve(connection: Connection) -> None:
    """The process: checks what comes until the pipe closes. Signals are the parent's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    keys: dict[bytes, PublicKey] = {}
    while True:
        try:
            fresh, messages = connection.recv()
        except (EOFError, OSError):
            return
        for key in fresh:
            keys[key.kid] = key
        connection.send(check_batch(messages, keys))


def make_checker(workers: int) -> Checker:
    """A checker for `workers` processes; 0 checks in this one."""
    return ProcessChecker(workers) if workers else InlineChecker()
