"""Goods with serial numbers: gates, halls and the scale must tell one story. Exact, no IO.

count-balance     a hall's count changes by what its gate counts, and by nothing else
serial-twice      one serial lies in two places, or comes in where it lies already
mass-per-serial   what is weighed in comes with serials, and weighs what a serial's goods weigh (unloading.py)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Final

from tally_finance.plausibility import unloading
from tally_finance.plausibility.daily import ABSENT, NO_THREAD, Course, course
from tally_finance.plausibility.doubt import Doubt, Said, Unjudged
from tally_finance.plausibility.gate import Keep, lost_serials
from tally_finance.plausibility.observed import DAY_S, Observed, Series
from tally_finance.plausibility.unread import most_unread

COUNT_BALANCE: Final = "count-balance"
SERIAL_TWICE: Final = "serial-twice"
MASS_PER_SERIAL: Final = unloading.NAME

LOOKS: Final = 8
"""Readings of a hall whose reader misses tags, of which the fullest counts: it misses others each time."""

_APART: Final = "gate and hall were never read at one time, nor while nothing passed"
_LOST: Final = "serials that passed the gate meanwhile are not known"


def check(observed: Observed, keeps: tuple[Keep, ...]) -> Iterator[Said]:
    """At most one doubt of each name per hall, scale or pair of halls."""
    for keep in keeps:
        yield from _count(observed, keep)
        yield from _entered_twice(observed, keep)
    yield from _in_two_halls(observed)
    yield from unloading.check(observed, keeps)


@dataclass(frozen=True, slots=True)
class _Look:
    """The hall's count at a time, and what the gate had counted by then. `thread`: see daily.Course."""

    at: int
    thread: tuple[int, int]
    present: int
    inward: int
    outward: int

    @property
    def rest(self) -> int:
        """What lay there before anything passed: the same for ever, if all goods pass the gate."""
        return self.present - self.inward + self.outward


def _count(observed: Observed, keep: Keep) -> Iterator[Said]:
    present = observed.of(keep.hall, "present")
    inward, outward = observed.of(keep.gate, "passed_in"), observed.of(keep.gate, "passed_out")
    if present is None or inward is None or outward is None:
        absent = keep.hall if present is None else keep.gate
        yield Unjudged(COUNT_BALANCE, keep.hall, observed.from_at, observed.to_at, ABSENT.format(absent))
        return
    looks = list(_looks(present, inward, outward))
    if len(looks) < 2:
        yield Unjudged(COUNT_BALANCE, keep.hall, observed.from_at, observed.to_at, _APART)
        return
    looks_each = LOOKS if keep.hall_unread else 1
    threads = [list(group) for _, group in groupby(looks, key=lambda look: look.thread)]
    for thread, after in zip(threads, [*threads[1:], None], strict=True):
        yield from _balance(observed, keep, thread, looks_each)
        if after is not None:
            yield Unjudged(COUNT_BALANCE, keep.hall, thread[-1].at, after[0].at, NO_THREAD.format(keep.gate))


def _balance(observed: Observed, keep: Keep, looks: list[_Look], each: int) -> Iterator[Doubt]:
    """Against the beginning; and, as unread tags add up at the gate, against the day before, too."""
    fullest = [
        max(looks[max(0, number - each + 1) : number + 1], key=lambda look: look.rest) for number in range(len(looks))
    ]
    times = [look.at for look in looks]
    for number in range(each, len(looks)):
        last, day_before = fullest[number], bisect_right(times, times[number] - DAY_S) - 1
        bases = [fullest[each - 1], *(fullest[day_before : day_before + 1] if day_before >= each else [])]
        for base in bases:
            text = _unlike(keep, base, last, each)
            if text:
                yield Doubt(COUNT_BALANCE, keep.hall, observed.from_at, looks[number].at, text)
                return


def _unlike(keep: Keep, base: _Look, last: _Look, each: int) -> str:
    """What lies there now, and did not come or go through the gate; empty where it is nothing."""
    less = base.rest - last.rest
    if less == 0:
        return ""
    passed = last.outward - base.outward if less > 0 else last.inward - base.inward
    seen = last.present if less > 0 else base.present
    tolerated = most_unread(passed, keep.gate_unread) + most_unread(seen, keep.hall_unread, each)
    if abs(less) <= tolerated:
        return ""
    text = f"{abs(less)} {'less' if less > 0 else 'more'} than the gate counted"
    return f"{text}, where unread tags explain {tolerated}" if tolerated else text


def _looks(present: Series, inward: Series, outward: Series) -> Iterator[_Look]:
    """The hall's readings at which the gate's counts are known: read in that second, or the same before and after."""
    counts = course(inward), course(outward)
    for at, count in present.points:
        came, gone = (_known(one, at) for one in counts)
        if came is not None and gone is not None:
            yield _Look(at, (came[1], gone[1]), int(count), came[0], gone[0])


def _known(counted: Course, at: int) -> tuple[int, int] | None:
    """(count, thread) at a time."""
    number = bisect_left(counted.times, at)
    if number < len(counted.times) and counted.times[number] == at:
        return int(counted.totals[number]), counted.threads[number]
    if 0 < number < len(counted.times) and counted.risen(number - 1, number) == 0:
        return int(counted.totals[number]), counted.threads[number]
    return None


def _entered_twice(observed: Observed, keep: Keep) -> Iterator[Said]:
    """A serial lies in the hall from its entry, or from the hall's report, until it leaves.

    Every report begins the list anew. What left while the gate lost its events is unknown until the next one.
    """
    said = [(at, 1, serial) for at, serial in observed.events.get((keep.gate, "serial_in"), ())]
    said += [(at, 0, serial) for at, serial in observed.events.get((keep.gate, "serial_out"), ())]
    reports = observed.events.get((keep.hall, "serial"), ())
    said += [(at, 3, serial) for at, serial in reports]
    said += [(at, 2, "") for at in {at for at, _ in reports}]
    for silence in lost_serials(observed, keep.gate):
        said.append((silence.end, -1, ""))
        yield Unjudged(SERIAL_TWICE, keep.gate, silence.start, silence.end, _LOST)
    inside: set[str] = set()
    for at, way, serial in sorted(said):
        if way == 1 and serial in inside:
            yield Doubt(SERIAL_TWICE, keep.gate, at, at, f"{serial} comes in and lies there already")
            return
        if way in (-1, 2):
            inside.clear()
        elif way == 0:
            inside.discard(serial)
        else:
            inside.add(serial)


def _in_two_halls(observed: Observed) -> Iterator[Said]:
    halls = {
        point: {at for at, _ in said} for (point, name), said in sorted(observed.events.items()) if name == "serial"
    }
    for one, other in combinations(halls, 2):
        if not halls[one] & halls[other]:
            text = f"it and {one} were never reported at one time"
            yield Unjudged(SERIAL_TWICE, other, observed.from_at, observed.to_at, text)
    reports: dict[int, dict[str, str]] = {}
    told: set[tuple[str, str]] = set()
    for (point, register), said in sorted(observed.events.items()):
        if register != "serial":
            continue
        for at, serial in said:
            other = reports.setdefault(at, {}).setdefault(serial, point)
            if other != point and (other, point) not in told:
                told.add((other, point))
                yield Doubt(SERIAL_TWICE, point, at, at, f"{serial} lies there and at {other}, at one time")
