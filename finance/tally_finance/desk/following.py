"""What one operation on the chain means for a lender's book (链上事件入账). Verdict-critical: no IO.

An operation is read by what it changed: the contracts' state before and after it, as the rules replay it. So a split,
a shortage or a sale moves the book by the same few events as a plain release, and a kind of operation that comes later
can not be forgotten. What concerns the lender: receipts that are offered to it or pledged to it, and their lots.

    the pledge of a receipt begins, shrinks, ends      PledgeAttached, Released, PledgeEnded
    its stage, its holds                               ChainSeen
    where a lot lies, who keeps it                     LotPlaced
    all pledges of a lot, whether it is short          LotSeen
    what its witnesses attest                          QuantitySeen (where the desk has no evidence of its own)
    orders, floors, margin calls, default              by what the operation says
    what was held for an operation that counts no more  ReservationEnded
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from tally_chain.receipts.history import SignedOperation
from tally_chain.receipts.rules.book import Book as ChainBook
from tally_chain.receipts.rules.records import Encumbrance, Lot, Receipt
from tally_edge.wire import MAX_TIME
from tally_finance.book import goods_events
from tally_finance.book.cover_events import LotPlaced
from tally_finance.book.events import Event
from tally_finance.book.goods_events import (
    ChainSeen,
    FloorSet,
    LotSeen,
    OrderCancelled,
    PledgeAttached,
    PledgeEnded,
    QuantitySeen,
    Released,
    ReleaseOrdered,
)
from tally_finance.book.loan_events import Defaulted, FacilityOpened, MarginCalled, MarginCured
from tally_finance.book.reservation_events import ReservationEnded, Reserved
from tally_finance.book.store import News
from tally_finance.desk.sheet import Sheet

GRACE_S: Final = 7 * 86_400
"""Goods that left in time may be signed for that much later: so long an order, or a floor, still counts as open."""

_MOST_G: Final = 2**63 - 1
_LAST: Final = MAX_TIME - 1
"""The contracts hold wider numbers than a book; nobody may stop a lender's book by offering it a number."""

_LEAVING: Final = frozenset({"Execute", "ExecuteDynamic", "Release"})
"""After these a pledge that has nothing left was released, after others it ended."""


@dataclass(frozen=True, slots=True)
class Pledged:
    """What a receipt secures, by the chain: grams for a facility."""

    facility: str
    receipt: bytes
    lot: bytes
    commodity: str
    quantity_g: int


