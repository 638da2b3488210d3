"""Small pieces that the lender's pages have by the thousand: names, links, marks, quantities.

Functions and no macros of the templates: of those a list of some hundred rows had half of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from tally_finance.portal.lender import bars, figures
from tally_gateway.pages import shown
from tally_gateway.pages.words import Language, Words

NONE = "–"
_DIGITS = 10
_POINTS = 8_192
"""Rows of courses that are held: of fifty facilities in both languages."""
_CALLED = Words("call runs", "追保中")


def bits(language: Language, root: str, place: str, names: Mapping[str, Words]) -> dict[str, Callable[..., Any]]:
    """By their names in templates. `names`: of firms, by their ids."""
    firms: dict[str, Markup] = {}

    def firm(id_: str | None) -> Markup | str:
        """Whose it is: the name with its id in the title, or the id where nobody here knows a name."""
        if id_ is None:
            return NONE
        if id_ not in firms:
            words = names.get(id_)
            named = None if words is None else words.within(language)
            text = shown.short(id_) if named is None else Markup('<span title="{}">{}</span>').format(id_, named)
            firms[id_] = text
        return firms[id_]

    def link_to(what: str, id_: str, is_past: bool = False) -> Markup:
        """In the past nothing leads on: what was the visitor's then may not be now."""
        if is_past:
            return shown.short(id_)
        whole = escape(id_)
        href = f'<a href="{root}/{place}/{what}/{whole}">'
        return Markup(f'{href}<code class="id" title="{whole}">{escape(id_[:_DIGITS])}…</code></a>')  # noqa: S704

    def mark(toned: tuple[str, Words | str]) -> Markup:
        """A tone and its words: good, doubt, bad, plain."""
        return _mark(toned, language)

    def course_row(point: Mapping[str, Any]) -> Markup:
        """A point of a facility's course, as `/v1/facilities/{facility}/course` tells it, as a row of a table."""
        sums = point["owed_fen"], point["value_fen"], point["lendable_fen"]
        stands = point["line"], point["loan_to_value"], point["called"]
        return _course_row(point["at"], sums, stands, language)

    return {"firm": firm, "link_to": link_to, "mark": mark, "kg": kg, "yuan": yuan, "course_row": course_row}


def kg(grams: object) -> str:
    """Grams as kilograms, in groups of thousands."""
    return NONE if grams is None else shown.number(figures.kilograms(grams))


def yuan(text: object) -> str:
    """An amount in yuan, in groups of thousands."""
    return NONE if text is None else shown.number(text)


def _mark(toned: tuple[str, Words | str], language: Language) -> Markup:
    tone, words = toned
    text = words.within(language) if isinstance(words, Words) else words
    return Markup(f'<span class="mark {escape(tone)}">{escape(text)}</span>')  # noqa: S704


@lru_cache(_POINTS)
def _course_row(
    at: int, sums: tuple[str, str, str], stands: tuple[str, str | None, bool], language: Language
) -> Markup:
    """`sums`: owed, value, lendable. Held: what was known at a time stays, and courses are shown whole."""
    line, ratio, is_called = stands
    share = NONE if ratio is None else f"{figures.per_cent(ratio, upwards=True)} %"
    called = f" {_CALLED.within(language)}" if is_called else ""
    cells = (
        f'<td class="short">{shown.moment(at)}</td>',
        f'<td class="number">{escape(share)}</td>',
        f"<td>{_mark(bars.standing(line, owes=int(sums[0]) > 0), language)}{called}</td>",
        *(f'<td class="number">{escape(yuan(figures.yuan(fen)))}</td>' for fen in sums),
    )
    return Markup(f"<tr>{''.join(cells)}</tr>")  # noqa: S704  escaped one by one
