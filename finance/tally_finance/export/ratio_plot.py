"""Used against made (单耗): a point for each month, and the band in which the rule expects it. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from tally_finance.export.chart import step_of, tick
from tally_finance.export.drawing import Anchor, Box, Cells, Drawing, Ink, Label, Shape, Stroke

WIDTH, HEIGHT = 560.0, 320.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 78.0, 40.0, 26.0, 42.0
_STRIPS: Final = 80
_POINT: Final = 7.0


@dataclass(frozen=True, slots=True)
class Month:
    """A month's point. `is_unusual`: outside the band; its name stands beside it."""

    name: str
    made: Fraction
    used: Fraction
    is_unusual: bool


@dataclass(frozen=True, slots=True)
class Axes:
    """What the axes count, with their units."""

    made: str
    used: str


def scatter(axes: Axes, months: Sequence[Month], band: tuple[Fraction, Fraction] | None) -> Drawing:
    """The drawing. `band`: used for each made, from and to; None where nobody knows it."""
    wide = _top(max((one.made for one in months), default=Fraction(1)))
    expected = wide[0] * band[1] if band is not None else Fraction(0)
    tall = _top(max((*(one.used for one in months), expected), default=Fraction(1)))
    shapes: list[Shape] = []
    if band is not None:
        shapes += _band(band, wide[0], tall[0])
    shapes += _grid(axes, wide, tall)
    for number, one in enumerate(months):
        shapes += _point(one, wide[0], tall[0], above=number % 2 == 0)
    return Drawing(WIDTH, HEIGHT, tuple(shapes))


def _top(highest: Fraction) -> tuple[Fraction, Fraction]:
    """Where an axis ends, and its step."""
    step = step_of(highest)
    return max(-(-highest // step), 1) * step, step


def _x(value: Fraction, top: Fraction) -> float:
    return _LEFT + float(value / top) * (WIDTH - _LEFT - _RIGHT)


def _y(value: Fraction, top: Fraction) -> float:
    return _TOP + (1 - float(min(max(value / top, Fraction(0)), Fraction(1)))) * (HEIGHT - _TOP - _BOTTOM)


def _band(band: tuple[Fraction, Fraction], wide: Fraction, tall: Fraction) -> Iterator[Shape]:
    """A wedge from the origin, in strips, with its edges as lines."""
    low, high = (max(one, Fraction(0)) for one in band)
    strips = []
    for number in range(_STRIPS):
        at = wide * (2 * number + 1) / (2 * _STRIPS)
        x, top, bottom = _x(wide * number / _STRIPS, wide), _y(at * high, tall), _y(at * low, tall)
        strips.append((x, top, (WIDTH - _LEFT - _RIGHT) / _STRIPS, max(bottom - top, 0.0)))
    yield Cells(tuple(strips), Ink.BAND)
    for edge in (low, high):
        yield Stroke(_x(Fraction(0), wide), _y(Fraction(0), tall), _x(wide, wide), _y(wide * edge, tall), Ink.FIRST)


def _grid(axes: Axes, wide: tuple[Fraction, Fraction], tall: tuple[Fraction, Fraction]) -> Iterator[Shape]:
    yield Label(4, 14, axes.used)
    yield Label(WIDTH - _RIGHT, HEIGHT - 6, axes.made, Anchor.END)
    for number in range(int(wide[0] / wide[1]) + 1):
        x = _x(wide[1] * number, wide[0])
        yield Stroke(x, _TOP, x, HEIGHT - _BOTTOM, Ink.GRID if number else Ink.AXIS)
        yield Label(x, HEIGHT - _BOTTOM + 16, tick(wide[1] * number), Anchor.MIDDLE)
    for number in range(int(tall[0] / tall[1]) + 1):
        y = _y(tall[1] * number, tall[0])
        yield Stroke(_LEFT, y, WIDTH - _RIGHT, y, Ink.GRID if number else Ink.AXIS)
        yield Label(_LEFT - 6, y + 4, tick(tall[1] * number), Anchor.END)


def _point(one: Month, wide: Fraction, tall: Fraction, *, above: bool) -> Iterator[Shape]:
    x, y = _x(one.made, wide), _y(one.used, tall)
    if one.is_unusual:
        for rising in (1, -1):
            yield Stroke(x - _POINT, y + _POINT * rising, x + _POINT, y - _POINT * rising, Ink.BAD, 2.5)
    else:
        yield Box(x - _POINT / 2, y - _POINT / 2, _POINT, _POINT, Ink.SECOND)
    near_the_end = x > WIDTH - 90
    side = -9 if near_the_end else 9
    yield Label(x + side, y - 6 if above else y + 15, one.name, Anchor.END if near_the_end else Anchor.START)
