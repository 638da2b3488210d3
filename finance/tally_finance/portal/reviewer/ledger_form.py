"""A ledger of misstatements as a form has it (错报汇总表), and the words of an opinion as the TOML that the desk reads.

No IO.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tally_finance.review.ledger_draft import MOST_ENTRIES, SORTS, Draft, Entry
from tally_finance.review.toml_text import quoted

SPARE: Final = 3
"""Empty rows below those that are filled in."""


def draft_of(form: Mapping[str, Sequence[str]]) -> Draft:
    """What was typed: figure, level and rows whose fields are named text-1, where-1, …; empty rows are left out."""

    def one(name: str) -> str:
        return next(iter(form.get(name, ())), "")

    found = [
        Entry(
            one(f"text-{number}")[:4_000],
            one(f"where-{number}")[:400],
            one(f"stated_kg-{number}")[:80],
            one(f"right_kg-{number}")[:80],
            one(f"sort-{number}") if one(f"sort-{number}") in SORTS else SORTS[0],
            bool(one(f"corrected-{number}")),
        )
        for number in range(1, MOST_ENTRIES + 1)
    ]
    return Draft(one("figure")[:200], one("level")[:80], tuple(row for row in found if not row.is_empty))


def rows_of(draft: Draft) -> list[Entry]:
    """The rows of a form: those that are filled in, and some more."""
    return [*draft.entries, *[Entry()] * min(SPARE, MOST_ENTRIES - len(draft.entries))]


def words_toml(kind: str, fields: Mapping[str, str], conditions: Sequence[str] = ()) -> str:
    """The words of a conclusion or a verification as their file has them; `until` and `visited_at` are days.

    Names with a point stand in a table of their own: accreditation.body.
    """
    lines = [f"[{kind}]"]
    if kind == "conclusion":
        lines.append(f"conditions = [{', '.join(map(quoted, conditions))}]")
    inner: list[str] = []
    for name, text in fields.items():
        table, _, key = name.rpartition(".")
        if not text.strip() and key in ("basis", "visited_at"):
            continue
        line = f"{key} = {_day(text) if key in ('until', 'visited_at') else quoted(text.strip())}"
        (inner if table else lines).append(line)
    if inner:
        lines += ["", f"[{kind}.accreditation]", *inner]
    return "\n".join(lines) + "\n"


def _day(text: str) -> str:
    """A day (YYYY-MM-DD) as its midnight in China; anything else is quoted, and refused as what it is."""
    bare = text.strip()
    is_day = len(bare) == 10 and bare.isascii() and bare.replace("-", "").isdigit()
    return f"{bare}T00:00:00+08:00" if is_day else quoted(bare)
