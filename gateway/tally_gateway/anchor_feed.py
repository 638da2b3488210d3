"""Brings heads to the chain: one every so many minutes or entries, with the consistency proof from the head before.

The anchoring client waits for nodes and files, so it lives in a thread of its own. A chain that does not answer, or
that is not the right one, delays anchors and nothing else: what keeps them is an alarm, in log, health and metrics. A
step that does not return at all can not sound one, so that is watched from outside, and does not hold up the end.
What the chain says against this log (a larger head, another root) stops the service.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from tally_chain import tree
from tally_chain.anchoring.alarms import Alarm, alarm_of
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.anchoring.reading import Anchor
from tally_chain.errors import AnchorError, AnchorHistoryError, EngineError
from tally_edge.proof import HeadSignature
from tally_gateway.errors import LogBehind, StateError
from tally_gateway.lane import LogLane
from tally_gateway.log.records import Head
from tally_gateway.log.writer import Log
from tally_gateway.one_thread import Calls, OneThread
from tally_gateway.table_errors import is_full

_LOG = logging.getLogger(__name__)

T = TypeVar("T")

STEP_S: Final = 2.0
"""How often heads on their way are looked after."""
IDLE_S: Final = 30.0
"""How often the chain is asked when nothing is on its way."""
ALARM_AFTER_S: Final = 300.0
"""So long a step may take before that is an alarm, where no profile says otherwise."""
CLOSE_S: Final = 10.0
"""So long the end of the service waits for the step under way."""


@dataclass(slots=True)
class AnchorCounters:
    """Counted since the service started; the newest anchor is the chain's."""

    submitted: int = 0
    final: int = 0
    unavailable: int = 0
    refused: int = 0
    anchored_size: int = 0
    anchored_at: int = 0
    """The block's time of the newest final anchor, Unix seconds; 0 for none."""
    anchors: list[Anchor] = field(default_factory=list)
    """Every final anchor, oldest first."""
    alarms: dict[Alarm, str] = field(default_factory=dict)
    """What keeps heads from the chain and does not pass by itself, and its text."""


class Anchoring(Protocol):
    """What brings heads to an anchor: a chain's contract (anchor_link), or an aggregator (aggregate.anchoring).

    Used by one thread. Durability: a head that `submit_head` took survives a crash. Who retries: the implementation, in
    `step`. EngineError means that nothing is known now; AnchorError that a person is needed.
    """

    def submit_head(self, head: HeadSignature, root: bytes, path: Sequence[bytes]) -> None:
        """Take a head durably; `path` is the consistency path from `base_size()`, empty when that is 0."""
        ...

    def base_size(self) -> int:
        """Where the next path must start: the newest head on its way or anchored; 0 for none."""
        ...

    def newest(self) -> tuple[int, bytes] | None:
        """Size and root of the newest head that others hold of this log, final or not: it must not open below that."""
        ...

    def history(self) -> list[Anchor]:
        """Every final anchor, oldest first: what the chain may still take back is not among them."""
        ...

    def is_idle(self) -> bool:
        """Whether nothing is on its way."""
        ...

    def step(self) -> list[AnchorEvent]:
        """Advance what can be advanced now, and tell what happened."""
        ...

    def close(self) -> None:
        """Give back files and locks."""
        ...


