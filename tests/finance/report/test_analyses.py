"""A calorific value against a laboratory's analyses: each thing that is asked of them, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tally_finance.report.analyses import DUE_S, Analysis, Judged, judged
from tally_finance.report.inventory import Calorific

ZONE = ZoneInfo("Asia/Shanghai")
JANUARY, FEBRUARY, MARCH = 1_767_196_800, 1_769_875_200, 1_772_294_400
"""Their first midnights in Shanghai, 2026."""
HOUR = 3_600
STATED = Calorific(Decimal("0.0220"), "GJ_net/kg", "the laboratory", "urn:lab")
GOOD = (
    Analysis(JANUARY + HOUR, Fraction(219, 10_000), "kg", JANUARY + 86_400),
    Analysis(FEBRUARY + HOUR, Fraction(221, 10_000), "kg", FEBRUARY + 86_400),
)


def held(*found: Analysis, stated: Calorific = STATED) -> Judged:
    return judged(stated, found, ZONE, (JANUARY, MARCH))


def test_the_mean_of_one_of_each_month_holds() -> None:
    assert held(*GOOD) == Judged(made=True, holds=True, text="2 analyses, and their mean")
    assert held(*reversed(GOOD)).holds


def test_the_last_second_in_which_it_is_due_counts() -> None:
    in_time, late = (replace(GOOD[0], known_by=FEBRUARY + DUE_S + by) for by in (0, 1))
    assert held(in_time, GOOD[1]).holds
    found = held(late, GOOD[1])
    assert not found.holds
    assert found.text == "1 of 2026-01 were first shown at 2026-02-20T16:00Z, too late for that month"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (GOOD[:1], "2026-02 has no sample"),
        ((replace(GOOD[0], known_by=None), GOOD[1]), "by when the analyses of 2026-01 were there is not shown"),
        (
            (*GOOD, replace(GOOD[1], value=Fraction(230, 10_000))),
            "the mean of the months is 0.022225000 GJ_net/kg, stated are 0.0220",
        ),
        (
            tuple(replace(GOOD[n % 2], value=Fraction(22, 1000)) for n in range(3)),
            "all 3 are the same to the last digit",
        ),
    ],
)
def test_what_is_against_it(found: tuple[Analysis, ...], why: str) -> None:
    said = held(*found)
    assert said == Judged(made=True, holds=False, text=said.text)
    assert why in said.text


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        (replace(STATED, analyses=None), "the laboratory: nobody's signed analyses are named for it"),
        (replace(STATED, unit="kWh_gross/m3"), "kWh_gross/m3 is no GJ for each kg or m3 of fuel"),
        (replace(STATED, unit="GJ_net/m3"), "no signed analysis of urn:lab is believed"),
    ],
)
def test_what_could_not_be_held_does_not_hold(stated: Calorific, why: str) -> None:
    assert held(*GOOD, stated=stated) == Judged(made=False, holds=False, text=why)


def test_two_that_agree_are_no_batch() -> None:
    assert held(*(replace(one, value=Fraction(22, 1000)) for one in GOOD)).holds


@pytest.mark.parametrize(
    ("stated", "holds"),
    [
        ("0.0220", True),
        ("0.02200000", True),
        ("0.0221", True),  # higher by a digit
        ("0.0219", False),
        ("0.02198", False),
        ("0.02", False),  # a single digit, and a tenth less
        ("0.03", True),
        ("2E-2", False),
    ],
)
def test_no_way_of_writing_makes_a_value_lower(stated: str, *, holds: bool) -> None:
    assert held(*GOOD, stated=replace(STATED, value=Decimal(stated))).holds is holds


def test_more_samples_of_a_poor_month_move_nothing() -> None:
    poor = [replace(GOOD[0], value=Fraction(210 + one, 10_000), at=GOOD[0].at + one) for one in range(9)]
    rich = replace(GOOD[1], value=Fraction(230, 10_000))
    mean = (Fraction(214, 10_000) + Fraction(230, 10_000)) / 2
    assert mean == Fraction(222, 10_000)
    assert held(*poor, rich, stated=replace(STATED, value=Decimal("0.0222"))).holds
    assert not held(*poor, rich, stated=replace(STATED, value=Decimal("0.0216"))).holds
