"""What the lender's book says exactly, as people read it."""

from __future__ import annotations

import pytest

from tally_finance.portal.lender import next_steps
from tally_finance.portal.lender.reason_words import alert_words, reason_words, touched

_SEARCH = "b46a9f06" + "ab" * 28


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        (
            "the search is 867600 s old, 172800 s are allowed",
            "the search is 10 d 1 h old; 2 d are allowed",
            "登记查询距今 10 天 1 小时，允许 2 天",
        ),
        (
            "50224.69 is called by 1769421600",
            "CNY 50,224.69 is called for, until 2026-01-26 18:00 UTC+8",
            "需补足 50,224.69 元，期限 2026-01-26 18:00 UTC+8",
        ),
        (
            "goods are missing: at most 1250500 g are there",
            "goods are missing: at most 1,250.5 kg are there",
            "货物短少：至多存有 1,250.5 kg",
        ),
        ("what no table has", "what no table has", "what no table has"),
    ],
)
def test_a_reason_is_said_in_both_languages(text: str, english: str, chinese: str) -> None:
    said = reason_words(text)
    assert (said.english, said.chinese) == (english, chinese)


def test_an_alert_names_its_reason_and_writes_figures_for_people() -> None:
    text = f"search-used, something was drawn on the search {_SEARCH}"
    doubt = alert_words(f"the lender's book has this against new credit: {text}", f"贷款台账列示的限制事由：{text}")
    assert doubt.english.endswith("credit: search used already: something was drawn on search b46a9f06…: search again")
    assert doubt.chinese == "贷款台账列示的限制事由：登记查询已用于放款，查询 b46a9f06… 之后已放款，须重新查询"
    line = alert_words(
        "loan to value is 0.8065; the warning line is 0.800000. 50224.69 is missing",
        "动态质押率0.8065，警戒线0.800000，缺口50224.69",
    )
    assert line.english == "loan to value is 80.65 %; the warning line is 80.00 %. CNY 50,224.69 is missing"
    assert line.chinese == "动态质押率 80.65 %，警戒线 80.00 %，缺口 50,224.69 元"


def test_a_borrower_is_told_first_what_the_lender_calls_for() -> None:
    facility = {"facility": "F-1", "margin_call_until": 1_769_421_600, "missing_fen": "5022469"}
    steps = next_steps.of_party([], "0x00", [], 0, "depositor", facilities=[facility])
    assert [one.href for one in steps] == ["/depositor/facilities/F-1"]
    assert steps[0].words.chinese == "F-1 须于 2026-01-26 18:00 UTC+8 前补仓：缺口 50,224.69 元（现金或等额补货）。"
    assert next_steps.of_party([], "0x00", [], 0, "keeper")[0].tone == "good"


def test_a_call_that_is_answered_asks_for_nothing_more() -> None:
    facility = {
        "facility": "F-1", "line": "none", "margin_call_until": 1_769_421_600, "missing_fen": "0", "doubts": [],
        "stops": [],
    }  # fmt: skip
    (own,) = next_steps.of_party([], "0x00", [], 0, "depositor", facilities=[facility])
    assert (own.tone, own.words.english) == (
        "good", "F-1 is covered again: the lender has yet to end the margin call.",
    )  # fmt: skip
    (lenders,) = next_steps.of_lender([facility], [], [], "0x00")
    assert lenders.words.english == "The margin call of F-1 is answered: nothing is missing. Say so."


def test_what_an_alert_touches_leads_to_its_facility() -> None:
    words, facility = touched("search-used of F-2026-01, facility F-2026-01")
    assert (words.chinese, facility) == ("授信 F-2026-01", "F-2026-01")
    words, facility = touched(f"stale-quantity of {'ab' * 32}, facility F-1")
    assert (words.english, facility) == ("facility F-1, abababab…", "F-1")
    assert touched("loan F-2")[1] == "F-2"
    assert touched("lot 0x12")[0].english == "lot 0x12"
