"""A curve of few points hides nothing, a calendar holds all of a load, and three kinds of gaps stay three."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.findings import Code, Finding, Severity
from tally_finance.export.calendar_map import Day, Gap, Legend, calendar_map, gaps_of
from tally_finance.export.drawing import Box, Cells, Ink, Label, Stroke
from tally_finance.portal.reviewer import pictures
from tally_finance.review_api import curves, drawing
from tally_finance.review_api.curves import Columns
from tally_gateway.pages.words import Language
from tests.finance.review_api.reviews import Desk

SHANGHAI = ZoneInfo("Asia/Shanghai")
MIDNIGHT = 1_735_660_800
"""2025 begins in Shanghai."""

intervals = st.lists(
    st.tuples(st.sampled_from([300, 900, 3_600, 90_000]), st.integers(-5_000, 10**9), st.integers(0, 3)),
    min_size=1,
    max_size=400,
)


def columns(told: list[tuple[int, int, int]], places: int = 2) -> Columns:
    """A load of (seconds, quantity, state)."""
    at = np.cumsum([MIDNIGHT, *(seconds for seconds, _, _ in told)]).astype(np.int64)
    quantity = np.array([one for _, one, _ in told], dtype=np.int64)
    return Columns(at, quantity, np.array([one for _, _, one in told], dtype=np.int8), places)


@given(told=intervals, points=st.integers(1, 60))
def test_a_curve_keeps_every_peak_and_every_trough(told: list[tuple[int, int, int]], points: int) -> None:
    load = columns(told)
    made = curves.curve(load, None, None, points)
    rates = [quantity * 3_600_000 // seconds for seconds, quantity, _ in told]
    assert len(made["at"]) <= points
    assert (min(made["least"]), max(made["most"])) == (min(rates), max(rates))
    assert made["ends"] == MIDNIGHT + sum(seconds for seconds, _, _ in told)
    assert all(low <= mean <= high for low, mean, high in zip(made["least"], made["mean"], made["most"], strict=True))
    for number, word in enumerate(made["state"]):
        part = told[number * made["together"] : (number + 1) * made["together"]]
        assert word == ["measured", "bridged", "estimated", "missing"][max(one for _, _, one in part)]


def test_who_looks_closer_sees_every_interval_by_itself() -> None:
    load = columns([(900, number, 0) for number in range(96)])
    made = curves.curve(load, MIDNIGHT + 3_600, MIDNIGHT + 7_200, 50)
    assert (made["together"], len(made["at"])) == (1, 4)
    assert made["least"] == made["most"] == made["mean"] == [number * 4_000 for number in range(4, 8)]


def test_a_span_without_intervals_is_empty() -> None:
    made = curves.curve(columns([(900, 1, 0)]), MIDNIGHT + 10**6, None, 50)
    assert (made["at"], made["ends"]) == ([], None)


def test_quantities_that_64_bits_do_not_hold_when_they_are_rates() -> None:
    made = curves.curve(columns([(900, 2**60, 0)]), None, None, 50)
    assert made["most"] == [2**60 * 4_000]


@given(told=intervals)
def test_a_calendar_holds_all_of_a_load(told: list[tuple[int, int, int]]) -> None:
    load = columns([(seconds, abs(quantity), state) for seconds, quantity, state in told])
    made = curves.calendar(load, SHANGHAI)
    if made["next_from"] is None:
        found = sum(one for day in made["days"] for one in day["quantity"] if one is not None)
        assert found == int(load.quantity.sum())
    assert all(len(day["quantity"]) == len(day["state"]) == 24 for day in made["days"])
    assert all(
        (one is None) == (state is None)
        for day in made["days"]
        for one, state in zip(day["quantity"], day["state"], strict=True)
    )


def test_a_calendar_goes_on_where_it_ended() -> None:
    load = columns([(86_400, 24, 0)] * 500)
    first = curves.calendar(load, SHANGHAI)
    rest = curves.calendar(load, SHANGHAI, first["next_from"])
    assert (len(first["days"]), len(rest["days"]), rest["next_from"]) == (curves.MOST_DAYS, 100, None)


def test_a_day_on_which_a_clock_is_moved_keeps_its_sum() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    at = np.array([1_761_429_600 + 3_600 * step for step in range(26)], dtype=np.int64)  # 2025-10-26, 25 hours
    load = Columns(at, np.full(25, 4, dtype=np.int64), np.zeros(25, dtype=np.int8), 0)
    (day,) = curves.calendar(load, berlin)["days"]
    assert (sum(day["quantity"]), day["quantity"][2]) == (100, 8)


def test_three_kinds_of_gaps_stay_three() -> None:
    named: Any = {
        "load-1": SimpleNamespace(point="p", register="energy_import"),
        "load-2": SimpleNamespace(point="q", register="x"),
    }
    points = {"device d": {"q"}}
    found = [
        one
        for code, touches in (
            (Code.DECLARED_GAP, "p/energy_import"), (Code.UNCOVERED_INTERVAL, "p/energy_import"),
            (Code.MISSING_STATEMENT, "device d"), (Code.MISSING_STATEMENT, "device nobody"), (Code.EXCHANGE, "p"),
        )
        for one in drawing._gaps(Finding(code, Severity.WARNING, touches, "", ((1, 2),)), named, points)
    ]  # fmt: skip
    assert [(one["kind"], one["loads"]) for one in found] == [
        ("declared-gap", ["load-1"]),
        ("uncovered-interval", ["load-1"]),
        ("missing-statement", ["load-2"]),
        ("missing-statement", []),
    ]


def test_gaps_are_drawn_with_patterns_of_their_own() -> None:
    hours = {MIDNIGHT + 3_600 * step: divmod(step, 24) for step in range(48)}
    spans = [
        (0, MIDNIGHT + 1_800, MIDNIGHT + 7_200),
        (1, MIDNIGHT + 82_800, MIDNIGHT + 90_000),
        (2, MIDNIGHT + 36_000, MIDNIGHT + 36_000),
    ]
    gaps = gaps_of(spans, hours)
    assert gaps == [Gap(0, 0, 1, 0), Gap(0, 10, 10, 2), Gap(0, 23, 23, 1), Gap(1, 0, 0, 1)]
    days = [Day("2025-01-01", list(range(24))), Day("2025-01-02", [None] * 12 + [5] * 12)]
    drawn = calendar_map(days, gaps, Legend("0 kWh", "23 kWh", ("declared", "missing", "uncovered"), "UTC+8"))
    assert any(isinstance(one, Label) and one.text == "UTC+8" for one in drawn.shapes)
    boxes = [one.ink for one in drawn.shapes if isinstance(one, Box)]
    assert [boxes.count(ink) for ink in (Ink.DOUBT, Ink.BAD, Ink.FOURTH)] == [2, 3, 2]
    assert any(isinstance(one, Stroke) and one.ink is Ink.EMPTY for one in drawn.shapes)
    assert sum(len(one.boxes) for one in drawn.shapes if isinstance(one, Cells)) >= 7


def test_gaps_of_a_site_whose_clock_is_half_an_hour_off() -> None:
    kolkata, begins = ZoneInfo("Asia/Kolkata"), 1_735_669_800  # 2025 begins there, at 18:30 UTC
    load = Columns(np.arange(49, dtype=np.int64) * 3_600 + begins, np.ones(48, np.int64), np.zeros(48, np.int8), 0)
    told = curves.calendar(load, kolkata)
    assert [(one["day"], one["quantity"]) for one in told["days"]] == [
        ("2025-01-01", [1] * 24), ("2025-01-02", [1] * 24),
    ]  # fmt: skip
    gap = {"kind": "missing-statement", "from_at": begins + 5 * 3_600, "to_at": begins + 7 * 3_600}
    drawn = pictures.calendar({**told, "load": {"unit": "kWh"}, "gaps": [gap]}, kolkata, Language.ENGLISH)
    assert "Asia/Kolkata (UTC+5:30)" in drawn
    assert gaps_of([(1, gap["from_at"], gap["to_at"])], pictures._hours(told["days"], kolkata)) == [Gap(0, 5, 6, 1)]


def test_the_desk_draws_what_it_kept_and_draws_it_again(made: tuple[Desk, str]) -> None:
    desk, digest = made
    at = f"/v1/reports/{digest}"
    series = desk.get("lender", f"{at}/series").json()
    name = next(name for name, one in series["loads"].items() if one["role"] == "main")
    curve = desk.get("lender", f"{at}/loads/{name}/curve").json()
    folder = desk.service.drawn.root / digest
    assert (folder / "index.json").is_file()
    (folder / "index.json").write_text("{}")
    desk.service.drawn._indices.clear()
    desk.service.drawn._loads.clear()
    assert desk.get("lender", f"{at}/loads/{name}/curve").json() == curve
    assert desk.get("lender", f"{at}/series").json() == series
    assert desk.get("lender", f"{at}/loads/nothing/curve").status_code == 404
    assert desk.get("strange verifier", f"{at}/series").status_code == 404


def test_what_is_to_do(made: tuple[Desk, str]) -> None:
    desk, digest = made
    work = desk.get("reviewer", "/v1/work").json()
    assert [one["digest"] for one in work["to_judge"]] == [digest]
    assert (work["computing"], work["refused"], work["lapsing"]) == (0, 0, [])
    assert [one["digest"] for one in desk.get("reviewer", "/v1/arrivals").json()] == [digest]
    assert desk.get("strange verifier", "/v1/work").json()["reports_in_all"] == 0
    assert desk.get("lender", "/v1/work").status_code == 403


@pytest.mark.parametrize("kind", ["csv", "excel", "parquet"])
def test_tables_go_out_the_same_again(made: tuple[Desk, str], kind: str) -> None:
    desk, digest = made
    at = f"/v1/reports/{digest}/exports/{kind}"
    assert desk.get("lender", at).content == desk.get("lender", at).content
