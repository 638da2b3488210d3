"""What an agent remembers of a metering point between two statements. No IO; stored in the outbox, never sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tally_edge.device import MAX_REGISTERS, REGISTER, SERIAL, Counts, GapReason, RegisterValue
from tally_edge.wire import COUNT, DIGEST, FLAG, TIME, array, enum, nested
from tally_edge.wire import wire as field

NO_COUNTS = Counts(exchanges=0, resets=0, rollovers=0, gaps=0)


@dataclass(frozen=True, slots=True)
class OpenGap:
    """A gap that has begun and is not declared yet: from `after` on, with `missing` readings left out so far.

    `seen_at` is the last slot that was left out.
    """

    after: int = field(1, TIME)
    reason: GapReason = field(2, enum(GapReason))
    missing: int = field(3, COUNT)
    seen_at: int = field(4, TIME)
    registers: tuple[str, ...] = field(5, array(REGISTER, MAX_REGISTERS))
    kept_every_s: int | None = field(6, COUNT, optional=True)

    def one_more(self, slot: int) -> OpenGap:
        """With the reading of `slot` left out too."""
        return replace(self, missing=self.missing + 1, seen_at=slot)


@dataclass(frozen=True, slots=True)
class AtBoundary:
    """What was read at a boundary itself, and the counts of then: what its settlement says, whenever it is said."""

    at: int = field(1, TIME)
    registers: tuple[RegisterValue, ...] = field(2, array(nested(RegisterValue), MAX_REGISTERS))
    counts: Counts = field(3, nested(Counts))


@dataclass(frozen=True, slots=True)
class PointState:
    """Where a metering point stands. Times are Unix seconds.

    `settled_at` is the boundary last settled, None until the meter's opening; `declared_at` the slot at which the
    newest declared gap ended; `unsettled` was read at a boundary and awaits its settlement.
    """

    serial: str = field(1, SERIAL)
    facts: bytes = field(2, DIGEST)
    counts: Counts = field(3, nested(Counts))
    registers: tuple[RegisterValue, ...] = field(4, array(nested(RegisterValue), MAX_REGISTERS))
    closed: bool = field(5, FLAG)
    read_at: int | None = field(6, TIME, optional=True)
    settled_at: int | None = field(7, TIME, optional=True)
    thinned: OpenGap | None = field(8, nested(OpenGap), optional=True)
    declared_at: int | None = field(9, TIME, optional=True)
    unsettled: AtBoundary | None = field(10, nested(AtBoundary), optional=True)

    @property
    def known_until(self) -> int | None:
        """The last second of which all is said, by a reading or a gap; None before the first reading."""
        if self.read_at is None or self.declared_at is None:
            return self.read_at
        return max(self.read_at, self.declared_at - 1)


def first_state(serial: str, facts: bytes) -> PointState:
    """A metering point of which nothing has been said yet."""
    return PointState(serial, facts, NO_COUNTS, (), closed=False)


def adopted(known: PointState | None, serial: str, facts: bytes) -> PointState:
    """What an agent begins with that remembers `known`. An exchanged meter (another serial) begins a count anew."""
    if known is None:
        return first_state(serial, facts)
    if known.serial == serial:
        return replace(known, facts=facts)
    counted = with_counts(known, exchanges=1)
    return replace(counted, serial=serial, facts=facts, registers=(), closed=False, settled_at=None, unsettled=None)


def set_back(state: PointState, now: int) -> PointState:
    """`state` where the clock was set back to `now`: what was said of later says nothing of the days that come now."""
    settled_at = None if state.settled_at is None else min(state.settled_at, now)
    unsettled = None if state.unsettled is None or state.unsettled.at > now else state.unsettled
    return replace(state, settled_at=settled_at, declared_at=None, unsettled=unsettled)


def with_counts(
    state: PointState, *, exchanges: int = 0, resets: int = 0, rollovers: int = 0, gaps: int = 0
) -> PointState:
    """`state` with its counts raised."""
    counts = state.counts
    raised = Counts(
        counts.exchanges + exchanges, counts.resets + resets, counts.rollovers + rollovers, counts.gaps + gaps
    )
    return replace(state, counts=raised)
