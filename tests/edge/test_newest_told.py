"""What is read of user properties that anybody may write."""

from __future__ import annotations

import pytest

from tally_edge import newest_told
from tally_edge.statement import MAX_SEQ


@pytest.mark.parametrize("newest", [0, 7, MAX_SEQ])
def test_what_is_told_is_read(newest: int) -> None:
    assert newest_told.read([("other", "x"), *newest_told.told(newest)]) == newest


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1e3", "0x1", "٣", "9" * 17, str(MAX_SEQ + 1), " 1"])
def test_what_is_no_number_tells_nothing(text: str) -> None:
    assert newest_told.read([(newest_told.NEWEST_SEQ, text)]) is None
