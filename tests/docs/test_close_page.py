"""The page of closes says what the code does."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from tally_edge import wire as codec
from tally_finance.book import terms_file
from tally_finance.close import body, close_file
from tally_finance.close.close_file import Document, Signed
from tests.docs.pages import DOCS
from tests.finance.book.ledger import digest
from tests.finance.close.examples import MADE_AT, MARCH

PAGE = (DOCS / "formats" / "close.md").read_text("utf-8")
EXAMPLE = Signed(
    book="bank-1",
    month="2026-03",
    as_of=MARCH.end,
    known_at=MADE_AT,
    seq=50,
    head=digest("head"),
    body=digest("body"),
    documents=(Document("pdf", digest("pages")), Document("xlsx", digest("workbook"))),
    chain=digest("operations"),
    previous=digest("february"),
)


def test_the_example_of_the_page_is_what_is_signed() -> None:
    shown = bytes.fromhex(PAGE.partition("```hex\n")[2].partition("```")[0].replace("\n", ""))
    assert codec.decode(Signed, shown) == EXAMPLE
    assert codec.encode(EXAMPLE) == shown


@pytest.mark.parametrize(
    ("section", "kind"),
    [("### Signed", Signed), ("### Body", body.Body), ("### Facility", body.FacilityLine)],
)
def test_every_field_stands_on_the_page_with_its_label(section: str, kind: type) -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE.partition(section)[2].partition("\n#")[0], re.MULTILINE)
    assert rows == [(str(one.metadata["label"]), one.name) for one in dataclasses.fields(kind)]


def test_the_limits_and_the_media_type() -> None:
    limits = ("MAX_RECEIPTS", "MAX_FACILITIES", "MAX_DIGITS", "MAX_DIFFERENCES")
    for module, name in ((close_file, "MAX_FILE_BYTES"), *((body, name) for name in limits)):
        assert f"| `{name}` | {getattr(module, name)} |" in PAGE
    assert f"`{close_file.MEDIA_TYPE}`" in PAGE


def test_the_terms_of_the_books_page_open_a_facility(tmp_path: Path) -> None:
    shown = (DOCS / "lender-book.md").read_text("utf-8").partition("```toml\n")[2].partition("```")[0]
    file = tmp_path / "terms.toml"
    file.write_text(shown, "utf-8")
    opened = terms_file.load(file)
    assert opened.facility == tomllib.loads(shown)["facility"]
    documented = {re.split(r" =", line)[0] for line in (terms_file.__doc__ or "").splitlines() if " = " in line}
    assert documented == {re.split(r" =", line)[0] for line in shown.splitlines() if " = " in line}
