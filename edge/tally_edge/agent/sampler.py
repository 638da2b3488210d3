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
disk, and the next start takes the whole as agent down. Nothing changes here before it is durable there.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Final

from tally_edge import senml
from tally_edge.agent import own_record
from tally_edge.agent.clock import TimeSource
from tally_edge.agent.config import PointConfig
from tally_edge.agent.open_gaps import MAX_OPEN_GAPS, OpenGaps
from tally_edge.agent.point_state import AtBoundary, OpenGap, PointState, adopted, set_back, with_counts
from tally_edge.agent.reading import fault_of, numbers_of, with_registers
from tally_edge.agent.stream import Said, Stream
from tally_edge.device import NO_SETTLEMENT, Boundary, Counts, Gap, GapReason, RegisterValue, Settlement
from tally_edge.drivers.interface import Advancing, Driver, Recording, RegisterReading
from tally_edge.errors import DriverError, OutboxFullError
from tally_edge.senml import Reading
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
        self, point: PointConfig, driver: Driver, stream: Stream, clock: TimeSource, known: PointState | None
    ) -> None:
        """`known` is what the outbox remembers."""
        facts = point.facts or NO_SETTLEMENT
        self._point = point
        self._driver = driver
        self._stream = stream
        self._clock = clock
        self._state = adopted(known, point.serial, facts)
        self._opens = self._state.settled_at is None
        self._view = self._state  # what will be so once the pack is said
        self._pending: list[Reading] = []
        self._stuck = False  # a pack is due and found no room
        self._records = driver if isinstance(driver, Recording) and driver.keeps_records else None
        self._gaps = OpenGaps(lambda after, before: point.time.slots_between(after, before, point.cadence_s))
        self._next = 0
        self._checked_start = self._state.read_at is None
        self.lost_since: int | None = None

    @property
    def uri(self) -> str:
        """The metering point."""
        return self._point.uri

    @property
    def closed(self) -> bool:
        """Whether the closing settlement has been said: nothing follows it."""
        return self._state.closed

    def begin(self, at: int) -> None:
        """Take the first slot at or after `at` that is not on the disk yet."""
        if self._state.read_at is not None:
            at = max(at, self._state.read_at + 1)
        self._next = at if self._opens else self._following(at - 1)

    def next_event(self, now: int) -> int:
        """When this point wants to run next."""
        if self._next - now > self._point.cadence_s + _CLOCK_STEP_S:
            self.flush()  # the clock was set back: times inside a pack do not fall
            self._next = self._following(now)
            self._state, self._view = set_back(self._state, now), set_back(self._view, now)
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
        last = self._state.known_until
        if last is not None:
            with contextlib.suppress(OutboxFullError):  # then it ends with the next reading
                self._end_thinning(last)
        if last is not None and (missed := self._point.time.slots_between(last, slot, self._point.cadence_s)):
            self._leave_out(GapReason.AGENT_DOWN, slot - 1, missed)

    def _sample(self, slot: int, now: int, pressure: float, *, closing: bool) -> None:
        if self._clock.state() is Clock.UNSET:
            self._leave_out(GapReason.CLOCK_UNSET, slot)
            return
        if closing and self._view.read_at == now:
            # A second look at this second could show another number, and one register would have two at one time.
            self._settle_quietly(lambda: self._settle_now(self._view.registers, now, closing=True))
            return
        boundary = closing or self._opens or bool(self._owed(now))
        full = self._stuck and not self.flush()
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
        if not full and self._view.thinned is None:
            self._recover(slot, taken_at)
        self._end_gaps(taken_at, thinning_goes_on=keep > 1 and not boundary)
        self._settle_quietly(partial(self._settle_late, taken_at, taken_at))
        registers = numbers_of(readings, self._point)
        self._view = with_registers(self._view, registers, taken_at, self._point)
        if any(at == taken_at for at, _ in self._owed(taken_at)):
            self._view = replace(self._view, unsettled=AtBoundary(taken_at, registers, self._view.counts))
        if full:
            self._leave_out(GapReason.STORAGE_FULL, slot)
        else:
            self._pack(readings, slot, taken_at)
        self._settle_quietly(lambda: self._settle_now(registers, taken_at, closing=closing))

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

    # Packs

    def _pack(self, readings: list[RegisterReading], slot: int, taken_at: int) -> None:
        if not self._add(readings, taken_at):
            self._leave_out(GapReason.STORAGE_FULL, slot)
            return
        late = self._next - self._pending[0].taken_at > self._point.pack_s
        if late or len(self._pending) >= self._point.pack_readings:
            self.flush()

    def _add(self, readings: list[RegisterReading], taken_at: int) -> bool:
        """Put readings into the pack, behind one that is full. False: no room."""
        readings = sorted(readings, key=lambda reading: reading.taken_at)
        too_many = len(self._pending) + len(readings) > self._point.pack_readings
        earlier = bool(self._pending) and readings[0].taken_at < self._pending[0].taken_at
        if (too_many or earlier) and not self.flush():
            return False
        self._pending += [
            Reading(self.uri, reading.register, reading.taken_at, reading.value, reading.unit) for reading in readings
        ]
        self._view = replace(self._view, read_at=taken_at, declared_at=None)
        return True

    def flush(self) -> bool:
        """Say what is packed. False: no room; it stays packed, and reading stops until there is."""
        if not self._pending:
            return True
        ordered = sorted(self._pending, key=lambda reading: reading.taken_at)
        try:
            self._stream.say(self.uri, senml.encode(ordered), self._view)
        except OutboxFullError as error:
            _LOG.warning("%s: %s", self.uri, error)
            self._stuck = True
            return False
        self._state = self._view
        self._pending, self._stuck = [], False
        return True

    def _said_aside(self, said: Said, state: PointState) -> None:
        """Say something beside a pack that may still be here: the disk must not believe that the pack was said."""
        durable = state
        if self._pending:
            before = self._state
            durable = replace(state, read_at=before.read_at, declared_at=before.declared_at, unsettled=before.unsettled)
        self._stream.say(self.uri, said, durable)
        self._state, self._view = durable, state

    # Gaps

    def _leave_out(self, reason: GapReason, slot: int, missed: int = 1) -> None:
        if self._view.read_at is None:
            return  # nothing is promised before the first reading
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

    def _last_known(self, slot: int) -> int:
        known = self._view.known_until
        return slot - 1 if known is None else min(known, slot - 1)

    def _thin(self, slot: int, kept_every_s: int) -> None:
        thinned, after = self._view.thinned, self._last_known(slot)
        if thinned is not None and thinned.kept_every_s != kept_every_s:
            self._end_thinning(slot)
            thinned, after = None, slot - 1
        if thinned is not None:
            self._view = replace(self._view, thinned=thinned.one_more(slot))
            return
        fresh = OpenGap(after, GapReason.OUTBOX_FULL, 1, slot, (), kept_every_s)
        state = replace(self._state, thinned=fresh)
        self._stream.remember(self.uri, state)  # a restart must know that what it finds is thinned
        self._state, self._view = state, replace(self._view, thinned=fresh)

    def _end_gaps(self, taken_at: int, *, thinning_goes_on: bool) -> None:
        if self._view.thinned is not None and not thinning_goes_on:
            self._end_thinning(taken_at)
        self._declare_open(taken_at)

    def _declare_open(self, before: int) -> None:
        """Declare every open gap; the newest ends at `before`."""
        while len(self._gaps):
            self._declare(*self._gaps.oldest(before))
            self._gaps.drop_oldest()

    def _end_thinning(self, before: int) -> None:
        thinned = self._view.thinned
        if thinned is not None and before <= thinned.after + 1:
            self._view = replace(self._view, thinned=None)
        elif thinned is not None:
            self._declare(thinned, before)

    def _declare(self, gap: OpenGap, before: int) -> None:
        if before <= gap.after + 1:
            return
        self.flush()
        said = Gap(gap.after, before, gap.reason, gap.registers, gap.missing, gap.kept_every_s)
        # Where there is no room, what is thinned is still to be said.
        thinned = self._view.thinned if gap.kept_every_s is None else None
        self._said_aside(said, replace(with_counts(self._view, gaps=1), declared_at=before, thinned=thinned))

    # What the meter recorded meanwhile

    def _recover(self, slot: int, now: int) -> None:
        """Fill the open gaps before `slot` from the meter's own record, oldest first; settle boundaries on the way."""
        if self._records is None or self._opens:
            return  # what an exchanged meter stored before it came here says nothing here
        since = 0
        for readings in own_record.stored(self._records, self._gaps.recoverable(slot), self._point):
            at = readings[0].taken_at
            while (part := self._gaps.part_before(at)) is not None:
                self._declare(*part)
                self._gaps.declared_before(part[1], slot)
            self._settle_quietly(partial(self._settle_late, at, now, since))
            self._view = with_registers(self._view, numbers_of(readings, self._point), at, self._point)
            if not self._add(readings, at):
                return
            self._gaps.covered_at(at, slot)
            self._settle_quietly(partial(self._settle_late, at + 1, now, at - 1))
            since = at

    # Settlements

    def _owed(self, now: int) -> list[tuple[int, Boundary]]:
        settled = self._state.settled_at
        return [] if settled is None else self._point.time.boundaries(settled, now)

    def _settle_quietly(self, settle: Callable[[], None]) -> None:
        """Where there is no room for a settlement, it is owed at the next reading; the reading itself stands."""
        try:
            settle()
        except OutboxFullError as error:
            _LOG.warning("%s: %s", self.uri, error)

    def _settle_late(self, before: int, now: int, since: int = 0) -> None:
        """Boundaries that passed unsettled: settled now where they were read, or frozen by the meter itself."""
        for at, kind in self._owed(before - 1):
            if self._view.unsettled is not None and self._view.unsettled.at == at:
                self._settle(kind, at, self._view.unsettled.registers, at, self._view.unsettled.counts)
                continue
            frozen = own_record.frozen(self._driver, at, self._point) if at > since else None
            if frozen is not None:
                if self._view.read_at is None or at > self._view.read_at:
                    self._view = with_registers(self._view, frozen, at, self._point)
                self._settle(kind, at, frozen, now)

    def _settle_now(self, registers: tuple[RegisterValue, ...], taken_at: int, *, closing: bool) -> None:
        owed = self._owed(taken_at)
        if self._opens:
            if self.lost_since is not None:
                self._declare(OpenGap(self.lost_since, GapReason.STATE_LOST, 0, taken_at, ()), taken_at)
                self.lost_since = None
            self._settle(Boundary.OPENING, taken_at, registers, taken_at)
            self._opens = False
        elif closing:
            self._settle(Boundary.CLOSING, taken_at, registers, taken_at)
        elif owed:
            at, kind = owed[-1]
            self._settle(kind, at, registers, taken_at)

    def _settle(
        self,
        kind: Boundary,
        at: int,
        registers: tuple[RegisterValue, ...],
        read_at: int,
        counts: Counts | None = None,
    ) -> None:
        """`counts`: those of the boundary, where more has been counted since."""
        self.flush()
        said = Settlement(
            boundary=kind,
            at=at,
            local=self._point.time.local_text(at),
            registers=registers,
            serial=self._point.serial,
            multiplier=self._point.multiplier,
            facts=self._view.facts,
            counts=self._view.counts if counts is None else counts,
            previous=NO_SETTLEMENT,  # the stream knows the one before
            read_at=None if read_at == at else read_at,
        )
        awaits = self._view.unsettled if self._view.unsettled is not None and self._view.unsettled.at > at else None
        state = replace(self._view, settled_at=at, closed=kind is Boundary.CLOSING, unsettled=awaits)
        self._said_aside(said, state)

    def close(self) -> None:
        """Say what is packed, and let go of the meter."""
        self.flush()
        self._driver.close()


def _thinning(pressure: float) -> int:
    return next((keep for share, keep in THIN_FROM if pressure >= share), 1)
