"""What is pledged to a facility, lot by lot: attested lower bound, shared among all its pledges, and price. No IO.

A lot's lower bound secures all pledges in it alike: where it has fallen below what is pledged, each has its share
(nobody comes first), in whole grams, rounded down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_finance.book import doubts, loan_events, locks
from tally_finance.book.cover import Cover
from tally_finance.book.floors import floor_of
from tally_finance.book.forms import scaled_down
from tally_finance.book.goods import Goods, Pledge
from tally_finance.book.reasons import Reason, Why
from tally_finance.book.reservation_events import Way
from tally_finance.lending.coverage import Lot

_PLACES_OF_A_GRAM: Final = 3
"""In kilograms, which the coverage counts in."""


@dataclass(frozen=True, slots=True)
class PledgedLot:
    """What a facility's receipts in one lot bring. Quantities in grams: pledged ≥ secured ≥ counted.

    `seen_at`, `priced_at`: how old quantity and price are, None where there is none; `per_t` is the newest price, and
    while that is in doubt no more than the lowest quote. `terms` is None for a
    commodity that the facility lends nothing on. `cap` is the most that is lent on it, by its terms or by what the
    caps of the whole book leave; `locked_per_t` its mean price where a part has a firm buyer, for its grade.
    """

    lot: bytes
    commodity: str
    receipts: tuple[bytes, ...]
    pledged_by_all_g: int
    pledged_g: int
    secured_g: int
    counted_g: int
    terms: loan_events.GoodsTerms | None
    per_t: Decimal | None
    seen_at: int | None
    priced_at: int | None
    evidence_root: bytes | None
    locked_per_t: Decimal | None = None
    cap: Decimal | None = None

    def covering(self, quantity_g: int) -> Lot | None:
        """For the coverage, with that much of it; None where nothing can be said of its value."""
        if self.terms is None or self.per_t is None:
            return None
        kg, terms = scaled_down(quantity_g, _PLACES_OF_A_GRAM), self.terms
        if self.locked_per_t is not None:
            return Lot(self.lot.hex(), kg, self.locked_per_t, terms.advance, cap=self.cap)
        return Lot(self.lot.hex(), kg, self.per_t, terms.advance, terms.grade, self.cap)


@dataclass(frozen=True, slots=True)
class Pledged:
    """All lots of a facility in order of their ids, and what speaks against receipts, lots and commodities."""

    lots: tuple[PledgedLot, ...]
    doubts: tuple[Reason, ...]

    def covering(self, *, counted: bool) -> tuple[Lot, ...]:
        """For the coverage: what is secured, or only what counts for new credit."""
        found = (one.covering(one.counted_g if counted else one.secured_g) for one in self.lots)
        return tuple(lot for lot in found if lot is not None)


def pledged_to(
    opened: loan_events.FacilityOpened,
    goods: Goods,
    cover: Cover,
    pledges: Sequence[Pledge],
    *,
    caps: Mapping[tuple[str, bytes], Decimal],
    as_of: int,
) -> Pledged:
    """What `pledges`, all of this facility, bring it. `caps`: where a lot has less room than its terms say."""
    by_lot: dict[bytes, list[Pledge]] = {}
    for pledge in pledges:
        by_lot.setdefault(pledge.lot, []).append(pledge)
    terms = {one.commodity: one for one in opened.goods}
    against = {one.receipt: tuple(doubts.of_pledge(goods, one, as_of)) for one in pledges}
    lots: list[PledgedLot] = []
    found = [reason for reasons in against.values() for reason in reasons]
    for lot, members in sorted(by_lot.items()):
        of_goods = terms.get(members[0].commodity)
        if of_goods is None:
            whole = [Reason(Why.NO_TERMS, members[0].commodity, "the facility lends nothing on it")]
        else:
            whole = [
                *doubts.of_lot(goods, lot, of_goods, as_of),
                *doubts.of_cover(cover, opened, lot, members[0].commodity, as_of),
            ]
        good = frozenset(one.receipt for one in members if not whole and not against[one.receipt])
        made = _lot(opened, goods, members, good, of_goods, as_of=as_of)
        if of_goods is not None:
            locked = mean_per_t(goods, cover, members[0], of_goods, as_of)
            made = replace(made, locked_per_t=locked, cap=caps.get((opened.facility, lot), of_goods.cap))
        lots.append(made)
        found += whole
    found += [one.clash for one in goods.clashing if one.facility == opened.facility and one.clash is not None]
    return Pledged(tuple(lots), tuple(dict.fromkeys(found)))


def mean_per_t(goods: Goods, cover: Cover, one: Pledge, terms: loan_events.GoodsTerms, as_of: int) -> Decimal | None:
    """The mean price, for their grade, of a facility's goods in the lot of `one` if some of them have a firm buyer."""
    per_t = goods.per_t(terms.commodity)
    if per_t is None:
        return None
    pledged_g = sum(beside.quantity_g for beside in goods.lots[one.lot] if beside.facility == one.facility)
    market = Fraction(per_t) * Fraction(terms.grade)
    return locks.mean_per_t(market, pledged_g, cover.locks_of(one.facility, one.lot, as_of))


