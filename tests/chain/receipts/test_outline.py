"""Outlines: degrees are exact, and any order of the corners becomes the one that the contract takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.errors import OperationError
from tally_chain.receipts.encoding import Point
from tally_chain.receipts.outline import corner, ordered

SQUARE = (Point(0, 0), Point(5, 0), Point(5, 5), Point(0, 5))


@given(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000))
def test_a_corner_is_read_to_the_last_place(x: int, y: int) -> None:
    words = [f"{'-' * (one < 0)}{abs(one) // 10**7}.{abs(one) % 10**7:07d}" for one in (x, y)]
    assert corner("/".join(words)) == Point(x, y)


@pytest.mark.parametrize(
    "text", ["1", "1/2/3", "181/0", "0/90.0000001", "1e2/0", "1.00000000/0", "+1/0", "/", " 1/2", "1,5/2"]
)
def test_what_is_no_corner_is_refused(text: str) -> None:
    with pytest.raises(OperationError, match=r"LONGITUDE/LATITUDE|no such degree"):
        corner(text)


@given(st.integers(0, 3), st.booleans(), st.integers(-(10**9), 10**9), st.integers(-(10**8), 10**8))
def test_every_order_of_an_outline_becomes_the_one(turn: int, back: bool, x: int, y: int) -> None:
    there = [Point(one.x + x, one.y + y) for one in SQUARE]
    given_order = there[turn:] + there[:turn]
    assert ordered(given_order[::-1] if back else given_order) == tuple(there)


@pytest.mark.parametrize("corners", [(), SQUARE[:2], (Point(0, 0), Point(1, 1), Point(2, 2))])
def test_what_encloses_nothing_is_refused(corners: tuple[Point, ...]) -> None:
    with pytest.raises(OperationError, match="three corners"):
        ordered(corners)
