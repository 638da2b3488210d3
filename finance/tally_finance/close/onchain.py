"""The chain at a month's end (链上状态): every operation up to then, replayed by the rules of the contracts. No IO.

The history is proven complete and checked where it is read (tally_chain.receipts.history), and a second time by the
rules that replay it, so that what a receipt was at any time needs no word of a node.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tally_chain.receipts.history import ReceiptHistory, SignedOperation
from tally_chain.receipts.rebuilding import rebuilt
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import Receipt
from tally_finance.close.body import ChainAt, OnChain

_START: Final = sha256(b"tallystick close chain\0").digest()


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
        """The numbers of the living receipts that are offered or pledged to `lender`, in order."""
        return sorted(number for number, one in self.book.receipts.items() if one.live and _lender(one) == lender)

    def kept_by(self, keeper: bytes) -> dict[bytes, OnChain]:
        """The living receipts over goods that an organisation keeps, by number."""
        return {
            number: self._told(one)
            for number, one in sorted(self.book.receipts.items())
            if one.live and self.book.lots[one.lot].keeper.organisation == keeper
        }

    def _told(self, receipt: Receipt) -> OnChain:
        lot = self.book.lots[receipt.lot]
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
            lender=_lender(receipt),
        )


def _lender(receipt: Receipt) -> bytes | None:
    return None if receipt.charge.lender is None else receipt.charge.lender.organisation


def view_at(history: ReceiptHistory, time_s: int) -> ChainView:
    """The chain at the end of the second `time_s`. Raises RegistryHistoryError where the rules refuse its history."""
    running, operations, block = _START, 0, 0
    for one in history.entries:
        if one.moment.time_seconds > time_s:
            break
        block = one.moment.block_number
        if isinstance(one, SignedOperation):
            running, operations = sha256(running + one.digest).digest(), operations + 1
    at = ChainAt(history.chain_id, block, operations, running)
    return ChainView(at, rebuilt(history, time_seconds=time_s))
