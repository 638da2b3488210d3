"""Times in sentences."""

from __future__ import annotations

from tally_gateway.pages.shown import in_words, in_zone


def test_times_in_a_sentence_are_in_the_pages_zone() -> None:
    assert in_zone("until 2026-01-26T10:00:00Z, on") == "until 2026-01-26 18:00:00 UTC+8, on"
    assert in_zone("2026-11-29T04:40:20+08:00") == "2026-11-29 04:40:20 UTC+8"
    assert in_zone("2026-99-26T10:00:00Z stays") == "2026-99-26T10:00:00Z stays"
    assert in_words(1_769_421_600) == "2026-01-26 18:00 UTC+8"
    assert in_words("never") == "never"
