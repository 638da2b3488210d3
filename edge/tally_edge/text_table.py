"""Tables of text for a terminal, aligned also where Chinese characters take two columns each. No IO."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    """Columns that `text` takes in a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def padded(text: str, columns: int) -> str:
    """`text` filled with spaces to `columns`."""
    return text + " " * max(0, columns - width(text))


def render(rows: Sequence[Sequence[str]], *, gap: str = "  ", rule: bool = False) -> list[str]:
    """The rows as lines, every column as wide as its widest cell; `rule` draws a line below the first row."""
    columns = max((len(row) for row in rows), default=0)
    widths = [max((width(row[column]) for row in rows if column < len(row)), default=0) for column in range(columns)]
    lines = [gap.join(padded(cell, widths[at]) for at, cell in enumerate(row)).rstrip() for row in rows]
    if rule and lines:
        lines.insert(1, gap.join("─" * columns_wide for columns_wide in widths))
    return lines
