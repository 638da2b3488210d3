"""Times of zones, ids, and languages of texts, as pages have them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tally_gateway.pages.shown import day, in_words, in_zone, moment, opened, zone_of, zone_words
from tally_gateway.pages.words import Language, other_language
from tests.browser.language import foreign

NEW_YEAR = 1_767_225_600
"""2026 begins in UTC."""
A_DAY = 86_400


def test_times_in_a_sentence_are_in_the_pages_zone() -> None:
    assert in_zone("until 2026-01-26T10:00:00Z, on") == "until 2026-01-26 18:00:00 UTC+8, on"
    assert in_zone("2026-11-29T04:40:20+08:00") == "2026-11-29 04:40:20 UTC+8"
    assert in_zone("2026-99-26T10:00:00Z stays") == "2026-99-26T10:00:00Z stays"
    assert in_zone("9999-12-31T23:00:00Z stays") == "9999-12-31T23:00:00Z stays"
    assert in_words(1_769_421_600) == "2026-01-26 18:00 UTC+8"
    assert in_words("never") == "never"


def test_a_sites_time_is_of_its_own_zone() -> None:
    assert ">2026-01-01<" in day(NEW_YEAR)
    assert ">2025-12-31<" in day(NEW_YEAR, zone_of("America/St_Johns"))
    assert ">2025-12-31 20:30:00 UTC−3:30<" in moment(NEW_YEAR, zone_of("America/St_Johns"))
    assert ">2026-01-01 00:00:00 UTC<" in moment(NEW_YEAR, zone_of("UTC"))
    for unknown in (None, "", "Nowhere/At_All", "../etc/passwd"):
        assert ">2026-01-01 08:00:00 UTC+8<" in moment(NEW_YEAR, zone_of(unknown))


def test_an_axis_names_every_offset_of_its_span() -> None:
    year = (NEW_YEAR, NEW_YEAR + 365 * A_DAY)
    assert zone_words(zone_of(None), *year) == "UTC+8"
    assert zone_words(ZoneInfo("UTC"), *year) == "UTC"
    assert zone_words(ZoneInfo("Asia/Kolkata"), *year) == "Asia/Kolkata (UTC+5:30)"
    assert zone_words(ZoneInfo("Europe/London"), *year) == "Europe/London (UTC, UTC+1)"
    assert zone_words(ZoneInfo("Europe/London"), NEW_YEAR, NEW_YEAR + A_DAY) == "Europe/London (UTC)"


def test_a_shortened_id_in_a_sentence_opens_whole() -> None:
    lot, firm = "0x" + "0a" * 32, "0x" + "0b" * 32
    ids = {"0a0a0a0a…0a0a0a0a": lot, "0b0b0b0b…0b0b0b0b": firm}
    told = opened("Lot 0a0a0a0a…0a0a0a0a to 0b0b0b0b…0b0b0b0b <now>", ids, {firm: "Mill & Co"})
    assert f'Lot <code class="id within" title="{lot}" data-copy="{lot}">' in told
    assert f'to <span title="{firm}">Mill &amp; Co</span> &lt;now&gt;' in told
    assert "0a0a0a0a…" not in told
    assert opened("<none>", {}, {}) == "&lt;none&gt;"


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
    assert other_language("Beishan works, ae2395a56adf…", Language.CHINESE) is None
    assert other_language("Beishan works, aeabcdef56adf…", Language.CHINESE) is None
    assert other_language("建筑碳排放计算标准 (read in it)", Language.ENGLISH) is Language.CHINESE
    assert other_language("27 hours were not measured 华北", Language.ENGLISH) is None
