"""What may be chosen for fields that name a receipt, a lot or a firm: ids, each with what it is in words.

A form has the first of a long list; a browser asks for all of it once somebody is at the field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tally_chain.receipts.kinds.kind import Kind, Measure
from tally_chain.receipts.words import grams_words
from tally_finance.portal.firms import firms
from tally_finance.portal.signing.changes import STAGES
from tally_finance.portal.signing.desk_asking import every_seen, seen
from tally_finance.portal.visit import Visit
from tally_gateway.pages.words import Words

_FIRST: Final = 50


class Listed(StrEnum):
    """What the desk has a list of, by its place there."""

    RECEIPTS = "receipts"
    LOTS = "lots"


@dataclass(frozen=True, slots=True)
class Choices:
    """For one field. `every`: where the whole list is, where `first` is not all of it."""

    first: tuple[tuple[str, Words], ...]
    every: str = ""


_FIELDS: Final[Mapping[str, Listed]] = {
    "receipt": Listed.RECEIPTS,
    "with": Listed.RECEIPTS,
    "instead": Listed.RECEIPTS,
    "lot": Listed.LOTS,
}


async def first_choices(visit: Visit, fields: Collection[str]) -> dict[str, Choices]:
    """For those of a form's fields that name a receipt or a lot."""
    named = {name: _FIELDS[name] for name in fields if name in _FIELDS}
    lists = {what: await _first(visit, what) for what in set(named.values())}
    return {name: lists[what] for name, what in named.items()}


async def every_choice(visit: Visit, what: Listed) -> list[tuple[str, Words]]:
    """All of a list."""
    return _chosen(what, await every_seen(visit, f"/v1/{what}"))


def firms_to_choose(visit: Visit, kind: Kind) -> dict[str, Choices]:
    """For the fields of a kind that name a party: the organisations that have accounts here."""
    named = [one.name for one in kind.fields if one.measure is Measure.ORGANISATION]
    if not named:
        return {}
    return dict.fromkeys(named, Choices(tuple(sorted(firms(visit).items(), key=lambda one: one[1].english))))


async def _first(visit: Visit, what: Listed) -> Choices:
    told = await seen(visit, f"/v1/{what}", limit=_FIRST)
    if told is None:
        return Choices(())
    return Choices(tuple(_chosen(what, told["items"])), f"/operations/choices/{what}" if told["next"] else "")


def _chosen(what: Listed, items: Collection[Mapping[str, Any]]) -> list[tuple[str, Words]]:
    if what is Listed.LOTS:
        return [(one["lot"], _same(grams_words(int(one["estimate_g"])))) for one in items if one["is_open"]]
    return [(one["number"], _receipt_words(one)) for one in items if one["state"] == "issued"]


def _receipt_words(told: Mapping[str, Any]) -> Words:
    stage = STAGES.get(told["encumbrance"], _same(told["encumbrance"]))
    quantity = grams_words(int(told["quantity_g"]))
    return Words(f"{quantity}, {stage.english}", f"{quantity}，{stage.chinese}")


def _same(text: str) -> Words:
    return Words(text, text)
