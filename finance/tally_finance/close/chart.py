"""The plot of a facility's month: what is owed under what it may be, day by day. A drawing for the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from reportlab.graphics.shapes import Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import HexColor

from tally_finance.close.body import DayLine, FacilityLine

WIDTH: Final = 760
HEIGHT: Final = 140
_LEFT, _RIGHT, _BOTTOM, _TOP = 62, 150, 24, 12
_FEN_PER_MILLION: Final = 100_000_000
_STEPS: Final = (1, 2, 5)
_MOST_TICKS: Final = 5
_INK, _FAINT = HexColor("#3a4450"), HexColor("#d9dfe5")
_SERIES: Final[tuple[tuple[str, Any, float, Callable[[DayLine], int]], ...]] = (
    ("value 押品价值", HexColor("#9aa7b4"), 1.6, lambda day: day.value_fen),
    ("lendable 可融资额度", HexColor("#2c7fb8"), 3.4, lambda day: day.lendable_fen),
    ("for new credit 可计额度", HexColor("#8bc34a"), 1.4, lambda day: day.counted_fen),
    ("owed 敞口", HexColor("#c0392b"), 1.8, lambda day: day.owed_fen),
)
"""Lendable is drawn wide, below what counts for new credit, which mostly is the same."""


def drawing(one: FacilityLine, text: Any) -> Drawing | None:
    """The plot, None for a facility of a single day. `text(x, y, words, size, colour)` writes both scripts."""
    days = one.days
    if len(days) < 2:
        return None
    plot = Drawing(WIDTH, HEIGHT)
    highest = max(max(of(day) for *_, of in _SERIES) for day in days)
    lowest = min(0, *(of(day) for day in days for *_, of in _SERIES))
    step = _step(max(highest - lowest, 1))
    low, high = lowest // step * step, -(-max(highest, step) // step) * step
    frame = _Frame(days, low, high)
    _axes(plot, frame, step)
    ends = []
    for name, colour, wide, of in _SERIES:
        points = [place for number, day in enumerate(days) for place in (frame.x(number), frame.y(of(day)))]
        plot.add(PolyLine(points, strokeColor=colour, strokeWidth=wide))
        ends.append((points[-1], name, colour))
    for height, name, colour in _apart(ends):
        plot.add(text(frame.x(len(days) - 1) + 8, height - 3, name, 8, colour))
    return plot


class _Frame:
    """Where days and sums stand."""

    def __init__(self, days: Sequence[DayLine], low: int, high: int) -> None:
        self.days, self.low, self.high = days, low, high

    def x(self, number: int) -> float:
        """Of a day by its number."""
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * number / (len(self.days) - 1)

    def y(self, fen: int) -> float:
        """Of a sum."""
        return _BOTTOM + (HEIGHT - _BOTTOM - _TOP) * (fen - self.low) / (self.high - self.low)


def _axes(plot: Drawing, frame: _Frame, step: int) -> None:
    right = frame.x(len(frame.days) - 1)
    plot.add(Rect(0, 0, WIDTH, HEIGHT, fillColor=None, strokeColor=None))
    for fen in range(frame.low, frame.high + 1, step):
        plot.add(
            Line(_LEFT, frame.y(fen), right, frame.y(fen), strokeColor=_INK if fen == 0 else _FAINT, strokeWidth=0.6)
        )
        label = _millions(fen)
        plot.add(String(_LEFT - 6, frame.y(fen) - 3, label, textAnchor="end", fontSize=8, fillColor=_INK))
    for number, day in enumerate(frame.days):
        if day.day.day in (1, 5, 10, 15, 20, 25) or number == len(frame.days) - 1:
            plot.add(Line(frame.x(number), _BOTTOM - 3, frame.x(number), _BOTTOM, strokeColor=_INK, strokeWidth=0.6))
            label = f"{day.day:%m-%d}"
            plot.add(String(frame.x(number), 8, label, textAnchor="middle", fontSize=8, fillColor=_INK))


def _millions(fen: int) -> str:
    whole, rest = divmod(abs(fen), _FEN_PER_MILLION)
    places = f"{rest:08d}".rstrip("0")
    return ("-" if fen < 0 else "") + (f"{whole:,}.{places}" if places else f"{whole:,}") + " M"


def _step(span: int) -> int:
    """The smallest of 1, 2, 5, 10, … fen that makes few ticks."""
    power = 1
    while True:
        for step in _STEPS:
            if span <= step * power * _MOST_TICKS:
                return step * power
        power *= 10


def _apart(ends: list[tuple[float, str, Any]]) -> list[tuple[float, str, Any]]:
    """Labels of lines that end close together, moved so far apart that all can be read."""
    placed: list[tuple[float, str, Any]] = []
    floor = 0.0
    for height, name, colour in sorted(ends, key=lambda end: end[0]):
        floor = max(height, floor)
        placed.append((floor, name, colour))
        floor += 11
    return placed
