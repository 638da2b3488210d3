"""Which words of a page are not of its language. What is of another one and says so (`lang`) is no fault.

Names, ids and units are of no language; of texts in both, English pages have none.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from tally_gateway.pages.words import Language, other_language

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_NAME: Final = re.compile(
    r"tallystick [a-z ,-]+|[A-Za-z-]+:\S+|Inspection Ltd \S+|(?:[A-Z][a-z]+ )+[\u4e00-\u9fff]{2,4}(?![\u4e00-\u9fff])"
)
"""Commands and models of devices, ids, and people and firms of the demonstration whose own names have both."""
_PUBLISHED: Final = re.compile("公告[0-9]{4}年第|〔[0-9]{4}〕|GB/T")
"""The title of a publication, which stands in its own language among English words."""
_SILENT: Final = frozenset({"script", "style", "code", "pre", "textarea", "template"})
"""What machines read or wrote, and what people type."""
_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr", "path", "rect", "line"})
_SAID: Final = ("alt", "aria-label", "placeholder", "title")


class _Words(HTMLParser):
    """Texts with the language that they say they are of; None in what is silent."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._within: list[tuple[str, str | None]] = [("", "")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element's own language, or that of what it stands in."""
        given, (_, outer) = dict(attrs), self._within[-1]
        language = None if outer is None or tag in _SILENT else given.get("lang") or outer
        if language is not None:
            self.found += [(language, text) for name in _SAID if (text := given.get(name))]
        if tag not in _VOID:
            self._within.append((tag, language))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing stands within."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._within.pop()

    def handle_endtag(self, tag: str) -> None:
        """What was left open inside ends with it."""
        for place in range(len(self._within) - 1, 0, -1):
            if self._within[place][0] == tag:
                del self._within[place:]
                return

    def handle_data(self, data: str) -> None:
        """A text."""
        if (language := self._within[-1][1]) is not None and data.strip():
            self.found.append((language, " ".join(data.split())))


def _is_foreign(text: str, language: Language) -> bool:
    if language is Language.ENGLISH:
        return _HAN.search(text) is not None and _PUBLISHED.search(text) is None
    return other_language(text, language) is not None


def foreign(html: str) -> list[str]:
    """Texts of a page that are plainly not of the language that they say they are of, each once."""
    words = _Words()
    words.feed(html)
    words.close()
    return list(
        dict.fromkeys(
            text
            for language, text in words.found
            if language in set(Language) and _is_foreign(_NAME.sub("", text), Language(language))
        )
    )
