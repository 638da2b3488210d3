"""The pages of quotes, ownership, filing and release hold what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tally_finance.filing.filed import differences
from tally_finance.lending import quotes
from tally_finance.ownership import remark as ownership
from tally_finance.quoting import signer_of
from tally_finance.release import remark as release
from tally_finance.release.picker import decode_picker, encode_picker
from tests.docs.pages import DOCS
from tests.finance.filing.pledge import RECEIPT
from tests.finance.lending.test_quotes import CHAIN, CONTRACT, KEY, QUOTE
from tests.finance.release.dock import picker


def block(page: Path, kind: str) -> str:
    """The page's first block of a kind."""
    found = re.search(rf"^```{kind}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_quote_of_the_page_is_signed() -> None:
    shown = block(DOCS / "formats" / "price-quote.md", "json")
    signed = quotes.decode(shown.encode())
    assert signed.quote == QUOTE
    assert signer_of(signed, CHAIN, CONTRACT) == KEY.address
    assert shown == quotes.encode(signed)


def test_the_type_and_the_limits_of_a_quote() -> None:
    text = (DOCS / "formats" / "price-quote.md").read_text("utf-8")
    assert "Quote(" + ",".join(f"{kind} {name}" for name, kind in quotes.FIELDS.items()) + ")" in text
    for name in ("MAX_COMMODITY_CHARS", "MAX_PRICE_FEN"):
        assert f"| `{name}` | {getattr(quotes, name)} |" in text


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("ownership.md", [(one.text, one.chinese, one.blocks) for one in ownership.Name]),
        ("release.md", [(one.text, one.chinese, one.alarms) for one in release.Name]),
    ],
)
def test_every_remark_stands_on_its_page(page: str, names: list[tuple[str, str, bool]]) -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\S+) \| (yes|no) \|", (DOCS / page).read_text("utf-8"), re.MULTILINE)
    assert rows == [(text, chinese, "yes" if weighs else "no") for text, chinese, weighs in names]


def test_the_filing_of_the_page_describes_the_pledge() -> None:
    shown = block(DOCS / "filing.md", "text")
    assert shown == RECEIPT.description().chinese
    assert differences(shown, RECEIPT.description()) == ()


def test_the_opening_of_the_page() -> None:
    shown = block(DOCS / "release.md", "json")
    assert decode_picker(shown.encode()) == picker()
    assert shown == encode_picker(picker())
