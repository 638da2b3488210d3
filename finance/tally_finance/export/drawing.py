"""A drawing as lines, boxes and texts at places, before it is SVG or a page. No IO.

Places are floats: they are where ink goes, never a quantity. The origin is the upper left corner, as in SVG.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from tally_finance.bilingual import Text

FONT_SIZE: Final = 11.0


@unique
class Ink(Enum):
    """What is drawn, by what it means; the renderers know its colours, in a light room and in a dark one."""

    AXIS = "axis"
    GRID = "grid"
    TEXT = "text"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"
    BAD = "bad"
    GOOD = "good"
    DOUBT = "doubt"
    BAND = "band"
    EMPTY = "empty"


@unique
class Pattern(Enum):
    """What is laid over a box, so that boxes differ without their colours."""

    PLAIN = "plain"
    DOTS = "dots"
    LINES = "lines"
    CROSSED = "crossed"


@unique
class Anchor(Enum):
    """Which end of a text stands at its place."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle with an outline."""

    x: float
    y: float
    width: float
    height: float
    ink: Ink
    outlined: bool = True


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    ink: Ink
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Label:
    """A text; `y` is its base line."""

    x: float
    y: float
    text: Text
    anchor: Anchor = Anchor.START
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """Boxes (x, y, width, height) of one ink at one strength (0 to 1), without outlines: a calendar has thousands."""

    boxes: tuple[tuple[float, float, float, float], ...]
    ink: Ink
    strength: float = 1.0


Shape = Box | Stroke | Label | Cells


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in the order in which they are drawn."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def patterned(box: Box, pattern: Pattern) -> Iterator[Shape]:
    """A box with its pattern over it, in lines that both renderers draw alike."""
    yield box
    if pattern in (Pattern.LINES, Pattern.CROSSED):
        yield from _slanted(box, rising=True)
    if pattern is Pattern.CROSSED:
        yield from _slanted(box, rising=False)
    if pattern is Pattern.DOTS:
        yield from _dotted(box)


_APART: Final = 5.0


def _slanted(box: Box, *, rising: bool) -> Iterator[Shape]:
    """Lines at 45°, cut to the box: along each of them x + y (or x - y) is the same."""
    at = _APART
    while at < box.width + box.height:
        left, right = max(0.0, at - box.height), min(box.width, at)
        low, high = at - left, at - right
        if not rising:
            low, high = box.height - low, box.height - high
        yield Stroke(box.x + left, box.y + low, box.x + right, box.y + high, Ink.EMPTY, 0.9)
        at += _APART


def _dotted(box: Box) -> Iterator[Shape]:
    row = _APART / 2
    while row < box.height:
        x = _APART / 2
        while x + 1.4 < box.width:
            yield Stroke(box.x + x, box.y + row, box.x + x + 1.4, box.y + row, Ink.EMPTY, 1.4)
            x += _APART
        row += _APART
