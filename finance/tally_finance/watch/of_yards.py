"""The scales through which pledged goods leave, with the lender's orders as the chain has them. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import Encumbrance, OrderState, Receipt, Use
from tally_finance.release.order import ReleaseOrder
from tally_finance.release.picker import Picker
from tally_finance.watch.seen_goods import Yard

SECURING = frozenset({Encumbrance.REGISTERED, Encumbrance.MARGIN_CALL, Encumbrance.DEFAULT, Encumbrance.ENFORCING})
"""From when on nothing leaves without the lender."""


def yard_of(
    book: Book, lot: bytes, point: str, *, lender: bytes, pledged_since: Mapping[bytes, int], pickers: Iterable[Picker]
) -> Yard | None:
    """The scale `point` of `lot`, where goods in it are pledged to `lender`; None where none are.

    Also None while a floor (最低控货值) lets goods leave without an order: then floors are watched. An order whose
    picker nobody opened covers nothing. `pledged_since`: by lot, Unix seconds.
    """
    ours = {number: one for number, one in book.receipts.items() if one.lot == lot and is_secured(one, lender)}
    if not ours or any(_has_floor(book, number, one) for number, one in ours.items()):
        return None
    opened = {one.digest: one for one in pickers}
    orders = tuple(
        ReleaseOrder(name, order.receipt, order.quantity, order.picker, order.begins, order.until, opened[order.picker])
        for name, order in sorted(book.orders.items())
        if order.state is OrderState.OPEN and order.receipt in ours and order.picker in opened
    )
    out = frozenset(name for name, one in book.weighings.items() if one.lot == lot and one.use is Use.OUT)
    return Yard(point, lot.hex(), pledged_since.get(lot, 0), orders, out)


def is_secured(receipt: Receipt, lender: bytes) -> bool:
    """Whether the receipt is pledged to the lender, and the pledge is in force."""
    charge = receipt.charge
    ours = charge.lender is not None and charge.lender.organisation == lender
    return receipt.live and ours and charge.stage in SECURING


def _has_floor(book: Book, number: bytes, receipt: Receipt) -> bool:
    allowed = book.allowed.get(receipt.charge.pledge + number)
    return allowed is not None and allowed.floor > 0