@dataclass(frozen=True)
class Reader:
    """How a desk reads the chain. `facilities`: by the digest of their terms. `missing`: cash of a facility at a time.

    `opened_at`: when each facility was opened; what the chain did before is dated to it, as the book knows nothing of
    an earlier time. `reserved`: what prepared operations hold, as far as nothing has ended it.
    """

    sheet: Sheet
    facilities: Mapping[bytes, FacilityOpened]
    missing: Callable[[str, int], Decimal]
    opened_at: Mapping[str, int] = field(default_factory=dict)
    reserved: Sequence[Reserved] = ()

    def pledged(self, book: ChainBook, number: bytes) -> Pledged | None:
        """What a receipt secures for this lender; None also where its facility or its goods are not known here."""
        receipt = book.receipts.get(number)
        if receipt is None or not self.is_ours(receipt):
            return None
        opened = self.facilities.get(book.pledges[receipt.charge.pledge].terms)
        commodity = self.sheet.goods.get(book.lots[receipt.lot].goods)
        if opened is None or commodity is None:
            return None
        return Pledged(opened.facility, number, receipt.lot, commodity, min(receipt.charge.pledged, _MOST_G))

    def is_ours(self, receipt: Receipt) -> bool:
        """Whether it is title to goods and secures this lender: a receipt that was split keeps what it once was."""
        charge = receipt.charge
        return self.concerns(receipt) and receipt.live and charge.stage >= Encumbrance.ACCEPTED and charge.pledged > 0

    def concerns(self, receipt: Receipt | None) -> bool:
        """Whether it is offered or pledged to this lender."""
        lender = None if receipt is None else receipt.charge.lender
        return lender is not None and lender.organisation == self.sheet.lender

    def news(self, before: ChainBook, after: ChainBook, entry: SignedOperation) -> list[News]:
        """What the operation that led from one state to the other means, in order."""
        at = entry.moment.time_seconds
        touched = [number for number, receipt in after.receipts.items() if before.receipts.get(number) is not receipt]
        ours = sorted(
            number
            for number in touched
            if self.concerns(before.receipts.get(number)) or self.concerns(after.receipts.get(number))
        )
        found = [self._at(at, event) for number in ours for event in self._of_receipt(number, before, after, entry)]
        found += [self._at(at, event) for event in self._said(before, after, entry)]
        for lot in self._lots(ours, before, after):
            found += self._of_lot(lot, before, after, entry)
        return found

    def of_receipts(
        self, numbers: frozenset[bytes], before: ChainBook, after: ChainBook, entry: SignedOperation
    ) -> list[News]:
        """Of the news of an operation what it does to these receipts and says of them; nothing of their lots."""
        at = entry.moment.time_seconds
        touched = sorted(one for one in numbers if before.receipts.get(one) is not after.receipts[one])
        found = [self._at(at, event) for number in touched for event in self._of_receipt(number, before, after, entry)]
        if entry.operation.values.get("receipt") in numbers:
            found += [self._at(at, event) for event in self._said(before, after, entry)]
        return found

    def _at(self, at: int, event: Event) -> News:
        return News(max(at, self.opened_at.get(getattr(event, "facility", ""), 0)), event)

    def noted(self, book: ChainBook, number: bytes, digest: bytes, block: int, at: int) -> list[News]:
        """All that the chain says of a receipt and its lot, whether or not it concerns this lender yet."""
        receipt = book.receipts[number]
        found = [News(at, _seen(number, receipt, digest, block))]
        found += self.of_lot_now(book, receipt.lot, digest, block, at)
        return found

    def of_lot_now(self, book: ChainBook, lot: bytes, digest: bytes, block: int, at: int) -> list[News]:
        """A lot as the chain has it."""
        record = book.lots[lot]
        site = book.slots[record.slot].site
        found = [News(at, LotPlaced(lot, site, record.keeper.organisation))]
        found += [News(at, LotSeen(lot, min(record.pledged, _MOST_G), record.short, digest, block))]
        if record.attested_at and lot not in self.sheet.stores:
            found.insert(0, News(min(record.attested_at, at), _quantity(lot, record)))
        return found

    def _of_receipt(
        self, number: bytes, before: ChainBook, after: ChainBook, entry: SignedOperation
    ) -> Iterator[Event]:
        was, now = self.pledged(before, number), self.pledged(after, number)
        kind = entry.operation.kind
        if was is None and now is not None:
            yield _attached(now)
        elif was is not None and (now is None or now.facility != was.facility):
            if now is None and kind in _LEAVING:
                yield self._released(was, was.quantity_g, entry)
            else:
                yield PledgeEnded(was.facility, number, kind)
            if now is not None:
                yield _attached(now)
        elif was is not None and now is not None and now.quantity_g < was.quantity_g:
            yield self._released(was, was.quantity_g - now.quantity_g, entry)
        elif was is not None and now is not None and now.quantity_g > was.quantity_g:
            yield PledgeEnded(was.facility, number, kind)
            yield _attached(now)
        yield from self._overtaken(number, before, after, entry)
        yield _seen(number, after.receipts[number], entry.digest, entry.moment.block_number)

    def _overtaken(self, number: bytes, before: ChainBook, after: ChainBook, entry: SignedOperation) -> Iterator[Event]:
        """An operation that names a head which its receipt has left is refused by the contract for ever."""
        was, now = before.receipts.get(number), after.receipts[number]
        if was is None or was.head == now.head:
            return
        for one in self.reserved:
            if (one.receipt, one.head) == (number, was.head) and one.operation != entry.digest:
                yield ReservationEnded(one.facility, one.operation, f"{entry.operation.kind} came first")

    @staticmethod
    def _released(was: Pledged, quantity_g: int, entry: SignedOperation) -> Released:
        order = entry.operation.values.get("order") if entry.operation.kind == "Execute" else None
        return Released(was.facility, was.receipt, quantity_g, entry.digest, order)

    def _said(self, before: ChainBook, after: ChainBook, entry: SignedOperation) -> Iterator[Event]:
        """What an operation of Pledges says beside what it does to the pledge."""
        values, kind = entry.operation.values, entry.operation.kind
        number = values.get("receipt")
        if entry.operation.about.contract != "Pledges" or number is None:
            return
        was = self.pledged(before, number)
        if was is None:
            return
        if kind == "Order":
            until = min(values["until"] + GRACE_S, _LAST)
            yield ReleaseOrdered(was.facility, number, entry.digest, min(values["quantity"], _MOST_G), until)
        elif kind == "CancelOrder":
            yield OrderCancelled(was.facility, values["order"])
        elif kind == "SetFloor":
            until = min(values["until"] + GRACE_S, _LAST)
            yield FloorSet(was.facility, number, min(values["floor"], _MOST_G), until)
        elif kind == "CallMargin":
            missing = self.missing(was.facility, entry.moment.time_seconds)
            yield MarginCalled(was.facility, missing, min(values["until"], _LAST))
        elif kind == "DeclareDefault":
            yield Defaulted(was.facility, f"declared on the chain, reason {values['reason'].hex()}")
        elif self._called(before, was.facility) and not self._called(after, was.facility):
            yield MarginCured(was.facility)

    def _called(self, book: ChainBook, facility: str) -> bool:
        """Whether a receipt of the facility stands in a margin call."""
        return any(
            receipt.charge.stage is Encumbrance.MARGIN_CALL
            and self.concerns(receipt)
            and (pledged := self.pledged(book, number)) is not None
            and pledged.facility == facility
            for number, receipt in book.receipts.items()
        )

    def _lots(self, ours: list[bytes], before: ChainBook, after: ChainBook) -> list[bytes]:
        """The lots that changed and hold what concerns this lender, and those of what came to concern it now."""
        changed = {lot for lot, record in after.lots.items() if before.lots.get(lot) is not record}
        found = {after.receipts[number].lot for number in ours}
        if changed - found:
            found |= changed & {one.lot for one in after.receipts.values() if self.concerns(one)}
        return sorted(found)

    def _of_lot(self, lot: bytes, before: ChainBook, after: ChainBook, entry: SignedOperation) -> list[News]:
        was, now = before.lots.get(lot), after.lots[lot]
        newly = not any(one.lot == lot and self.concerns(one) for one in before.receipts.values())
        told = self.of_lot_now(after, lot, entry.digest, entry.moment.block_number, entry.moment.time_seconds)
        if newly or was is None:
            return told
        same = _attested(was) == _attested(now)
        old: tuple[type, ...] = (QuantitySeen,) if same else ()
        old += (LotPlaced,) if (was.slot, was.keeper.organisation) == (now.slot, now.keeper.organisation) else ()
        # Never `LotSeen`, also where the sums are the same: pledges that moved within a lot are counted in what is said
        # after them.
        return [one for one in told if not isinstance(one.event, old)]


def _attested(lot: Lot) -> tuple[object, ...]:
    return lot.attested_at, lot.estimate, lot.lower, lot.upper, lot.evidence_root


def _attached(pledged: Pledged) -> PledgeAttached:
    return PledgeAttached(pledged.facility, pledged.receipt, pledged.lot, pledged.commodity, pledged.quantity_g)


def _seen(number: bytes, receipt: Receipt, digest: bytes, block: int) -> ChainSeen:
    stage = goods_events.Encumbrance(receipt.charge.stage)
    return ChainSeen(number, stage, bool(receipt.holds), digest, block)


def _quantity(lot: bytes, record: Lot) -> QuantitySeen:
    return QuantitySeen(
        lot=lot,
        lower_g=min(record.lower, _MOST_G),
        estimate_g=min(record.estimate, _MOST_G),
        upper_g=min(record.upper, _MOST_G),
        pledged_g=min(record.pledged, _MOST_G),
        short=record.short,
        evidence_root=record.evidence_root,
    )
