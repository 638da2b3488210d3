"""Looks once, after a start, at what the log held before: which numbers of each stream, and its newest statements.

A piece at a time on the log's thread, so that commits wait for a millisecond and not for the whole: the numbers of a
stream are counted by the index of the log's tables, ten thousand to a piece, and only a piece that lacks some is read.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from tally_gateway.console.site_book import SiteBook, empty_book
from tally_gateway.console.watching import Appended, Watch
from tally_gateway.lane import LogLane
from tally_gateway.log.writer import Log

_LOG = logging.getLogger(__name__)

PIECE: Final = 10_000
NEWEST: Final = 8
"""Statements of a stream that are read back, beside two for each metering point that its key speaks for."""
MAX_NEWEST: Final = 512
TICK_S: Final = 1.0


class Survey:
    """Keeps `watch` and the books of the authorities true. `run` is one task of the service."""

    def __init__(self, lane: LogLane, watch: Watch, authorities: Iterable[tuple[str, bytes]]) -> None:
        """`authorities`: issuer and key id of each that the gateway trusts."""
        self._lane, self._watch = lane, watch
        self.books: dict[bytes, SiteBook] = {kid: empty_book(issuer, kid) for issuer, kid in authorities}
        self._read: set[bytes] = set()
        self._ticking = asyncio.Lock()
        self.done = False
        """Whether the look at the past is over."""

    async def run(self) -> None:
        """Until cancelled: the look at the past, then a tick a second. What goes wrong here stops nothing else."""
        await self._guarded(self.look_back)
        while True:
            await asyncio.sleep(TICK_S)
            await self._guarded(self.tick)

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:  # noqa: BLE001  a picture for operators is no reason for a gateway to stop
            _LOG.exception("the console's picture is not up to date")

    async def tick(self) -> None:
        """Take in what was noted since the last tick."""
        async with self._ticking:
            await asyncio.to_thread(self._watch.digest)
            fresh = self._watch.take_authority()
            for kid, book in self.books.items():
                known = {stated.index for stated in book.stated}
                found = [(one.place, one.encoded) for one in fresh if one.kid == kid and one.place not in known]
                if found:
                    self.books[kid] = await asyncio.to_thread(book.with_statements, found)
            await self._read_enrolled()

    async def look_back(self) -> None:
        """What the log held before the start."""
        for kid in list(self.books):
            await self._read_authority(kid)
        forks = Counter(fork.kid for fork in await self._lane.run(lambda log: log.forks()))
        for kid, count in forks.items():
            self._watch.forked(kid, count)
        await self._read_enrolled()
        self.done = True

    async def _read_enrolled(self) -> None:
        """The streams of the keys that are enrolled and were not looked at yet."""
        points = {
            kid: len(enrolment.points)
            for book in self.books.values()
            for kid, (_, enrolment) in book.standing.enrolled.items()
            if kid not in self._read
        }
        for kid, count in points.items():
            self._read.add(kid)
            await self._read_stream(kid, count)

    async def _read_authority(self, kid: bytes) -> None:
        def read(log: Log) -> list[tuple[int, bytes]]:
            last = log.last_of(kid)
            places = [] if last is None else log.indexes_of(kid, 0, last[0])
            return [(index, log.entry(index)) for _, index in places]

        found = await self._lane.run(read)
        self.books[kid] = await asyncio.to_thread(self.books[kid].with_statements, found)

    async def _read_stream(self, kid: bytes, points: int) -> None:
        first, done = 0, False
        while not done:
            first, done = await self._lane.run(self._piece(kid, first))
        if points:
            wanted = min(MAX_NEWEST, NEWEST + 2 * points)
            old = await self._lane.run(lambda log: _newest(log, kid, wanted))
            await asyncio.to_thread(self._watch.recall, old)

    def _piece(self, kid: bytes, first: int) -> Callable[[Log], tuple[int, bool]]:
        def look(log: Log) -> tuple[int, bool]:
            newest = log.last_of(kid)
            if newest is None:
                self._watch.survey(kid, 0, -1, None, done=True)
                return 0, True
            last = min(newest[0], first + PIECE - 1)
            whole = log.count_of(kid, first, last) == last - first + 1
            present = None if whole else [seq for seq, _ in log.indexes_of(kid, first, last)]
            done = last == newest[0]
            self._watch.survey(kid, first, last, present, done=done)
            return last + 1, done

        return look


def _newest(log: Log, kid: bytes, count: int) -> list[Appended]:
    """The newest statements of a stream, oldest first, without a time of arrival: nobody kept that."""
    last = log.last_of(kid)
    if last is None:
        return []
    places = log.indexes_of(kid, max(0, last[0] - count + 1), last[0])
    return [Appended(kid, seq, None, index, 0, log.entry(index)) for seq, index in places]
