"""A watch: what was heard and what the book says, judged at a time; what is told is what changed. No IO."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from tally_chain.policy import Policy
from tally_finance.watch.alert import Alert, Changes, compare
from tally_finance.watch.heard import Heard
from tally_finance.watch.judge import standing
from tally_finance.watch.limits import Limits
from tally_finance.watch.memory import Memory
from tally_finance.watch.seen import Seen, joined
from tally_finance.watch.seen_sources import LogSeen

Book = Callable[[int], Seen]
"""What the lender's book knows at a time: goods, prices, loans, dates, parties, receipts."""


def empty_book(at: int) -> Seen:
    """A book that knows nothing: a watch over evidence alone."""
    return Seen(at)


class Watch:
    """The alerts over one log."""

    def __init__(self, origin: str, policy: Policy, book: Book, limits: Limits, *, begun_at: int) -> None:
        """Watch from `begun_at` on (Unix seconds): the log is not called quiet for the time before."""
        self.policy = policy
        self._heard, self._book, self._limits = Heard(policy), book, limits
        self._log = LogSeen(origin, begun_at)
        self._alerts: tuple[Alert, ...] = ()
        self._whole = False

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Those that stood when last looked."""
        return self._alerts

    @property
    def trouble(self) -> str:
        """Why the log's last answer was none; empty where it was one."""
        return self._log.trouble

    @property
    def is_whole(self) -> bool:
        """Whether the log was read whole once, so that what it says counts."""
        return self._whole

    @property
    def believes(self) -> bool:
        """Whether the log has not contradicted itself. Once it has, nothing more is read of it."""
        return not self._log.contradicts

    def take(self, entries: Iterable[tuple[int, bytes]], now: int) -> None:
        """Take in entries of the log, proven by a checkpoint."""
        self._heard.take(entries, now)

    def answered(self, now: int, root: bytes) -> None:
        """The log answered with a checkpoint that holds, over `root`, and all its entries were taken in."""
        self._whole = True
        self._log = replace(self._log, last_at=now, trouble="", evidence=(root,))

    def troubled(self, why: str) -> None:
        """The log did not answer, or not with what holds."""
        self._log = replace(self._log, trouble=why)

    def contradicted(self, why: str) -> None:
        """The log shows another history than before."""
        self._log = replace(self._log, contradicts=why)

    def remembered(self) -> Memory:
        """What was heard, to go on from (`memory`)."""
        return self._heard.remembered()

    def recall(self, memory: Memory, now: int) -> None:
        """Go on from what was remembered; nothing is said of it before the log has answered. Raises DecodeError."""
        heard = Heard(self.policy)
        heard.recall(memory, now)
        self._heard = heard

    def seen(self, now: int) -> Seen:
        """What was heard of this log alone, and how it stands.

        Until the log was read whole once, nothing is said of what it says: the half of a history misleads.
        """
        base = Seen(now, logs=(self._log,))
        return self._heard.seen(base) if self._whole else base

    def look(self, now: int) -> Changes:
        """Judge everything at `now`, with what the book knows; says what changed since the last look."""
        before, self._alerts = self._alerts, standing(joined(self._book(now), self.seen(now)), self._limits)
        return compare(before, self._alerts)
