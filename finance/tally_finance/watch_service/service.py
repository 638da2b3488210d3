"""The watch as one service: book, chain and logs become alerts, which are kept and told.

    one task a log      its follower: a look four times a second, each proven to continue the one before
    one for the chain   a look every half second, in a thread: operations, holds, pledges
    one for the book    a look when somebody wrote, and by the clock, in a thread: loans, prices, quantities, dates
    one judges          at once when any of them has news, else every second; what became of alerts is stored, then told
    one remembers       how far each log was read, every minute and at the end

`stop` ends them in order: nothing more is read, the last news are judged, what was read is remembered. Where the
database does not answer the service ends with its error: a watch that can keep nothing must not look as if it watched.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from tally_edge.errors import TallyError
from tally_finance.ownership import matching
from tally_finance.watch import judge
from tally_finance.watch.codes import Code
from tally_finance.watch.follow import Follower, Pace
from tally_finance.watch.of_papers import filing_seen, fingerprints_of, titles_of
from tally_finance.watch.record import Became, Kept
from tally_finance.watch.row import Severity
from tally_finance.watch.seen import Seen, joined
from tally_finance.watch.seen_papers import FilingSeen
from tally_finance.watch.watching import Watch
from tally_finance.watch_service.alert_store import AlertStore
from tally_finance.watch_service.book_watch import BookWatch
from tally_finance.watch_service.chain_watch import ChainWatch
from tally_finance.watch_service.metrics import Meters
from tally_finance.watch_service.openings import Folder, Openings
from tally_finance.watch_service.settings import Settings

REMEMBER_S: Final = 60.0
"""After a kill so much is read again."""

JUDGE_S: Final = 1.0
"""How often is judged where nothing came: silence and dates speak without a statement."""

Told = Callable[[Sequence[tuple[Became, Kept]]], None]
"""Called with what was noted, after it was stored; must not wait."""


@dataclass
class FollowedLog:
    """A log: its follower and its watch."""

    origin: str
    follower: Follower
    watch: Watch
    answered_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Sources:
    """What is watched: the book, any number of logs, and a chain where there is one."""

    book: BookWatch
    logs: tuple[FollowedLog, ...] = ()
    chain: ChainWatch | None = None


class WatchService:
    """See the module's text. `clock` gives Unix seconds; `remember` keeps what a follower remembers."""

    def __init__(
        self,
        settings: Settings,
        alerts: AlertStore,
        sources: Sources,
        *,
        clock: Callable[[], float],
        remember: Callable[[str, bytes, int], None],
        told: Told,
        pace: Pace | None = None,
    ) -> None:
        self._settings, self._alerts = settings, alerts
        self._book, self._logs, self._chain = sources.book, sources.logs, sources.chain
        self._clock, self._remember, self._told = clock, remember, told
        self._pace = pace or Pace()
        self._news = asyncio.Event()
        self._written = asyncio.Event()
        self._seen_book = Seen(int(clock()), settings.sheet.lender.hex())
        self._book_at = time.monotonic()
        self._folder = None if settings.pickers is None else Folder(settings.pickers)
        self._openings = Openings()
        self._remembered: dict[str, int] = {}
        self.meters = Meters()

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop` is set. Raises what the database raises."""
        await self._look_at_book()
        async with asyncio.TaskGroup() as group:
            for log in self._logs:
                group.create_task(self._follow(log, stop), name=f"log {log.origin}")
            if self._chain is not None:
                group.create_task(self._follow_chain(self._chain, stop), name="chain")
            group.create_task(self._follow_book(stop), name="book")
            group.create_task(self._judge_on(stop), name="judge")
            group.create_task(self._remember_on(stop), name="remember")
        await self.judge()
        await self._remember_all()

    async def look_once(self) -> None:
        """Read everything as it stands now, judge it once, and remember what was read."""
        for log in self._logs:
            await log.follower.look()
        if self._chain is not None:
            await asyncio.to_thread(self._chain.look)
        await self._look_at_book()
        await self.judge()
        await self._remember_all()

    async def judge(self) -> None:
        """Judge everything that is known now; store what became of alerts, and tell it."""
        began, now = time.monotonic(), int(self._clock())
        heard = [log.watch.seen(now) for log in self._logs]  # here: only this thread's tasks change what was heard
        noted = await asyncio.to_thread(self._judged, now, heard)
        for became, _ in noted:
            self.meters.count("notes_total", became.name.lower())
        self._measure(time.monotonic() - began)
        if noted:
            self._told(noted)

    def _judged(self, now: int, heard: Sequence[Seen]) -> list[tuple[Became, Kept]]:
        whole = all(log.watch.is_whole for log in self._logs) and (self._chain is None or self._chain.book is not None)
        return self._alerts.take(judge.standing(self._seen(now, heard), self._settings.limits), now, whole=whole)

    def _seen(self, now: int, heard: Sequence[Seen]) -> Seen:
        """Everything at `now`, the lender's own first: of two alerts over one thing its word counts."""
        parts = [replace(self._seen_book, at=now), self._papers(now)]
        if self._chain is not None:
            self._take_notes(self._chain)
            pickers = self._openings.pickers
            parts.append(self._chain.seen(now, self._book.pledged, self._settings.yards, pickers))
        return joined(*parts, *heard)

    def _papers(self, now: int) -> Seen:
        papers = self._settings.papers
        today = datetime.fromtimestamp(now, self._settings.zone).date()
        return Seen(
            now,
            terms=papers.terms,
            keepings=papers.keepings,
            openings=self._openings.plates,
            fingerprints=tuple(fingerprints_of(papers.pledges)),
            titles=tuple(titles_of(papers.pledges, matching.Rules(), papers.known, now, today)),
            filings=tuple(self._filings()),
        )

    def _filings(self) -> Iterator[FilingSeen]:
        """Against the chain as it was last read; before that nothing is known to differ."""
        chain = self._chain
        if chain is None or chain.history is None or chain.book is None:
            return
        commitments = {one: found.commitment for one, found in chain.history.registry.organisations.items()}
        for number, filed in self._settings.papers.filings:
            seen = filing_seen(number, filed, chain.book, commitments)
            if seen is not None:
                yield seen

    def _take_notes(self, chain: ChainWatch) -> None:
        """Who acknowledges that a receipt changed has taken note of it as it stood then."""
        for kept in self._alerts.known(Code.RECEIPT_CHANGED):
            if kept.acknowledged:
                chain.take_note(kept.alert.touches.removeprefix("receipt "), kept.alert.evidence[-1])

    async def _follow(self, log: FollowedLog, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if await log.follower.look():
                self._news.set()
            if not log.watch.trouble:
                log.answered_at = time.monotonic()
            await _waited(stop, self._pace.every_s)

    async def _follow_chain(self, chain: ChainWatch, stop: asyncio.Event) -> None:
        every_s = 0.5 if self._settings.chain is None else self._settings.chain.every_s
        while not stop.is_set():
            if await asyncio.to_thread(chain.look):
                self._written.set()
                self._news.set()
            await _waited(stop, every_s)

    async def _follow_book(self, stop: asyncio.Event) -> None:
        """Looks cheaply whether somebody wrote, and reckons the book anew then, and by the clock."""
        reckoned = time.monotonic()
        while not stop.is_set():
            due = time.monotonic() - reckoned >= self._settings.book_every_s
            if due or self._written.is_set() or await asyncio.to_thread(self._book.has_news):
                self._written.clear()
                await self._look_at_book()
                reckoned = time.monotonic()
                self._news.set()
            await _waited(stop, self._pace.every_s)

    async def _look_at_book(self) -> None:
        chain = self._chain
        history, state = (None, None) if chain is None else (chain.history, chain.book)
        if self._folder is not None:
            self._openings = await asyncio.to_thread(self._folder.read)
        self._seen_book = await asyncio.to_thread(self._book.look, int(self._clock()), history, state)
        self._book_at = time.monotonic()

    async def _judge_on(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._news.clear()
            await self.judge()
            news = asyncio.create_task(self._news.wait())
            ended = asyncio.create_task(stop.wait())
            await asyncio.wait((news, ended), timeout=JUDGE_S, return_when=asyncio.FIRST_COMPLETED)
            for task in (news, ended):
                task.cancel()

    async def _remember_on(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await _waited(stop, REMEMBER_S)
            await self._remember_all()

    async def _remember_all(self) -> None:
        for log in self._logs:
            size = log.follower.size
            if size != self._remembered.get(log.origin):
                state = log.follower.remembered()
                if state is not None:
                    await asyncio.to_thread(self._remember, log.origin, state, int(self._clock()))
                    self._remembered[log.origin] = size

    def _measure(self, seconds: float) -> None:
        standing, now = self._alerts.last_standing, time.monotonic()
        for severity in Severity:
            count = sum(1 for one in standing if one.alert.code.severity is severity)
            self.meters.show("alerts", count, severity.name.lower())
        self.meters.show("blocking", sum(1 for one in standing if one.alert.code.blocks))
        self.meters.show("entries", sum(log.follower.size for log in self._logs))
        self.meters.show("log_age_seconds", max((now - log.answered_at for log in self._logs), default=0.0))
        self.meters.show("book_entries", self._book.seq)
        self.meters.show("book_age_seconds", now - self._book_at)
        self.meters.show("judging_seconds", seconds)
        if self._chain is not None and self._chain.history is not None:
            self.meters.show("chain_entries", len(self._chain.history.entries))
            self.meters.show("chain_age_seconds", max(0.0, self._clock() - self._chain.read_at))


def recalled(follower: Follower, state: bytes | None) -> bool:
    """Let a follower go on from what is remembered; says whether it does. What does not hold is read anew."""
    if state is None:
        return False
    try:
        follower.recall(state)
    except TallyError:
        return False
    return True


async def _waited(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
