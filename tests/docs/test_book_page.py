"""docs/formats/book.md lists the fields of every kind of event with their labels, and shows an entry that is one."""

from __future__ import annotations

import dataclasses
import re

from tally_finance.book import journal, journal_file
from tally_finance.book.cover_events import BuyersMargin
from tally_finance.book.events import KINDS
from tally_finance.book.journal import Entry
from tally_finance.book.loan_events import GoodsTerms
from tests.docs.pages import DOCS
from tests.vectors import explain

PAGE = DOCS / "formats" / "book.md"


def fields_of(cls: type) -> str:
    """Labels and names, those that may be missing with a question mark."""
    return " · ".join(
        f"{one.metadata['label']} {one.name}{'?' if one.metadata['optional'] else ''}"
        for one in dataclasses.fields(cls)
    )


def test_every_kind_stands_with_its_fields() -> None:
    shown = re.findall(r"^\| (\d+) \| `(\w+)` \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert shown == [(str(number), kind.__name__, fields_of(kind)) for number, kind in KINDS.items()]


def test_what_stands_inside_has_its_fields() -> None:
    shown = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE))
    inside = (Entry, GoodsTerms, BuyersMargin, journal_file.Cover, journal_file.Signed)
    assert shown == {cls.__name__: fields_of(cls) for cls in inside}


def test_the_example_is_an_entry() -> None:
    (block,) = explain.BLOCK.finditer(PAGE.read_text("utf-8"))
    shown = bytes.fromhex("".join(line.partition("#")[0] for line in block[0].split("\n")[1:-1]))
    assert shown == explain.bytes_of(block[2])
    assert journal.decode(shown).entry.seq == 1


def test_the_media_type() -> None:
    assert f"`{journal_file.MEDIA_TYPE}`" in PAGE.read_text("utf-8")
