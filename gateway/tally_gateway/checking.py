"""Where statements are checked: on the event loop in slices, or in processes beside it.

A signature check and a strict decode cost some 150 to 400 microseconds of one core, ten times what the append costs. So
the checks are what a second core is given; the append stays in one place, because the tree has one order.

Both checkers keep the order of a batch, so the order of every stream, and give the same results.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Final, Protocol

from tally_edge.answers import RefusalReason
from tally_edge.keys import PublicKey
from tally_edge.statement import Kind
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
    """Checks in processes, each with its own copy of the keys. A batch is cut into one share per process.

    Several batches may be under way: a process finds its share of the next one waiting when it has answered.
    """

    def __init__(self, workers: int) -> None:
        # Spawned, not forked: this process has threads and open databases that a fork would copy in the middle of
        # something.
        context = multiprocessing.get_context("spawn")
        self._workers = [_Worker(context, number) for number in range(workers)]

    async def check(self, messages: Sequence[Message], keys: KnownKeys) -> list[Checked]:
        """See Checker."""
        count = max(1, min(len(self._workers), len(messages) // _MIN_SHARE))
        share = -(-len(messages) // count) if messages else 1
        parts = [messages[start : start + share] for start in range(0, len(messages), share)]
        jobs = [
            asyncio.wrap_future(worker.submit(part, keys)) for worker, part in zip(self._workers, parts, strict=False)
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


_Answer = tuple[list[bytes], list[int], bytes, dict[int, tuple[int, str]]]
"""What a process sends back, as columns, for objects cost more to pickle than to check for: key ids, seqs, the number
of each kind, and by place the reason and explanation of what is refused."""

_KINDS: Final = (None, *Kind)
_NUMBER_OF_KIND: Final = {kind: number for number, kind in enumerate(_KINDS)}


class _Worker:
    """One process and two threads: one writes to it, one reads, so neither side waits for the other to listen.

    Answers come in the order of what was submitted. Bounded by its callers: each waits for its batch.
    """

    def __init__(self, context: multiprocessing.context.SpawnContext, number: int) -> None:
        self._context, self._number = context, number
        self._sending = ThreadPoolExecutor(1, f"checker-{number}-out")
        self._receiving = ThreadPoolExecutor(1, f"checker-{number}-in")
        self._replacing = threading.Lock()
        """Held while the pipe is written to or replaced; only the reading thread replaces, so it never reads a pipe
        that is being closed."""
        self._life = 0
        self._start()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs,), name=f"tally-check-{self._number}", daemon=True)
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._connection, self._process, self._told = ours, process, 0

    def submit(self, messages: Sequence[Message], keys: KnownKeys) -> Future[list[Checked]]:
        """The results to come, or CheckerLost. What was submitted is checked even when nobody waits for it any more:
        the answers stay in step."""
        results: Future[list[Checked]] = Future()
        results.set_running_or_notify_cancel()
        sent = self._sending.submit(self._send, messages, keys)
        self._receiving.submit(self._receive, sent, results)
        return results

    def _send(self, messages: Sequence[Message], keys: KnownKeys) -> tuple[int, Exception | None]:
        """In the writing thread. Which life of the process it was sent to, and why it could not be."""
        named = [one.named_kid for one in messages]
        with self._replacing:
            fresh = keys.added[self._told :]
            try:
                self._connection.send((fresh, [one.payload for one in messages], named if any(named) else None))
            except Exception as error:  # noqa: BLE001  whatever it is, the process was not given all of it
                return self._life, error
            self._told += len(fresh)
            return self._life, None

    def _receive(self, sent: Future[tuple[int, Exception | None]], results: Future[list[Checked]]) -> None:
        """In the reading thread. A process that died, or does not answer as it should, is replaced; everything it had
        is lost."""
        life, error = sent.result()
        if life == self._life and error is None:
            try:
                answer = _checked(self._connection.recv())
            except Exception as lost:  # noqa: BLE001  an end, or what is no answer: `results` must end
                error = lost
            else:
                results.set_result(answer)
                return
        text = f"checking process {self._number} died"
        try:
            if life == self._life:
                text += f" ({self._replace()}): {error}"
        finally:
            results.set_exception(CheckerLost(text))

    def _replace(self) -> int | None:
        """Start another process; the exit code of the old one."""
        with self._replacing:
            self._connection.close()
            self._process.join(_JOIN_S)
            code = self._process.exitcode
            self._life += 1
            self._start()
        return code

    def close(self) -> None:
        """End the process: it leaves when its pipe closes."""
        self._sending.shutdown(wait=True)
        self._receiving.shutdown(wait=True)
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
            fresh, payloads, named = connection.recv()
        except (EOFError, OSError):
            return
        for key in fresh:
            keys[key.kid] = key
        messages = map(Message, payloads) if named is None else map(Message, payloads, named)
        connection.send(_columns(check_batch(messages, keys)))


def _columns(checked: list[Checked]) -> _Answer:
    refused = {
        number: (one.reason.value, one.explanation) for number, one in enumerate(checked) if one.reason is not None
    }
    kinds = bytes([_NUMBER_OF_KIND[one.kind] for one in checked])
    return [one.kid for one in checked], [one.seq for one in checked], kinds, refused


def _checked(answer: _Answer) -> list[Checked]:
    """The inverse of `_columns`."""
    kids, seqs, kinds, refused = answer
    checked = list(map(Checked, kids, seqs, map(_KINDS.__getitem__, kinds)))
    for number, (reason, explanation) in refused.items():
        checked[number] = checked[number]._replace(reason=RefusalReason(reason), explanation=explanation)
    return checked


def make_checker(workers: int) -> Checker:
    """A checker for `workers` processes; 0 checks in this one."""
    return ProcessChecker(workers) if workers else InlineChecker()
