"""A calorific value against the analyses that a laboratory signed (化验记录). No IO.

A laboratory is a metering point like any other: its key is enrolled, and it signs each analysis where it is made, as
two readings at the time of the sample, `burned` (kg or m3 of fuel) and `heat` (J). What a report of months later says
of them can not be bettered: the log shows by when each was there. A stated value holds against them where

1. every month of the period has an analysis of a sample that was taken in it;
2. each was anchored by the twentieth day after its month, when evidence of it is deposited (月度存证);
3. they are not all the same to the last digit, as those of one batch that was sold as many are;
4. and the mean of the months, each by the mean of its analyses, is the stated value, within one of its last digit
   and never lower by more than a thousandth: more samples of a poor month, or a value of few digits, make it no lower.

That the sample was of the fuel that was burned no signature shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from tally_chain.verify.verifier import Examined
from tally_edge import senml
from tally_edge.statement import Kind
from tally_finance.activity.bins import months
from tally_finance.report.inventory import Calorific

BURNED, HEAT = "burned", "heat"
DUE_S: Final = 20 * 86_400
"""After the month (每月结束后 20 个自然日内)."""
LEAST_ALIKE: Final = 3
"""Two analyses may agree to the last digit; where all of three or more do, one was made."""
_LEAST_DIGITS: Final = Fraction(1, 1000)
"""Rounding to fewer digits than this needs may not lower a value."""
_J_PER_GJ: Final = 10**9
_UNIT: Final = re.compile(r"GJ(?:_net|_gross)?/(kg|m3)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Analysis:
    """A signed analysis of a sample taken at `at` (Unix seconds): GJ for each `unit` (kg or m3) of fuel.

    `known_by`: the time of a head that covers it, None where the reader holds none with a time.
    """

    at: int
    value: Fraction
    unit: str
    known_by: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a stated value could be held against analyses, and whether it holds; a sentence."""

    made: bool
    holds: bool
    text: str


def analyses(examined: Examined, point: str) -> tuple[Analysis, ...]:
    """The analyses of a laboratory that the verification believes, by the time of the sample."""
    found: list[Analysis] = []
    for one in (*examined.statements, *examined.gapped):
        if one.statement.claims.subject != point or one.statement.claims.kind is not Kind.READINGS:
            continue
        read = {(each.register, each.taken_at): each for each in senml.decode(one.statement.payload)}
        known_by = one.anchored_at if one.signed_by is None else one.signed_by
        for (register, at), burned in read.items():
            heat = read.get((HEAT, at))
            if register != BURNED or heat is None or heat.unit != "J":
                continue
            amount, energy = (_number(each.value) for each in (burned, heat))
            if amount and energy:
                found.append(Analysis(at, energy / amount / _J_PER_GJ, burned.unit, known_by))
    return tuple(sorted(found, key=lambda each: (each.at, each.value)))


def _number(value: object) -> Fraction:
    return Fraction(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else Fraction(0)


def judged(stated: Calorific, found: Sequence[Analysis], zone: ZoneInfo, period: tuple[int, int]) -> Judged:
    """Hold a stated value against analyses over a period on the site's clock."""
    fits = _UNIT.fullmatch(stated.unit)
    if stated.analyses is None:
        return Judged(made=False, holds=False, text=f"{stated.stated}: nobody's signed analyses are named for it")
    if fits is None:
        return Judged(made=False, holds=False, text=f"{stated.unit} is no GJ for each kg or m3 of fuel")
    those = [one for one in found if period[0] <= one.at < period[1] and one.unit == fits[1]]
    if not those:
        return Judged(made=False, holds=False, text=f"no signed analysis of {stated.analyses} is believed")
    against = [*_by_month(those, zone, period), *_alike(those), *_mean(stated, those, zone, period)]
    return Judged(made=True, holds=not against, text="; ".join(against) or f"{len(those)} analyses, and their mean")


def _months(zone: ZoneInfo, period: tuple[int, int]) -> Iterator[tuple[int, int]]:
    return pairwise(months(zone, *period).tolist())


def _by_month(those: Sequence[Analysis], zone: ZoneInfo, period: tuple[int, int]) -> Iterator[str]:
    for from_at, to_at in _months(zone, period):
        name = datetime.fromtimestamp(from_at, zone).strftime("%Y-%m")
        taken = [one for one in those if from_at <= one.at < to_at]
        late = [one.known_by for one in taken if one.known_by is None or one.known_by > to_at + DUE_S]
        if not taken:
            yield f"{name} has no sample"
        elif None in late:
            yield f"by when the analyses of {name} were there is not shown"
        elif late:
            shown = datetime.fromtimestamp(min(at for at in late if at is not None), UTC).strftime("%Y-%m-%dT%H:%MZ")
            yield f"{len(late)} of {name} were first shown at {shown}, too late for that month"


def _alike(those: Sequence[Analysis]) -> Iterator[str]:
    if len(those) >= LEAST_ALIKE and len({one.value for one in those}) == 1:
        yield f"all {len(those)} are the same to the last digit"


def _mean(stated: Calorific, those: Sequence[Analysis], zone: ZoneInfo, period: tuple[int, int]) -> Iterator[str]:
    by_month = [
        sum(values, Fraction(0)) / len(values)
        for from_at, to_at in _months(zone, period)
        if (values := [one.value for one in those if from_at <= one.at < to_at])
    ]
    mean = sum(by_month, Fraction(0)) / len(by_month)
    step, above = Fraction(10) ** int(stated.value.as_tuple().exponent), Fraction(stated.value) - mean
    if not -min(step, mean * _LEAST_DIGITS) <= above <= step:
        yield f"the mean of the months is {_nine_places(mean)} {stated.unit}, stated are {stated.value:f}"


def _nine_places(number: Fraction) -> str:
    """Nine decimal places, for people."""
    return f"{Decimal(round(number * 10**9)).scaleb(-9):f}"
