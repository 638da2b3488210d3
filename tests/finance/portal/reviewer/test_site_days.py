"""A span in a sentence is told by the days of the site's clock."""

from __future__ import annotations

from tally_finance.export.said_words import result_words
from tally_finance.portal.reviewer.site_days import in_days
from tally_gateway.pages.shown import CHINA, zone_of

UNACCOUNTED = "from 1740758400 to 1740931200: 7.49 of 61.75 m3"
OVER = "from 1740758400 to 1740931200 they show 62 of 61.75 m3"


def test_a_span_is_told_by_the_days_of_the_sites_clock() -> None:
    assert in_days(UNACCOUNTED, CHINA) == "from 2025-03-01 to 2025-03-03: 7.49 of 61.75 m3"
    assert in_days(UNACCOUNTED, zone_of("UTC")).startswith("from 2025-02-28 to 2025-03-02: ")
    assert in_days("something new of 1740758400", CHINA) == "something new of 1740758400"


def test_days_are_said_in_chinese_too() -> None:
    assert (
        result_words(in_days(UNACCOUNTED, CHINA)).chinese == "2025-03-01 至 2025-03-03：61.75 m3 中有 7.49 未计入分表"
    )
    assert result_words(in_days(OVER, CHINA)).chinese == "2025-03-01 至 2025-03-03：总表 61.75 m3，分表合计 62"
