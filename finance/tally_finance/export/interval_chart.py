"""Figures with their uncertainty as intervals (不确定度区间): a bar to the value, and where it may lie. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from tally_finance.export.chart import cut, step_of, tick
from tally_finance.export.drawing import Anchor, Box, Drawing, Ink, Label, Shape, Stroke

WIDTH: Final = 880.0
_NAME, _TOLD = 190.0, 240.0
_ROW: Final = 34.0
_TOP: Final = 26.0


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A value and its U95, and what is written at the end of the row."""

    name: str
    value: Fraction
    u95: Fraction
    told: str
    under: str = ""


def intervals(unit: str, rows: Sequence[Uncertain]) -> Drawing:
    """A row for each, all to one scale from zero; the interval's ends and the conservative value have marks."""
    highest = max((one.value + one.u95 for one in rows), default=Fraction(1)) or Fraction(1)
    step = step_of(highest)
    top = max(-(-highest // step), 1) * step
    height = _TOP + _ROW * len(rows) + 8
    shapes: list[Shape] = [*_axis(unit, top, step, height)]
    for number, one in enumerate(rows):
        shapes += _row(one, _TOP + number * _ROW, top)
    return Drawing(WIDTH, height, tuple(shapes))


def _x(value: Fraction, top: Fraction) -> float:
    return _NAME + float(max(value, Fraction(0)) / top) * (WIDTH - _NAME - _TOLD)


def _axis(unit: str, top: Fraction, step: Fraction, height: float) -> Iterator[Shape]:
    yield Label(4, 14, unit)
    for number in range(int(top / step) + 1):
        x = _x(step * number, top)
        yield Stroke(x, _TOP - 4, x, height - 6, Ink.GRID if number else Ink.AXIS)
        yield Label(x, 14, tick(step * number), Anchor.MIDDLE)


def _row(one: Uncertain, y: float, top: Fraction) -> Iterator[Shape]:
    middle = y + 13
    low, at, high = (_x(value, top) for value in (one.value - one.u95, one.value, one.value + one.u95))
    yield Label(_NAME - 8, middle + 4, cut(one.name, _NAME - 12), Anchor.END)
    yield Box(_NAME, middle - 4, max(at - _NAME, 0.5), 8, Ink.FIRST, outlined=False)
    yield Stroke(low, middle, high, middle, Ink.BAD, 2)
    for x in (low, high):
        yield Stroke(x, middle - 9, x, middle + 9, Ink.BAD, 2)
    yield Label(WIDTH - _TOLD + 10, middle + (0 if one.under else 4), one.told, strong=True)
    if one.under:
        yield Label(WIDTH - _TOLD + 10, middle + 14, one.under)
