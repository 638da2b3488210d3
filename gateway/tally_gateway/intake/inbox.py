"""A bounded queue between the connections and the sink, with batches for group commit.

One event loop, many putters, one taker. Bounded in messages and in bytes: a putter waits (and so stops reading its
socket) while either bound is reached. A single item larger than the byte bound still passes when the queue is empty.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

from tally_gateway.errors import IntakeConfigError

T = TypeVar("T")


class Inbox(Generic[T]):
    """See the module's text."""

    def __init__(self, max_items: int, max_bytes: int) -> None:
        if max_items < 1 or max_bytes < 1:
            raise IntakeConfigError("an inbox needs room for at least one message and one byte")
        self._max_items, self._max_bytes = max_items, max_bytes
        self._items: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._room = asyncio.Event()
        self._arrived = asyncio.Event()
        self._wanted = 1

    def __len__(self) -> int:
        return len(self._items)

    @property
    def held_bytes(self) -> int:
        """Bytes waiting."""
        return self._bytes

    async def put(self, item: T, size_bytes: int) -> None:
        """Append `item`, waiting for room first. Cancellation leaves the queue as it was."""
        while self._items and (len(self._items) >= self._max_items or self._bytes + size_bytes > self._max_bytes):
            self._room.clear()
            await self._room.wait()
        self.put_now(item, size_bytes)

    def put_now(self, item: T, size_bytes: int) -> None:
        """Append `item` at once, for a putter that bounds itself."""
        self._items.append((item, size_bytes))
        self._bytes += size_bytes
        if len(self._items) >= self._wanted:
            self._arrived.set()

    async def take(self, max_items: int, wait_s: float) -> list[T]:
        """The oldest items: as soon as there are `max_items`, or `wait_s` after there was a first one.

        Never empty. Cancellation loses nothing.
        """
        await self._until(1)
        # A full queue cannot grow, so waiting for more than it holds would only be a delay.
        if len(self._items) < min(max_items, self._max_items) and self._bytes < self._max_bytes:
            try:
                async with asyncio.timeout(wait_s):
                    await self._until(min(max_items, self._max_items))
            except TimeoutError:
                pass
        batch: list[T] = []
        while self._items and len(batch) < max_items:
            item, size_bytes = self._items.popleft()
            self._bytes -= size_bytes
            batch.append(item)
        self._room.set()
        return batch

    async def _until(self, count: int) -> None:
        self._wanted = count
        while len(self._items) < count:
            self._arrived.clear()
            await self._arrived.wait()
