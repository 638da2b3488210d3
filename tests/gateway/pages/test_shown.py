"""Times in sentences, and languages of texts."""

from __future__ import annotations

import pytest

from tally_gateway.pages.shown import in_words, in_zone
from tally_gateway.pages.words import Language, other_language
from tests.browser.language import foreign


def test_times_in_a_sentence_are_in_the_pages_zone() -> None:
    assert in_zone("until 2026-01-26T10:00:00Z, on") == "until 2026-01-26 18:00:00 UTC+8, on"
    assert in_zone("2026-11-29T04:40:20+08:00") == "2026-11-29 04:40:20 UTC+8"
    assert in_zone("2026-99-26T10:00:00Z stays") == "2026-99-26T10:00:00Z stays"
    assert in_words(1_769_421_600) == "2026-01-26 18:00 UTC+8"
    assert in_words("never") == "never"


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<html lang="zh-CN"><p>Nothing was changed here</p>', ["Nothing was changed here"]),
        ('<html lang="zh-CN"><input placeholder="as it was typed">', ["as it was typed"]),
        ('<html lang="zh-CN"><p lang="en">Nothing was changed here</p><p>Works One Ltd</p><code>as it is</code>', []),
        ('<html lang="en"><p>Nothing was changed 未作更改</p>', ["Nothing was changed 未作更改"]),
        ('<html lang="en"><a lang="zh-CN">中文</a><p>CN-grid:华北</p>', []),
    ],
)
def test_what_is_not_in_a_pages_language_is_found(html: str, found: list[str]) -> None:
    assert foreign(html) == found


def test_a_text_of_others_is_marked_where_it_is_plainly_of_the_other_language() -> None:
    assert other_language("the tickets are wrong", Language.CHINESE) is Language.ENGLISH
    assert other_language("见证量：the tickets are wrong", Language.CHINESE) is None
    assert other_language("建筑碳排放计算标准 (read in it)", Language.ENGLISH) is Language.CHINESE
    assert other_language("27 hours were not measured 华北", Language.ENGLISH) is None
