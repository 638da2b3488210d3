"""A close as pages to print (PDF). The same body and names give the same bytes, so that its digest can be signed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

from reportlab.graphics.shapes import Group, String
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from tally_finance import fonts
from tally_finance.close import body as bodies
from tally_finance.close import chart
from tally_finance.close.body import Body
from tally_finance.close.table import Column, Measure, Names, Table, written
from tally_finance.close.tables import about, tables
from tally_finance.fonts import LATIN, STRONG, marked, runs

_RULE: Final = colors.HexColor("#c5cdd5")
_HEADING: Final = colors.HexColor("#e4eaf0")
_MARGIN: Final = 12 * mm
_WIDTH: Final = landscape(A4)[0] - 2 * _MARGIN
_LEFT_OUT: Final = frozenset({"days"})
"""A plot on the page; every figure is in the workbook."""

_MOST_CHARS: Final = 600
"""Of a cell: a row must fit on a page."""

_CELL: Final = ParagraphStyle("cell", fontName=LATIN, fontSize=8, leading=10)
_NUMBER: Final = ParagraphStyle("number", parent=_CELL, alignment=TA_RIGHT)
_HEAD: Final = ParagraphStyle("head", parent=_CELL, fontName=STRONG)
_HEAD_NUMBER: Final = ParagraphStyle("head number", parent=_HEAD, alignment=TA_RIGHT)
_TITLE: Final = ParagraphStyle("title", fontName=STRONG, fontSize=17, leading=22, spaceAfter=6)
_SECTION: Final = ParagraphStyle("section", fontName=STRONG, fontSize=11, leading=15, spaceBefore=10)
_NOTE: Final = ParagraphStyle("note", parent=_CELL, textColor=colors.HexColor("#5a6570"), spaceBefore=3)
_MARGIN_TEXT_PT: Final = 7


def render(body: Body, names: Names) -> bytes:
    """The bytes of the PDF file."""
    fonts.register()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=landscape(A4),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=15 * mm,
        title=f"{body.book} {body.month}",
        author="tallystick",
        invariant=1,
    )
    foot = _foot(body)
    document.build(list(_story(body, names)), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _story(body: Body, names: Names) -> Iterator[Any]:
    front = about(body, names)
    yield Paragraph(marked(f"{front.english} {front.chinese} {body.month}: {body.book}"), _TITLE)
    yield _grid(front, headings=False)
    for table in tables(body, names):
        if table.name in _LEFT_OUT:
            continue
        yield from _section(table)
        if table.name == "movement":
            yield from _plots(body)


def _section(table: Table) -> Iterator[Any]:
    """Title, table and note; the title never stands alone at the foot of a page."""
    title, grid = Paragraph(marked(f"{table.english} {table.chinese}"), _SECTION), _grid(table, headings=True)
    note = [Paragraph(marked(table.note), _NOTE)] if table.note else []
    if len(table.rows) <= 12:
        yield KeepTogether([title, Spacer(1, 3), grid, *note])
        return
    title.keepWithNext = True
    yield from (title, grid, *note)


def _plots(body: Body) -> Iterator[Any]:
    for one in body.facilities:
        plot = chart.drawing(one, _words)
        if plot is not None:
            title = Paragraph(marked(f"{one.facility}: every day of the month 每日走势"), _SECTION)
            yield KeepTogether([title, plot])


def _grid(table: Table, *, headings: bool) -> Grid:
    rows = [
        [_cell(written(value, column.measure), column) for value, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    if headings:
        rows.insert(0, [_heading(column) for column in table.columns])
        style.append(("BACKGROUND", (0, 0), (-1, 0), _HEADING))
    widths = _widths(table)
    return Grid(rows, colWidths=widths, repeatRows=1 if headings else 0, style=style, hAlign="LEFT")


def _widths(table: Table) -> list[float]:
    """Each column as wide as its longest words; where that is too wide, the widest give way first."""
    wanted = []
    for number, column in enumerate(table.columns):
        cells = [written(row[number], column.measure) for row in table.rows]
        wanted.append(max(_length(text) for text in (column.english, column.chinese, *cells)) + 9)
    cap = max(wanted)
    while sum(min(one, cap) for one in wanted) > _WIDTH:
        cap -= 1
    return [min(one, cap) for one in wanted]


def _length(text: str) -> float:
    """Of a text in the size of a cell, in points."""
    return fonts.width(text, _CELL.fontSize, STRONG)


def _cell(text: str, column: Column) -> Paragraph:
    text = text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}… (all of it in the workbook 详见表格)"
    return Paragraph(marked(text), _CELL if column.measure is Measure.TEXT else _NUMBER)


def _heading(column: Column) -> Paragraph:
    words = f"{marked(column.english)}<br/>{marked(column.chinese)}" if column.english else marked(column.chinese)
    return Paragraph(words, _HEAD if column.measure is Measure.TEXT else _HEAD_NUMBER)


def _words(x: float, y: float, text: str, size: float, colour: Any) -> Group:
    """A text of both scripts in a drawing."""
    group = Group()
    for run, font in runs(text):
        group.add(String(x, y, run, fontName=font, fontSize=size, fillColor=colour))
        x += pdfmetrics.stringWidth(run, font, size)
    return group


def _foot(body: Body) -> Any:
    line = f"{body.book} {body.month}, digest of all figures {bodies.digest(body).hex()}"

    def draw(canvas: Any, document: Any) -> None:
        canvas.saveState()
        x = _MARGIN
        for run, font in runs(line):
            canvas.setFont(font, _MARGIN_TEXT_PT)
            canvas.drawString(x, 8 * mm, run)
            x += pdfmetrics.stringWidth(run, font, _MARGIN_TEXT_PT)
        canvas.setFont(LATIN, _MARGIN_TEXT_PT)
        canvas.drawRightString(landscape(A4)[0] - _MARGIN, 8 * mm, str(document.page))
        canvas.restoreState()

    return draw
