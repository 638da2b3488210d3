"""Concentration (集中度): how much each facility's goods may bring under the caps of the whole book. No IO.

Every pledge is in several pools: its lot's (by the facility's terms), its site's, keeper's, commodity's and borrower's,
its insurance policy's (保额), and what could be sold of its commodity (变现天数). A pool has room for so much lending
value over all facilities. Pledges take room in the order in which they were attached (a split's pieces in the place of
what was split), so a later one never takes from an earlier; each brings a·V or the least room of its pools, and what is
over brings nothing. L stays Σ min(aᵢVᵢ, capᵢ) less the reserve: what is found here is capᵢ. Goods in doubt keep their
room, as they are still there to be sold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from tally_finance.book.cover import Cover
from tally_finance.book.cover_events import Dimension
from tally_finance.book.goods import Goods, Pledge
from tally_finance.book.loan_events import FacilityOpened, GoodsTerms
from tally_finance.book.lots import mean_per_t, share_g
from tally_finance.book.reasons import Reason, Why
from tally_finance.lending.rounding import down

_SALE: Final = "turnover"
"""The one pool whose room is counted in grams."""
_G_PER_T: Final = 10**6


class Pool(NamedTuple):
    """What bounds, and of what; `whose` where it bounds one facility."""

    what: str
    subject: str
    whose: str = ""


@dataclass
class Rooms:
    """`caps`: by facility and lot, where less than a·V counts. `cuts`: by facility, what was over which cap."""

    caps: dict[tuple[str, bytes], Decimal] = field(default_factory=dict)
    cuts: dict[str, list[Reason]] = field(default_factory=dict)


@dataclass
class _Sharing:
    left: dict[Pool, Fraction] = field(default_factory=dict)
    brought: dict[tuple[str, bytes], Fraction] = field(default_factory=dict)
    over: dict[tuple[str, bytes, Pool], Fraction] = field(default_factory=dict)

    def take(self, pledge: Pledge, secured_g: int, per_g: Fraction, pools: Iterable[tuple[Pool, Fraction]]) -> None:
        """What a pledge brings, from the room that is left."""
        whole = taken = secured_g * per_g
        least: Pool | None = None
        rooms = [(pool, self.left.get(pool, room)) for pool, room in pools]
        for pool, room in rooms:
            worth = room * per_g if pool.what == _SALE else room
            if worth < taken:
                taken, least = worth, pool
        for pool, room in rooms:
            self.left[pool] = room - (taken / per_g if pool.what == _SALE else taken)
        place = pledge.facility, pledge.lot
        self.brought[place] = self.brought.get(place, Fraction(0)) + taken
        if least is not None:
            cut = (*place, least)
            self.over[cut] = self.over.get(cut, Fraction(0)) + whole - taken


def rooms_of(facilities: Mapping[str, FacilityOpened], goods: Goods, cover: Cover, as_of: int) -> Rooms:
    """Share out the caps among all pledges of a book."""
    terms = {name: {one.commodity: one for one in opened.goods} for name, opened in facilities.items()}
    totals = {lot: goods.pledged_g(lot) for lot in goods.lots}
    worths: dict[tuple[str, bytes], Fraction | None] = {}
    sharing = _Sharing()
    for pledge in sorted(goods.pledges.values(), key=lambda one: (one.queue, one.since)):
        of_goods = terms.get(pledge.facility, {}).get(pledge.commodity)
        seen, place = goods.seen.get(pledge.lot), (pledge.facility, pledge.lot)
        if of_goods is None or seen is None:
            continue
        if place not in worths:
            worths[place] = _per_g(goods, cover, pledge, of_goods, as_of)
        per_g = worths[place]
        if per_g is not None:
            secured_g = share_g(pledge.quantity_g, seen[1].lower_g, totals[pledge.lot])
            pools = _pools(facilities[pledge.facility], of_goods, pledge, cover, as_of)
            sharing.take(pledge, secured_g, per_g, pools)
    return _told(sharing)


def _per_g(goods: Goods, cover: Cover, pledge: Pledge, terms: GoodsTerms, as_of: int) -> Fraction | None:
    """a·V of a gram of a facility's goods in a lot."""
    market = goods.per_t(terms.commodity)
    if market is None:
        return None
    locked = mean_per_t(goods, cover, pledge, terms, as_of)
    per_t = Fraction(market) * Fraction(terms.grade) if locked is None else Fraction(locked)
    return per_t * Fraction(terms.advance) / _G_PER_T or None


def _pools(
    opened: FacilityOpened, terms: GoodsTerms, pledge: Pledge, cover: Cover, as_of: int
) -> Iterator[tuple[Pool, Fraction]]:
    """Each pool of a pledge, with the room that it has when nobody has taken any."""
    if terms.cap is not None:
        yield Pool("lot", pledge.lot.hex(), opened.facility), Fraction(terms.cap)
    subjects = {Dimension.COMMODITY: pledge.commodity, Dimension.BORROWER: opened.borrower.hex()}
    placed = cover.places.get(pledge.lot)
    if placed is not None:
        subjects |= {Dimension.SITE: placed[1].site.hex(), Dimension.KEEPER: placed[1].keeper.hex()}
    for dimension, subject in subjects.items():
        cap = cover.cap_of(dimension, subject)
        if cap is not None:
            yield Pool(dimension.name.lower(), subject), Fraction(cap)
    policy = cover.policy_of(pledge.lot, as_of)
    if policy is not None:
        yield Pool("policy", policy.policy.hex()), Fraction(policy.amount)
    saleable = cover.saleable_g(pledge.commodity)
    if saleable is not None:
        yield Pool(_SALE, pledge.commodity), Fraction(saleable)


def _told(sharing: _Sharing) -> Rooms:
    found = Rooms()
    for (facility, lot, pool), lost in sorted(sharing.over.items()):
        found.caps[facility, lot] = down(sharing.brought[facility, lot])
        text = f"{down(lost):f} of what lot {lot.hex()} would bring is over the cap of its {pool.what}"
        found.cuts.setdefault(facility, []).append(Reason(Why.OVER_CAP, pool.subject, text))
    return found
