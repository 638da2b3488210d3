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
class PointState:
    """Where a metering point stands. Times are Unix seconds; `settled_at` is the boundary last settled, None until the
    meter's opening; `registers_at` is when `registers` were read, None where the meter recorded them by itself."""

    serial: str = field(1, SERIAL)
    facts: bytes = field(2, DIGEST)
    counts: Counts = field(3, nested(Counts))
    registers: tuple[RegisterValue, ...] = field(4, array(nested(RegisterValue), MAX_REGISTERS))
    closed: bool = field(5, FLAG)
    read_at: int | None = field(6, TIME, optional=True)
    settled_at: int | None = field(7, TIME, optional=True)
    thinned: OpenGap | None = field(8, nested(OpenGap), optional=True)
    registers_at: int | None = field(9, TIME, optional=True)


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
    return replace(counted, serial=serial, facts=facts, registers=(), registers_at=None, settled_at=None)


def with_counts(
    state: PointState, *, exchanges: int = 0, resets: int = 0, rollovers: int = 0, gaps: int = 0
) -> PointState:
    """`state` with its counts raised."""
    counts = state.counts
    raised = Counts(
        counts.exchanges + exchanges, counts.resets + resets, counts.rollovers + rollovers, counts.gaps + gaps
    )
    return replace(state, counts=raised)
