"""What is said in both languages. No IO."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, TypeAlias


class Language(StrEnum):
    """A language of the pages; the value is its tag (BCP 47)."""

    ENGLISH = "en"
    CHINESE = "zh-CN"


@dataclass(frozen=True, slots=True)
class Words:
    """The same in English and in Chinese."""

    english: str
    chinese: str

    def within(self, language: Language) -> str:
        """In one of them."""
        return self.chinese if language is Language.CHINESE else self.english


Sentences: TypeAlias = tuple[tuple[str, str], ...]
"""Patterns of English sentences that programs say, each with how it is said in Chinese; \\1 is its first group."""


def in_chinese(sentences: Sentences, text: str) -> str | None:
    """A sentence by the first pattern that is all of it; None where none is."""
    for pattern, chinese in _compiled(sentences):
        found = pattern.fullmatch(text)
        if found is not None:
            return found.expand(chinese)
    return None


@cache
def _compiled(sentences: Sentences) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.DOTALL), chinese) for pattern, chinese in sentences)


_HAN: Final = re.compile("[\u4e00-\u9fff]")
_WORD: Final = re.compile("[A-Za-z]{2,}")
_SENTENCE: Final = re.compile(r"[A-Za-z]{2,}(?:[,;:]? [a-z’'-]{2,}(?![A-Za-z0-9])){2,}")
"""Three English words, one after the other: less is a name or a unit, and a digest may begin with letters."""


def other_language(text: str, language: Language) -> Language | None:
    """The other language, where another's text on a page of `language` is plainly of that one: `lang` tells it then."""
    han = len(_HAN.findall(text))
    if language is Language.ENGLISH:
        return Language.CHINESE if han and han >= len(_WORD.findall(text)) else None
    return Language.ENGLISH if not han and _SENTENCE.search(text) else None


def preferred(accept_language: str) -> Language:
    """What a browser's Accept-Language asks for first of the two; English where it asks for neither."""
    ranked: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accept_language[:1_000].split(",")):
        tag, _, rest = part.strip().lower().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
        if tag.split("-")[0] in ("en", "zh") and weight > 0:
            ranked.append((-weight, place, Language.CHINESE if tag.startswith("zh") else Language.ENGLISH))
    return min(ranked)[2] if ranked else Language.ENGLISH
