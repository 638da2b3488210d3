"""A load's hours as a calendar (日历热力图): days side by side, hours below one another. No IO.

The more passed in an hour, the stronger it is.

What was not measured as planned is laid over it by its kind, each with its own pattern: nobody has to see a colour.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tally_finance.export.drawing import Anchor, Box, Cells, Drawing, Ink, Label, Pattern, Shape, Stroke, patterned

LEVELS: Final = 7
WIDTH: Final = 960.0
_LEFT, _TOP, _ZONE, _LEGEND = 44.0, 20.0, 18.0, 36.0
_HOURS: Final = 24
_HOUR_S: Final = 3_600
_HOUR_HEIGHT: Final = 8.0
_WIDEST_DAY: Final = 22.0
_EVERY: Final = 6
"""Hours between labels."""
_LOOKS: Final = (
    (Ink.DOUBT, Pattern.LINES),
    (Ink.BAD, Pattern.CROSSED),
    (Ink.FOURTH, Pattern.DOTS),
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day by its name (YYYY-MM-DD): the quantity of each hour, None outside the period."""

    name: str
    hours: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Gap:
    """Hours that were not measured as planned. `day`: its place in the list; `kind`: its place among the kinds."""

    day: int
    first: int
    last: int
    kind: int


@dataclass(frozen=True, slots=True)
class Legend:
    """Words of the drawing: the least and the most of an hour, each kind of gap, and the zone of the hours."""

    least: str
    most: str
    kinds: Sequence[str]
    zone: str


def calendar_map(days: Sequence[Day], gaps: Sequence[Gap], legend: Legend) -> Drawing:
    """The drawing. Hours of equal quantity are equally strong; the least of all is the weakest."""
    wide = min((WIDTH - _LEFT) / max(len(days), 1), _WIDEST_DAY)
    height = _TOP + _HOURS * _HOUR_HEIGHT + _ZONE + _LEGEND
    shapes = [
        *_hours(days, wide),
        *_scale(days, wide),
        Label(_LEFT, _TOP + _HOURS * _HOUR_HEIGHT + 14, legend.zone),
        *(shape for gap in gaps for shape in _gap(gap, wide)),
        *_legend(legend, height - 14),
    ]
    return Drawing(WIDTH, height, tuple(shapes))


def levels(days: Sequence[Day]) -> tuple[int, int]:
    """The least and the most that an hour has; (0, 0) of nothing."""
    every = [one for day in days for one in day.hours if one is not None]
    return (min(every), max(every)) if every else (0, 0)


def _strength(level: int) -> float:
    return 0.1 + 0.9 * level / (LEVELS - 1)


def _hours(days: Sequence[Day], wide: float) -> Iterator[Shape]:
    """Equal neighbours of a day in one box, all boxes of one strength in one shape."""
    least, most = levels(days)
    found: dict[int, list[tuple[float, float, float, float]]] = {}
    for number, day in enumerate(days):
        begins, before = 0, None
        for hour, level in enumerate([*(_level(one, least, most) for one in day.hours), None]):
            if level != before:
                if before is not None:
                    box = (_LEFT + number * wide, _TOP + begins * _HOUR_HEIGHT, wide, (hour - begins) * _HOUR_HEIGHT)
                    found.setdefault(before, []).append(box)
                begins, before = hour, level
    for level, boxes in sorted(found.items()):
        yield Cells(tuple(boxes), Ink.FIRST, _strength(level))


def _level(value: int | None, least: int, most: int) -> int | None:
    if value is None:
        return None
    return (value - least) * (LEVELS - 1) // (most - least) if most > least else 0


def _scale(days: Sequence[Day], wide: float) -> Iterator[Shape]:
    bottom = _TOP + _HOURS * _HOUR_HEIGHT
    for hour in range(0, _HOURS + 1, _EVERY):
        y = _TOP + hour * _HOUR_HEIGHT
        yield Label(_LEFT - 6, y + 4, f"{hour:02d}:00", Anchor.END)
        yield Stroke(_LEFT - 3, y, _LEFT, y, Ink.AXIS)
    free_from = 0.0
    for number, day in enumerate(days):
        x = _LEFT + number * wide
        is_month = day.name.endswith("-01")
        if is_month or number == 0:
            yield Stroke(x, _TOP - 4, x, bottom + 4, Ink.AXIS, 0.8)
        if (is_month or number == 0) and x >= free_from:
            yield Label(min(x + 2, WIDTH - 48), _TOP - 6, day.name[:7])
            free_from = x + 56


def _gap(gap: Gap, wide: float) -> Iterator[Shape]:
    ink, pattern = _LOOKS[gap.kind % len(_LOOKS)]
    y, tall = _TOP + gap.first * _HOUR_HEIGHT, (gap.last - gap.first + 1) * _HOUR_HEIGHT
    yield from patterned(Box(_LEFT + gap.day * wide, y, wide, tall, ink, outlined=False), pattern)


def _legend(legend: Legend, y: float) -> Iterator[Shape]:
    yield Label(_LEFT, y, legend.least)
    x = _LEFT + _wide(legend.least) + 10
    for level in range(LEVELS):
        yield Cells(((x + level * 16, y - 10, 16, 12),), Ink.FIRST, _strength(level))
    x += LEVELS * 16 + 8
    yield Label(x, y, legend.most)
    x += _wide(legend.most) + 26
    for kind, words in enumerate(legend.kinds):
        ink, pattern = _LOOKS[kind % len(_LOOKS)]
        yield from patterned(Box(x, y - 10, 20, 12, ink, outlined=False), pattern)
        yield Label(x + 26, y, words)
        x += 26 + _wide(words) + 20


def _wide(text: str) -> float:
    return sum(6.2 if ord(letter) < 0x2E80 else 11.5 for letter in text)


def gaps_of(spans: Sequence[tuple[int, int, int]], hours: Mapping[int, tuple[int, int]]) -> list[Gap]:
    """Hours that spans (kind, from, to; Unix seconds) touch, neighbours of a day together.

    `hours`: day and hour of each full hour of the site's clock, by the Unix second of its beginning: where that is half
    an hour off, they begin at half past.
    """
    touched: dict[tuple[int, int], int] = {}
    begins = sorted(hours)
    for kind, from_at, to_at in spans:
        place = bisect_right(begins, from_at - _HOUR_S)
        while place < len(begins) and begins[place] < max(to_at, from_at + 1):
            where = hours[begins[place]]
            touched[where] = max(kind, touched.get(where, 0))
            place += 1
    found: list[Gap] = []
    for (day, hour), kind in sorted(touched.items()):
        last = found[-1] if found else None
        if last is not None and (last.day, last.last + 1, last.kind) == (day, hour, kind):
            found[-1] = Gap(day, last.first, hour, kind)
        else:
            found.append(Gap(day, hour, hour, kind))
    return found
