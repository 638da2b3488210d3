"""The chain at a month's end: every operation up to then, replayed by the rules of the contracts. No IO.

The history is proven complete and checked when it is read (tally_chain.receipts.history); here it is only replayed, so
that what a receipt was at any time needs no word of a node.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from tally_chain.receipts.history import ReceiptHistory, SignedOperation
from tally_chain.receipts.rules import apply
from tally_chain.receipts.rules.acts import Refused, Signer
from tally_chain.receipts.rules.apply import Done
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import NONE, Receipt
from tally_finance.close.body import ChainAt, OnChain
from tally_finance.errors import CloseError

_START = sha256(b"tallystick close chain\0").digest()


@dataclass(frozen=True)
class ChainView:
    """The chain's book at a time, and how far its history had come then."""

    at: ChainAt
    book: Book

    def receipt(self, number: bytes) -> OnChain | None:
        """What the chain says of a receipt, None where it knows none of this number."""
        found = self.book.receipts.get(number)
        return None if found is None else self._told(found)

    def pledged_to(self, lender: bytes) -> list[bytes]:
        """The numbers of the living receipts that are charged to `lender`, in order."""
        return sorted(number for number, one in self.book.receipts.items() if one.live and _lender(one) == lender)

    def kept_by(self, keeper: bytes) -> dict[bytes, OnChain]:
        """The living receipts over goods that an organisation keeps, by number."""
        return {
            number: self._told(one)
            for number, one in sorted(self.book.receipts.items())
            if one.live and self.book.lots[one.lot].keeper.organisation == keeper
        }

    def _told(self, receipt: Receipt) -> OnChain:
        lot, lender = self.book.lots[receipt.lot], _lender(receipt)
        return OnChain(
            lot=receipt.lot,
            holder=receipt.holder.organisation,
            keeper=lot.keeper.organisation,
            face_g=receipt.quantity,
            pledged_g=receipt.charge.pledged,
            until=receipt.until,
            state=receipt.state,
            encumbrance=receipt.charge.stage,
            held=bool(receipt.holds),
            short=lot.short,
            head=receipt.head,
            lender=None if lender in (None, NONE) else lender,
        )


def _lender(receipt: Receipt) -> bytes | None:
    return None if receipt.charge.lender is None else receipt.charge.lender.organisation


def view_at(history: ReceiptHistory, time_s: int) -> ChainView:
    """The chain at the end of the second `time_s`. Raises CloseError where the rules refuse what its history holds."""
    entries = [one for one in history.entries if one.moment.time_seconds <= time_s]
    running, operations = _START, 0
    for one in entries:
        if isinstance(one, SignedOperation):
            running, operations = sha256(running + one.digest).digest(), operations + 1
    block = entries[-1].moment.block_number if entries else 0
    try:
        book = apply.book_at(Book(history.chain_id, history.places), _replayed(history), time=time_s)
    except Refused as refused:
        raise CloseError(f"the chain holds what the rules of receipts refuse: {refused}") from None
    return ChainView(ChainAt(history.chain_id, block, operations, running), book)


def _replayed(history: ReceiptHistory) -> Iterator[Done | apply.SiteRegistered]:
    for one in history.entries:
        moment = one.moment
        if isinstance(one, SignedOperation):
            signers = [Signer(by.organisation, by.role, by.acts_since, by.key_id) for by in one.signers]
            yield Done(one.operation, signers, moment.block_number, moment.time_seconds)
        else:
            yield apply.SiteRegistered(
                one.site, one.owner, tuple(one.outline), moment.block_number, moment.time_seconds
            )
