"""A ledger of misstatements as a form has it, and as the TOML that the desk reads (错报汇总表). No IO."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MOST_ROWS: Final = 40
"""Of a form; whoever has more writes the file."""
SPARE: Final = 3
"""Empty rows below those that are filled in."""
FIELDS: Final = ("text", "where", "stated_kg", "right_kg", "sort", "corrected")
SORTS: Final = ("factual", "judged", "projected")


@dataclass(frozen=True, slots=True)
class Row:
    """A misstatement as it was typed."""

    text: str = ""
    where: str = ""
    stated_kg: str = ""
    right_kg: str = ""
    sort: str = "factual"
    corrected: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.text.strip() or self.where.strip() or self.stated_kg.strip() or self.right_kg.strip())


def rows_of(form: Mapping[str, Sequence[str]]) -> list[Row]:
    """The rows of a form whose fields are named text-1, where-1, …; those without anything are left out."""

    def one(name: str, number: int) -> str:
        return next(iter(form.get(f"{name}-{number}", ())), "")

    found = [
        Row(
            one("text", number)[:4_000],
            one("where", number)[:400],
            one("stated_kg", number)[:80],
            one("right_kg", number)[:80],
            one("sort", number) if one("sort", number) in SORTS else SORTS[0],
            bool(one("corrected", number)),
        )
        for number in range(1, MOST_ROWS + 1)
    ]
    return [row for row in found if not row.is_empty]


def toml_of(figure: str, level: str, rows: Sequence[Row]) -> str:
    """The file. Numbers stand in it as they were typed, so that the desk says what is wrong with them."""
    lines = [f"figure = {_quoted(figure)}"]
    if level.strip():
        lines.append(f"level = {_number(level)}")
    for row in rows:
        lines += [
            "",
            "[[misstatement]]",
            f"text = {_quoted(row.text.strip())}",
            f"where = {_quoted(row.where.strip())}",
            f"stated_kg = {_number(row.stated_kg)}",
            f"right_kg = {_number(row.right_kg)}",
            f"sort = {_quoted(row.sort)}",
            f"corrected = {'true' if row.corrected else 'false'}",
        ]
    return "\n".join(lines) + "\n"


def words_toml(kind: str, fields: Mapping[str, str], conditions: Sequence[str] = ()) -> str:
    """The words of a conclusion or a verification as their file has them; `until` and `visited_at` are days.

    Names with a point stand in a table of their own: accreditation.body.
    """
    lines = [f"[{kind}]"]
    if kind == "conclusion":
        lines.append(f"conditions = [{', '.join(map(_quoted, conditions))}]")
    inner: list[str] = []
    for name, text in fields.items():
        table, _, key = name.rpartition(".")
        if not text.strip() and key in ("basis", "visited_at"):
            continue
        line = f"{key} = {_day(text) if key in ('until', 'visited_at') else _quoted(text.strip())}"
        (inner if table else lines).append(line)
    if inner:
        lines += ["", f"[{kind}.accreditation]", *inner]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON writes the same escapes, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(text: str) -> str:
    """A number as it was typed, without its groups; what is none is quoted, and refused as what it is."""
    bare = text.strip().replace(",", "").replace("，", "").replace(" ", "")
    return bare if bare and all(one in "0123456789.+-eE_" for one in bare) else _quoted(text.strip())


def _day(text: str) -> str:
    """A day (YYYY-MM-DD) as its midnight in China; anything else is quoted, and refused as what it is."""
    bare = text.strip()
    is_day = len(bare) == 10 and bare.isascii() and bare.replace("-", "").isdigit()
    return f"{bare}T00:00:00+08:00" if is_day else _quoted(bare)
