"""Readings that are made for a check, by hand."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from tally_edge.senml import Reading
from tally_finance.plausibility.doubt import Doubt, Said, Unjudged
from tally_finance.plausibility.gate import Keep
from tally_finance.plausibility.observed import DAY_S, Observed, Series, gather

START = 1_767_196_800
HOUR = 3_600
QUARTER = 900


def series(
    values: Iterable[int | str | Decimal], step_s: int = DAY_S, unit: str = "kWh", multiplier: int = 1
) -> Series:
    points = tuple((START + number * step_s, Decimal(value)) for number, value in enumerate(values))
    return Series(unit, points, Decimal(multiplier), cadence_s=step_s)


def summed(rates: Iterable[int | str]) -> list[Decimal]:
    total, sums = Decimal(1000), [Decimal(1000)]
    for rate in rates:
        total += Decimal(rate)
        sums.append(total)
    return sums


def observed(days: int = 60, parents: dict[str, str] | None = None, **of: Series) -> Observed:
    """`of`: point__register."""
    named = {(name.split("__")[0], name.split("__")[1]): one for name, one in of.items()}
    return Observed(START, START + days * DAY_S, named, {}, parents or {}, midnights(days))


def midnights(days: int) -> tuple[int, ...]:
    return tuple(START + day * DAY_S for day in range(days + 1))


def doubts(said: Iterable[Said]) -> list[Doubt]:
    return [one for one in said if isinstance(one, Doubt)]


def wobble(number: int, by: int) -> int:
    """Something between -`by` and `by` that comes again and again, and not in step with weeks."""
    return (number * 7 % 11 - 5) * by // 5


def unjudged(said: Iterable[Said]) -> list[Unjudged]:
    return [one for one in said if isinstance(one, Unjudged)]


KEEPS = (Keep("gate", "hall", "scale", (Decimal(900), Decimal(1100))),)


def told(*said: tuple[int, str, str, object]) -> Observed:
    """(quarter hour, point, register, value) as readings."""
    units = {"net": "kg", "present": "count", "passed_in": "count", "passed_out": "count"}
    readings = [
        Reading(point, register, START + at * QUARTER, value, units.get(register, ""))
        for at, point, register, value in said
    ]
    return gather(readings, {}, {}, (START, START + DAY_S))


def passed(*counts: tuple[int, int, int]) -> list[tuple[int, str, str, object]]:
    """(passed in, passed out, present) at each quarter hour."""
    said: list[tuple[int, str, str, object]] = []
    for at, (inward, outward, present) in enumerate(counts):
        said += [
            (at, "gate", "passed_in", inward),
            (at, "gate", "passed_out", outward),
            (at, "hall", "present", present),
        ]
    return said
