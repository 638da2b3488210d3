"""The chain at a month's end (链上状态), for a close. Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import dataclass

from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import Receipt
from tally_finance.close.body import ChainAt, OnChain


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
