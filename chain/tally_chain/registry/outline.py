"""Outlines of sites (库区) as people write them: corners in degrees, WGS84, to seven decimals (a centimetre). No IO.

The contract takes one spelling of a polygon alone: counter-clockwise, from the corner that is least by longitude and
then latitude. Whether it is convex, and meets no other site, the contract says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Corner = tuple[int, int]
"""Longitude and latitude in 1e-7 degree."""
DECIMALS = 7
UNITS = 10_000_000
"""Of a degree, as the contract counts."""
_DEGREES = re.compile(r"(-?)([0-9]{1,3})(?:\.([0-9]{1,7}))?")


def corner(text: str) -> Corner:
    """A corner written `LONGITUDE,LATITUDE` in degrees. Raises ValueError for what is none, or not on the globe."""
    longitude, comma, latitude = text.partition(",")
    found = _degrees(longitude), _degrees(latitude)
    if not comma or abs(found[0]) > 180 * UNITS or abs(found[1]) > 90 * UNITS:
        raise ValueError(f"{text} is no corner: longitude,latitude in degrees, with at most {DECIMALS} decimals")
    return found


def _degrees(text: str) -> int:
    found = _DEGREES.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no number of degrees with at most {DECIMALS} decimals")
    sign, whole, decimals = found.groups()
    units = int(whole) * UNITS + int((decimals or "").ljust(DECIMALS, "0"))
    return -units if sign else units


def canonical(corners: Sequence[Corner]) -> tuple[Corner, ...]:
    """The same polygon, counter-clockwise from its least corner."""
    pairs = zip(corners, (*corners[1:], *corners[:1]), strict=True)
    twice_area = sum(one[0] * two[1] - two[0] * one[1] for one, two in pairs)
    turned = tuple(corners if twice_area >= 0 else reversed(corners))
    first = turned.index(min(turned))
    return turned[first:] + turned[:first]


def words(corners: Sequence[Corner]) -> str:
    """Corners in degrees, as `corner` reads them."""
    return " ".join(",".join(map(_written, one)) for one in corners)


def _written(units: int) -> str:
    whole, decimals = divmod(abs(units), UNITS)
    return f"{'-' if units < 0 else ''}{whole}.{decimals:0{DECIMALS}d}"
