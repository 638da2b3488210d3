"""A drawing for a page of a PDF. Its colours are those of the page in a light room."""

from __future__ import annotations

from typing import Final

from reportlab.graphics.shapes import Drawing as Canvas
from reportlab.graphics.shapes import Line, Rect, String
from reportlab.lib.colors import Color, HexColor, white

from tally_finance import fonts
from tally_finance.export.drawing import FONT_SIZE, Anchor, Box, Cells, Drawing, Ink, Label, Stroke
from tally_finance.two_scripts import shown

SCALE: Final = 0.8
TEXT: Final = HexColor("#1c2530")
_COLOURS: Final[dict[Ink, Color]] = {
    Ink.AXIS: HexColor("#56616d"),
    Ink.GRID: HexColor("#d6dde4"),
    Ink.TEXT: TEXT,
    Ink.FIRST: HexColor("#0072b2"),
    Ink.SECOND: HexColor("#c65a00"),
    Ink.THIRD: HexColor("#00805f"),
    Ink.FOURTH: HexColor("#8a5a83"),
    Ink.BAD: HexColor("#b3261e"),
    Ink.GOOD: HexColor("#1b6b3a"),
    Ink.DOUBT: HexColor("#7a4b00"),
    Ink.BAND: HexColor("#d0e3f0"),
    Ink.EMPTY: white,
}
_PART_BEFORE: Final = {Anchor.START: 0.0, Anchor.MIDDLE: 0.5, Anchor.END: 1.0}


def canvas(drawing: Drawing) -> Canvas:
    """The same shapes upside down: a page's origin is its lower left corner."""
    made = Canvas(drawing.width * SCALE, drawing.height * SCALE)
    for one in drawing.shapes:
        match one:
            case Box():
                bottom = drawing.height - one.y - one.height
                size = (one.x * SCALE, bottom * SCALE, one.width * SCALE, one.height * SCALE)
                made.add(Rect(*size, fillColor=_COLOURS[one.ink], strokeColor=TEXT, strokeWidth=0.4))
            case Stroke():
                ends = (one.x1, drawing.height - one.y1, one.x2, drawing.height - one.y2)
                colour, width = _COLOURS[one.ink], one.width * SCALE
                made.add(Line(*(end * SCALE for end in ends), strokeColor=colour, strokeWidth=width))
            case Cells():
                colour = Color(*_COLOURS[one.ink].rgb(), alpha=one.strength)
                for x, y, width, height in one.boxes:
                    size = (x * SCALE, (drawing.height - y - height) * SCALE, width * SCALE, height * SCALE)
                    made.add(Rect(*size, fillColor=colour, strokeColor=None))
            case Label():
                _label(made, one, drawing.height - one.y)
    return made


def _label(made: Canvas, one: Label, y: float) -> None:
    """A text of both scripts, run by run."""
    size, text = FONT_SIZE * SCALE, shown(str(one.text))
    x = one.x * SCALE - fonts.width(text, size) * _PART_BEFORE[one.anchor]
    for run, font in fonts.runs(text):
        made.add(String(x, y * SCALE, run, fontName=font, fontSize=size, fillColor=TEXT))
        x += fonts.width(run, size)
