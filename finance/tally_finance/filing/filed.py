"""Whether a text that was filed describes what is pledged (登记内容核对): item by item against the chain's. No IO.

A filing that names another quantity, place or receipt gives publicity to something else, and the lender's rank hangs on
it. Widths of marks, line breaks and blanks do not matter; quantities are compared as numbers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.errors import FilingError
from tally_finance.filing.description import Description, Item, Reads

MAX_TEXT_CHARS: Final = 20_000
"""Ten times the longest description."""
_GRAMS: Final = {"吨": 1_000_000, "千克": 1_000, "公斤": 1_000, "克": 1, "t": 1_000_000, "kg": 1_000, "g": 1}
_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_MASS: Final = re.compile(rf"({_NUMBER}) ?(吨|千克|公斤|克|kg|t|g)")
_MONEY: Final = re.compile(_NUMBER)
_LOOSE_BLANK: Final = re.compile(r"(?<![0-9A-Za-z]) | (?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class Difference:
    """An item by its name: what was filed (None where nothing was), and what the chain says (None: nothing)."""

    name: str
    filed: str | None
    chain: str | None


def differences(text: str, description: Description) -> tuple[Difference, ...]:
    """All that is filed otherwise, not at all, twice, or beside. Raises FilingError for a text of absurd length."""
    if len(text) > MAX_TEXT_CHARS:
        raise FilingError(f"a filing of {len(text)} characters is none")
    filed = _items(text)
    found = []
    for item in description.items:
        label = _folded(item.label)
        values = [value for name, value in filed if name == label]
        if len(values) != 1:
            found.append(Difference(item.name, "; ".join(values) or None, item.value))
        elif not _same(item, values[0]):
            found.append(Difference(item.name, values[0], item.value))
    known = {_folded(item.label) for item in description.items}
    found += [Difference(name, value, None) for name, value in filed if name not in known]
    return tuple(found)


def _items(text: str) -> list[tuple[str, str]]:
    parts = [part for part in _folded(text).removesuffix("。").split(";") if part]
    return [(label, value) for label, _, value in (part.partition(":") for part in parts)]


def _folded(text: str) -> str:
    """What a registry's form changes: one width, and no white space but one blank between letters or digits, where it
    tells slot `1 2` from slot `12`."""
    return _LOOSE_BLANK.sub("", " ".join(unicodedata.normalize("NFKC", text).split()))


def _same(item: Item, filed: str) -> bool:
    chain = _folded(item.value)
    if item.reads is Reads.MASS:
        told = _masses(filed)
        return told is not None and told == _masses(chain)
    if item.reads is Reads.MONEY:
        return _MONEY.sub("", filed) == _MONEY.sub("", chain) and _amounts(filed) == _amounts(chain)
    return filed == chain


def _masses(value: str) -> set[Decimal] | None:
    """Every mass that stands there, in grams; None where anything else does, or nothing."""
    rest = _MASS.sub("", value).strip("()")
    found = {Decimal(number.replace(",", "")) * _GRAMS[unit] for number, unit in _MASS.findall(value)}
    return found if found and not rest else None


def _amounts(value: str) -> list[Decimal]:
    return [Decimal(number.replace(",", "")) for number in _MONEY.findall(value)]