class AnchorFeed:
    """See the module's text."""

    def __init__(
        self,
        anchorer: Anchoring,
        lane: LogLane,
        *,
        every_s: float,
        every_entries: int,
        alarm_after_s: float = ALARM_AFTER_S,
        monotonic: Callable[[], float] = time.monotonic,
        thread: Callable[[str, Callable[[], float]], Calls] = OneThread,
    ) -> None:
        self._anchorer, self._lane = anchorer, lane
        self._every_s, self._every_entries = every_s, every_entries
        self._monotonic = monotonic
        self._alarm_after_s = alarm_after_s
        self._thread = thread("anchor", monotonic)
        self._overdue = False
        self.hangs = False
        """Whether a call had not returned when the feed was closed: its thread is left behind."""
        self._submitted_size = 0
        self._submitted_at = monotonic()
        self._stepped_at = float("-inf")
        self._history_known = False
        self._wanted = asyncio.Event()
        self._stopped_by: Alarm | None = None
        self._refused = False
        self.counters = AnchorCounters()

    async def run(self) -> None:
        """Until cancelled. Raises LogBehind when the chain holds a head that this log does not. Where a person is
        needed (another chain or contract, a retired log, a rotated key) an alarm sounds, and it looks again.
        """
        watching = asyncio.create_task(self._watch(), name="anchor-watch")
        try:
            while True:
                try:
                    await self.tick()
                except AnchorError as error:
                    self._stopped_by = alarm_of(error)
                    self._sound(self._stopped_by, str(error))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(STEP_S, self._every_s)):
                        await self._wanted.wait()
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        """Sounds the alarm for a call that does not return; `_in_thread` ends it when it does."""
        while True:
            await asyncio.sleep(min(STEP_S, self._alarm_after_s / 4))
            busy_s = self._thread.busy_s()
            if busy_s >= self._alarm_after_s and Alarm.UNREACHABLE not in self.counters.alarms:
                self._overdue = True
                self._sound(Alarm.UNREACHABLE, f"a look at the chain has not returned for {busy_s:.0f} s")

    async def anchor_now(self) -> None:
        """Anchor the newest head without waiting for its time; for maintenance and tests."""
        self._submitted_at = float("-inf")
        await self.tick()

    async def tick(self) -> None:
        """One look: submit what is due, and advance what is on its way. Raises as `run`, and AnchorError."""
        self._wanted.clear()
        try:
            try:
                await self._learn_history()
                await self._submit_when_due()
            except (EngineError, AnchorHistoryError) as error:
                self.counters.unavailable += 1
                _LOG.warning("the chain does not answer: %s", error)
            for event in await self._in_thread(self._step):
                self._note(event)
            if self._stopped_by is not None and self._history_known:
                self.counters.alarms.pop(self._stopped_by, None)
                self._stopped_by = None
        except sqlite3.Error as error:
            # The journal or the embedded chain has no space: nothing of the step was kept, so it is done again.
            if not is_full(error):
                raise StateError(f"the anchoring journal or the embedded chain: {error}") from error
            self.counters.unavailable += 1
            _LOG.warning("no space to anchor; trying again: %s", error)

    async def _learn_history(self) -> None:
        if self._history_known:
            return
        anchors = await self._in_thread(self._anchorer.history)
        held = await self._in_thread(self._anchorer.newest)
        if held is not None:
            await self._lane.run(lambda log: check_holds(log, *held))
        if anchors:
            newest = anchors[-1]
            await self._lane.run(lambda log: check_against(log, newest))
            self._newest_is(newest)
        self.counters.anchors[:] = anchors
        self._submitted_size = await self._in_thread(self._anchorer.base_size)
        self._history_known = True

    async def _submit_when_due(self) -> None:
        size = await self._lane.run(lambda log: log.head.size)
        fresh = size - self._submitted_size
        now = self._monotonic()
        waited = now - self._submitted_at >= self._every_s
        if not (fresh and (waited or fresh >= self._every_entries)) and not (self._refused and waited):
            return
        self._refused = False
        base = await self._in_thread(self._anchorer.base_size)
        head, path = await self._lane.run(lambda log: head_from(log, base))
        if head.size > base:
            await self._in_thread(lambda: self._anchorer.submit_head(head.signed, head.root, path))
            self.counters.submitted += 1
            self._stepped_at = float("-inf")
        self._submitted_size, self._submitted_at = head.size, now

    def _step(self) -> list[AnchorEvent]:
        now = self._monotonic()
        waits = IDLE_S if self._anchorer.is_idle() else STEP_S
        if now - self._stepped_at < waits:
            return []
        self._stepped_at = now
        return self._anchorer.step()

    def _note(self, event: AnchorEvent) -> None:
        if event.kind is AnchorEventKind.FINAL and event.anchor is not None:
            self._note_final(event.anchor)
        elif event.kind is AnchorEventKind.UNAVAILABLE:
            self.counters.unavailable += 1
            _LOG.warning("anchoring waits: %s", event.text)
        elif event.kind is AnchorEventKind.REFUSED:
            self.counters.refused += 1
            self._refused = True  # a head is due again though nothing new may come
            _LOG.error("the head of size %d was not anchored: %s", event.size, event.text)
        elif event.kind is AnchorEventKind.ALARM and event.alarm is not None:
            self._sound(event.alarm, event.text)
        elif event.kind is AnchorEventKind.ALARM_OVER and event.alarm is not None:
            self.counters.alarms.pop(event.alarm, None)
            _LOG.warning("anchoring alarm over: %s", event.alarm.value)

    def _note_final(self, anchor: Anchor) -> None:
        """An anchor that is known is told again after a restart; one that does not follow on the last known, or stands
        elsewhere than before, needs another look at the chain."""
        anchors = self.counters.anchors
        known = anchors[anchor.sequence - 1] if anchor.sequence <= len(anchors) else None
        if known == anchor:
            return
        self.counters.final += 1
        self._newest_is(anchor)
        if anchor.sequence == len(anchors) + 1:
            anchors.append(anchor)
        else:
            self._history_known = False

    def _newest_is(self, anchor: Anchor) -> None:
        self.counters.anchored_size, self.counters.anchored_at = anchor.size, anchor.block_time_seconds

    def _sound(self, alarm: Alarm, text: str) -> None:
        if alarm not in self.counters.alarms:
            _LOG.error("anchoring alarm %s: %s", alarm.value, text)
        self.counters.alarms[alarm] = text

    async def _in_thread(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.wrap_future(self._thread.submit(call))
        finally:
            if self._overdue:
                self._overdue = False
                self.counters.alarms.pop(Alarm.UNREACHABLE, None)

    def close(self) -> None:
        """Finish the step under way, then give back the journal; a step that does not return is left behind, and loses
        nothing: what it did is in the journal, or was not done."""
        self._thread.submit(self._anchorer.close)
        self.hangs = not self._thread.end(CLOSE_S)
        if self.hangs:
            _LOG.error("a look at the chain has not returned for %.0f s: it is left behind", self._thread.busy_s())


def head_from(log: Log, base: int) -> tuple[Head, list[bytes]]:
    """The newest head and its consistency proof from `base`. On the log's thread."""
    head = log.head
    return head, tree.consistency_path(log.nodes, base, head.size) if base < head.size else []


def check_against(log: Log, anchor: Anchor) -> None:
    """Raises LogBehind unless `anchor` is a head of this log. On the log's thread."""
    check_holds(log, anchor.size, anchor.root, f"anchored in block {anchor.block_number}")


def check_holds(log: Log, size: int, root: bytes, where: str = "anchored") -> None:
    """Raises LogBehind unless the log holds this head, which others hold of it. On the log's thread."""
    if size > log.size:
        raise LogBehind(f"size {size} is {where}, the log holds {log.size} entries")
    if tree.CompactRange.load(size, log.nodes).root() != root:
        raise LogBehind(f"the head of size {size} that is {where} is not one of this log")
