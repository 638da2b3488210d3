"""One metering point at its device: what is read, what is left out, and what is said of it (docs/formats). No IO.

Per slot, in this order: a clock that is unset, a meter that is silent, a reading that is impossible are left out; an
open gap is declared before the reading that ends it; the reading is counted and packed; at a boundary the pack is said,
and then the settlement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tally_sim.device import payloads
from tally_sim.device.metering import Memory, Number, OpenGap, Point, counted, fault_of, moved, numbers_of
from tally_sim.device.payloads import Boundary, Reason, Settlement
from tally_sim.device.signing import ClockState, Kind, Said
from tally_sim.device.site_time import SiteTime
from tally_sim.plant.interface import Record

SET_BACK_S: Final = 3_601
"""Next to a cadence, how far ahead the next slot may lie before the clock must have been set back."""

Say = Callable[[Kind, str, bytes], Said]


class Sampling:
    """Reads one meter in its slots. Times are those of the device's clock; `true_at` is when it really is."""

    def __init__(self, point: Point, site: SiteTime, say: Say, known: Memory | None) -> None:
        """`known`: what the device remembers; another serial number is an exchanged meter."""
        self.point = point
        self._site = site
        self._say = say
        self._opens = known is None or known.serial != point.serial
        if known is None:
            memory = Memory(point.serial)
        elif known.serial == point.serial:
            memory = known
        else:
            counts = counted(known.counts, exchanges=1)
            memory = replace(known, counts=counts, serial=point.serial, shown={})
        self.memory = memory
        """What is durable."""
        self._view = memory  # what will be durable once the pack is said
        self._pack: list[Record] = []
        self._gap: OpenGap | None = None
        self._next = 0
        self._start_is_checked = memory.read_at is None
        self.lost_since: int | None = None
        """Since when an earlier stream is lost: said before the opening settlement."""

    def begin(self, at: int) -> None:
        """Take the first slot at or after `at` that was not read yet."""
        if self.memory.read_at is not None:
            at = max(at, self.memory.read_at + 1)
        self._next = at if self._opens else self._following(at - 1)

    def next_event(self, now: int) -> int:
        """When it wants to run next."""
        if self._next - now > self.point.cadence_s + SET_BACK_S:
            self.flush()
            self._next = self._following(now)
            if self.memory.settled_at is not None and self.memory.settled_at > now:
                self.memory = replace(self.memory, settled_at=now)
                self._view = replace(self._view, settled_at=now)
            self.memory, self._view = replace(self.memory, declared_at=None), replace(self._view, declared_at=None)
        return self._next

    def _following(self, after: int) -> int:
        slot = self._site.next_slot(after, self.point.cadence_s)
        return min(slot, self._site.next_boundary(after)[0])

    def run(self, now: int, true_at: int, clock: ClockState, *, closing: bool = False) -> None:
        """Do what is due at `now`."""
        slot = min(self._next, now) if closing else self._next
        self._account_for_start(slot)
        late = 2 * (now - slot) > self.point.cadence_s  # to a reader there is a hole from here on
        if late or self._following(slot) <= now or (closing and slot < now):
            missed = self._site.slots_between(slot - 1, now, self.point.cadence_s)
            if missed:
                self._leave_out(Reason.AGENT_DOWN, slot, missed)
            slot = now
        self._next = self._following(slot)
        if clock is ClockState.UNSET:
            self._leave_out(Reason.CLOCK_UNSET, slot)
        else:
            self._sample(slot, now, true_at, closing=closing)

    def _account_for_start(self, slot: int) -> None:
        last = self.memory.known_until
        if self._start_is_checked or last is None:
            return
        self._start_is_checked = True
        missed = self._site.slots_between(last, slot, self.point.cadence_s)
        if missed:
            self._leave_out(Reason.AGENT_DOWN, slot - 1, missed)

    def _sample(self, slot: int, now: int, true_at: int, *, closing: bool) -> None:
        if closing and self._view.read_at == now:
            self._settle_what_is_due(self._view.shown, now, closing=True)  # what was read at this second stands
            return
        ahead = now - true_at
        records = [replace(each, at=each.at + ahead) for each in self.point.read(true_at, self._view.told_at)]
        if not records:
            self._leave_out(Reason.METER_SILENT, slot)
            return
        if fault_of(records, self.point) is not None:
            self._leave_out(Reason.READING_INVALID, slot)
            return
        self._view = replace(self._view, told_at=true_at)
        self._declare(now)
        numbers = numbers_of(records, self.point)
        self._view = moved(self._view, numbers, now, self.point)
        self._add(records, now)
        self._settle_what_is_due(numbers, now, closing=closing)

    def _add(self, records: list[Record], now: int) -> None:
        records = sorted(records, key=lambda record: record.at)
        full = len(self._pack) + len(records) > self.point.pack_readings
        if full or (self._pack and records[0].at < self._pack[0].at):
            self.flush()
        self._pack += records
        self._view = replace(self._view, read_at=now, declared_at=None)
        if self._next - self._pack[0].at > self.point.pack_s or len(self._pack) >= self.point.pack_readings:
            self.flush()

    def flush(self) -> None:
        """Say what is packed."""
        if self._pack:
            ordered = sorted(self._pack, key=lambda record: record.at)
            self._say(Kind.READINGS, self.point.uri, payloads.pack(self.point.uri, ordered))
            self._pack = []
            self.memory = self._view

    # Gaps

    def _leave_out(self, reason: Reason, slot: int, missed: int = 1) -> None:
        known = self._view.known_until
        if known is None:
            return  # nothing is promised before the first reading
        after = min(known, slot - 1)
        if self._gap is not None and self._gap.reason is reason:
            self._gap = replace(self._gap, missing=self._gap.missing + missed)
            return
        if self._gap is not None:
            after = slot - 1
            self._declare(slot)
        self._gap = OpenGap(after, reason, missed)

    def _declare(self, before: int) -> None:
        """Declare the open gap, which ends at `before`."""
        gap, self._gap = self._gap, None
        if gap is not None and before > gap.after + 1:
            self._declare_gap(gap, before)

    def _declare_gap(self, gap: OpenGap, before: int) -> None:
        self.flush()
        payload = payloads.gap(gap.after, before, gap.reason, gap.missing)
        self._say(Kind.GAP, self.point.uri, payload)
        counts = counted(self._view.counts, gaps=1)
        self.memory = self._view = replace(self._view, counts=counts, declared_at=before)

    # Settlements

    def _settle_what_is_due(self, numbers: dict[str, Number], now: int, *, closing: bool) -> None:
        settled = self.memory.settled_at
        owed = [] if settled is None else self._site.boundaries(settled, now)
        if self._opens:
            since, self.lost_since = self.lost_since, None
            if since is not None and now > since + 1:
                self._declare_gap(OpenGap(since, Reason.STATE_LOST, 0), now)
            self._settle(Boundary.OPENING, now, numbers, now)
            self._opens = False
        elif closing:
            self._settle(Boundary.CLOSING, now, numbers, now)
        elif owed:
            at, boundary = owed[-1]
            self._settle(boundary, at, numbers, now)

    def _settle(self, boundary: Boundary, at: int, numbers: dict[str, Number], read_at: int) -> None:
        self.flush()
        point = self.point
        said = Settlement(
            boundary=boundary,
            at=at,
            local=self._site.local(at),
            registers=tuple((each.name, numbers[each.name], each.unit) for each in point.registers),
            serial=point.serial,
            multiplier=point.multiplier,
            facts=point.facts,
            counts=self._view.counts,
            previous=self._view.settlement,
            read_at=None if read_at == at else read_at,
        )
        settlement = self._say(Kind.SETTLEMENT, point.uri, payloads.settlement(said))
        closed = boundary is Boundary.CLOSING
        self.memory = self._view = replace(self._view, settled_at=at, settlement=settlement.id, closed=closed)
