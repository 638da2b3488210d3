"""A thread for calls that wait for others, one after the other, and may never return.

Python's own executors wait for their threads when the process ends, however long a call hangs. This one says since when
its call is under way, and is left behind where it does not end in time.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class _Call(Generic[T]):
    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self.future: Future[T] = Future()

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self._call())
        except BaseException as error:  # noqa: BLE001  it belongs to whoever waits for the future
            self.future.set_exception(error)


class Calls(Protocol):
    """Calls that run one after the other beside whoever submits them."""

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Run `call` after those before it."""
        ...

    def busy_s(self) -> float:
        """How long the call under way has been running; 0 when none is."""
        ...

    def end(self, within_s: float) -> bool:
        """Nothing more is submitted; wait for what was, no longer than `within_s`. Whether all of it has ended."""
        ...


class OneThread:
    """See the module's text. The thread begins with the first call."""

    def __init__(self, name: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._calls: queue.SimpleQueue[_Call[Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._begun = False
        self._since: float | None = None

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """See Calls."""
        if not self._begun:
            self._begun = True
            self._thread.start()
        made = _Call(call)
        self._calls.put(made)
        return made.future

    def busy_s(self) -> float:
        """See Calls."""
        since = self._since
        return 0.0 if since is None else self._monotonic() - since

    def end(self, within_s: float) -> bool:
        """See Calls."""
        if not self._begun:
            return True
        self._calls.put(None)
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (made := self._calls.get()) is not None:
            self._since = self._monotonic()
            made.run()
            self._since = None
