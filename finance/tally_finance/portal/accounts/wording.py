"""What this room refuses, in the visitor's language. English is the errors' own text, Chinese stands in a table."""

from __future__ import annotations

from functools import cache
from importlib import resources

from tally_gateway.pages.words import Language, Sentences, in_chinese


def said(error: Exception, language: Language) -> str:
    """The text of an error. What has no Chinese is said in English: better than nothing."""
    text = str(error)
    return (in_chinese(table(), text) or text) if language is Language.CHINESE else text


@cache
def table() -> Sentences:
    """Patterns of English texts, with the Chinese of each; read once."""
    text = resources.files(__package__).joinpath("wording.txt").read_text("utf-8")
    rows = (line.split("\t") for line in text.split("\n") if line and not line.startswith("#"))
    return tuple((english, chinese) for english, chinese in rows)
