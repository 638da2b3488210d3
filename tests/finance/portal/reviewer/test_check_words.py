"""Cross-checks in Chinese."""

from __future__ import annotations

from tally_finance.portal.reviewer.check_words import name_words, result_words
from tally_gateway.pages.shown import CHINA, zone_of


def test_known_checks_are_said_in_chinese_and_others_stay() -> None:
    assert name_words("sub-meters of grid").chinese == "grid 总分表"
    assert name_words("rolling per coil").chinese == "coil 单耗（rolling）"
    assert result_words("4.336 % reached no sub-meter", CHINA).chinese == "4.336 % 未计入分表"
    assert (
        result_words("0 of 3 months are unusual, 0 doubts by the week", CHINA).chinese
        == "3 个月中 0 个月异常，逐周存疑 0 处"
    )
    assert result_words("something new", CHINA).chinese == "something new"
    assert name_words("sub-meters of grid").english == "sub-meters of grid"


def test_a_span_is_told_by_the_days_of_the_sites_clock() -> None:
    text = "from 1740758400 to 1740931200: 7.49 of 61.75 m3"
    assert result_words(text, CHINA).english == "from 2025-03-01 to 2025-03-03: 7.49 of 61.75 m3"
    assert result_words(text, zone_of("UTC")).english.startswith("from 2025-02-28 to 2025-03-02: ")
    assert result_words(text, CHINA).chinese == "2025-03-01 至 2025-03-03：61.75 m3 中有 7.49 未计入分表"
    over = "from 1740758400 to 1740931200 they show 62 of 61.75 m3"
    assert result_words(over, CHINA).chinese == "2025-03-01 至 2025-03-03：总表 61.75 m3，分表合计 62"
