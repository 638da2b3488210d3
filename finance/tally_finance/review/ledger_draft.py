"""A ledger of misstatements while it is written (错报汇总草稿): what was typed, also where it is no number yet. No IO.

A draft has the file's form (`ledger_file`) and less is asked of it: any value may be missing, and a number may be text.
What is wrong with it is said when it is held against a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tally_edge import toml_text
from tally_finance.errors import ReviewError
from tally_finance.review.toml_text import quoted

MOST_ENTRIES: Final = 150
"""Of a draft, which a page shows as a form; whoever has more writes the file."""
SORTS: Final = ("factual", "judged", "projected")

_NUMBER: Final = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_GROUPS: Final = str.maketrans("", "", ",， ")
_TEXTS: Final = ("text", "where", "stated_kg", "right_kg")


@dataclass(frozen=True, slots=True)
class Entry:
    """A misstatement as it was typed; `stated_kg` and `right_kg` in kgCO2e, where they are numbers."""

    text: str = ""
    where: str = ""
    stated_kg: str = ""
    right_kg: str = ""
    sort: str = SORTS[0]
    corrected: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.text.strip() or self.where.strip() or self.stated_kg.strip() or self.right_kg.strip())


@dataclass(frozen=True, slots=True)
class Draft:
    """`figure`: what the entries are held against; `level`: of it, empty for the usual one."""

    figure: str
    level: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A misstatement before and after; None where it was not there, or is not any more."""

    was: Entry | None
    now: Entry | None


def read(text: str) -> Draft:
    """The draft of a text. Raises ReviewError for what is no TOML, has other keys, or more entries than a draft may."""
    try:
        root: dict[str, Any] = toml_text.loads(text, parse_float=str)
    except ValueError as error:
        raise ReviewError(f"ledger: {error}") from None
    rows = root.pop("misstatement", [])
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise ReviewError("ledger: misstatement is no list of tables: each begins with [[misstatement]]")
    if len(rows) > MOST_ENTRIES:
        raise ReviewError(f"ledger: a draft has at most {MOST_ENTRIES} misstatements, this one {len(rows)}")
    made = Draft(_text(root, "figure", ""), _text(root, "level", ""), tuple(_entries(rows)))
    _done(root, "")
    return made


def write(draft: Draft) -> str:
    """The same as TOML. A number stands as it was typed, without its groups; what is none is quoted."""
    lines = [f"figure = {quoted(draft.figure)}"]
    if draft.level.strip():
        lines.append(f"level = {_number(draft.level.strip())}")
    for one in draft.entries:
        lines += [
            "",
            "[[misstatement]]",
            *_written(one),
            f"sort = {quoted(one.sort)}",
            f"corrected = {'true' if one.corrected else 'false'}",
        ]
    return "\n".join(lines) + "\n"


def changes(before: Draft, after: Draft) -> tuple[Change, ...]:
    """What of the entries is another: each with the one that has the same text, or else stands at the same place."""
    gone, come = list(before.entries), list[Entry]()
    for one in after.entries:
        if one in gone:
            gone.remove(one)
        else:
            come.append(one)
    found = []
    for now in come:
        was = next((one for one in gone if one.text == now.text), None)
        was = was or next((one for one in gone if one.where and one.where == now.where), None)
        if was is not None:
            gone.remove(was)
        found.append(Change(was, now))
    return (*found, *(Change(was, None) for was in gone))


def _written(one: Entry) -> Iterable[str]:
    """What was typed of a misstatement; what was not is missing."""
    for name in _TEXTS:
        typed = str(getattr(one, name)).strip()
        if typed:
            yield f"{name} = {_number(typed) if name.endswith('_kg') else quoted(typed)}"


def _entries(rows: Iterable[dict[str, Any]]) -> Iterable[Entry]:
    for place, row in enumerate(rows, 1):
        at = f"misstatement[{place}]."
        sort = _text(row, "sort", at) or SORTS[0]
        if sort not in SORTS:
            raise ReviewError(f"ledger: {at}sort: {sort[:40]!r} is not one of {', '.join(SORTS)}")
        corrected = row.pop("corrected", False)
        if not isinstance(corrected, bool):
            raise ReviewError(f"ledger: {at}corrected is neither true nor false")
        text, where, stated_kg, right_kg = (_text(row, name, at) for name in _TEXTS)
        _done(row, at)
        yield Entry(text, where, stated_kg, right_kg, sort, corrected)


def _text(table: dict[str, Any], key: str, at: str) -> str:
    value = table.pop(key, "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ReviewError(f"ledger: {at}{key} is neither text nor a number")
    return str(value)


def _done(table: Mapping[str, Any], at: str) -> None:
    if table:
        raise ReviewError(f"ledger: {at}{next(iter(table))} is unknown")


def _number(text: str) -> str:
    bare = text.translate(_GROUPS)
    return bare if _NUMBER.fullmatch(bare) else quoted(text)
