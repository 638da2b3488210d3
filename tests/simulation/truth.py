"""The log, held against the world: what a device signed is what its meter showed it, and what it left out the world
took from it.

    reading      an answer of the meter, given when the device's clock showed the reading's time; each answer is signed
                 once at most
    answer       is signed, unless the disk failed at that moment, or the process ended with it: then with no more than
                 a pack, and with all that it was told later
    gap          nothing is read in it; each slot in it has a cause of the gap's own kind: a question without an answer,
                 a clock unset, a disk that failed, a process that was not there or a clock set ahead; `missing` counts
                 the slots, and one more where it begins with a late look that was in vain too. Where the disk failed
                 meanwhile, one gap may stand for two kinds. It is signed before the reading that ends it
    slot         of all that the device speaks of: read, or in a gap, and in no two
    settlement   an answer given when the clock showed the boundary, or the meter's own freeze of it, or where it has
                 none the answer at `read_at`; and the gaps counted are those declared
    statement    by its number of starts of one life, in which the clock showed its time, and stood as it says

A device's clock may come to one time twice, or jump over it. Then one of its visits must explain what was said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tally_edge import senml, wire
from tally_edge.device import Boundary, Gap, GapReason, Settlement
from tally_edge.senml import Reading
from tally_edge.statement import DEVICE_KINDS, Clock, Kind, Statement
from tests.simulation.diary import Diary
from tests.simulation.oracle import FaultFound
from tests.simulation.plant import REGISTER, UNIT, FreezingMeter
from tests.simulation.site import MIDNIGHT, TIMEZONE

_ZONE = ZoneInfo(TIMEZONE)


@dataclass
class Spoken:
    """What the log holds of one device, in the order of its stream."""

    signed: list[Statement]
    readings: list[Reading] = field(default_factory=list)
    said_last: dict[int, int] = field(default_factory=dict)
    """Of each second with a reading, the last place in the stream of a pack that holds one."""
    gaps: list[tuple[int, Gap]] = field(default_factory=list)
    """With their place in the stream."""
    settlements: list[tuple[int, Settlement]] = field(default_factory=list)

    @staticmethod
    def of(uri: str, entries: Sequence[Statement]) -> Spoken:
        """Of the device `uri`."""
        own = [one for one in entries if one.claims.kind in DEVICE_KINDS and one.claims.issuer == uri]
        spoken = Spoken(sorted(own, key=lambda one: one.claims.seq or 0))
        for seq, one in enumerate(spoken.signed):
            if one.claims.kind is Kind.READINGS:
                pack = senml.decode(one.payload)
                spoken.readings += pack
                spoken.said_last |= {reading.taken_at: seq for reading in pack}
            elif one.claims.kind is Kind.GAP:
                spoken.gaps.append((seq, wire.decode(Gap, one.payload)))
            else:
                spoken.settlements.append((seq, wire.decode(Settlement, one.payload)))
        return spoken


def judge(diaries: Sequence[Diary], entries: Sequence[Statement]) -> int:
    """Every device; `entries` is the whole log. How many checks that were. Raises FaultFound."""
    checks = 0
    for diary in diaries:
        truth = Truth(diary, entries)
        truth.judge()
        checks += truth.checks
    return checks


class Truth:
    """See the module's text. Every method raises FaultFound."""

    def __init__(self, diary: Diary, entries: Sequence[Statement]) -> None:
        """`entries` is the whole log."""
        self._diary = diary
        self._spoken = Spoken.of(diary.device.uri, entries)
        self.checks = 0

    def _must(self, holds: bool, text: str) -> None:
        self.checks += 1
        if not holds:
            raise FaultFound(f"untrue: {self._diary.device.name} {text}")

    def judge(self) -> None:
        """All of it."""
        for signed in self._spoken.signed:
            self._statement(signed)
        self._readings()
        self._answers()
        for seq, gap in self._spoken.gaps:
            self._gap(gap)
            self._ends_later(seq, gap)
        self._slots()
        for seq, settled in self._spoken.settlements:
            self._settlement(seq, settled)

    def _statement(self, signed: Statement) -> None:
        claims = signed.claims
        life = next((one for one in self._diary.lives if one.boot_count == claims.boot_count), None)
        self._must(life is not None, f"signed number {claims.seq} in a life that it never had")
        assert life is not None
        stood = [
            Clock.UNSET if visit.unset else Clock.SYNCHRONISED
            for visit in self._diary.clock.visits(claims.issued_at, claims.issued_at)
            if visit.from_s <= life.ended_s and visit.to_s >= life.began_s
        ]
        self._must(
            claims.clock in stood, f"signed number {claims.seq} at {claims.issued_at}, when its clock was {stood}"
        )

    def _readings(self) -> None:
        signed = Counter((one.taken_at, str(one.value)) for one in self._spoken.readings)
        shown: dict[int, list[str]] = {}
        for one in self._diary.meter.asked:
            if one.value is not None and one.frozen_at is None:
                shown.setdefault(one.shown, []).append(str(one.value))
        for reading in self._spoken.readings:
            self._must((reading.register, reading.unit) == (REGISTER, UNIT), f"read {reading}")
        for (at, value), times in signed.items():
            answers = shown.get(at, [])
            self._must(times <= answers.count(value), f"read {value} at {at}, the meter showed it {answers}")

    def _answers(self) -> None:
        signed = {(one.taken_at, str(one.value)) for one in self._spoken.readings}
        for life in self._diary.lives:
            answers = self._diary.answers_of(life)
            kept = [(one.shown, str(one.value)) in signed for one in answers]
            lost = [one for one, is_kept in zip(answers, kept, strict=True) if not is_kept]
            untold = [one for one in lost if one.at_s not in life.failed_at]
            if not untold:
                continue
            last_kept = max((one.at_s for one, is_kept in zip(answers, kept, strict=True) if is_kept), default=-1.0)
            text = f"was told {untold[0].value} at {untold[0].shown} by its clock, and says nothing of it"
            self._must(life.ended_s <= self._diary.clock.true(), text)
            self._must(last_kept < untold[0].at_s, text)
            self._must(len(untold) <= self._diary.device.point.pack_readings, f"{text}, nor of {len(untold)} in all")

    # Gaps and slots

    def _slots_in(self, after: int, before: int) -> range:
        cadence_s = self._diary.cadence_s
        return range(after // cadence_s * cadence_s + cadence_s, before, cadence_s)

    def _gap(self, gap: Gap) -> None:
        self._must(gap.kept_every_s is None and not gap.registers, f"declares what it can not: {gap}")
        slots = self._slots_in(gap.after, gap.before)
        left_out = sum(self._diary.on_time(slot)[1] < gap.before for slot in slots)
        allowed = {left_out, left_out + self._begins_late(gap)} - {0}
        if gap.reason is GapReason.AGENT_DOWN:
            allowed.add(len(slots))  # a clock set ahead over a slot: read on time, but behind slots that were not
        self._must(gap.missing in allowed, f"left out {left_out} of {len(slots)} slots and says: {gap}")
        excused = self._diary.disk_failed(gap.after, gap.before)
        for slot in slots:
            causes = self._causes(slot, gap.before)
            is_read = self._diary.on_time(slot)[1] >= gap.before and self._diary.answered(gap.before)
            said = f"declares {gap}, which has no cause at {slot} but {causes}"
            self._must(is_read or gap.reason in causes or (excused and bool(causes)), said)

    def _ends_later(self, seq: int, gap: Gap) -> None:
        """The reading that ends the gap stands behind it in the stream. Where the clock came to its second twice and
        the later one died with its pack, the log holds the earlier alone."""
        ends = min((at for at in self._spoken.said_last if at >= gap.before), default=None)
        said = f"declares {gap} at {seq}, after it signed the reading at {ends} that ends it"
        self._must(ends is None or seq < self._spoken.said_last[ends] or self._came_twice(ends), said)

    def _begins_late(self, gap: Gap) -> bool:
        """Whether the gap begins with a second look: at no slot, as the first was missed, and as vain as that."""
        at = gap.after + 1
        first, last = self._diary.on_time(at - at % self._diary.cadence_s)
        return not first <= at <= last and gap.reason in self._causes_at(at, at)

    def _causes(self, slot: int, until: int) -> set[GapReason]:
        causes = self._causes_at(*self._diary.on_time(slot))
        return causes | {GapReason.AGENT_DOWN} if self._diary.was_down(slot, until) else causes

    def _causes_at(self, first: int, last: int) -> set[GapReason]:
        diary = self._diary
        causes = {
            GapReason.METER_SILENT: diary.fell_silent(first, last),
            GapReason.CLOCK_UNSET: diary.was_unset(first, last),
            GapReason.STORAGE_FULL: diary.disk_failed(first, last),
        }
        return {reason for reason, is_one in causes.items() if is_one}

    def _slots(self) -> None:
        times = sorted(one.taken_at for one in self._spoken.readings)
        gaps = [gap for _, gap in self._spoken.gaps]
        read = set(times)
        for slot in self._slots_in(times[0] - 1, times[-1]):
            first, last = self._diary.on_time(slot)
            is_read = any(at in read for at in range(first, last + 1))
            around = [gap for gap in gaps if gap.after < slot < gap.before]
            self._must(is_read or bool(around), f"neither read {slot} nor declared it")
            self._must(len(around) < 2 or self._came_twice(slot), f"declared {slot} twice: {around}")
        for at in times:
            over = [gap for gap in gaps if gap.after < at < gap.before]
            self._must(not over or self._came_twice(at), f"read at {at} what it declares unread: {over}")

    def _came_twice(self, at: int) -> bool:
        return len(self._diary.clock.comings(at)) + self._diary.jumps_over(at) > 1

    # Settlements

    def _settlement(self, seq: int, settled: Settlement) -> None:
        (register,) = settled.registers
        self._must((register.register, register.unit) == (REGISTER, UNIT), f"settled {register}")
        self._must(settled.local == datetime.fromtimestamp(settled.at, _ZONE).isoformat(), f"calls it {settled.local}")
        if settled.boundary is Boundary.DAY:
            self._must((settled.at - MIDNIGHT) % 86_400 == 0, f"settled a day at {settled.at}")
        shown = self._shown_for(settled)
        when = f"at {settled.at} (read at {settled.read_at})"
        self._must(register.value in shown, f"settled {register.value} {when}, the meter showed it {shown}")
        self._counts(seq, settled)

    def _shown_for(self, settled: Settlement) -> list[Decimal]:
        """What the settlement may say: a later register only where the meter kept none of the boundary."""
        meter = self._diary.meter
        read_at = settled.at if settled.read_at is None else settled.read_at
        then = [one for one in meter.asked if one.shown == read_at]
        read = [one.value for one in then if one.value is not None and one.frozen_at is None]
        if settled.read_at is None or not isinstance(meter, FreezingMeter):
            return read
        kept = [one.value for one in then if one.frozen_at == settled.at]
        return [value for value in kept if value is not None] or (read if kept else [])

    def _counts(self, seq: int, settled: Settlement) -> None:
        """Gaps as they were declared by then; a boundary that was read itself may have been settled later, with the
        counts of then. A register that never falls seems to where a freeze of it is fetched by a clock that strayed."""
        before = [gap for of, gap in self._spoken.gaps if of < seq]
        gaps = {len(before)}
        if settled.boundary is Boundary.DAY and settled.read_at is None:
            gaps.add(sum(gap.before <= settled.at for gap in before))
        counts = settled.counts
        frozen = sum(of <= seq and one.read_at is not None for of, one in self._spoken.settlements)
        self._must(counts.gaps in gaps, f"counts {counts.gaps} gaps at {settled.at}, it declared {gaps}")
        self._must(counts.resets <= (frozen if self._diary.clock.strays() else 0), f"counts {counts} at {settled.at}")
        self._must(counts.exchanges == counts.rollovers == 0, f"counts {counts} at {settled.at}")
