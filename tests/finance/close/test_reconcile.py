"""The keeper's book beside the chain: each kind of difference, and files that are none."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from tally_chain.receipts.rules.records import Charge, Encumbrance, Party
from tally_chain.registry.roles import KeyRole
from tally_edge.errors import SheetError
from tally_finance.close import keeper_file
from tally_finance.close.reconcile import KeeperRow, reconciled
from tests.finance.book.ledger import T, digest
from tests.finance.close.examples import HOLDER, KEEPER, LENDER, LOT1, NAMES, R1, chain, keeper_book, receipt, row

HEADINGS = "receipt,lot,quantity_kg,holder,pledgee,bay\n"
LINE = f"R-1,LOT-1,90000,{HOLDER.hex()},First Bank 一行,A 7\n"
KNOWN = {**NAMES, LOT1: "LOT-1"}


def test_both_say_the_same() -> None:
    found = reconciled(chain().kept_by(KEEPER), keeper_book(row()))
    assert found.agrees
    assert (found.rows, found.matched) == (1, 1)


@pytest.mark.parametrize(
    ("there", "field"),
    [
        (row(quantity_g=89_999_999), "quantity"),
        (row(pledgee=None), "pledgee"),
        (row(pledgee=digest("another bank")), "pledgee"),
        (KeeperRow(R1, digest("LOT-2"), 90 * T, HOLDER, LENDER), "lot"),
        (KeeperRow(R1, LOT1, 90 * T, digest("a stranger"), LENDER), "holder"),
    ],
)
def test_a_field_that_differs_is_named(there: KeeperRow, field: str) -> None:
    found = reconciled(chain().kept_by(KEEPER), keeper_book(there))
    assert [one.field for one in found.differing] == [field]
    assert (found.matched, found.agrees) == (0, False)


def test_a_receipt_beside_the_chain_and_one_that_the_keeper_does_not_admit() -> None:
    here = chain(**{"R-1": receipt(), "R-2": receipt()}).kept_by(KEEPER)
    found = reconciled(here, keeper_book(row(), row("R-9")))
    assert (found.only_here, found.only_there, found.matched) == ((digest("R-2"),), (digest("R-9"),), 1)


def test_an_offer_pledges_nothing_and_another_keepers_goods_are_not_asked_for() -> None:
    offered = Charge(digest("p"), Party(LENDER, 1, KeyRole.LENDER), 0, 0, Encumbrance.OFFERED)
    here = chain(**{"R-1": dataclasses.replace(receipt(), charge=offered)})
    assert reconciled(here.kept_by(KEEPER), keeper_book(row(pledgee=None))).agrees
    assert here.kept_by(digest("another keeper")) == {}


@given(st.sets(st.sampled_from(["R-1", "R-2", "R-3"])), st.sets(st.sampled_from(["R-1", "R-2", "R-3"])))
def test_every_row_is_matched_differing_or_on_one_side(here: set[str], there: set[str]) -> None:
    held = chain(**{name: receipt() for name in here}).kept_by(KEEPER) if here else {}
    found = reconciled(held, keeper_book(*(row(name) for name in there)))
    assert found.matched + len(found.only_there) == found.rows == len(there)
    assert found.matched + len(found.only_here) == len(here)


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_csv_file_with_names_and_columns_of_the_keepers_own(tmp_path: Path) -> None:
    path = written(tmp_path / "book.csv", HEADINGS + LINE)
    found = keeper_file.load(path, KEEPER, KNOWN)
    assert found.rows == {R1: KeeperRow(R1, LOT1, 90 * T, HOLDER, LENDER)}
    assert reconciled(chain().kept_by(KEEPER), found).agrees


def test_a_workbook_with_chinese_headings(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.active.append(["仓单编号", "批次", "数量（吨）", "持单人", "质权人"])
    workbook.active.append([R1.hex(), "0x" + LOT1.hex(), 90, HOLDER.hex(), "无"])
    workbook.save(tmp_path / "book.xlsx")
    assert keeper_file.load(tmp_path / "book.xlsx", KEEPER, {}).rows[R1] == row(pledgee=None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADINGS.replace("lot,", "") + LINE, "no column has the lot"),
        (HEADINGS.replace("bay", "receipt") + LINE, "two columns have the receipt"),
        (HEADINGS + LINE + LINE, "stands there twice"),
        (HEADINGS + LINE.replace("90000", "90,000"), "is no|no id"),
        (HEADINGS + LINE.replace("90000", "12,5"), "row 2"),
        (HEADINGS + LINE.replace("90000", "0.0001"), "no whole number of grams"),
        (HEADINGS + LINE.replace("90000", "-1"), "is no quantity"),
        (HEADINGS + LINE.replace("R-1", "R-8"), "names none"),
        (HEADINGS + LINE.replace("R-1", ""), "no receipt"),
        (HEADINGS, "no rows"),
    ],
)
def test_a_book_that_can_not_be_read_without_doubt_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SheetError, match=says):
        keeper_file.load(written(tmp_path / "book.csv", text), KEEPER, KNOWN)


def test_a_name_of_two_ids_names_neither(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="names none"):
        keeper_file.load(written(tmp_path / "book.csv", HEADINGS + LINE), KEEPER, {**KNOWN, digest("other"): "R-1"})
