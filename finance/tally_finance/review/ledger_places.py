"""What a misstatement opens to (穿透): items that its `where` names, and what became of them in another report. No IO.

`where` is a person's text. Words of it that are ids of the report (`line-3`, `load-1`, `total-location`) lead there,
and 64 hexadecimal digits to the statement, sheet or bundle whose digest they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tally_finance.report.opening import openable
from tally_finance.review.reported import Figure

MOST_PLACES: Final = 12
"""Of one misstatement."""

_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Place:
    """An item of a report, or a digest. `kg`: kgCO2e of an item that has emissions; `opens`: ids one step down.

    `of`: item, evidence, sheet, or statement for any other digest, which is looked up when somebody opens it.
    """

    id: str
    of: str
    name: str = ""
    kg: str | None = None
    digest: str | None = None
    opens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """An item that a misstatement names, in the report that it was written about, and in another. kgCO2e as text.

    `now_id`: None where the other report has none of that name.
    """

    id: str
    name: str
    then_kg: str
    now_id: str | None
    now_kg: str | None


@dataclass(frozen=True, slots=True)
class Total:
    """A figure in two reports, in kgCO2e; None where one of them has none of that name."""

    figure: str
    then_kg: Decimal | None
    now_kg: Decimal | None


class Places:
    """The items of one report (`said`: its JSON), which are looked up once for all misstatements."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.items = openable(said)
        self._parts = dict.fromkeys(said.get("evidence", ()), ("evidence", ""))
        self._parts |= {digest: ("sheet", name) for name, digest in said.get("sheets", {}).items()}

    def named(self, where: str) -> tuple[Place, ...]:
        """What a `where` names, in its order."""
        words = dict.fromkeys(found.rstrip(".") for found in _WORD.findall(where))
        return tuple(place for place in map(self._place, words) if place is not None)[:MOST_PLACES]

    def _place(self, word: str) -> Place | None:
        item = self.items.get(word)
        if item is not None:
            opens = tuple(map(str, item["opens"])) if isinstance(item["opens"], list) else ()
            return Place(word, "item", _name(item), _kg(item), item.get("load"), opens[:MOST_PLACES])
        if _DIGEST.fullmatch(word) is None:
            return None
        of, name = self._parts.get(word, ("statement", ""))
        return Place(word, of, name, digest=word)


def moved(wheres: Iterable[str], then: Places, now: Places) -> tuple[Moved, ...]:
    """Items that misstatements name whose emissions are others in another report; found there by name."""
    by_name = {(_name(one), _sort(id_)): id_ for id_, one in reversed(now.items.items())}
    found = dict[str, Moved]()
    for where in wheres:
        for place in then.named(where):
            if place.kg is None or place.id in found:
                continue
            now_id = by_name.get((place.name, _sort(place.id)))
            now_kg = None if now_id is None else _kg(now.items[now_id])
            if now_kg != place.kg:
                found[place.id] = Moved(place.id, place.name, place.kg, now_id, now_kg)
    return tuple(found.values())


def total(figure: str, then: Mapping[str, Figure], now: Mapping[str, Figure]) -> Total:
    """A figure before and after."""
    before, after = then.get(figure), now.get(figure)
    return Total(figure, None if before is None else before.kg, None if after is None else after.kg)


def _name(item: Mapping[str, Any]) -> str:
    return str(item.get("name", item["id"]))


def _kg(item: Mapping[str, Any]) -> str | None:
    kg = item.get("kg")
    return kg if isinstance(kg, str) else None


def _sort(id_: str) -> str:
    """Lines are held against lines, products against products; a figure's id has no number."""
    return id_.rpartition("-")[0] if id_.rpartition("-")[2].isdigit() else id_
