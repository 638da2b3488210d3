"""Mass balance: a silo emptied in one night, gauges that are silent or absent, and what nothing explains."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tally_finance.plausibility import mass
from tally_finance.plausibility.mass import Stores
from tally_finance.plausibility.observed import DAY_S, Observed, Series
from tests.finance.plausible import START, doubts, observed, series, summed, unjudged, wobble

CAPACITY = 1_000_000
"""Kilograms, of each silo."""


def stores(gauge_error: str, *silos: str) -> tuple[Stores, ...]:
    levels = tuple(((silo, "level"), Decimal(CAPACITY)) for silo in silos)
    return (Stores(levels, ("scale", "kg_in"), ("scale", "kg_out"), Decimal(gauge_error)),)


RADAR = stores("0.005", "a", "b")


def silos(taken: dict[int, int], days: int = 20, came: int = 30_000, went: int = 29_000) -> Observed:
    """Two silos over days; `taken`: kilograms that leave silo a unweighed, by day."""
    held, levels = {"a": 500_000, "b": 600_000}, {"a": [Decimal("0.5")], "b": [Decimal("0.6")]}
    for day in range(days):
        held["a"] += came - went - taken.get(day, 0)
        for silo, kilograms in held.items():
            levels[silo].append((Decimal(kilograms + wobble(day, 500)) / CAPACITY).quantize(Decimal("0.001")))
    return observed(
        days,
        a__level=series(levels["a"], unit="/"),
        b__level=series(levels["b"], unit="/"),
        scale__kg_in=series(summed([came] * days), unit="kg"),
        scale__kg_out=series(summed([went] * days), unit="kg"),
    )


@pytest.mark.parametrize("day", [0, 6, 17])
def test_a_silo_that_is_emptied_in_one_night_is_missed_at_once(day: int) -> None:
    """Also on a day that the chart learns from, which takes it for this site's own spread."""
    (doubt,) = doubts(mass.check(silos({day: 480_000}), RADAR))
    assert (doubt.from_at, doubt.to_at) == (START + day * DAY_S, START + (day + 1) * DAY_S)
    assert doubt.touches == "a, b"
    assert "t went unweighed" in doubt.sentence


@pytest.mark.parametrize(("taken", "doubted"), [(22_000, False), (26_000, True), (-26_000, True)])
def test_the_bound_is_what_gauges_density_and_drying_explain(taken: int, doubted: bool) -> None:
    """Two gauges of 0.5 % at both ends: 20 t. Density: 6 % of 59 t: 3.5 t. Drying: 0.1 % of 1,100 t: 1.1 t."""
    still = silos({3: taken})
    exact = {
        place: replace(one, points=tuple((at, value.quantize(Decimal("0.001"))) for at, value in one.points))
        for place, one in still.series.items()
    }
    found = doubts(mass.check(replace(still, series=exact), RADAR))
    assert [said.to_at for said in found] == [START + 4 * DAY_S] * doubted


def test_once_its_spread_is_known_one_night_of_far_less_is_missed() -> None:
    """Ten tonnes: no gauge of 0.5 % proves that, but these two never were off by more than two in the first days."""
    (doubt,) = doubts(mass.check(silos({17: 10_000}), RADAR))
    assert doubt.to_at == START + 18 * DAY_S
    assert doubts(mass.check(silos({6: 10_000}), RADAR)) == []


def test_a_worse_gauge_explains_more() -> None:
    assert doubts(mass.check(silos({3: 100_000}), RADAR))
    assert doubts(mass.check(silos({3: 100_000}), stores("0.03", "a", "b"))) == []


def test_who_does_not_say_how_good_a_gauge_is_gets_the_bound_of_the_worst() -> None:
    levels = tuple(((silo, "level"), Decimal(CAPACITY)) for silo in ("a", "b"))
    unsaid = (Stores(levels, ("scale", "kg_in"), ("scale", "kg_out")),)
    assert doubts(mass.check(silos({3: 190_000}), unsaid)) == []
    assert len(doubts(mass.check(silos({3: 250_000}), unsaid))) == 1


def test_what_leaves_night_after_night_from_the_first_on_is_missed_once_it_adds_up() -> None:
    """20 t a night: one night's bound is 205 t and the chart has learnt it. By night 14 200 t for the gauges, 50 t for
    density and 16 t for drying explain no more."""
    levels = tuple(((silo, "level"), Decimal(CAPACITY)) for silo in ("a", "b"))
    unsaid = (Stores(levels, ("scale", "kg_in"), ("scale", "kg_out")),)
    (doubt,) = doubts(mass.check(silos(dict.fromkeys(range(20), 20_000)), unsaid))
    assert doubt.from_at == START
    assert START + 12 * DAY_S <= doubt.to_at <= START + 16 * DAY_S
    assert doubts(mass.check(silos(dict.fromkeys(range(20), 10_000)), unsaid)) == []


def silent_at(one: Series, *days: int) -> Series:
    return replace(one, points=tuple(point for point in one.points if (point[0] - START) // DAY_S not in days))


def test_a_gauge_that_is_silent_at_midnight_gives_no_old_level() -> None:
    """It says nothing at the midnights of days 5 and 6 while 60 t are weighed in: no loss, and no gain afterwards."""
    one = silos({}, came=60_000, went=0, days=7)
    series_of = {**one.series, ("a", "level"): silent_at(one.series["a", "level"], 5, 6)}
    assert doubts(mass.check(replace(one, series=series_of), RADAR)) == []
    reasons = {
        said.reason: (said.from_at, said.to_at) for said in unjudged(mass.check(replace(one, series=series_of), RADAR))
    }
    assert reasons["there is no reading of a within a cadence of a midnight"] == (START + 4 * DAY_S, START + 7 * DAY_S)


def test_what_is_taken_while_the_gauge_is_silent_is_missed_when_it_speaks_again() -> None:
    one = silos({5: 480_000})
    series_of = {**one.series, ("a", "level"): silent_at(one.series["a", "level"], 5, 6)}
    (doubt,) = doubts(mass.check(replace(one, series=series_of), RADAR))
    assert (doubt.from_at, doubt.to_at) == (START + 4 * DAY_S, START + 7 * DAY_S)


@pytest.mark.parametrize("absent", ["a", "b", "scale"])
def test_without_one_of_its_instruments_a_group_is_not_judged_and_that_is_said(absent: str) -> None:
    """What is weighed goes to both silos: with one of them alone every truck would be a theft."""
    one = silos({3: 480_000})
    there = {place: each for place, each in one.series.items() if place[0] != absent}
    (said,) = mass.check(replace(one, series=there), RADAR)
    assert unjudged([said])[0].reason == f"there are no readings of {absent}"
    assert said.touches == "a, b"


def test_a_scale_that_begins_anew_leaves_its_day_unknown() -> None:
    one = silos({}, days=7)
    anew = tuple(
        (at, value if at < START + 4 * DAY_S else value - 80_000) for at, value in one.series["scale", "kg_in"].points
    )
    series_of = {**one.series, ("scale", "kg_in"): replace(one.series["scale", "kg_in"], points=anew)}
    said = list(mass.check(replace(one, series=series_of), RADAR))
    assert doubts(said) == []
    assert "the register of scale fell, or was exchanged and not read" in {each.reason for each in unjudged(said)}
