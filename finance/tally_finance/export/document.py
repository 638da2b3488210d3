"""A document for people as plain shapes: facts, tables, plots and commands, which HTML and PDF both draw. No IO.

What stands in it is text already, in the words of both languages and the digits that people read; a renderer works
nothing out, so that a page in a browser and a page on paper can not say different things.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from tally_finance.bilingual import Text, Words
from tally_finance.export.drawing import Drawing

NOTHING: Final = "–"
"""In a cell that holds nothing."""


@unique
class Tone(Enum):
    """How a row weighs. Its word stands in the row too: nobody has to see a colour."""

    PLAIN = "plain"
    GOOD = "good"
    DOUBT = "doubt"
    BAD = "bad"


@unique
class Kind(Enum):
    """What a column holds. `CODE`: digests, ids and names that machines made; `LINKS`: ids of rows elsewhere."""

    TEXT = "text"
    NUMBER = "number"
    CODE = "code"
    LINKS = "links"


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and what stands below it."""

    words: Words
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Row:
    """A row's cells, one for each column. `anchor`: the id by which others link to it and by which it is opened."""

    cells: tuple[Text, ...]
    tone: Tone = Tone.PLAIN
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `note` stands below it."""

    words: Words
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what is so called."""

    words: Words
    text: Text
    kind: Kind = Kind.TEXT
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with what they name, below one another."""

    rows: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph."""

    text: Text
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing, and what it shows in words for who does not see it. Its numbers stand in a table beside it."""

    words: Words
    says: Text
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Commands:
    """Lines to type, as they are."""

    lines: tuple[str, ...]


Block = Facts | Table | Note | Plot | Commands


@dataclass(frozen=True, slots=True)
class Section:
    """A part under a heading. `name`: by which it is linked."""

    name: str
    words: Words
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """All of it. `mark`: stands on every page, empty where nothing has to; `digest`: of what it tells, hexadecimal.

    `headline`: what somebody has read who reads nothing else.
    """

    words: Words
    of: str
    headline: tuple[Fact, ...]
    mark: str
    digest: str
    sections: tuple[Section, ...]


def first(rows: Sequence[Row], most: int) -> tuple[tuple[Row, ...], Text]:
    """The first rows of a list that may be long, and a note of how many more there are; empty where there are none."""
    left = len(rows) - most
    more = Words(f"{left:,} more stand in report.json.", f"其余 {left:,} 项见报告文件。")
    return tuple(rows[:most]), more if left > 0 else ""
