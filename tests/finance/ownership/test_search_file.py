"""The record of searches as a file."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge.errors import ConfigError
from tally_finance.ownership.search import Entry, KeeperSays, Kind, Record, Search
from tally_finance.ownership.search_file import KINDS, load
from tests.finance.ownership.deal import KEEPER, TRADER

TEXT = f"""
salt = "0x{"03" * 16}"

[search]
subject = "{TRADER}"
searched_at = 2026-02-01T09:30:00+08:00
certificate = "search.pdf"

[[search.entry]]
kind = "purchase-money"
registration = "01234567"
creditor = "Another Bank"
covers = false
why = "machines of another works"

[keeper]
keeper = "{KEEPER}"
said_at = 2026-02-01T10:00:00+08:00
owed = 12000.50
file = "keeper.pdf"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("search.pdf", "keeper.pdf"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def written(folder: Path, text: str) -> Path:
    file = folder / "search.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_record(folder: Path) -> None:
    certificate, paper = (hashlib.sha256(name).digest() for name in (b"search.pdf", b"keeper.pdf"))
    entry = Entry(Kind.PURCHASE_MONEY, "01234567", "Another Bank", covers=False, why="machines of another works")
    assert load(written(folder, TEXT)) == Record(
        Search(TRADER, 1_769_909_400, certificate, (entry,)),
        KeeperSays(KEEPER, 1_769_911_200, Decimal("12000.50"), paper),
        b"\x03" * 16,
    )


def test_a_keeper_that_said_nothing(folder: Path) -> None:
    assert load(written(folder, TEXT[: TEXT.index("[keeper]")])).keeper_says is None


def test_a_claim_covers_unless_somebody_says_not(folder: Path) -> None:
    bare = TEXT.replace("covers = false\n", "").replace('why = "machines of another works"\n', "")
    assert load(written(folder, bare)).search.entries[0].covers


@pytest.mark.parametrize("word", KINDS)
def test_every_kind_has_a_word(folder: Path, word: str) -> None:
    assert load(written(folder, TEXT.replace("purchase-money", word))).search.entries[0].kind is KINDS[word]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("purchase-money", "lien", "'lien' is not one of mortgage"),
        ("machines of another works", " ", "left aside without a reason"),
        ("search.pdf", "lost.pdf", "certificate: cannot be read"),
        ("keeper.pdf", "lost.pdf", "file: cannot be read"),
        ("owed = 12000.50", "owed = -1", "owed"),
        ("+08:00", "", "is not a whole second with its offset"),
        ("creditor =", "debtor =", "creditor: is missing"),
        ("[search]", "note = 1\n[search]", "note"),
        ("0303", "", "salt"),
    ],
)
def test_a_file_that_is_none(folder: Path, old: str, new: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        load(written(folder, TEXT.replace(old, new, 1)))
