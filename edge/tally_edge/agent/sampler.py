"""One metering point: when it is read, what is made of a reading, and what is said when there is none.

Per slot, in this order:

    1  clock unset                     nothing can be dated: left out
    2  outbox full                     left out, except at a boundary: a settlement has its own share of room
    3  outbox nearly full (thinning)   all but every n-th left out, except at a boundary
    4  read                            silent: left out
    5  check                           impossible: left out, all registers of this meter
    6  an open gap ends                filled from the meter's own load profile where it has one, marked as such;
                                       what is left is declared, before the reading that ends it
    7  settlements owed since          from the meter's own freezes where it has them, marked by `read_at`
    8  the reading                     counted (rollover, reset), packed; a full pack is said
    9  a boundary now                  the pack is said, then the settlement

What is left out opens a gap in memory; a crash before it is declared leaves the time of the last reading on the
disk, and the next start takes the whole as agent down.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace
from decimal import Decimal
from typing import Final

from tally_edge.agent import own_record
from tally_edge.agent.clock import TimeSource
from tally_edge.agent.config import PointConfig
from tally_edge.agent.open_gaps import MAX_OPEN_GAPS, OpenGaps
from tally_edge.agent.point_state import OpenGap, PointState, adopted, set_back
from tally_edge.agent.reading import fault_of, numbers_of, with_registers
from tally_edge.agent.settling import Settling
from tally_edge.agent.stream import Stream
from tally_edge.agent.telling import Telling
from tally_edge.device import NO_SETTLEMENT, GapReason
from tally_edge.drivers.interface import Advancing, Driver, Recording, RegisterReading
from tally_edge.errors import DriverError, OutboxFullError
from tally_edge.statement import Clock

_LOG = logging.getLogger(__name__)

THIN_FROM: Final = ((Decimal("0.75"), 16), (Decimal("0.5"), 4))
"""From this share of the readings' room on, one slot in n is kept: a week of outage becomes a month, then four."""

_CLOCK_STEP_S: Final = 3_601
"""Next to a whole cadence, how far ahead the next slot may lie before the clock must have been set back."""

_LATE_TENTHS: Final = 5
"""So many tenths of a cadence late, a slot was missed: to readers, one and a half cadences without a reading are a hole
(tally_chain.verify.coverage)."""


