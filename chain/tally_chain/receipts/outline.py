"""Outlines of sites and slots: read from degrees, and put into the one order that the contract takes. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tally_chain.errors import OperationError
from tally_chain.receipts.encoding import Point

# A degree's ten-millionth is a centimetre on the ground; the contract counts in it.
_PLACES = 7
_CORNER = re.compile(r"(-?)([0-9]{1,3})(?:\.([0-9]{1,7}))?")
_MOST = (180 * 10**_PLACES, 90 * 10**_PLACES)


def corner(text: str) -> Point:
    """A corner written as LONGITUDE/LATITUDE in degrees, WGS84. Raises OperationError for more than 7 decimals."""
    words = text.split("/")
    if len(words) != 2:
        raise OperationError("a corner is LONGITUDE/LATITUDE in degrees: 114.3054321/30.5928765")
    return Point(*(_ten_millionths(word, most) for word, most in zip(words, _MOST, strict=True)))


def _ten_millionths(text: str, most: int) -> int:
    found = _CORNER.fullmatch(text)
    value = 0 if found is None else int(found[2]) * 10**_PLACES + int((found[3] or "").ljust(_PLACES, "0"))
    if found is None or value > most:
        raise OperationError(f"{text} is no such degree, with at most {_PLACES} decimals")
    return -value if found[1] else value


def ordered(corners: Iterable[Point]) -> tuple[Point, ...]:
    """The same outline counter-clockwise from its smallest corner (by longitude, then latitude).

    Raises OperationError for fewer than three corners or none that enclose anything; the rest is for the contract.
    """
    points = list(corners)
    area = sum(a.x * b.y - b.x * a.y for a, b in zip(points, points[1:] + points[:1], strict=True))
    if len(points) < 3 or area == 0:
        raise OperationError("an outline has three corners or more, and something between them")
    if area < 0:
        points.reverse()
    first = points.index(min(points))
    return tuple(points[first:] + points[:first])
