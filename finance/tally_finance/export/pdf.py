"""A report as pages to print (PDF 报告): what the HTML page says, the same bytes again, its digest on every page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from tally_finance import fonts
from tally_finance.export import page, pdf_drawing
from tally_finance.export.document import Block, Commands, Document, Fact, Facts, Kind, Note, Plot, Section, Table, Tone
from tally_finance.export.pdf_numbered import Numbered
from tally_finance.export.pdf_table import CELL, CODE, MARGIN, WIDTH, Tables, styled
from tally_finance.export.verified import UNVERIFIED
from tally_finance.fonts import LATIN, STRONG, marked
from tally_finance.report.folder import Kept
from tally_finance.two_scripts import shown

_SOFT: Final = colors.HexColor("#56616d")
_RULE: Final = colors.HexColor("#d6dde4")
_TONES: Final = {
    Tone.GOOD: (colors.HexColor("#1b6b3a"), colors.HexColor("#e9f5ee")),
    Tone.DOUBT: (colors.HexColor("#7a4b00"), colors.HexColor("#fdf3e0")),
    Tone.BAD: (colors.HexColor("#a11c1c"), colors.HexColor("#fcebea")),
}
_TITLE: Final = ParagraphStyle("title", fontName=STRONG, fontSize=20, leading=26)
_OF: Final = ParagraphStyle("of", fontName=LATIN, fontSize=11, leading=15, textColor=_SOFT, spaceAfter=8)
_SECTION: Final = ParagraphStyle("section", fontName=STRONG, fontSize=13, leading=17, spaceBefore=16, spaceAfter=5)
_CAPTION: Final = ParagraphStyle("caption", fontName=STRONG, fontSize=9, leading=12, spaceBefore=7, spaceAfter=3)
_NOTE: Final = ParagraphStyle("note", parent=CELL, fontSize=8.5, leading=12, spaceBefore=3, spaceAfter=3)
_BELOW: Final = ParagraphStyle("below", parent=CELL, textColor=_SOFT, spaceBefore=3, spaceAfter=4)
_SOFT_CELL: Final = ParagraphStyle("soft", parent=CELL, textColor=_SOFT)
_HEADLINE: Final = ParagraphStyle("headline", fontName=STRONG, fontSize=10.5, leading=14)
_NAMES_WIDTH: Final = 48 * mm
_FRAME: Final = 6
"""Points that reportlab leaves within a frame."""
_ROOM: Final = 70
"""Points that have to be left below a heading, else it starts the next page."""


def pdf(kept: Kept, mark: str = UNVERIFIED) -> bytes:
    """The file. `mark`: `Verified.mark` of who computed the report again; by default it says that nobody did."""
    return of(page.of(kept.said, sha256(kept.data).hexdigest(), mark))


def of(document: Document) -> bytes:
    """A document as pages."""
    fonts.register()
    out = io.BytesIO()
    pages = _Template(
        out,
        pagesize=A4,
        leftMargin=MARGIN - _FRAME,
        rightMargin=MARGIN - _FRAME,
        topMargin=16 * mm,
        bottomMargin=16 * mm,
        title=shown(f"{document.words}: {document.of}"),
        author="tallystick",
        lang="en",
        invariant=1,
    )
    pages.build(list(_story(document)), canvasmaker=Numbered.of(document.mark, document.digest))
    return out.getvalue()


class _Template(SimpleDocTemplate):  # type: ignore[misc]  # reportlab has no types
    """Every section stands in the outline that readers of PDF show beside the pages."""

    def afterFlowable(self, flowable: Any) -> None:  # noqa: N802  reportlab's name
        """Note where a section begins."""
        if isinstance(flowable, Paragraph) and flowable.style is _SECTION:
            title = flowable.getPlainText()
            self.canv.bookmarkPage(title)
            self.canv.addOutlineEntry(title, title)


def _story(document: Document) -> Iterator[Any]:
    tables = Tables(document)
    yield Paragraph(marked(str(document.words)), _TITLE)
    yield Paragraph(marked(shown(document.of)), _OF)
    yield _headline(document.headline)
    for section in document.sections:
        yield from _section(section, tables)


def _section(section: Section, tables: Tables) -> Iterator[Any]:
    yield CondPageBreak(_room(section.blocks[0]))
    yield Paragraph(marked(str(section.words)), _SECTION)
    for block in section.blocks:
        yield from _block(block, tables)


def _room(first: Block) -> float:
    """What a heading needs below it: its first block, where that does not break."""
    return _ROOM + (first.drawing.height * pdf_drawing.SCALE if isinstance(first, Plot) else _ROOM)


def _block(block: Block, tables: Tables) -> Iterator[Any]:
    match block:
        case Facts():
            yield _facts(block)
            yield Spacer(1, 5)
        case Note():
            yield Paragraph(marked(shown(str(block.text))), _toned(_NOTE, block.tone))
        case Commands():
            for line in block.lines:
                yield Paragraph(styled(line, Kind.CODE), CODE)
        case Plot():
            caption = Paragraph(marked(shown(str(block.words))), _CAPTION)
            yield KeepTogether([caption, pdf_drawing.canvas(block.drawing)])
        case Table():
            yield CondPageBreak(_ROOM)
            yield Paragraph(marked(shown(str(block.words))), _CAPTION)
            yield from tables.grids(block)
            if block.note:
                yield Paragraph(marked(shown(str(block.note))), _BELOW)


def _facts(facts: Facts) -> Grid:
    rows = [
        [Paragraph(marked(str(one.words)), _SOFT_CELL), Paragraph(styled(one.text, one.kind), _toned(CELL, one.tone))]
        for one in facts.rows
    ]
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE)]
    return Grid(rows, colWidths=[_NAMES_WIDTH, WIDTH - _NAMES_WIDTH], style=style, hAlign="LEFT")


def _headline(rows: tuple[Fact, ...]) -> Grid:
    """A box for each fact, side by side."""
    cells = [
        [Paragraph(marked(str(one.words)), _SOFT_CELL), Paragraph(marked(shown(str(one.text))), _HEADLINE)]
        for one in rows
    ]
    style: list[tuple[Any, ...]] = [
        ("BOX", (0, 0), (-1, -1), 0.6, _RULE),
        ("INNERGRID", (0, 0), (-1, -1), 0.6, _RULE),
        ("TOPPADDING", (0, 0), (-1, -1), 6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    style += [
        ("BACKGROUND", (at, 0), (at, 0), _TONES[one.tone][1]) for at, one in enumerate(rows) if one.tone in _TONES
    ]
    return Grid([cells], colWidths=[WIDTH / len(rows)] * len(rows), style=style, hAlign="LEFT")


def _toned(style: ParagraphStyle, tone: Tone) -> ParagraphStyle:
    if tone not in _TONES:
        return style
    ink, back = _TONES[tone]
    extra = {"backColor": back, "borderPadding": 4, "spaceBefore": 7, "spaceAfter": 7} if style is _NOTE else {}
    return ParagraphStyle(f"{style.name} {tone.value}", parent=style, textColor=ink, fontName=STRONG, **extra)
