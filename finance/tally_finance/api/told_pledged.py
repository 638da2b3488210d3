"""What is told of the receipts that secure a book, one by one and in numbers, at any time. No IO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tally_finance.api.forms import Told, written
from tally_finance.api.told_desk import ReasonTold
from tally_finance.book import doubts
from tally_finance.book.goods import Pledge
from tally_finance.book.lots import share_g
from tally_finance.book.position import State
from tally_finance.by_identity import ByIdentity


class PledgedTold(Told):
    """A receipt that secures a facility. `secured_g`: its share of what is attested at least."""

    receipt: str
    facility: str
    lot: str
    commodity: str
    keeper: str | None
    site: str | None
    since: int
    pledged_g: str
    secured_g: str
    seen_at: int | None
    encumbrance: str | None
    is_held: bool
    doubts: list[ReasonTold]


class GoodsTold(Told):
    """Goods of one commodity that secure the book."""

    commodity: str
    receipts: int
    pledged_g: str


class SummaryTold(Told):
    """What secures a book, in numbers. `known_at`: null where nothing was known; `first_known_at`: its first entry."""

    known_at: int | None
    first_known_at: int | None
    seq: int
    facilities: int
    receipts: int
    lots: int
    goods: list[GoodsTold]
    keepers: list[str]
    sites: list[str]
    encumbrances: dict[str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which receipts; None: whatever it is."""

    facility: str | None = None
    commodity: str | None = None
    keeper: bytes | None = None
    encumbrance: str | None = None

    def takes(self, state: State, one: Pledge) -> bool:
        """Whether a pledge is among them."""
        placed = state.cover.places.get(one.lot)
        return (
            self.facility in (None, one.facility)
            and self.commodity in (None, one.commodity)
            and (self.keeper is None or (placed is not None and placed[1].keeper == self.keeper))
            and (self.encumbrance is None or _encumbrance(state, one) == self.encumbrance)
        )


def pledged_in(state: State, wanted: Wanted) -> Iterator[tuple[bytes, Pledge]]:
    """The pledges of a book's state that are wanted, by receipt."""
    found = ((one.receipt, one) for one in state.goods.pledges.values() if wanted.takes(state, one))
    yield from sorted(found, key=lambda one: one[0])


def pledged_told(state: State, one: Pledge) -> PledgedTold:
    """One of them."""
    goods, placed = state.goods, state.cover.places.get(one.lot)
    seen, on_chain = goods.seen.get(one.lot), goods.on_chain.get(one.receipt)
    lower = 0 if seen is None else seen[1].lower_g
    return PledgedTold(
        receipt=written(one.receipt),
        facility=one.facility,
        lot=written(one.lot),
        commodity=one.commodity,
        keeper=None if placed is None else written(placed[1].keeper),
        site=None if placed is None else written(placed[1].site),
        since=one.since[0],
        pledged_g=str(one.quantity_g),
        secured_g=str(share_g(one.quantity_g, lower, goods.pledged_g(one.lot))),
        seen_at=None if seen is None else seen[0].effective_at,
        encumbrance=_encumbrance(state, one),
        is_held=on_chain is not None and on_chain[1].held,
        doubts=[
            ReasonTold(why=str(reason.why), subject=reason.subject, text=reason.text)
            for reason in doubts.of_pledge(goods, one, state.as_of)
        ],
    )


def summary_told(state: State | None, first_known_at: int | None) -> SummaryTold:
    """A book in numbers; None: nothing was known."""
    numbers = _numbers(None) if state is None else _NUMBERS.found(state.events, lambda: _numbers(state))
    return SummaryTold(
        known_at=None if state is None else state.known_at,
        first_known_at=first_known_at,
        seq=0 if state is None else state.head.seq,
        facilities=0 if state is None else len(state.facilities),
        **numbers,
    )


_NUMBERS: Final = ByIdentity[dict[str, Any]](16)
"""They follow from events alone, whatever the moment."""


def _numbers(state: State | None) -> dict[str, Any]:
    pledges = [] if state is None else list(state.goods.pledges.values())
    lots = {one.lot for one in pledges}
    places = [] if state is None else [found[1] for lot, found in state.cover.places.items() if lot in lots]
    goods: dict[str, list[int]] = {}
    for one in pledges:
        goods.setdefault(one.commodity, []).append(one.quantity_g)
    stages = Counter(() if state is None else (_encumbrance(state, one) or "unseen" for one in pledges))
    return {
        "receipts": len(pledges),
        "lots": len(lots),
        "goods": [
            GoodsTold(commodity=name, receipts=len(found), pledged_g=str(sum(found)))
            for name, found in sorted(goods.items())
        ],
        "keepers": sorted({written(one.keeper) for one in places}),
        "sites": sorted({written(one.site) for one in places}),
        "encumbrances": dict(sorted(stages.items())),
    }


def _encumbrance(state: State, one: Pledge) -> str | None:
    seen = state.goods.on_chain.get(one.receipt)
    return None if seen is None else seen[1].encumbrance.name.lower()
