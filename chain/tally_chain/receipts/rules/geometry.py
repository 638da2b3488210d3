"""Convex outlines on a map, exactly. Another method than the contract's: what two outlines share is cut out, and has an
area or has none. Coordinates are integers of 1e-7 degree; cuts are fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from tally_chain.receipts.rules.records import Point

HALF_TURN = 1_800_000_000
QUARTER_TURN = 900_000_000

_Exact = tuple[Fraction | int, Fraction | int]


def is_outline(outline: Sequence[Point], most: int) -> bool:
    """Whether it is the one way to write a polygon down: strictly convex, counter-clockwise, least corner first."""
    if not 3 <= len(outline) <= most or any(abs(x) > HALF_TURN or abs(y) > QUARTER_TURN for x, y in outline):
        return False
    if min(outline) != outline[0] or len(set(outline)) != len(outline):
        return False
    corners = [*outline, *outline[:2]]
    turns_left = all(_turn(*corners[at : at + 3]) > 0 for at in range(len(outline)))
    # A star turns left at each corner too, but goes round more than once: then its corners are not in the order of the
    # directions in which the first one sees them.
    ordered = all(_turn(outline[0], one, other) > 0 for one, other in pairwise(outline[1:]))
    return turns_left and ordered


def meet(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether the insides have a point in common: touching at a side or a corner is none."""
    shared: list[_Exact] = list(one)
    for start, end in _sides(other):
        shared = _cut(shared, start, end)
    return _twice_area(shared) > 0


def contains(outer: Sequence[Point], inner: Sequence[Point]) -> bool:
    """Whether all of `inner` lies in `outer`: cutting takes nothing away."""
    kept: list[_Exact] = list(inner)
    for start, end in _sides(outer):
        kept = _cut(kept, start, end)
    return _twice_area(kept) == _twice_area(list(inner))


def box_of(outline: Sequence[Point]) -> tuple[int, int, int, int]:
    """West, south, east, north."""
    xs, ys = zip(*outline, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _sides(outline: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(pairwise([*outline, outline[0]]))


def _cut(outline: list[_Exact], start: Point, end: Point) -> list[_Exact]:
    """What lies left of the line from `start` to `end` (Sutherland and Hodgman 1974)."""
    kept: list[_Exact] = []
    for here, there in pairwise([*outline, *outline[:1]]):
        at_here, at_there = _turn(start, end, here), _turn(start, end, there)
        if at_here >= 0:
            kept.append(here)
        if (at_here > 0 and at_there < 0) or (at_here < 0 and at_there > 0):
            part = Fraction(at_here) / Fraction(at_here - at_there)
            kept.append((here[0] + part * (there[0] - here[0]), here[1] + part * (there[1] - here[1])))
    return kept


def _turn(one: _Exact, two: _Exact, three: _Exact) -> Fraction | int:
    """Above zero where three points turn left."""
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


def _twice_area(outline: list[_Exact]) -> Fraction | int:
    return sum((a[0] * b[1] - a[1] * b[0] for a, b in pairwise([*outline, *outline[:1]])), 0)
