"""Tables on pages of a PDF: widths that fit, rows that break across pages with nothing lost, ids that lead to rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph
from reportlab.platypus import Table as Grid

from tally_finance import fonts
from tally_finance.bilingual import Text
from tally_finance.export.document import Column, Document, Kind, Row, Table, Tone
from tally_finance.fonts import LATIN, STRONG, marked
from tally_finance.two_scripts import shown

MARGIN: Final = 12 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
CELL: Final = ParagraphStyle("cell", fontName=LATIN, fontSize=7.5, leading=10)
CODE: Final = ParagraphStyle("code", parent=CELL, fontName=fonts.CODE, fontSize=7)
_NUMBER: Final = ParagraphStyle("number", parent=CELL, alignment=TA_RIGHT)
_HEAD: Final = ParagraphStyle("head", parent=CELL, fontName=STRONG)
_HEAD_NUMBER: Final = ParagraphStyle("head number", parent=_HEAD, alignment=TA_RIGHT)
_RULE: Final = colors.HexColor("#d6dde4")
_BACKS: Final = {Tone.DOUBT: colors.HexColor("#fdf3e0"), Tone.BAD: colors.HexColor("#fcebea")}
_BACK_OF_HEAD: Final = colors.HexColor("#eef2f6")
_PADDING: Final = 3
_MOST_CHARS: Final = 700
"""Of a cell in one row: a row must fit on a page; what is longer goes on in the next row."""
_LEAST: Final = 24.0


class Tables:
    """The tables of a document: they know which ids have a row somewhere."""

    def __init__(self, document: Document) -> None:
        """Collect the ids."""
        self._anchors = {
            row.anchor
            for section in document.sections
            for block in section.blocks
            if isinstance(block, Table)
            for row in block.rows
            if row.anchor
        }
        self._placed: set[str] = set()

    def grids(self, table: Table) -> Iterator[Grid]:
        """The table."""
        heads = [Paragraph(_heading(one), _HEAD_NUMBER if one.kind is Kind.NUMBER else _HEAD) for one in table.columns]
        rows, style = [heads], _style()
        for row in table.rows:
            if row.tone in _BACKS:
                style.append(("BACKGROUND", (0, len(rows)), (-1, len(rows)), _BACKS[row.tone]))
            rows += self._rows(row, table.columns)
        yield Grid(rows, colWidths=_widths(table), repeatRows=1, style=style, hAlign="LEFT")

    def _rows(self, row: Row, columns: tuple[Column, ...]) -> Iterator[list[Any]]:
        """A row, and as many more as its longest cell needs."""
        pieces = [list(_pieces(shown(str(text)))) for text in row.cells]
        for number, part in enumerate(zip_longest(*pieces, fillvalue="")):
            cells = [self._cell(text, column) for text, column in zip(part, columns, strict=True)]
            if number == 0 and row.anchor and row.anchor not in self._placed:
                self._placed.add(row.anchor)
                cells[0] = Paragraph(f'<a name="{_quoted(row.anchor)}"/>{cells[0].text}', cells[0].style)
            yield cells

    def _cell(self, text: str, column: Column) -> Paragraph:
        if column.kind is Kind.LINKS:
            return Paragraph(" ".join(self._link(one) for one in text.split(" ")), CELL)
        style = {Kind.NUMBER: _NUMBER, Kind.CODE: CODE}.get(column.kind, CELL)
        return Paragraph(styled(text, column.kind), style)

    def _link(self, name: str) -> str:
        if name not in self._anchors:
            return marked(name)
        return f'<a href="#{_quoted(name)}" color="#0b5a94">{marked(name)}</a>'


def _quoted(name: str) -> str:
    """A name within an element."""
    return escape(shown(name), {'"': "&quot;"})


def styled(text: Text, kind: Kind) -> str:
    """A text for a paragraph, in the letters of machines where it is theirs."""
    found = marked(shown(str(text)))
    return f'<font name="{fonts.CODE}" size="7">{found}</font>' if kind is Kind.CODE else found


def _heading(column: Column) -> str:
    both = (column.words.english, column.words.chinese)
    return "<br/>".join(marked(shown(one)) for one in both if one)


def _pieces(text: str) -> Iterator[str]:
    """A cell's text in parts that fit on a page, cut at blanks where there are any."""
    while len(text) > _MOST_CHARS:
        at = text.rfind(" ", _MOST_CHARS // 2, _MOST_CHARS) + 1 or _MOST_CHARS
        yield text[:at]
        text = text[at:]
    yield text


def _style() -> list[tuple[Any, ...]]:
    return [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
        ("BACKGROUND", (0, 0), (-1, 0), _BACK_OF_HEAD),
        ("LEFTPADDING", (0, 0), (-1, -1), _PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), _PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]


def _widths(table: Table) -> list[float]:
    """Each column as wide as its longest words; where that is too wide, the widest give way first."""
    wanted = []
    for number, column in enumerate(table.columns):
        latin = fonts.CODE if column.kind is Kind.CODE else STRONG
        texts = {column.words.english, column.words.chinese, *(str(row.cells[number]) for row in table.rows)}
        longest = max(fonts.width(text[:_MOST_CHARS], CELL.fontSize, latin) for text in texts)
        wanted.append(max(longest + 2 * _PADDING + 3, _LEAST))
    cap = max(wanted)
    while sum(min(one, cap) for one in wanted) > WIDTH:
        cap -= 1
    return [min(one, cap) for one in wanted]
