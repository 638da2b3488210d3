"""Sentences of reports in Chinese."""

from __future__ import annotations

import pytest

from tally_chain.finding_help import HELP
from tally_chain.findings import Code
from tally_chain.policy import RootSource
from tally_finance.bilingual import Words, within
from tally_finance.export.said_words import (
    finding_words,
    head_words,
    mark_words,
    name_words,
    reason_words,
    remark_words,
    result_words,
    sentence_words,
)
from tally_gateway.pages.words import Language


def test_known_checks_are_said_in_chinese_and_others_stay() -> None:
    assert name_words("sub-meters of grid") == Words("sub-meters of grid", "grid 总分表")
    assert name_words("rolling per coil") == Words("rolling per coil", "coil 单耗（rolling）")
    assert result_words("4.336 % reached no sub-meter") == Words("4.336 % reached no sub-meter", "4.336 % 未计入分表")
    months = "0 of 3 months are unusual, 0 doubts by the week"
    assert result_words(months) == Words(months, "3 个月中 0 个月异常，逐周存疑 0 处")
    assert result_words("something new") == "something new"


def test_a_sentence_is_known_wherever_it_stands_and_other_values_are_none() -> None:
    for text in ("sub-meters of grid", "a wider region than CN-HE", "has one source only", "nothing against it"):
        assert isinstance(sentence_words(text), Words)
    for text in ("0.5703", "CN-HE", "null", '{"basis": "reporting"}', "2025-01-01"):
        assert sentence_words(text) == text


def test_chinese_that_a_report_has_in_its_english_stands_in_the_chinese_alone() -> None:
    assert mark_words("m1: its readings are entered by hand (人工录入)") == Words(
        "m1: its readings are entered by hand", "m1：读数由人工录入"
    )


def test_remarks_keep_their_numbers() -> None:
    said = remark_words("1296000 s in 1 stretch, 36000 kWh: rated power 100 kW")
    assert isinstance(said, Words)
    assert said.chinese == "1 段共 1296000 秒，36000 kWh：rated power 100 kW"


def test_whoever_verified_is_named_in_both() -> None:
    said = reason_words("rests on what the company states; verified by Works One 一号, limited assurance")
    assert isinstance(said, Words)
    assert said.chinese == "依据企业申报；经 Works One 一号 核查（有限保证）"


@pytest.mark.parametrize("source", RootSource)
@pytest.mark.parametrize("via", ["", ", through the log of heads example/heads"])
def test_a_head_that_a_reader_holds_is_told_in_both(source: RootSource, via: str) -> None:
    said = head_words(f"{source.value} head of size 104{via}")
    assert isinstance(said, Words)
    assert "规模 104 的树头" in said.chinese
    assert ("example/heads" in said.chinese) == bool(via)


def test_how_often_a_finding_was_made_is_told_in_both() -> None:
    text = f"{Code.DECLARED_GAP.meaning}: 3 in all"
    assert within(finding_words("DECLARED_GAP", text), Language.CHINESE) == f"{HELP[Code.DECLARED_GAP].name}：共 3 处"
    assert within(finding_words("DECLARED_GAP", text), Language.ENGLISH) == text
