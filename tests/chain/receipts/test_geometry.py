"""Outlines: exact, and the same whichever of the two comes first."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from tally_chain.receipts.rules import geometry

SQUARE = ((0, 0), (10, 0), (10, 10), (0, 10))
points = st.tuples(st.integers(-20, 20), st.integers(-20, 20))


@st.composite
def outlines(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """The hull of some points (Andrew's monotone chain), least corner first."""
    found = sorted(draw(st.sets(points, min_size=3, max_size=8)))
    lower, upper = _half(found), _half(found[::-1])
    hull = (*lower[:-1], *upper[:-1])
    assume(len(hull) >= 3)
    return hull


def _half(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    half: list[tuple[int, int]] = []
    for x, y in found:
        while len(half) > 1:
            (ax, ay), (bx, by) = half[-2:]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            half.pop()
        half.append((x, y))
    return half


@given(outlines())
def test_a_hull_is_an_outline_and_nothing_else_of_it_is(hull: tuple[tuple[int, int], ...]) -> None:
    assert geometry.is_outline(hull, 8)
    assert not geometry.is_outline(hull[::-1], 8)
    assert not geometry.is_outline((*hull[1:], hull[0]), 8)
    assert not geometry.is_outline((*hull, hull[0]), 16)


@given(outlines(), outlines())
def test_two_outlines_meet_the_same_from_both_sides(one: tuple[tuple[int, int], ...], other: tuple) -> None:  # type: ignore[type-arg]
    assert geometry.meet(one, other) == geometry.meet(other, one)
    assert geometry.meet(one, one)
    if geometry.contains(one, other):
        assert geometry.meet(one, other)
    inside = [(x, y) for x in range(-20, 21) for y in range(-20, 21) if _inside(one, x, y) and _inside(other, x, y)]
    assert not inside or geometry.meet(one, other)


def _inside(outline: tuple[tuple[int, int], ...], x: int, y: int) -> bool:
    """Strictly inside."""
    corners = (*outline, outline[0])
    return all((bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0 for (ax, ay), (bx, by) in pairwise(corners))


def test_what_only_touches_does_not_meet() -> None:
    assert not geometry.meet(SQUARE, ((10, 0), (20, 0), (20, 10), (10, 10)))
    assert not geometry.meet(SQUARE, ((10, 10), (20, 10), (20, 20)))
    assert geometry.meet(SQUARE, ((9, 9), (20, 9), (20, 20)))


def test_a_star_and_a_line_are_no_outlines() -> None:
    star = ((0, 4), (9, 1), (1, 7), (5, 0), (7, 8))
    assert not geometry.is_outline(star, 8)
    assert not geometry.is_outline(((0, 0), (5, 0), (10, 0), (10, 10)), 8)
    assert not geometry.is_outline(SQUARE, 3)
