"""Outlines of sites as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.registry import outline

CORNER = st.tuples(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000))
SQUARE = ((0, 0), (10, 0), (10, 10), (0, 10))


@given(st.lists(CORNER, min_size=1, max_size=16))
def test_what_is_written_is_read(corners: list[outline.Corner]) -> None:
    assert [outline.corner(word) for word in outline.words(corners).split()] == corners


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("clockwise", [False, True])
def test_one_polygon_has_one_spelling(turn: int, clockwise: bool) -> None:
    turned = SQUARE[turn:] + SQUARE[:turn]
    assert outline.canonical(turned[::-1] if clockwise else turned) == SQUARE


@given(st.lists(CORNER, min_size=1, max_size=8, unique=True))
def test_the_spelling_keeps_the_corners_and_stays(corners: list[outline.Corner]) -> None:
    found = outline.canonical(corners)
    assert sorted(found) == sorted(corners)
    assert found[0] == min(corners)
    assert outline.canonical(found) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1,",
        ",1",
        "1,2,3",
        "180.0000001,0",
        "0,-90.0000001",
        "1.00000000,0",
        "+1,0",
        "1e2,0",
        "1.,0",
        "١,0",
        "--1,0",
    ],
)
def test_what_is_no_corner_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="degrees"):
        outline.corner(text)


def test_a_part_of_a_degree_keeps_its_sign() -> None:
    assert outline.corner("-0.0000001,0.5") == (-1, 5_000_000)
    assert outline.corner("180,-90") == (1_800_000_000, -900_000_000)
