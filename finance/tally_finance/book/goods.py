"""What is pledged, and what of it counts: by receipt from the events, then by lot with its quantity and price. No IO.

Two quantities are kept apart. What is *secured* is there by the newest attested lower bound (见证量下限), however old:
by it a loan stands at its lines. What is *counted* is what a lender may still lend on or release against: only what is
fresh, registered and filed, not held, not ordered out or about to be, and not free to leave. What is in doubt counts
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from tally_finance.book import goods_events
from tally_finance.book.journal import Living
from tally_finance.book.reasons import Reason, Why
from tally_finance.book.reservation_events import ReservationEnded, Reserved
from tally_finance.book.reservations import Reservations


@dataclass
class Order:
    """An open release order."""

    receipt: bytes
    quantity_g: int
    until: int


@dataclass
class Pledge:
    """A receipt's pledge as its events leave it. `clash` says why it never counted.

    `queue`: its place before the caps of the book, that of the pledge which it replaced in its lot (a split's pieces).
    """

    facility: str
    receipt: bytes
    lot: bytes
    commodity: str
    quantity_g: int
    digest: bytes
    since: tuple[int, int]
    queue: tuple[int, int]
    floor_g: int = 0
    floor_until: int = 0
    clash: Reason | None = None


@dataclass
class Goods:
    """All that a book knows of goods, at a time. Newest events stand as they came, with their entries."""

    pledges: dict[bytes, Pledge] = field(default_factory=dict)
    clashing: list[Pledge] = field(default_factory=list)
    orders: dict[tuple[str, bytes], Order] = field(default_factory=dict)
    owned: dict[bytes, tuple[Living, goods_events.OwnershipTaken]] = field(default_factory=dict)
    filed: dict[tuple[str, bytes], tuple[Living, goods_events.FilingMade]] = field(default_factory=dict)
    on_chain: dict[bytes, tuple[Living, goods_events.ChainSeen]] = field(default_factory=dict)
    seen: dict[bytes, tuple[Living, goods_events.QuantitySeen]] = field(default_factory=dict)
    said: dict[bytes, tuple[Living, goods_events.LotSeen]] = field(default_factory=dict)
    doubted: dict[bytes, tuple[Living, goods_events.QuantityDoubted]] = field(default_factory=dict)
    prices: dict[str, tuple[Living, goods_events.PriceSeen]] = field(default_factory=dict)
    price_doubts: dict[str, tuple[Living, goods_events.PriceDoubted]] = field(default_factory=dict)
    lots: dict[bytes, list[Pledge]] = field(default_factory=dict)
    left: dict[tuple[str, bytes], tuple[int, tuple[int, int]]] = field(default_factory=dict)
    reservations: Reservations = field(default_factory=Reservations)

    def pledged_g(self, lot: bytes) -> int:
        """Of a lot, by all lenders: what was last said of it and this book added since; no less than its own."""
        beside = self.lots.get(lot, ())
        own, last = sum(one.quantity_g for one in beside), self._last_said(lot)
        if last is None:
            return own
        since = sum(one.quantity_g for one in beside if one.since > last[0].place)
        return max(own, last[1].pledged_g + since)

    def is_short(self, lot: bytes) -> bool:
        """Whether goods are missing in it, by what was last said."""
        last = self._last_said(lot)
        return last is not None and last[1].short

    def per_t(self, commodity: str) -> Decimal | None:
        """By which goods are worth something: the newest price; while that is in doubt no more than the lowest said."""
        priced, doubted = self.prices.get(commodity), self.price_doubts.get(commodity)
        said = (None if priced is None else priced[1].per_t, None if doubted is None else doubted[1].lowest_per_t)
        return min((one for one in said if one is not None), default=None)

    def priced_at(self, commodity: str) -> int | None:
        """How old the newest price is: the time of the oldest quote that it rests on."""
        if commodity not in self.prices:
            return None
        living, priced = self.prices[commodity]
        return living.effective_at if priced.quoted_at is None else priced.quoted_at

    def _last_said(self, lot: bytes) -> tuple[Living, goods_events.QuantitySeen | goods_events.LotSeen] | None:
        """A quantity tells of pledges and shortage too; the chain tells of them without one."""
        seen, said = self.seen.get(lot), self.said.get(lot)
        if seen is None or said is None:
            return seen or said
        return seen if seen[0].place > said[0].place else said

    def ordered_g(self, facility: str, receipt: bytes, as_of: int) -> int:
        """What open orders may still take."""
        return sum(
            order.quantity_g
            for (whose, _), order in self.orders.items()
            if whose == facility and order.receipt == receipt and order.until >= as_of
        )


def goods_after(events: Iterable[Living]) -> Goods:
    """The goods after `events`, which are in order."""
    goods = Goods()
    for one in events:
        _take(goods, one)
    return goods


def _take(goods: Goods, one: Living) -> None:
    match one.event:
        case goods_events.PriceSeen() | goods_events.PriceDoubted() as event:
            _price(goods, one, event)
        case goods_events.QuantitySeen() | goods_events.QuantityDoubted() | goods_events.LotSeen() as event:
            _tell(goods, one, event)
        case goods_events.ChainSeen() | Reserved() | ReservationEnded() as event:
            _hold(goods, one, event)
        case goods_events.OwnershipTaken() as event:
            goods.owned[event.receipt] = one, event
        case goods_events.FilingMade() as event:
            goods.filed[event.facility, event.receipt] = one, event
        case goods_events.PledgeAttached() as event:
            _attach(goods, event, one)
        case goods_events.PledgeEnded() as event:
            _end(goods, event.facility, event.receipt, one.effective_at)
        case goods_events.Disposed() as event:
            _end(goods, event.facility, event.receipt, one.effective_at)
        case goods_events.FloorSet() as event:
            pledge = _of(goods, event.facility, event.receipt)
            if pledge is not None:
                pledge.floor_g, pledge.floor_until = event.floor_g, event.until
        case goods_events.ReleaseOrdered() as event:
            goods.orders[event.facility, event.order] = Order(event.receipt, event.quantity_g, event.until)
        case goods_events.OrderCancelled() as event:
            goods.orders.pop((event.facility, event.order), None)
        case goods_events.Released() as event:
            _release(goods, event, one.effective_at)
        case _:
            pass


def _price(goods: Goods, one: Living, event: goods_events.PriceSeen | goods_events.PriceDoubted) -> None:
    """A price ends the doubts about the one before."""
    if isinstance(event, goods_events.PriceDoubted):
        goods.price_doubts[event.commodity] = one, event
    else:
        goods.prices[event.commodity] = one, event
        goods.price_doubts.pop(event.commodity, None)


def _tell(
    goods: Goods, one: Living, event: goods_events.QuantitySeen | goods_events.QuantityDoubted | goods_events.LotSeen
) -> None:
    """What is said of a lot; a newer quantity ends the doubts about an older one."""
    if isinstance(event, goods_events.LotSeen):
        goods.said[event.lot] = one, event
    elif isinstance(event, goods_events.QuantityDoubted):
        goods.doubted[event.lot] = one, event
    else:
        goods.seen[event.lot] = one, event
        goods.doubted.pop(event.lot, None)


def _hold(goods: Goods, one: Living, event: goods_events.ChainSeen | Reserved | ReservationEnded) -> None:
    """What an operation holds until the chain has carried it out."""
    if isinstance(event, Reserved):
        goods.reservations.take(event)
        return
    goods.reservations.end(event.operation)
    if isinstance(event, goods_events.ChainSeen):
        goods.on_chain[event.receipt] = one, event


def _of(goods: Goods, facility: str, receipt: bytes) -> Pledge | None:
    pledge = goods.pledges.get(receipt)
    return pledge if pledge is not None and pledge.facility == facility else None


def _attach(goods: Goods, event: goods_events.PledgeAttached, one: Living) -> None:
    pledge = Pledge(
        facility=event.facility,
        receipt=event.receipt,
        lot=event.lot,
        commodity=event.commodity,
        quantity_g=event.quantity_g,
        digest=one.digest,
        since=one.place,
        queue=one.place,
    )
    name, older = event.receipt.hex(), goods.pledges.get(event.receipt)
    beside = goods.lots.setdefault(event.lot, [])
    if older is not None:
        pledge.clash = Reason(
            Why.PLEDGED_TWICE, name, f"secures facility {older.facility} with {older.quantity_g} g already"
        )
    elif beside and beside[0].commodity != event.commodity:
        text = f"is said to be {event.commodity}, in a lot of {beside[0].commodity}"
        pledge.clash = Reason(Why.OTHER_GOODS, name, text)
    if pledge.clash is not None:
        goods.clashing.append(pledge)
        return
    goods.pledges[event.receipt] = pledge
    beside.append(pledge)
    left_at, queue = goods.left.get((event.facility, event.lot), (-1, one.place))
    if left_at == one.effective_at:
        pledge.queue = min(pledge.queue, queue)


def _end(goods: Goods, facility: str, receipt: bytes, at: int) -> None:
    pledge = _of(goods, facility, receipt)
    if pledge is None:
        return
    del goods.pledges[receipt]
    goods.lots[pledge.lot].remove(pledge)
    left_at, queue = goods.left.get((facility, pledge.lot), (-1, pledge.queue))
    queue = min(queue, pledge.queue) if left_at == at else pledge.queue
    goods.left[facility, pledge.lot] = at, queue
    for one in goods.lots[pledge.lot]:  # its pieces may have come before it went, in the same second
        if one.facility == facility and one.since[0] == at:
            one.queue = min(one.queue, queue)


def _release(goods: Goods, event: goods_events.Released, at: int) -> None:
    if event.order is not None:
        goods.orders.pop((event.facility, event.order), None)
    pledge = _of(goods, event.facility, event.receipt)
    if pledge is None:
        return
    pledge.quantity_g -= min(event.quantity_g, pledge.quantity_g)
    if not pledge.quantity_g:
        _end(goods, event.facility, event.receipt, at)
