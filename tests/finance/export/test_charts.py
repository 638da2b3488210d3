"""What a page works out beside the report: months, what other factors would say, axes. It equals hand arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_finance.export import by_month, chart
from tally_finance.export.chart import Bar, Series
from tally_finance.export.drawing import Box, Ink, Label, Pattern, Stroke, patterned
from tally_finance.export.page_factors import by_other
from tests.finance.export import told

DAY_S = 86_400


def test_a_lines_months_add_up_to_the_line() -> None:
    said = told.said(gaps=True)
    line = next(one for one in said["lines"] if one["scope"] == "2 location-based")
    months = by_month.emissions(said, line)
    assert months is not None
    assert sum(months.values()) == Fraction(line["kg"])
    bought = [Fraction(one["bought"]) for one in said["media"][0]["months"]]
    factor = Fraction(next(one for one in said["factors"] if one["digest"] == line["factor"])["value"])
    assert list(months.values()) == [kwh * factor for kwh in bought]


def test_a_market_based_line_has_no_months() -> None:
    said = told.said()
    market = next(one for one in said["lines"] if one["scope"] == "2 market-based")
    assert by_month.emissions(said, market) is None
    location = next(one for one in said["lines"] if one["scope"] == "2 location-based")
    assert by_month.emissions(said, {**location, "opens": [*location["opens"], "load-6"]}) is None


def test_a_line_of_which_something_was_passed_on_has_no_months() -> None:
    """A report has no months of what was passed on, so a share by what was bought would be another number."""
    said = told.further(told.said())
    location = next(one for one in said["lines"] if one["scope"] == "2 location-based")
    assert by_month.emissions(said, location) is None


def test_each_month_is_told_by_the_time_of_its_meters() -> None:
    """Grid, solar and feeding in over 59 days: five days of two meters bridged, the last ten of one at the ceiling."""
    said = told.said(gaps=True)
    first, second = said["media"][0]["months"]
    meters = by_month.meters_of(said, "electricity")
    assert {one["name"] for one in meters} == {"grid", "fed in", "solar"}
    january = by_month.seconds_by_state(meters, int(first["from"]), int(first["to"]))
    february = by_month.seconds_by_state(meters, int(second["from"]), int(second["to"]))
    assert january == {"measured": 83 * DAY_S, "bridged": 10 * DAY_S, "estimated": 0, "missing": 0}
    assert february == {"measured": 74 * DAY_S, "bridged": 0, "estimated": 10 * DAY_S, "missing": 0}
    assert sum(by_month.percents(february).values()) == 100
    assert by_month.percents(dict.fromkeys(by_month.WORDS, 0))["measured"] == 0


@pytest.mark.parametrize(
    ("value", "unit", "kg"),
    [
        ("0.8", "kgCO2/kWh", Fraction(1600)),
        ("0.8", "tCO2/MWh", Fraction(1600)),
        ("0.8", "kgCO2e/kWh", Fraction(1600)),
        ("0.8", "kgCO2/m3", None),
        ("0.8", "kgCH4/kWh", None),
        ("0.8", "kgce/kWh", None),
        ("0.8", "something", None),
    ],
)
def test_a_line_by_another_factor(value: str, unit: str, kg: Fraction | None) -> None:
    line, factor = {"kg": "1000"}, {"value": "0.5", "unit": "kgCO2/kWh"}
    assert by_other(line, factor, {"value": value, "unit": unit}) == kg


@settings(max_examples=50, deadline=None)
@given(st.fractions(min_value=0, max_value=10**12, max_denominator=10**9))
def test_an_axis_has_few_ticks_that_are_round(highest: Fraction) -> None:
    step = chart.step_of(highest)
    assert step * 5 >= highest
    assert highest == 0 or step * 2 < highest
    assert chart.tick(step).replace(",", "").replace(".", "").strip("0") in {"1", "2", "5"}


def test_ticks_are_exact() -> None:
    assert [chart.tick(one) for one in (Fraction(0), Fraction(1, 20), Fraction(12_500))] == ["0", "0.05", "12,500"]


def test_a_column_is_as_high_as_its_parts() -> None:
    parts = [
        Series("one", (Fraction(30), Fraction(0)), Ink.FIRST),
        Series("two", (Fraction(10), Fraction(20)), Ink.SECOND, Pattern.LINES),
    ]
    drawing = chart.columns("kWh", ["2026-01", "2026-02"], parts)
    boxes = [one for one in drawing.shapes if isinstance(one, Box)]
    (low, high, second), legend = boxes[:3], boxes[3:]
    assert low.height == pytest.approx(3 * high.height)
    assert second.height == pytest.approx(2 * high.height)
    assert high.y + high.height == pytest.approx(low.y)
    assert [one.ink for one in legend] == [Ink.FIRST, Ink.SECOND]
    texts = [one.text for one in drawing.shapes if isinstance(one, Label)]
    assert {"kWh", "2026-01", "2026-02", "one", "two", "0", "40"} <= set(texts)


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    drawing = chart.bars(
        [Bar("a", Fraction(8), "8 kg"), Bar("b", Fraction(-2), "-2 kg"), Bar("c", Fraction(0), "0 kg")]
    )
    first, second = (one for one in drawing.shapes if isinstance(one, Box))
    assert first.width == pytest.approx(4 * second.width)
    assert (first.ink, second.ink) == (Ink.FIRST, Ink.SECOND)


@pytest.mark.parametrize("pattern", list(Pattern))
def test_a_pattern_stays_in_its_box(pattern: Pattern) -> None:
    box = Box(10, 20, 37, 23, Ink.FIRST)
    strokes = [one for one in patterned(box, pattern) if isinstance(one, Stroke)]
    assert bool(strokes) is (pattern is not Pattern.PLAIN)
    for one in strokes:
        assert all(10 <= x <= 47 for x in (one.x1, one.x2))
        assert all(20 <= y <= 43 for y in (one.y1, one.y2))


def test_a_name_is_cut_to_its_room() -> None:
    assert chart.cut("grid", 100) == "grid"
    assert chart.cut("W" * 100, 100).endswith("…")
    assert len(chart.cut("厂" * 100, 100)) < len(chart.cut("W" * 100, 100))
