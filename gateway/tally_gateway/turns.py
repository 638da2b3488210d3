"""Turns: whoever entered first comes first at the last step, however long each took on the way there."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A line of those who have entered. For one event loop."""

    def __init__(self) -> None:
        self._line: deque[asyncio.Future[None]] = deque()

    @contextmanager
    def enter(self) -> Iterator[asyncio.Future[None]]:
        """Stand at the end of the line; await what is given to be first. Leaving, for whatever reason, lets the next
        one come."""
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        self._call_first()
        try:
            yield turn
        finally:
            self._line.remove(turn)
            self._call_first()

    def _call_first(self) -> None:
        if self._line and not self._line[0].done():
            self._line[0].set_result(None)
