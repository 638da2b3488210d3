"""Descriptions: exact, the same each time, and refused where they could hide something."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance import json_file
from tally_finance.errors import FilingError
from tally_finance.filing.description import FORMAT, Item, filing_digest
from tally_finance.filing.filed import differences
from tally_finance.filing.voucher import Business
from tests.finance.filing.pledge import BANK, COMMITMENTS, HOUSE, RECEIPT, VOUCHER, named, receipt, voucher
from tests.finance.ownership.deal import OTHER, TRADER

EXPECTED = f"""业务类型：仓单质押；
出质人：沪铜贸易有限公司（统一社会信用代码 {TRADER}）；
质权人：第一银行股份有限公司（统一社会信用代码 {OTHER}）；
主合同编号：DK-2026-007；
主债权金额：人民币 14000000.00 元；
债务履行期限至：2026-09-21 22:13:20（北京时间）；
仓单编号：{"11" * 32}；
仓单文件摘要（SHA-256）：{"12" * 32}；
保管人：洋山仓储有限公司（统一社会信用代码 {HOUSE.code}）；
储存场所：上海市浦东新区洋山保税区 1 2 号库；
货位标识：{"14" * 32}；
场地平面图摘要（SHA-256）：{"15" * 32}；
批次标识：{"13" * 32}；
货物名称：阴极铜 cathode copper；
规格等级：A级, Cu-CATH-1, 2 捆；
仓单记载数量：300.5 吨（300500000 克）；
出质数量：299.000001 吨（299000001 克）；
储存期限至：2026-12-31 23:59:59（北京时间）。
"""


def test_the_text_of_a_pledged_receipt() -> None:
    assert RECEIPT.description().chinese == EXPECTED


def test_the_gloss_says_the_same_item_by_item() -> None:
    english = RECEIPT.description().english.splitlines()
    assert len(english) == len(EXPECTED.splitlines())
    assert "Quantity pledged: 299.000001 t (299000001 g)" in english
    assert "Stored until: 2026-12-31 15:59:59 UTC" in english
    assert f"Pledgor: 沪铜贸易有限公司 (USCC {TRADER})" in english


def test_the_national_code_stands_where_there_is_one() -> None:
    assert "全国普通仓单编码：CN2026110001；" in receipt(national_code="CN2026110001").description().chinese


def test_the_json_beside_it() -> None:
    description = RECEIPT.description()
    told = json.loads(json_file.write(FORMAT, description.as_json()))
    assert (told["format"], told["kind"], told["chinese"]) == (FORMAT, "receipt", description.chinese)
    assert told["items"]["pledged"] == "299.000001 吨（299000001 克）"


def test_a_voucher_is_pledged_or_transferred() -> None:
    pledged = VOUCHER.description().chinese
    assert "质权人：第一银行股份有限公司" in pledged
    assert "凭证金额：人民币 500000.00 元；\n原始凭证金额：人民币 1000000.00 元；" in pledged
    assert "对应发票号码：26312000000012345678、26312000000012345679。" in pledged
    transferred = voucher(business=Business.TRANSFER).description()
    assert "受让人：第一银行股份有限公司" in transferred.chinese
    assert "Transferee: " in transferred.english


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: receipt(pledged_g=300_500_001), "can not be pledged of"),
        (lambda: receipt(pledged_g=0), "can not be pledged of"),
        (lambda: receipt(place="库；出质数量：1 吨").description(), "place: a semicolon"),
        (lambda: receipt(place="库;1").description(), "place: a semicolon"),
        (lambda: receipt(grade="A\n出质数量：1").description(), "grade: holds a character that nobody sees"),
        (lambda: receipt(grade="A\u202e1").description(), "grade: holds a character that nobody sees"),
        (lambda: receipt(goods=" ").description(), "goods: is empty"),
        (lambda: receipt(goods="x" * 301).description(), "goods: is empty, or longer"),
        (lambda: receipt(lot=b"\1").description(), "lot: has 1 bytes"),
        (lambda: receipt(loan_fen=0).description(), "loan: 0 fen"),
        (lambda: receipt(until=10**18).description(), "until: no calendar has"),
        (lambda: voucher(face_fen=100_000_001), "is no part of"),
        (lambda: voucher(supplier=VOUCHER.obligor), "nobody owes himself"),
        (lambda: voucher(invoices=()), "stands on nothing"),
        (lambda: named(9, "x", TRADER[:-1] + "?"), "is not a USCC"),
        (lambda: filing_digest(" ", "text"), "nothing was filed"),
        (lambda: filing_digest("0123", "\n"), "nothing was filed"),
    ],
)
def test_what_can_not_be_described(make: object, why: str) -> None:
    with pytest.raises(FilingError, match=why):
        make()


def test_the_digest_is_over_number_and_text() -> None:
    digest = filing_digest("1234 5678", EXPECTED)
    assert digest == filing_digest("12345678", EXPECTED)
    assert len({digest, filing_digest("12345679", EXPECTED), filing_digest("12345678", EXPECTED + " ")}) == 3


def test_a_name_that_does_not_open_what_the_chain_registered() -> None:
    assert RECEIPT.strangers(COMMITMENTS) == []
    swapped = receipt(keeper=named(3, "别的仓储有限公司", TRADER))
    assert swapped.strangers(COMMITMENTS) == ["keeper"]
    assert RECEIPT.strangers({BANK.organisation: COMMITMENTS[BANK.organisation]}) == ["pledgor", "keeper"]


@given(
    face=st.integers(1, 10**15),
    share=st.integers(1, 10**6),
    loan=st.integers(1, 10**15),
    place=st.text(st.characters(categories=["L", "N"], include_characters=" ,.-#"), min_size=1, max_size=60).filter(
        lambda text: bool(text.strip())
    ),
)
def test_what_was_described_reads_back_as_what_it_was(face: int, share: int, loan: int, place: str) -> None:
    made = receipt(face_g=face, pledged_g=max(1, face * share // 10**6), loan_fen=loan, place=place).description()
    assert differences(made.chinese, made) == ()
    assert (
        made == receipt(face_g=face, pledged_g=max(1, face * share // 10**6), loan_fen=loan, place=place).description()
    )


def test_an_item_is_never_empty() -> None:
    with pytest.raises(FilingError, match="x: is empty"):
        Item("x", "x", "", "x", "")
