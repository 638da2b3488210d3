"""Latin and Chinese on a page of a PDF: which font has which characters.

Latin stands in Helvetica and Courier, which every reader of PDF has; everything else in STSong-Light, the font that PDF
names for simplified Chinese and that the reader's program brings: no font is shipped, and none is embedded.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

LATIN: Final = "Helvetica"
STRONG: Final = "Helvetica-Bold"
CODE: Final = "Courier"
CHINESE: Final = "STSong-Light"


def register() -> None:
    """Make the Chinese font known; again does nothing."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))


def runs(text: str, latin: str = LATIN) -> Iterator[tuple[str, str]]:
    """The pieces of a text, each with the font that has all its characters."""
    for has_latin, letters in groupby(text, _is_latin):
        yield "".join(letters), latin if has_latin else CHINESE


def width(text: str, size: float, latin: str = LATIN) -> float:
    """Of a text on one line, in points."""
    return sum(float(pdfmetrics.stringWidth(run, font, size)) for run, font in runs(text, latin))


def marked(text: str) -> str:
    """A text for a paragraph: escaped, with its font where that is another than the paragraph's."""
    return "".join(
        f'<font name="{CHINESE}">{escape(run)}</font>' if font == CHINESE else escape(run) for run, font in runs(text)
    )


def _is_latin(letter: str) -> bool:
    """Whether the standard fonts of PDF have it: they are encoded in Windows-1252."""
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
