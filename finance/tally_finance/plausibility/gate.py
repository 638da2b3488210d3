"""A gate in front of a hall, and when it was silent. Exact, no IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from tally_finance.plausibility.daily import Course, course, nearest
from tally_finance.plausibility.observed import Observed


@dataclass(frozen=True, slots=True)
class Keep:
    """A gate and the readers over the hall behind it, by metering point; `scale` weighs what comes.

    `serial_kg`: what the goods behind one serial weigh, from and to. `gate_unread` and `hall_unread`: the share of tags
    that a reader misses at one passage, or in one look.
    """

    gate: str
    hall: str
    scale: str
    serial_kg: tuple[Decimal, Decimal]
    gate_unread: Decimal = Decimal(0)
    hall_unread: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Silence:
    """`gate` was read at `start` and at `end`, and not between them as often as usual; `came` passed inwards meanwhile
    and `went` outwards, None where nobody knows."""

    gate: str
    start: int
    end: int
    came: int | None
    went: int | None


def silences(observed: Observed, gate: str) -> Iterator[Silence]:
    """When the gate did not speak at its cadence, what lies before its first and after its last word with it.

    Counts go on while nobody asks; serials that a device lost meanwhile do not come again.
    """
    inward, outward = observed.of(gate, "passed_in"), observed.of(gate, "passed_out")
    if inward is None or outward is None or not inward.points:
        yield Silence(gate, observed.from_at - 1, observed.to_at, None, None)
        return
    ins, outs = course(inward), course(outward)
    if ins.times[0] > observed.from_at:
        yield Silence(gate, observed.from_at - 1, ins.times[0], None, None)
    for start, end in pairwise(ins.times):
        if end - start >= 2 * inward.cadence_s:
            yield Silence(gate, start, end, _passed(ins, start, end), _passed(outs, start, end))
    if ins.times[-1] < observed.to_at:
        yield Silence(gate, ins.times[-1], observed.to_at, None, None)


def _passed(counted: Course, start: int, end: int) -> int | None:
    first, last = nearest(counted.times, start, 0), nearest(counted.times, end, 0)
    risen = None if first is None or last is None else counted.risen(first, last)
    return None if risen is None else int(risen)


def lost_serials(observed: Observed, gate: str) -> Iterator[Silence]:
    """The silences of a gate in which more passed than serials were told of afterwards."""
    for silence in silences(observed, gate):
        for register, passed in (("serial_in", silence.came), ("serial_out", silence.went)):
            said = observed.events.get((gate, register), ())
            if passed is None or sum(silence.start < at <= silence.end for at, _ in said) < passed:
                yield silence
                break
