"""Goods with serial numbers: gates, halls and the scale must tell one story. Exact, no IO.

count-balance     a hall's count changes by what its gate counts, and by nothing else
serial-twice      one serial lies in two places, or comes in where it lies already
mass-per-serial   what is weighed in comes with serials, and weighs what a serial's goods weigh
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.plausibility.daily import value_at
from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import Observed

COUNT_BALANCE: Final = "count-balance"
SERIAL_TWICE: Final = "serial-twice"
MASS_PER_SERIAL: Final = "mass-per-serial"

UNLOADING_S: Final = 900
"""Before a truck's second weighing: what it brought has passed the gate by then."""


@dataclass(frozen=True, slots=True)
class Keep:
    """A gate and the readers over the hall behind it, by metering point; `scale` weighs what comes.

    `serial_kg`: what the goods behind one serial weigh, from and to.
    """

    gate: str
    hall: str
    scale: str
    serial_kg: tuple[Decimal, Decimal]


def check(observed: Observed, keeps: tuple[Keep, ...]) -> list[Doubt]:
    """At most one doubt of each name per hall, scale or pair of halls."""
    doubts = [doubt for keep in keeps for doubt in (*_count(observed, keep), *_entered_twice(observed, keep))]
    return [*doubts, *_in_two_halls(observed), *_weighed(observed, keeps)]


def _count(observed: Observed, keep: Keep) -> Iterator[Doubt]:
    present = observed.of(keep.hall, "present")
    inward, outward = observed.of(keep.gate, "passed_in"), observed.of(keep.gate, "passed_out")
    if present is None or inward is None or outward is None:
        return
    gone_in, gone_out = dict(inward.points), dict(outward.points)
    base: Decimal | None = None
    for at, count in present.points:
        if at not in gone_in or at not in gone_out:
            continue  # one of the two was silent: the next reading of both tells
        rest = count - gone_in[at] + gone_out[at]
        if base is not None and rest != base:
            text = f"{abs(rest - base)} {'less' if rest < base else 'more'} than the gate counted"
            yield Doubt(COUNT_BALANCE, keep.hall, observed.from_at, at, text)
            return
        base = rest


def _entered_twice(observed: Observed, keep: Keep) -> Iterator[Doubt]:
    said = [(at, 1, serial) for at, serial in observed.events.get((keep.gate, "serial_in"), ())]
    said += [(at, 0, serial) for at, serial in observed.events.get((keep.gate, "serial_out"), ())]
    said += [(at, 2, serial) for at, serial in observed.events.get((keep.hall, "serial"), ())]
    inside: set[str] = set()
    for at, way, serial in sorted(said):
        if way == 1 and serial in inside:
            yield Doubt(SERIAL_TWICE, keep.gate, at, at, f"{serial} comes in and lies there already")
            return
        if way == 0:
            inside.discard(serial)
        else:
            inside.add(serial)


def _in_two_halls(observed: Observed) -> Iterator[Doubt]:
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


def _weighed(observed: Observed, keeps: tuple[Keep, ...]) -> Iterator[Doubt]:
    for scale in sorted({keep.scale for keep in keeps}):
        of_scale = [keep for keep in keeps if keep.scale == scale]
        nets = observed.of(scale, "net")
        gates = [series for keep in of_scale if (series := observed.of(keep.gate, "passed_in")) is not None]
        if nets is None or len(gates) != len(of_scale):
            continue
        low = min(keep.serial_kg[0] for keep in of_scale)
        high = max(keep.serial_kg[1] for keep in of_scale)
        entered = sorted(at for keep in of_scale for at, _ in observed.events.get((keep.gate, "serial_in"), ()))
        silent = any(value_at(series, observed.from_at) is None for series in gates)
        for at, net in nets.points:
            if net <= 0 or silent:
                continue
            count = sum(at - UNLOADING_S < one <= at for one in entered)
            if not low * count <= net <= high * count:
                text = f"{net:f} kg were weighed in with {count} serials"
                yield Doubt(MASS_PER_SERIAL, scale, at, at, text)
                break
