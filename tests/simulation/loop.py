"""An event loop whose time is virtual: where nothing is ready, it is the time of the next timer at once.

Calls that a service hands to threads run here too, one at a time, in the order of each executor, after a while that the
seed chooses. Every callback belongs to the process in whose context it was made; calls of a dead one never begin.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
import selectors
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from tests.simulation.disk import Process

T = TypeVar("T")

PROCESS: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)
"""Whose code runs."""

_LONGEST_CALL_S = 0.03
"""What a thread takes for a call: the commits and seals of a small machine."""


class Stalled(Exception):
    """Nothing will ever happen again: whoever waits, waits for ever."""


class _Waiting(selectors.SelectSelector):
    """Waits for no descriptor: it moves the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stalled("no timer is set and nothing is ready")
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module's text."""

    def __init__(self, chance: random.Random) -> None:
        """Time begins at 0."""
        self._waiting = _Waiting()
        super().__init__(self._waiting)
        self._chance = chance
        self._free_at: dict[object, float] = {}
        self.callbacks = 0

    def time(self) -> float:
        """Virtual seconds."""
        return self._waiting.now

    def call_soon(self, callback: Any, *args: Any, context: contextvars.Context | None = None) -> asyncio.Handle:
        """As ever, but the process that it belongs to has come to an await."""
        return super().call_soon(self._step, callback, args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        """As ever, but the process that it belongs to has come to an await."""
        return super().call_at(when, self._step, callback, args, context=context)

    def _step(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.callbacks += 1
        callback(*args)
        process = PROCESS.get()
        if process is not None and process.alive:
            process.step()

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """The call runs here, after the calls of the same executor before it."""
        return self.after_others(executor, lambda: func(*args))

    def after_others(self, queue: object, call: Callable[[], T]) -> asyncio.Future[T]:
        """`call`, once those of `queue` before it have ended. A cancelled one that has not begun never does."""
        result: asyncio.Future[T] = self.create_future()
        process = PROCESS.get()

        def run() -> None:
            if process is not None and not process.alive:
                result.cancel()
            if result.done():
                return
            try:
                found = call()
            except Exception as error:  # noqa: BLE001  it belongs to whoever waits
                result.set_exception(error)
            else:
                result.set_result(found)

        at = max(self._free_at.get(queue, 0.0), self.time()) + self._chance.random() * _LONGEST_CALL_S
        self._free_at[queue] = at
        self.call_at(at, run)
        return result


class LoopCalls:
    """one_thread.Calls on the loop: one call after the other, each after a while."""

    def __init__(self, name: str, monotonic: Callable[[], float]) -> None:
        """See OneThread."""
        del name, monotonic
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self._loop = loop
        self._waiting: deque[tuple[Callable[[], Any], Future[Any]]] = deque()

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """See Calls."""
        given: Future[T] = Future()
        self._waiting.append((call, given))
        self._loop.after_others(self, self._run_next)
        return given

    def _run_next(self) -> None:
        if not self._waiting:
            return
        call, given = self._waiting.popleft()
        if not given.set_running_or_notify_cancel():
            return
        try:
            given.set_result(call())
        except Exception as error:  # noqa: BLE001  it belongs to whoever waits
            given.set_exception(error)

    def busy_s(self) -> float:
        """See Calls. A call takes no time of its own here."""
        return 0.0

    def end(self, within_s: float) -> bool:
        """See Calls."""
        del within_s
        while self._waiting:
            self._run_next()
        return True
