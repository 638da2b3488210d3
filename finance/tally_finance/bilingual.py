"""Text in both languages: a page of one language shows that one, what is exported for everybody has both. No IO."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from tally_gateway.pages import words
from tally_gateway.pages.words import Language, Sentences


@dataclass(frozen=True, slots=True)
class Words(words.Words):
    """The same in both; without Chinese where both languages write it alike."""

    def __str__(self) -> str:
        """One after the other."""
        return f"{self.english} {self.chinese}" if self.chinese else self.english

    def within(self, language: Language) -> str:
        """In one of them."""
        return self.chinese if language is Language.CHINESE and self.chinese else self.english


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words and what has no language (names, numbers, another's sentence) in one text, in their order."""

    parts: tuple[Text, ...]

    def __str__(self) -> str:
        """Its words in both languages, each where it stands."""
        return "".join(map(str, self.parts))

    def within(self, language: Language) -> str:
        """Its words in one of them."""
        return "".join(within(one, language) for one in self.parts)


Text: TypeAlias = "str | words.Words | Phrase"
"""A `str` stands in both languages as it is."""


def phrase(*parts: Text) -> Phrase:
    """Parts as one text."""
    return Phrase(parts)


def joined(between: Text, texts: Iterable[Text]) -> Phrase:
    """Texts as one, with something between them."""
    parts: list[Text] = []
    for one in texts:
        parts += (between, one) if parts else (one,)
    return Phrase(tuple(parts))


def known(sentences: Sentences, text: str) -> Words | None:
    """A sentence by the first pattern that is all of it; None where none is."""
    chinese = words.in_chinese(sentences, text)
    return None if chinese is None else Words(text, chinese)


def within(text: Text, language: Language | None) -> str:
    """A text in a language; in both where none is named."""
    return str(text) if isinstance(text, str) or language is None else text.within(language)
