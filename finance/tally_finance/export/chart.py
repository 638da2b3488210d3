"""Two plots: stacked columns over time, and bars by size. Axes carry units, series differ by pattern. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Final

from tally_finance.bilingual import Text
from tally_finance.export.drawing import Anchor, Box, Drawing, Ink, Label, Pattern, Shape, Stroke, patterned

WIDTH: Final = 560.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 10.0, 24.0, 24.0
_PLOT_HEIGHT: Final = 150.0
_LEGEND_ROW: Final = 18.0
_BAR_ROW, _BAR_LABEL, _BAR_VALUE = 24.0, 230.0, 120.0
_MOST_TICKS: Final = 5
_STEPS: Final = (1, 2, 5)
_LETTER: Final = 6.6
"""About as wide as a Latin letter is; a Chinese one is two of it."""


@dataclass(frozen=True, slots=True)
class Series:
    """A part of every column."""

    name: Text
    values: tuple[Fraction, ...]
    ink: Ink
    pattern: Pattern = Pattern.PLAIN


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `told` is what stands at its end."""

    name: str
    value: Fraction
    told: str


def columns(unit: Text, names: Sequence[str], series: Sequence[Series]) -> Drawing:
    """Columns one beside the other, each the sum of its series; values are not negative."""
    highest = max(
        (sum((one.values[at] for one in series), Fraction(0)) for at in range(len(names))), default=Fraction(0)
    )
    step = step_of(highest)
    top = max(-(-highest // step), 1) * step
    legend = list(_legend(series))
    height = _TOP + _PLOT_HEIGHT + _BOTTOM + _LEGEND_ROW * (1 + max((row for row, *_ in legend), default=0)) + 4
    shapes = [*_grid(unit, top, step), *_columns(names, series, top)]
    for row, x, one in legend:
        y = _TOP + _PLOT_HEIGHT + _BOTTOM + 6 + row * _LEGEND_ROW
        shapes += [*patterned(Box(x, y, 14, 11, one.ink), one.pattern), Label(x + 20, y + 9.5, one.name)]
    return Drawing(WIDTH, height, tuple(shapes))


def bars(rows: Sequence[Bar]) -> Drawing:
    """Bars below one another, in the order given, each as long as its share of the longest."""
    longest = max((abs(one.value) for one in rows), default=Fraction(0)) or Fraction(1)
    room = WIDTH - _BAR_LABEL - _BAR_VALUE
    shapes: list[Shape] = [Stroke(_BAR_LABEL, 4, _BAR_LABEL, 4 + _BAR_ROW * len(rows), Ink.AXIS)]
    for number, one in enumerate(rows):
        y = 4 + number * _BAR_ROW
        long = float(abs(one.value) / longest) * room
        ink, pattern = (Ink.FIRST, Pattern.PLAIN) if one.value >= 0 else (Ink.SECOND, Pattern.LINES)
        shapes.append(Label(_BAR_LABEL - 6, y + 16, cut(one.name, _BAR_LABEL - 8), Anchor.END))
        if long:
            shapes += patterned(Box(_BAR_LABEL, y + 4, long, _BAR_ROW - 8, ink), pattern)
        shapes.append(Label(_BAR_LABEL + long + 6, y + 16, one.told))
    return Drawing(WIDTH, 8 + _BAR_ROW * len(rows), tuple(shapes))


def step_of(highest: Fraction) -> Fraction:
    """The smallest of …, 0.1, 0.2, 0.5, 1, 2, 5, … that makes few ticks up to a number; 1 for nothing."""
    if highest <= 0:
        return Fraction(1)
    power = Fraction(1)
    while power * _MOST_TICKS < highest:
        power *= 10
    while power * _MOST_TICKS / 10 >= highest:
        power /= 10
    return next(power * one / 10 for one in (*_STEPS, 10) if power * one / 10 * _MOST_TICKS >= highest)


def tick(value: Fraction) -> str:
    """A number at an axis: exact, for a tick is one, two or five of a power of ten."""
    places = next(places for places in count() if (value * 10**places).denominator == 1)
    whole, rest = divmod(value.numerator * 10**places // value.denominator, 10**places)
    return f"{whole:,}" + (f".{rest:0{places}d}" if places else "")


def cut(text: str, room: float) -> str:
    """A text that fits; the table below has all of it."""
    if _wide(text) <= room:
        return text
    while text and _wide(text) > room - 2 * _LETTER:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _wide(text: str) -> float:
    return sum(_LETTER if ord(letter) < 0x2E80 else 2 * _LETTER for letter in text)


def _grid(unit: Text, top: Fraction, step: Fraction) -> Iterator[Shape]:
    yield Label(4, 12, unit)
    for number in range(int(top / step) + 1):
        y = _TOP + _PLOT_HEIGHT * (1 - float(step * number / top))
        yield Stroke(_LEFT, y, WIDTH - _RIGHT, y, Ink.GRID if number else Ink.AXIS)
        yield Label(_LEFT - 6, y + 4, tick(step * number), Anchor.END)


def _columns(names: Sequence[str], series: Sequence[Series], top: Fraction) -> Iterator[Shape]:
    each = (WIDTH - _LEFT - _RIGHT) / max(len(names), 1)
    wide = min(each * 0.68, 46.0)
    every = -(-max((len(name) for name in names), default=0) * 7 // max(int(each), 1)) or 1
    for at, name in enumerate(names):
        middle = _LEFT + each * (at + 0.5)
        if at % every == 0:
            yield Label(middle, _TOP + _PLOT_HEIGHT + 16, name, Anchor.MIDDLE)
        base = Fraction(0)
        for one in series:
            if one.values[at]:
                y = _TOP + _PLOT_HEIGHT * (1 - float((base + one.values[at]) / top))
                box = Box(middle - wide / 2, y, wide, _PLOT_HEIGHT * float(one.values[at] / top), one.ink)
                yield from patterned(box, one.pattern)
            base += one.values[at]


def _legend(series: Sequence[Series]) -> Iterator[tuple[int, float, Series]]:
    """Row, place and series, as many in a row as fit."""
    row, x = 0, _LEFT
    for one in series:
        wide = 20 + _wide(str(one.name)) + 18
        if x + wide > WIDTH and x > _LEFT:
            row, x = row + 1, _LEFT
        yield row, x, one
        x += wide
