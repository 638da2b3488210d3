"""Sections of a report's pages in one language: nothing of the other but what the report itself has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tally_finance.review_api.sections import told
from tally_gateway.pages.words import Language
from tests.finance.export import told as reports

CHINESE: Final = re.compile("[一-鿿]+")
ENGLISH: Final = re.compile(r"[A-Za-z][a-z]+(?: [a-z]{2,}){2,}")
"""Three words and more, one after the other: shorter ones are names and units."""
SVG_TEXT: Final = re.compile(r">([^<>]+)<")


def texts(block: dict[str, Any]) -> Iterator[str]:
    """What a page shows of a block below its headings."""
    yield from (block.get("text", ""), block.get("note", ""), block.get("says", ""))
    yield from SVG_TEXT.findall(block.get("svg", ""))
    for row in block.get("rows", ()):
        yield from row.get("cells", ()) or (row["text"],)


def every(language: Language | None) -> list[str]:
    """Of the whole report, with everything that a report may have."""
    said = reports.further(reports.said(gaps=True))
    sections = [told(one, language) for one in reports.document(said).sections]
    return [text for section in sections for block in section["blocks"] for text in texts(block) if text]


def of_the_report() -> str:
    return json.dumps(reports.further(reports.said(gaps=True)), ensure_ascii=False)


def test_english_pages_have_no_chinese_of_their_own() -> None:
    known = of_the_report()
    found = {part for text in every(Language.ENGLISH) for part in CHINESE.findall(text)}
    assert {one for one in found if one not in known} == set()


def test_chinese_pages_have_no_english_of_their_own() -> None:
    known = of_the_report()
    found = {part for text in every(Language.CHINESE) for part in ENGLISH.findall(text)}
    assert {one for one in found if one not in known and not one.startswith("tallystick ")} == set()


@pytest.mark.parametrize("language", list(Language))
def test_a_language_leaves_nothing_out(language: Language) -> None:
    """As many texts in one as in both; where there is none in a language the other's stands."""
    assert len(every(language)) == len(every(None))
