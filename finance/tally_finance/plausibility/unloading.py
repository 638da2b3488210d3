"""Serials by truck: what is weighed in comes with serials, and weighs what a serial's goods weigh. Exact, no IO."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.plausibility.daily import ABSENT
from tally_finance.plausibility.doubt import Doubt, Said, Unjudged
from tally_finance.plausibility.gate import Keep, Silence, silences
from tally_finance.plausibility.observed import Observed
from tally_finance.plausibility.unread import most_unread

NAME: Final = "mass-per-serial"

UNLOADING_S: Final = 900
"""Before a truck's second weighing: what it brought has passed the gate by then."""

_UNKNOWN: Final = "goods came while a gate was silent, and its count from before or after is not known"
_TOGETHER: Final = "trucks that can not be told apart were only weighed together"


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Trucks that can not be told apart: `after` < t <= `until` holds all that passed while they were unloaded.

    `silences` lie in it: what passed meanwhile is known by the gate's count alone.
    """

    after: int
    until: int
    weighed_at: tuple[int, ...]
    net: Decimal
    silences: tuple[Silence, ...]


def check(observed: Observed, keeps: Sequence[Keep]) -> Iterator[Said]:
    """One doubt per scale at most: the mass of what came is not that of so many serials."""
    for scale in sorted({keep.scale for keep in keeps}):
        of_scale = [keep for keep in keeps if keep.scale == scale]
        nets = observed.of(scale, "net")
        mute = [keep.gate for keep in of_scale if observed.of(keep.gate, "passed_in") is None]
        if mute or not observed.speaks(scale):
            absent = mute[0] if mute else scale
            yield Unjudged(NAME, scale, observed.from_at, observed.to_at, ABSENT.format(absent))
        elif nets is not None:
            trucks = [(at, net) for at, net in nets.points if net > 0]
            yield from _judge(observed, scale, of_scale, trucks)


def _judge(
    observed: Observed, scale: str, keeps: Sequence[Keep], trucks: Sequence[tuple[int, Decimal]]
) -> Iterator[Said]:
    low, high = min(keep.serial_kg[0] for keep in keeps), max(keep.serial_kg[1] for keep in keeps)
    unread = max(keep.gate_unread for keep in keeps)
    silent = [silence for keep in keeps for silence in silences(observed, keep.gate)]
    told = [(at, keep.gate) for keep in keeps for at, _ in observed.events.get((keep.gate, "serial_in"), ())]
    heard = sorted(at for at, gate in told if not any(one.gate == gate and one.start < at <= one.end for one in silent))
    for arrival in _arrivals(trucks, heard, silent):
        if not arrival.weighed_at:
            continue  # the gate was silent, and no truck came
        counts = [silence.came for silence in arrival.silences]
        if arrival.after < observed.from_at or None in counts:
            yield Unjudged(NAME, scale, max(arrival.after, observed.from_at), arrival.until, _UNKNOWN)
            continue
        if len(arrival.weighed_at) > 1:
            yield Unjudged(NAME, scale, arrival.after, arrival.until, _TOGETHER)
        count = bisect_right(heard, arrival.until) - bisect_right(heard, arrival.after)
        count += sum(one for one in counts if one is not None)
        if not low * count <= arrival.net <= high * (count + most_unread(count, unread)):
            text = f"{arrival.net:f} kg were weighed in with {count} serials"
            yield Doubt(NAME, scale, arrival.weighed_at[0], arrival.weighed_at[-1], text)
            return


def _arrivals(
    trucks: Sequence[tuple[int, Decimal]], heard: Sequence[int], silent: Sequence[Silence]
) -> Iterator[_Arrival]:
    """Trucks and silences, in order of time; those that overlap are one.

    Two overlap where something passed, or may have passed unheard, that both could have brought.
    """
    each = [_Arrival(at - UNLOADING_S, at, (at,), net, ()) for at, net in trucks]
    each += [_Arrival(one.start, one.end, (), Decimal(0), (one,)) for one in silent]
    last: _Arrival | None = None
    for one in sorted(each, key=lambda arrival: (arrival.after, arrival.until)):
        if last is not None and _overlap(last, one, heard):
            weighed = tuple(sorted((*last.weighed_at, *one.weighed_at)))
            both = (*last.silences, *one.silences)
            last = _Arrival(last.after, max(last.until, one.until), weighed, last.net + one.net, both)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _overlap(one: _Arrival, other: _Arrival, heard: Sequence[int]) -> bool:
    start, end = other.after, min(one.until, other.until)
    unheard = any(silence.start < end and silence.end > start for silence in (*one.silences, *other.silences))
    return start < end and (unheard or any(start < at <= end for at in heard))