def _lot(
    opened: loan_events.FacilityOpened,
    goods: Goods,
    members: Sequence[Pledge],
    good: frozenset[bytes],
    terms: loan_events.GoodsTerms | None,
    *,
    as_of: int,
) -> PledgedLot:
    """The lot of `members`; the receipts among them that count are `good`."""
    lot, commodity = members[0].lot, members[0].commodity
    seen = goods.seen.get(lot)
    total, lower = goods.pledged_g(lot), 0 if seen is None else seen[1].lower_g
    secured = {one.receipt: share_g(one.quantity_g, lower, total) for one in members}
    return PledgedLot(
        lot=lot,
        commodity=commodity,
        receipts=tuple(sorted(secured)),
        pledged_by_all_g=total,
        pledged_g=sum(one.quantity_g for one in members),
        secured_g=sum(secured.values()),
        counted_g=sum(
            _counted_g(one, secured[one.receipt], opened, goods, as_of) for one in members if one.receipt in good
        ),
        terms=terms,
        per_t=goods.per_t(commodity),
        seen_at=None if seen is None else seen[0].effective_at,
        priced_at=goods.priced_at(commodity),
        evidence_root=None if seen is None else seen[1].evidence_root,
    )


def share_g(quantity_g: int, lower_g: int, pledged_by_all_g: int) -> int:
    """What of a pledge is secured by its lot's lower bound: all, or its share of too little."""
    return quantity_g * min(lower_g, pledged_by_all_g) // pledged_by_all_g


def _counted_g(pledge: Pledge, secured_g: int, opened: loan_events.FacilityOpened, goods: Goods, as_of: int) -> int:
    """What can not leave by an order that is out or prepared, nor below a floor that is set or prepared."""
    place = pledge.facility, pledge.receipt, as_of
    held = goods.reservations
    ordered_g = goods.ordered_g(*place) + held.leaving_g(Way.ORDERED, *place)
    floors = [floor_of(opened, pledge, as_of), held.floor_g(*place)]
    stays_g = min([secured_g - held.leaving_g(Way.OUT, *place), *(one for one in floors if one is not None)])
    return max(0, stays_g - ordered_g)


def sources_of(goods: Goods, cover: Cover, pledged: Pledged, pledges: Sequence[Pledge]) -> set[bytes]:
    """The entries of others' doing (quantities, prices, chain, ownership) that the figures follow from."""
    digests = {goods.seen[lot.lot][0].digest for lot in pledged.lots if lot.lot in goods.seen}
    digests |= {goods.said[lot.lot][0].digest for lot in pledged.lots if lot.lot in goods.said}
    for of_price in (goods.prices, goods.price_doubts):
        digests |= {of_price[lot.commodity][0].digest for lot in pledged.lots if lot.commodity in of_price}
    digests |= {goods.owned[one.receipt][0].digest for one in pledges if one.receipt in goods.owned}
    digests |= {goods.on_chain[one.receipt][0].digest for one in pledges if one.receipt in goods.on_chain}
    facilities = {one.facility for one in pledges}
    for facility in facilities:
        digests |= cover.sources(facility, [(lot.lot, lot.commodity) for lot in pledged.lots])
    return digests
