"""Latin and Chinese in one text: its pieces, each in the script that has all their characters. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_CHINESE: Final = re.compile(r"[⺀-鿿＀-￯　-〿]+")
"""Characters that only a Chinese font has."""


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The pieces of a text in their order, and whether each is Chinese; together they are the text."""
    at = 0
    for found in _CHINESE.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], False
        yield found[0], True
        at = found.end()
    if at < len(text):
        yield text[at:], False


def shown(text: str) -> str:
    """A text on one line with nothing in it that acts or hides: such characters (control, bidirectional, of no width,
    line ends) stand as U+FFFD. Names in a report are the audited party's own words.
    """
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)
