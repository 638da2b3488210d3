"""What may be chosen for fields that name a receipt, a lot, an order, a firm and the like: ids, each with its words.

A form has the first of a long list; a browser asks for all of it once somebody is at the field.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tally_chain.receipts.kinds.kind import HoldKind, Kind, Measure
from tally_chain.receipts.words import HOLDS_CHINESE, grams_words, short_id
from tally_finance.portal.firms import firms
from tally_finance.portal.signing.changes import STAGES
from tally_finance.portal.signing.desk_asking import every_seen, seen
from tally_finance.portal.visit import Visit
from tally_gateway.pages import shown
from tally_gateway.pages.words import Words

_FIRST: Final = 50


class Listed(StrEnum):
    """What the desk has a list of, by its place there."""

    RECEIPTS = "receipts"
    LOTS = "lots"
    SLOTS = "slots"
    ORDERS = "orders"
    HOLDS = "holds"
    """Those of the receipts."""

    @property
    def path(self) -> str:
        """Where the desk has what they come from."""
        return f"/v1/{Listed.RECEIPTS if self is Listed.HOLDS else self}"


@dataclass(frozen=True, slots=True)
class Choices:
    """For one field. `every`: where the whole list is, where `first` is not all of it."""

    first: tuple[tuple[str, Words], ...]
    every: str = ""


_FIELDS: Final[Mapping[str, Listed]] = {
    "receipt": Listed.RECEIPTS,
    "receipts": Listed.RECEIPTS,
    "with": Listed.RECEIPTS,
    "instead": Listed.RECEIPTS,
    "lot": Listed.LOTS,
    "slot": Listed.SLOTS,
    "order": Listed.ORDERS,
    "hold": Listed.HOLDS,
}


async def first_choices(visit: Visit, fields: Collection[str]) -> dict[str, Choices]:
    """For those of a form's fields that name what the desk has a list of."""
    named = {name: _FIELDS[name] for name in fields if name in _FIELDS}
    told = {path: await seen(visit, path, limit=_FIRST) for path in {what.path for what in named.values()}}
    return {name: _first(what, told[what.path]) for name, what in named.items()}


async def every_choice(visit: Visit, what: Listed) -> list[tuple[str, Words]]:
    """All of a list."""
    return list(_CHOSEN[what](await every_seen(visit, what.path)))


def firms_to_choose(visit: Visit, kind: Kind) -> dict[str, Choices]:
    """For the fields of a kind that name a party: the organisations that have accounts here."""
    named = [one.name for one in kind.fields if one.measure is Measure.ORGANISATION]
    if not named:
        return {}
    return dict.fromkeys(named, Choices(tuple(sorted(firms(visit).items(), key=lambda one: one[1].english))))


def _first(what: Listed, told: Mapping[str, Any] | None) -> Choices:
    if told is None:
        return Choices(())
    return Choices(tuple(_CHOSEN[what](told["items"])), f"/operations/choices/{what}" if told["next"] else "")


def _receipts(items: Collection[Mapping[str, Any]]) -> Iterator[tuple[str, Words]]:
    for one in items:
        if one["state"] == "issued":
            stage = STAGES.get(one["encumbrance"], _same(one["encumbrance"]))
            quantity = _tons(one)
            yield one["number"], Words(f"{quantity}, {stage.english}", f"{quantity}，{stage.chinese}")


def _lots(items: Collection[Mapping[str, Any]]) -> Iterator[tuple[str, Words]]:
    return ((one["lot"], _same(grams_words(int(one["estimate_g"])))) for one in items if one["is_open"])


def _slots(items: Collection[Mapping[str, Any]]) -> Iterator[tuple[str, Words]]:
    for one in items:
        if one["is_living"]:
            is_empty = one["bulk_lot"] is None and not one["serialised_lots"]
            heights = f"{one['bottom_mm']:,}–{one['top_mm']:,} mm"
            yield (
                one["slot"],
                Words(
                    f"{heights}, {'empty' if is_empty else 'goods in it'}",
                    f"{heights}，{'空置' if is_empty else '已存货'}",
                ),
            )


def _orders(items: Collection[Mapping[str, Any]]) -> Iterator[tuple[str, Words]]:
    for one in items:
        if one["state"] == "open":
            quantity, until = _tons(one), shown.in_words(one["until"])
            yield one["order"], Words(f"{quantity}, until {until}", f"{quantity}，截至 {until}")


def _holds(items: Collection[Mapping[str, Any]]) -> Iterator[tuple[str, Words]]:
    for receipt in items:
        for one in receipt["holds"]:
            kind, on = HoldKind[one["kind"].upper()], short_id(bytes.fromhex(receipt["number"][2:]))
            quantity = _tons(one if one["quantity_g"] != "0" else receipt)
            yield (
                one["hold"],
                Words(
                    f"{kind.name.lower()}, {quantity} of receipt {on}",
                    f"{HOLDS_CHINESE[kind]}，仓单 {on} 项下 {quantity}",
                ),
            )


_CHOSEN: Final[Mapping[Listed, Callable[[Collection[Mapping[str, Any]]], Iterator[tuple[str, Words]]]]] = {
    Listed.RECEIPTS: _receipts,
    Listed.LOTS: _lots,
    Listed.SLOTS: _slots,
    Listed.ORDERS: _orders,
    Listed.HOLDS: _holds,
}
"""What may still be named, of what the desk lists."""


def _tons(told: Mapping[str, Any]) -> str:
    return grams_words(int(told["quantity_g"]))


def _same(text: str) -> Words:
    return Words(text, text)
