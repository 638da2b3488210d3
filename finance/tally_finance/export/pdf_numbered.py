"""Pages of a PDF that say on each which they are of how many, of which report, and what is marked on all of them."""

from __future__ import annotations

from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from tally_finance import fonts
from tally_finance.export.pdf_table import MARGIN

_SOFT, _BAD = HexColor("#56616d"), HexColor("#a11c1c")
_SIZE: Final = 7.0
_MARK_SIZE: Final = 8.5


class Numbered(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Holds its pages back until it knows how many there are."""

    mark, digest = "", ""

    @classmethod
    def of(cls, mark: str, digest: str) -> type[Numbered]:
        """A canvas that writes a mark on top of every page, and a digest at its foot."""
        return type("Numbered", (cls,), {"mark": mark, "digest": digest})

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As reportlab makes one."""
        super().__init__(*arguments, **named)
        self.held: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  reportlab's name
        """Hold a page back."""
        self.held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write all of them."""
        for number, state in enumerate(self.held, 1):
            self.__dict__.update(state)
            self._edges(f"{number} / {len(self.held)}")
            super().showPage()
        super().save()

    def _edges(self, number: str) -> None:
        self.saveState()
        self.setFillColor(_SOFT)
        x = self._line(MARGIN, 9 * mm, "Report 报告 ", _SIZE)
        self.setFont(fonts.CODE, _SIZE)
        self.drawString(x, 9 * mm, self.digest)
        self.setFont(fonts.LATIN, _SIZE)
        self.drawRightString(A4[0] - MARGIN, 9 * mm, number)
        if self.mark:
            self.setFillColor(_BAD)
            self._line(MARGIN, A4[1] - 10 * mm, self.mark, _MARK_SIZE)
        self.restoreState()

    def _line(self, x: float, y: float, text: str, size: float) -> float:
        """A text of both scripts; where it ends."""
        for run, font in fonts.runs(text, fonts.STRONG if size > _SIZE else fonts.LATIN):
            self.setFont(font, size)
            self.drawString(x, y, run)
            x += fonts.width(run, size, font)
        return x
