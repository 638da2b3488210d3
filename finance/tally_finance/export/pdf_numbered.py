"""Pages of a PDF that say on each which they are of how many, of which report, and what is marked on all of them."""

from __future__ import annotations

from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from tally_finance import fonts
from tally_finance.export.pdf_table import MARGIN

_SOFT, _BAD = HexColor("#56616d"), HexColor("#a11c1c")
_SIZE: Final = 7.0
_MARK_SIZE: Final = 8.5
_FOOT: Final = 9 * mm
_TOTAL: Final = "pages"
_TOTAL_AT: Final = A4[0] - MARGIN - 16


class Numbered(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Names on each page a form that is written last, when it is known how many pages there are."""

    mark, digest = "", ""

    @classmethod
    def of(cls, mark: str, digest: str) -> type[Numbered]:
        """A canvas that writes a mark on top of every page, and a digest at its foot."""
        return type("Numbered", (cls,), {"mark": mark, "digest": digest})

    def showPage(self) -> None:  # noqa: N802  reportlab's name
        """Finish a page."""
        self.saveState()
        self.setFillColor(_SOFT)
        x = self._line(MARGIN, _FOOT, "Report 报告 ", _SIZE)
        self.setFont(fonts.CODE, _SIZE)
        self.drawString(x, _FOOT, self.digest)
        self.setFont(fonts.LATIN, _SIZE)
        self.drawRightString(_TOTAL_AT, _FOOT, f"{self.getPageNumber()} /")
        self.doForm(_TOTAL)
        if self.mark:
            self.setFillColor(_BAD)
            self._line(MARGIN, A4[1] - 10 * mm, self.mark, _MARK_SIZE)
        self.restoreState()
        super().showPage()

    def save(self) -> None:
        """Finish the file."""
        pages = self.getPageNumber() - 1
        self.beginForm(_TOTAL)
        self.setFillColor(_SOFT)
        self.setFont(fonts.LATIN, _SIZE)
        self.drawString(_TOTAL_AT + 2, _FOOT, str(pages))
        self.endForm()
        super().save()

    def _line(self, x: float, y: float, text: str, size: float) -> float:
        """A text of both scripts; where it ends."""
        for run, font in fonts.runs(text, fonts.STRONG if size > _SIZE else fonts.LATIN):
            self.setFont(font, size)
            self.drawString(x, y, run)
            x += fonts.width(run, size, font)
        return x
