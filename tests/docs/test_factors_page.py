"""The pages of factors say what the code does."""

from __future__ import annotations

import dataclasses
import re
from hashlib import sha256

import pytest

from tally_edge import wire as codec
from tally_finance.factors import own_file
from tally_finance.factors.factor import Basis, FactorForm, SourceForm
from tally_finance.factors.own_file import Signed
from tally_finance.factors.shipping import shipped
from tests.docs.pages import DOCS

FORMAT = (DOCS / "formats" / "factors.md").read_text("utf-8")
PAGE = (DOCS / "factors.md").read_text("utf-8")
EXAMPLE = Signed("Mill 4", sha256(b"body").digest(), 2)


def test_the_example_of_the_page_is_what_is_signed() -> None:
    shown = bytes.fromhex(FORMAT.partition("```hex\n")[2].partition("```")[0].replace("\n", ""))
    assert codec.decode(Signed, shown) == EXAMPLE
    assert codec.encode(EXAMPLE) == shown


@pytest.mark.parametrize(
    ("section", "kind"), [("### Signed", Signed), ("### Factor", FactorForm), ("### Source", SourceForm)]
)
def test_every_field_stands_on_the_page_with_its_label(section: str, kind: type) -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", FORMAT.partition(section)[2].partition("\n#")[0], re.MULTILINE)
    assert rows == [(str(one.metadata["label"]), one.name) for one in dataclasses.fields(kind)]


def test_the_limits_and_the_media_type() -> None:
    for name in ("MAX_FACTORS", "MAX_FILE_BYTES"):
        assert f"| `{name}` | {getattr(own_file, name)} |" in FORMAT
    assert f"`{own_file.MEDIA_TYPE}`" in FORMAT


def test_every_basis_stands_on_the_page() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.partition("### Basis")[2].partition("\n#")[0], re.MULTILINE)
    assert rows == [basis.value for basis in Basis]


def test_the_page_counts_what_ships() -> None:
    rows = re.findall(r"^\| `[^|]+\|[^|]+\| (\d+) \|", PAGE.partition("## What ships")[2], re.MULTILINE)
    assert sum(map(int, rows)) == len(shipped())
