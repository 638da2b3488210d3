"""What was filed, against the chain: forms may change widths and breaks, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import FilingError
from tally_finance.filing.description import Item
from tally_finance.filing.filed import Difference, differences
from tests.finance.filing.pledge import RECEIPT, VOUCHER, receipt

PLEDGED = RECEIPT.description()
TEXT = PLEDGED.chinese


def names(text: str) -> list[str]:
    return [one.name for one in differences(text, PLEDGED)]


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("\n", ""),
        TEXT.replace("；", ";").replace("：", ": ").replace("（", "(").replace("）", ")"),
        TEXT.replace("300.5 吨（300500000 克）", "300,500 千克"),
        TEXT.replace("300.5 吨（300500000 克）", "300.500吨"),
        TEXT.replace("300.5 吨（300500000 克）", "300,500 kg (300.5 t)"),
        TEXT.replace("14000000.00", "14,000,000"),
        TEXT.replace("。\n", "；"),
        "\n".join(reversed(TEXT.replace("。", "；").splitlines())),
    ],
)
def test_the_same_in_another_form(text: str) -> None:
    assert differences(text, PLEDGED) == ()


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("299.000001 吨（299000001 克）", "299 吨", "pledged"),
        ("299.000001 吨（299000001 克）", "299.000001 吨（299 千克）", "pledged"),
        ("299.000001 吨（299000001 克）", "约 299.000001 吨", "pledged"),
        ("299.000001 吨（299000001 克）", "见附件", "pledged"),
        ("300.5 吨（300500000 克）", "300,5 吨", "face"),
        ("14000000.00", "1400000.00", "loan"),
        ("人民币 14", "美元 14", "loan"),
        ("1 2 号库", "12 号库", "place"),
        ("11" * 32, "11" * 31 + "12", "number"),
        ("洋山仓储", "外高桥仓储", "keeper"),
        ("2026-12-31", "2026-12-30", "until"),
        ("A级", "B级", "grade"),
    ],
)
def test_another_fact(old: str, new: str, name: str) -> None:
    assert old in TEXT
    assert names(TEXT.replace(old, new)) == [name]


def test_what_is_missing_beside_or_twice() -> None:
    without = TEXT.replace("规格等级：A级, Cu-CATH-1, 2 捆；\n", "")
    assert differences(without, PLEDGED) == (Difference("grade", None, "A级, Cu-CATH-1, 2 捆"),)
    beside = "出质数量以实际库存为准：是；" + TEXT
    assert differences(beside, PLEDGED) == (Difference("出质数量以实际库存为准", "是", None),)
    assert names("出质数量：1 吨；" + TEXT) == ["pledged"]
    assert names(TEXT.replace("。\n", "；") + "出质数量：1 吨；") == ["pledged"]
    assert names("") == [item.name for item in PLEDGED.items]


def test_after_a_partial_release_the_filing_says_too_much() -> None:
    """The chain's pledge fell; the text that was filed then no longer describes it, and wants a change filed."""
    less = receipt(pledged_g=150_000_000).description()
    assert [one.name for one in differences(TEXT, less)] == ["pledged"]


def test_the_text_of_another_kind() -> None:
    assert len(differences(VOUCHER.description().chinese, PLEDGED)) > 10
    assert differences(VOUCHER.description().chinese, VOUCHER.description()) == ()


def test_a_text_without_end() -> None:
    with pytest.raises(FilingError, match="20001 characters"):
        differences("x" * 20_001, PLEDGED)


@given(st.sampled_from([item for item in PLEDGED.items if item.name != "business"]), st.data())
def test_no_item_changes_unseen(item: Item, data: st.DataObject) -> None:
    """Any other letter or digit in any value is told."""
    at = data.draw(st.sampled_from([n for n, char in enumerate(item.value) if char.isalnum()]))
    other = data.draw(st.sampled_from([char for char in "0123456789甲A" if char != item.value[at]]))
    changed = item.value[:at] + other + item.value[at + 1 :]
    line = f"{item.label}：{item.value}"
    assert item.name in names(TEXT.replace(line, f"{item.label}：{changed}"))
