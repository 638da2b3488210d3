"""The boundary of a site (核算边界图) as a drawing: what comes in, is made and goes out, what lies outside. No IO.

A band for each medium. On the left what comes from outside, through the meters at the boundary; inside what the site
makes and what its sub-meters show; on the right what goes out again. Whatever was left out stands outside, by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tally_finance.export.chart import cut
from tally_finance.export.drawing import Anchor, Box, Drawing, Ink, Label, Shape, Stroke

WIDTH: Final = 960.0
MOST_SHOWN: Final = 8
"""Meters of a role in a band; the others are told by their number, and stand in the table."""
_BOX_WIDTH, _BOX_HEIGHT, _STEP = 170.0, 34.0, 42.0
_OUTSIDE, _MAIN, _INSIDE, _OUT = 8.0, 222.0, 500.0, 782.0
_SITE_FROM, _SITE_TO = 300.0, 736.0
_TOP: Final = 52.0
_BAND_TITLE: Final = 22.0


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter as the plan shows it. `role`: main, sub, generation, export, counter; `told`: what it counted."""

    name: str
    role: str
    told: str


@dataclass(frozen=True, slots=True)
class Medium:
    """A band: what it is of, its meters, and what of it was passed on, by name."""

    name: str
    meters: Sequence[Meter]
    passed_on: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PlanWords:
    """Words of the drawing. `others`: with a place for a number."""

    outside: str
    site: str
    bought: str
    made: str
    used: str
    fed_in: str
    passed_on: str
    left_out: str
    output: str
    others: str


