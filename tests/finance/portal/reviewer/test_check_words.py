"""Cross-checks in Chinese."""

from __future__ import annotations

from tally_finance.portal.reviewer.check_words import name_words, result_words


def test_known_checks_are_said_in_chinese_and_others_stay() -> None:
    assert name_words("sub-meters of grid").chinese == "grid 总分表"
    assert name_words("rolling per coil").chinese == "coil 单耗（rolling）"
    assert result_words("4.336 % reached no sub-meter").chinese == "4.336 % 未计入分表"
    assert (
        result_words("0 of 3 months are unusual, 0 doubts by the week").chinese == "3 个月中 0 个月异常，逐周存疑 0 处"
    )
    assert result_words("something new").chinese == "something new"
    assert name_words("sub-meters of grid").english == "sub-meters of grid"
