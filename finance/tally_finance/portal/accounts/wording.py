"""What this room refuses, in the visitor's language. English is the errors' own text, Chinese stands in a table."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from tally_gateway.pages.words import Language


def said(error: Exception, language: Language) -> str:
    """The text of an error. What has no Chinese is said in English: better than nothing."""
    text = str(error)
    if language is Language.CHINESE:
        for pattern, chinese in table():
            found = pattern.fullmatch(text)
            if found is not None:
                return chinese.format(*found.groups())
    return text


@cache
def table() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of English texts, with the Chinese of each; read once."""
    text = resources.files(__package__).joinpath("wording.txt").read_text("utf-8")
    rows = (line.split("\t") for line in text.split("\n") if line and not line.startswith("#"))
    return tuple((re.compile(english, re.DOTALL), chinese) for english, chinese in rows)