def boundary_plan(media: Sequence[Medium], left_out: Sequence[str], words: PlanWords) -> Drawing:
    """The drawing."""
    shapes: list[Shape] = []
    y = _TOP
    for medium in media:
        band = list(_band(medium, y, words))
        shapes += band
        y += _BAND_TITLE + _STEP * max(_rows(medium), 1) + 14
    bottom = y
    if left_out:
        shapes.append(Label(_OUTSIDE, y + 30, words.left_out, strong=True))
        for number, name in enumerate([*left_out[:MOST_SHOWN]]):
            x = _OUTSIDE + (number % 4) * (_BOX_WIDTH + 14)
            shapes += _box(x, y + 40 + (number // 4) * _STEP, name, "", Ink.BAD)
        y += 48 + (-(-min(len(left_out), MOST_SHOWN) // 4)) * _STEP
    frame = list(_frame(bottom, words))
    return Drawing(WIDTH, y + 8, (*frame, *shapes))


def _rows(medium: Medium) -> int:
    """How many boxes stand below one another in the fullest column."""
    inside = (_count(medium, "sub", "counter") or 1) + _count(medium, "generation")
    out = _count(medium, "export") + len(medium.passed_on[:MOST_SHOWN])
    return max(_count(medium, "main"), inside, out)


def _count(medium: Medium, *roles: str) -> int:
    found = sum(1 for one in medium.meters if one.role in roles)
    return min(found, MOST_SHOWN) + (1 if found > MOST_SHOWN else 0)


def _frame(bottom: float, words: PlanWords) -> Iterator[Shape]:
    """The site: what stands within it is inside."""
    for x1, y1, x2, y2 in (
        (_SITE_FROM, 28, _SITE_TO, 28),
        (_SITE_TO, 28, _SITE_TO, bottom),
        (_SITE_TO, bottom, _SITE_FROM, bottom),
        (_SITE_FROM, bottom, _SITE_FROM, 28),
    ):
        yield Stroke(x1, y1, x2, y2, Ink.AXIS, 2)
    yield Label((_SITE_FROM + _SITE_TO) / 2, 18, words.site, Anchor.MIDDLE, strong=True)
    yield Label(_OUTSIDE, 18, words.outside, strong=True)
    yield Label(_OUT, 18, words.outside, strong=True)


def _band(medium: Medium, y: float, words: PlanWords) -> Iterator[Shape]:
    mains, made = _of(medium, "main"), _of(medium, "generation")
    inside, exports = _of(medium, "sub", "counter"), _of(medium, "export")
    if mains and not inside:
        inside = [Meter(words.used, "used", "")]
    yield Label(_SITE_FROM + 10, y + 12, medium.name, strong=True)
    top = y + _BAND_TITLE
    trunk = _SITE_FROM + 160
    rows = _rows(medium)
    last = top + max(rows - 1, 0) * _STEP + _BOX_HEIGHT / 2
    if mains:
        yield from _box(_OUTSIDE, top, words.bought, medium.name, Ink.AXIS)
    for number, one in enumerate(_shown(mains, words)):
        row = top + number * _STEP
        yield from _box(_MAIN, row, one.name, one.told, Ink.FIRST)
        yield from _arrow(_OUTSIDE + _BOX_WIDTH, top + _BOX_HEIGHT / 2, _MAIN, row + _BOX_HEIGHT / 2)
        yield Stroke(_MAIN + _BOX_WIDTH, row + _BOX_HEIGHT / 2, trunk, row + _BOX_HEIGHT / 2, Ink.AXIS, 1.5)
    if mains and rows > 1:
        yield Stroke(trunk, top + _BOX_HEIGHT / 2, trunk, last, Ink.AXIS, 1.5)
    place = 0
    for role, of in (("generation", made), ("inside", inside)):
        for one in _shown(of, words):
            row = top + place * _STEP
            place += 1
            if role == "generation":
                yield from _box(_INSIDE, row, f"{words.made}: {one.name}", one.told, Ink.THIRD)
                yield from _arrow(_INSIDE, row + _BOX_HEIGHT / 2, trunk, row + _BOX_HEIGHT / 2)
            else:
                yield from _box(_INSIDE, row, one.name, one.told, _INKS.get(one.role, Ink.AXIS))
                if mains:
                    yield from _arrow(trunk, row + _BOX_HEIGHT / 2, _INSIDE, row + _BOX_HEIGHT / 2)
    out = [(f"{words.fed_in}: {one.name}", one.told) for one in _shown(exports, words)]
    out += [(words.passed_on, name) for name in medium.passed_on[:MOST_SHOWN]]
    for number, (name, told) in enumerate(out):
        row = top + number * _STEP
        yield from _box(_OUT, row, name, told, Ink.FOURTH)
        yield from _arrow(_SITE_TO - 44, row + _BOX_HEIGHT / 2, _OUT, row + _BOX_HEIGHT / 2)


_INKS: Final = {"sub": Ink.SECOND, "counter": Ink.FOURTH}


def _of(medium: Medium, *roles: str) -> list[Meter]:
    return [one for one in medium.meters if one.role in roles]


def _shown(meters: Sequence[Meter], words: PlanWords) -> Iterator[Meter]:
    yield from meters[:MOST_SHOWN]
    if len(meters) > MOST_SHOWN:
        yield Meter(words.others.format(len(meters) - MOST_SHOWN), meters[0].role, "")


def _box(x: float, y: float, name: str, told: str, ink: Ink) -> Iterator[Shape]:
    """A box with a coloured edge, its name and what it counted."""
    yield Box(x, y, _BOX_WIDTH, _BOX_HEIGHT, Ink.EMPTY)
    yield Box(x, y, 5, _BOX_HEIGHT, ink, outlined=False)
    yield Label(x + 12, y + (14 if told else 21), cut(name, _BOX_WIDTH - 18), strong=True)
    if told:
        yield Label(x + 12, y + 28, cut(told, _BOX_WIDTH - 18))


def _arrow(x1: float, y1: float, x2: float, y2: float) -> Iterator[Shape]:
    """Along the rows: out of a box, down or up, and into the next."""
    if y1 == y2:
        yield Stroke(x1, y1, x2, y2, Ink.AXIS, 1.5)
    else:
        middle = (x1 + x2) / 2
        yield Stroke(x1, y1, middle, y1, Ink.AXIS, 1.5)
        yield Stroke(middle, y1, middle, y2, Ink.AXIS, 1.5)
        yield Stroke(middle, y2, x2, y2, Ink.AXIS, 1.5)
    back = -6 if x2 > x1 else 6
    yield Stroke(x2 + back, y2 - 4, x2, y2, Ink.AXIS, 1.5)
    yield Stroke(x2 + back, y2 + 4, x2, y2, Ink.AXIS, 1.5)
