"""What pages draw and say, from answers alone: bars, plans, charts, times, next steps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.book.course import DAY_S, moments
from tally_finance.book.reasons import Why
from tally_finance.portal.lender import bars, figures, next_steps, plan, plotted, rows, wording
from tally_finance.portal.lender import moments as times
from tally_finance.portal.lender.lifting import LIFTING
from tally_finance.portal.lender.remedies import REMEDIES
from tally_finance.watch.codes import Code
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Language

SQUARE = [[1214005000, 311005000], [1214006000, 311005000], [1214006000, 311006000], [1214005000, 311006000]]


def lot(**changed: Any) -> dict[str, Any]:
    base = {"lot": "0x1", "is_short": False, "attested_at": 5, "receipts": [], "is_open": True, "max_age_s": 10}
    return {**base, **changed}


def slot(number: int, *lots: dict[str, Any]) -> dict[str, Any]:
    west = 1214005000 + 200 * number
    outline = [[west, 311005200], [west + 100, 311005200], [west + 100, 311005400], [west, 311005400]]
    return {"slot": f"0x{number}", "outline": outline, "bottom_mm": 0, "top_mm": 8_000 + number, "lots": list(lots)}


def test_every_alert_and_every_reason_has_its_words_in_both_languages() -> None:
    assert set(REMEDIES) == {one.number for one in Code}
    assert set(wording.REASONS) == {str(one) for one in Why}
    assert set(LIFTING) <= set(wording.REASONS)


def test_what_the_book_has_against_credit_is_named_with_what_lifts_it() -> None:
    told = {
        "code": 309, "name": "IN_DOUBT", "severity": "warning", "title": "押品存疑", "sentence": "s", "chinese": "句",
        "remedy": "Look the code up", "touches": "stale-search of F-1, facility F-1",
    }  # fmt: skip
    (row,) = rows.alerts([told])
    assert (row.title.english, row.title.chinese) == ("Search too old", "登记查询过期")
    assert row.remedy.english == "Search the movables registry again, and book it."
    (other,) = rows.alerts([told | {"touches": "unheard of F-1"}])
    assert (other.title.english, other.remedy.english) == ("In doubt", "Look the code up")


def test_a_plan_is_to_scale_inside_its_frame_and_marks_what_is_wrong() -> None:
    held = {"is_held": True, "encumbrance": "registered"}
    made = plan.drawn(
        {"outline": SQUARE, "slots": [slot(0), slot(1, lot(receipts=[held])), slot(2, lot(is_short=True))]}, "0x1"
    )
    assert [one.tone for one in made.shapes] == ["plain", "bad", "bad"]
    assert [one.is_named for one in made.shapes] == [False, True, False]
    for points in (made.outline, *(one.points for one in made.shapes)):
        for x, y in (map(float, pair.split(",")) for pair in points.split()):
            assert 0 <= x <= plan.WIDTH
            assert 0 <= y <= made.height
    north = [float(pair.split(",")[1]) for pair in made.outline.split()]
    assert north[2] < north[0]  # what lies north is drawn above
    # 1,000 units of 1e-7 degree of latitude are 11.13 m; the scale bar says the same of the drawing.
    tall = north[0] - north[2]
    assert abs(made.scale_m * tall / made.scale - 11.13) < 0.2
    assert [one.height for one in made.levels] == sorted(one.height for one in made.levels)


@given(st.integers(-900_000_000, 900_000_000), st.integers(-1_790_000_000, 1_790_000_000), st.integers(1, 100_000))
def test_a_plan_anywhere_on_earth_stays_in_its_frame(lat: int, lon: int, size: int) -> None:
    outline = [[lon, lat - size], [lon + size, lat - size], [lon + size, lat], [lon, lat]]
    made = plan.drawn({"outline": outline, "slots": []})
    for x, y in (map(float, pair.split(",")) for pair in made.outline.split()):
        assert 0 <= x <= plan.WIDTH
        assert 0 <= y <= made.height
    assert made.scale >= 1


def test_a_bar_shows_both_lines_and_never_leaves_its_frame() -> None:
    made = bars.bar("0.815000", "0.8", "0.9", "warning", owes=True)
    assert made.warning < made.filled < made.liquidation < bars.WIDTH
    assert (made.tone, made.says.english[:20]) == ("doubt", "loan to value 81.50 ")
    assert bars.bar("7.3", "0.8", "0.9", "liquidation", owes=True).filled == bars.WIDTH
    assert bars.bar(None, "0.8", "0.9", "liquidation", owes=True).filled == bars.WIDTH
    assert bars.bar(None, "0.8", "0.9", "none", owes=False).filled == 0


def test_figures_are_exact() -> None:
    assert figures.yuan("38032142") == "380321.42"
    assert figures.yuan("-5") == "-0.05"
    assert [figures.kilograms(one) for one in ("267220000", "1500", "0")] == ["267220", "1.5", "0"]
    assert (figures.per_cent("0.806449"), figures.per_cent("0.806401", upwards=True)) == ("80.64", "80.65")
    assert figures.plain("0.700000") == "0.7"


@given(st.integers(0, 2_000_000_000), st.integers(0, 400 * DAY_S), st.integers(1, 80), st.integers(-12, 14))
def test_the_moments_of_a_course_rise_end_with_the_last_and_are_few(
    first: int, span: int, most: int, hours: int
) -> None:
    found = moments(first, first + span, most, hours * 3600)
    assert list(found) == sorted(set(found))
    assert found[-1] == first + span
    assert len(found) <= most
    assert all((one + 1 + hours * 3600) % DAY_S == 0 for one in found[:-1])
    assert all(first <= one for one in found)


def test_a_time_is_read_as_a_field_writes_it() -> None:
    assert times.asked("") is None
    assert times.asked("2026-01-20T10:00") == times.asked("2026-01-20T02:00:00Z") == 1768874400
    assert times.asked("2026-01-20") == times.asked("2026-01-21T00:00") - 1  # type: ignore[operator]
    assert times.asked(times.field(1768874455)) == 1768874455
    for wrong in ("soon", "2026-02-30", "1969-01-01"):
        with pytest.raises(ApiError):
            times.asked(wrong)
    assert [name for name, _ in times.month_ends(1768874400, 1775000000)] == [
        "2026-04",
        "2026-03",
        "2026-02",
        "2026-01",
    ]


def test_a_chart_has_each_time_once_and_text_for_numbers() -> None:
    told = {"rules": None, "judged": [
        {"at": 5, "per_t": "70000.00", "doubt": None}, {"at": 9, "per_t": "1", "doubt": "torn"},
        {"at": 9, "per_t": "69000.00", "doubt": None}, {"at": 12, "per_t": None, "doubt": "silent"},
    ]}  # fmt: skip
    made = plotted.price(told, Language.ENGLISH)
    assert (made["times"], made["values"]) == ([5, 9, 12], [["70000.00", "69000.00", None]])
    quotes = [
        {"per_t": "100.00", "is_used": True},
        {"per_t": "101.00", "is_used": True},
        {"per_t": "9", "is_used": False},
    ]
    assert plotted.spread(quotes) == "1.00"
    assert plotted.spread(quotes[:1]) is None


def test_the_next_step_is_the_gravest_and_quiet_is_said_too() -> None:
    facility = {
        "facility": "F-1", "line": "liquidation", "missing_fen": "5", "margin_call_until": 99,
        "doubts": [{"why": "stale-quantity", "subject": "aa"}, {"why": "stale-quantity", "subject": "bb"}],
    }  # fmt: skip
    alert = {"severity": "warning", "acknowledged": []}
    found = next_steps.of_lender([facility], [alert, alert], [], "0xme")
    assert found[0].tone == "bad"
    assert "2 alerts wait to be acknowledged." in [one.words.english for one in found]
    assert "2 lots were not attested in time, and count for nothing new." in [one.words.english for one in found]
    assert next(one.href for one in found if "margin call runs" in one.words.english) == "/lender/facilities/F-1"
    assert [one.tone for one in next_steps.of_lender([], [], [], "0xme")] == ["good"]


def test_who_was_called_is_not_to_be_called_again() -> None:
    facility = {
        "facility": "F-1", "line": "warning", "missing_fen": 1, "margin_call_until": 5, "doubts": [], "stops": [],
    }  # fmt: skip
    called = [one.words.english for one in next_steps.of_lender([facility], [], [], "0xme")]
    assert [text for text in called if "margin call runs" in text]
    assert not [text for text in called if "Call for a top-up" in text]
    not_called = [
        one.words.english for one in next_steps.of_lender([facility | {"margin_call_until": None}], [], [], "")
    ]
    assert [text for text in not_called if "Call for a top-up" in text]


def test_what_was_sent_or_signed_waits_for_nobody() -> None:
    def operation(sent: str | None, *, signed: bool, who: str) -> dict[str, Any]:
        return {"sent": sent, "places": [{"organisation": who, "is_signed": signed}]}

    mine = [
        operation(None, signed=False, who="0xme"), operation(None, signed=True, who="0xme"),
        operation("0x1", signed=False, who="0xme"), operation(None, signed=False, who="0xyou"),
    ]  # fmt: skip
    assert [next_steps.is_mine_to_sign(one, "0xme") for one in mine] == [True, False, False, False]


def test_a_lot_past_its_age_needs_its_keeper() -> None:
    lots = [lot(attested_at=100), lot(attested_at=None), lot(attested_at=1, is_open=False)]
    (step,) = next_steps.of_party([], "0xme", lots, 110, "keeper")
    assert step.words.english.startswith("1 lot needs a new attestation")


def test_a_keeper_is_told_of_goods_that_may_leave_now() -> None:
    def order(state: str, until: int) -> dict[str, Any]:
        return {"state": state, "until": until, "receipt": f"0x{until}"}

    orders = [order("open", 300), order("open", 200), order("open", 109), order("used", 400)]
    (step,) = next_steps.of_party([], "0xme", [], 110, "keeper", orders=orders)
    assert (step.words.english[:16], step.href) == ("2 release orders", "/operations/release/0x200")
    (quiet,) = next_steps.of_party([], "0xme", [], 110, "depositor", orders=orders)
    assert quiet.tone == "good"