class Sampler:
    """Reads one meter and says what it read. Used from the agent's thread."""

    def __init__(
        self,
        point: PointConfig,
        driver: Driver,
        stream: Stream,
        clock: TimeSource,
        known: PointState | None,
        *,
        lost_since: int | None = None,
    ) -> None:
        """`known` is what the outbox remembers; an earlier stream of this device is lost since `lost_since`."""
        self._point = point
        self._driver = driver
        self._clock = clock
        self._telling = Telling(point, stream, adopted(known, point.serial, point.facts or NO_SETTLEMENT))
        self._settling = Settling(point, driver, self._telling, lost_since)
        self._records = driver if isinstance(driver, Recording) and driver.keeps_records else None
        self._gaps = OpenGaps(lambda after, before: point.time.slots_between(after, before, point.cadence_s))
        self._next = 0
        self._thinned_inside = False  # an open gap holds slots that thinning left out: the record is not asked for them
        self._checked_start = self._telling.durable.read_at is None

    @property
    def uri(self) -> str:
        """The metering point."""
        return self._point.uri

    @property
    def closed(self) -> bool:
        """Whether the closing settlement has been said: nothing follows it."""
        return self._telling.durable.closed

    def begin(self, at: int) -> None:
        """Take the first slot at or after `at` that is not on the disk yet."""
        read_at = self._telling.durable.read_at
        if read_at is not None:
            at = max(at, read_at + 1)
        self._next = at if self._settling.opens else self._following(at - 1)

    def next_event(self, now: int) -> int:
        """When this point wants to run next."""
        if self._next - now > self._point.cadence_s + _CLOCK_STEP_S:
            self.flush()  # the clock was set back: times inside a pack do not fall
            if (thinned := self._telling.view.thinned) is not None:
                with contextlib.suppress(OutboxFullError):
                    self._end_thinning(thinned.seen_at + 1)  # by the clock that it was thinned by, and no later
            self._next = self._following(now)
            self._telling.changed(set_back(self._telling.durable, now), set_back(self._telling.view, now))
        return self._next

    def _following(self, after: int) -> int:
        slot = self._point.time.next_slot(after, self._point.cadence_s)
        return min(slot, self._point.time.next_boundary(after)[0])

    def run(self, now: int, pressure: float, *, closing: bool = False) -> None:
        """Do what is due at `now`. Raises OutboxError other than full."""
        slot = min(self._next, now) if closing else self._next
        self._account_for_start(slot)
        late = (now - slot) * 10 > self._point.cadence_s * _LATE_TENTHS
        if late or self._following(slot) <= now or (closing and slot < now):
            # Slots went by unread: the agent stood still, or the clock was set ahead.
            if missed := self._point.time.slots_between(slot - 1, now, self._point.cadence_s):
                self._leave_out(GapReason.AGENT_DOWN, slot, missed)
            slot = now
        self._next = self._following(slot)
        try:
            self._sample(slot, now, pressure, closing=closing)
        except OutboxFullError as error:
            _LOG.warning("%s: %s", self.uri, error)
            self._leave_out(GapReason.STORAGE_FULL, slot)

    def _account_for_start(self, slot: int) -> None:
        """What the agent missed while it was down: all between the last reading on the disk and its first slot."""
        if self._checked_start:
            return
        self._checked_start = True
        last = self._telling.durable.known_until
        if last is not None:
            with contextlib.suppress(OutboxFullError):  # then it ends with the next reading
                self._end_thinning(last)
        if last is not None and (missed := self._point.time.slots_between(last, slot, self._point.cadence_s)):
            self._leave_out(GapReason.AGENT_DOWN, slot - 1, missed)

    def _sample(self, slot: int, now: int, pressure: float, *, closing: bool) -> None:
        if self._clock.state() is Clock.UNSET:
            self._leave_out(GapReason.CLOCK_UNSET, slot)
            return
        telling, settling = self._telling, self._settling
        if closing and telling.view.read_at == now:
            # A second look at this second could show another number, and one register would have two at one time.
            with contextlib.suppress(OutboxFullError):
                self._end_thinning(now)
            settling.now(telling.view.registers, now, closing=True)
            return
        boundary = closing or settling.opens or bool(settling.owed(now))
        full = telling.stuck and not self.flush()
        if full and not boundary:
            self._leave_out(GapReason.STORAGE_FULL, slot)
            return
        keep = _thinning(pressure)
        if not boundary and keep > 1 and self._point.time.slot_number(slot, self._point.cadence_s) % keep:
            self._thin(slot, keep * self._point.cadence_s)
            return
        readings = self._read(slot, now)
        if readings is None:
            return
        taken_at = readings[-1].taken_at
        if not full and telling.view.thinned is None and not self._thinned_inside:
            self._recover(slot, taken_at)
        # Without room nothing is read here: the next gap begins with this slot.
        self._end_gaps(slot if full else taken_at, thinning_goes_on=keep > 1 and not boundary)
        settling.late(taken_at, taken_at)
        registers = numbers_of(readings, self._point)
        telling.view = with_registers(telling.view, registers, taken_at, self._point)
        settling.keep(registers, taken_at)
        if full:
            self._leave_out(GapReason.STORAGE_FULL, slot)
        else:
            self._pack(readings, slot, taken_at)
        settling.now(registers, taken_at, closing=closing)

    def _read(self, slot: int, now: int) -> list[RegisterReading] | None:
        try:
            if isinstance(self._driver, Advancing):
                self._driver.advance_to(now)
            readings = self._driver.read(now)
        except DriverError as error:
            _LOG.warning("%s: %s", self.uri, error)
            self._leave_out(GapReason.METER_SILENT, slot)
            return None
        fault = fault_of(readings, self._point)
        if fault is not None:
            _LOG.warning("%s: %s", self.uri, fault)
            self._leave_out(GapReason.READING_INVALID, slot)
            return None
        return readings

    def _pack(self, readings: list[RegisterReading], slot: int, taken_at: int) -> None:
        if not self._telling.add(readings, taken_at):
            self._leave_out(GapReason.STORAGE_FULL, slot)
            return
        since = self._telling.packed_since
        late = since is not None and self._next - since > self._point.pack_s
        if late or self._telling.packed >= self._point.pack_readings:
            self.flush()

    def flush(self) -> bool:
        """Say what is packed. False: no room; it stays packed, and reading stops until there is."""
        return self._telling.flush()

    # Gaps

    def _leave_out(self, reason: GapReason, slot: int, missed: int = 1) -> None:
        if self._telling.view.read_at is None:
            return  # nothing is promised before the first reading
        if not self._ends_thinning(slot, missed):
            return
        after = self._last_known(slot)
        if len(self._gaps) and self._gaps.reason is not reason:
            after = slot - 1
            if self._records is None or len(self._gaps) >= MAX_OPEN_GAPS:
                try:
                    self._declare_open(slot)
                except OutboxFullError:
                    self._gaps.leave_out(slot, missed)  # one gap for both then, under the reason that came first
                    return
        elif len(self._gaps):
            self._gaps.leave_out(slot, missed)
            return
        self._gaps.begin(reason, after, slot, missed)

    def _ends_thinning(self, slot: int, missed: int) -> bool:
        """What is thinned ends where another gap begins. Where there is no room to say so, one gap holds both."""
        try:
            self._end_thinning(slot)
        except OutboxFullError:
            thinned = self._telling.view.thinned
            if thinned is not None:
                thinned = replace(thinned, missing=thinned.missing + missed, seen_at=slot)
                self._telling.view = replace(self._telling.view, thinned=thinned)
                return False
        return True

    def _last_known(self, slot: int) -> int:
        known = self._telling.view.known_until
        return slot - 1 if known is None else min(known, slot - 1)

    def _thin(self, slot: int, kept_every_s: int) -> None:
        if len(self._gaps):  # one gap for both, under the reason that came first
            self._gaps.leave_out(slot, 1)
            self._thinned_inside = True
            return
        thinned, after = self._telling.view.thinned, self._last_known(slot)
        if thinned is not None and thinned.kept_every_s != kept_every_s:
            self._end_thinning(slot)
            thinned, after = None, slot - 1
        if thinned is not None:
            self._telling.view = replace(self._telling.view, thinned=thinned.one_more(slot))
            return
        fresh = OpenGap(after, GapReason.OUTBOX_FULL, 1, slot, (), kept_every_s)
        self._telling.remember_thinned(fresh)

    def _end_gaps(self, taken_at: int, *, thinning_goes_on: bool) -> None:
        if self._telling.view.thinned is not None and not thinning_goes_on:
            self._end_thinning(taken_at)
        self._declare_open(taken_at)

    def _declare_open(self, before: int) -> None:
        """Declare every open gap; the newest ends at `before`."""
        while len(self._gaps):
            self._telling.gap(*self._gaps.oldest(before))
            self._gaps.drop_oldest()
        self._thinned_inside = False

    def _end_thinning(self, before: int) -> None:
        thinned = self._telling.view.thinned
        if thinned is not None and before <= thinned.after + 1:
            self._telling.view = replace(self._telling.view, thinned=None)
        elif thinned is not None:
            self._telling.gap(thinned, before)

    # What the meter recorded meanwhile

    def _recover(self, slot: int, now: int) -> None:
        """Fill the open gaps before `slot` from the meter's own record, oldest first; settle boundaries on the way."""
        if self._records is None or self._settling.opens:
            return  # what an exchanged meter stored before it came here says nothing here
        since = 0
        for readings in own_record.stored(self._records, self._gaps.recoverable(slot), self._point):
            at = readings[0].taken_at
            while (part := self._gaps.part_before(at)) is not None:
                self._telling.gap(*part)
                self._gaps.declared_before(part[1], slot)
            self._settling.late(at, now, since)
            self._telling.view = with_registers(self._telling.view, numbers_of(readings, self._point), at, self._point)
            if not self._telling.add(readings, at):
                return
            self._gaps.covered_at(at, slot)
            self._settling.late(at + 1, now, at - 1)
            since = at

    def close(self) -> None:
        """Say what is packed, and let go of the meter."""
        self.flush()
        self._driver.close()


def _thinning(pressure: float) -> int:
    return next((keep for share, keep in THIN_FROM if pressure >= share), 1)
