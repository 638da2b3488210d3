"""What of the chain an organisation sees in its role. Verdict-critical: no IO.

Who may not see something is told that it is not there: whether a stranger's receipt exists is nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterator

from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.rules.book import Book as ChainBook
from tally_chain.receipts.rules.records import Lot, Order, Receipt, Slot
from tally_finance.api.rights import KEY_ROLES, Role
from tally_finance.api.tokens import Bearer


class Sight:
    """One bearer's view of the contracts' state."""

    def __init__(self, book: ChainBook, bearer: Bearer) -> None:
        self._book, self._who, self._role = book, bearer.organisation, bearer.role

    def receipt(self, number: bytes) -> Receipt | None:
        """The receipt, if it is one that the bearer sees."""
        receipt = self._book.receipts.get(number)
        return receipt if receipt is not None and (self._role is Role.COURT or self._is_party(receipt)) else None

    def receipts(self) -> Iterator[tuple[bytes, Receipt]]:
        """All that the bearer may list, by number. A court's liaison asks by number alone."""
        if self._role is Role.COURT:
            return
        seen = ((number, one) for number, one in self._book.receipts.items() if self._is_party(one))
        yield from sorted(seen, key=lambda one: one[0])

    def lot(self, lot: bytes) -> Lot | None:
        """The lot, if it is one that the bearer sees."""
        return dict(self._lots({lot})).get(lot)

    def lots(self) -> Iterator[tuple[bytes, Lot]]:
        """All of them, by id."""
        yield from sorted(self._lots(None), key=lambda one: one[0])

    def slots(self) -> Iterator[tuple[bytes, Slot]]:
        """The slots that the bearer keeps, by id."""
        if self._role is Role.KEEPER:
            kept = ((slot, one) for slot, one in self._book.slots.items() if self._keeps(one))
            yield from sorted(kept, key=lambda one: one[0])

    def pledges(self) -> Iterator[tuple[bytes, Receipt]]:
        """Encumbered receipts that the bearer sees, by number."""
        yield from ((number, one) for number, one in self.receipts() if one.charge.lender is not None)

    def orders(self) -> Iterator[tuple[bytes, Order]]:
        """Release orders of receipts that the bearer sees, by id."""
        seen = {number for number, _ in self.receipts()}
        orders = ((order, one) for order, one in self._book.orders.items() if one.receipt in seen)
        yield from sorted(orders, key=lambda one: one[0])

    def head(self, named_by: str, name: bytes) -> bytes | None:
        """The head of what a field of an operation names, if the bearer sees it."""
        found: Receipt | Lot | Slot | None = None
        if named_by in ("receipt", "receipts", "with"):
            found = self.receipt(name)
        elif named_by == "lot":
            found = self.lot(name)
        elif named_by == "slot":
            found = dict(self.slots()).get(name)
        return None if found is None else found.head

    def operation(self, file: OperationFile, begun_by: bytes) -> bool:
        """Whether an operation that is being signed is the bearer's business."""
        return self._who == begun_by or self._who in parties_of(self._book, file)

    def asks(self, file: OperationFile) -> bool:
        """Whether it has a place for any court, or any inspector among the witnesses of a lot that it is about.

        Whoever is told its digest may open it then.
        """
        if self._role not in (Role.INSPECTOR, Role.COURT):
            return False
        if self._role is Role.INSPECTOR and not any(_witnesses(lot, self._who) for lot in _lots_of(self._book, file)):
            return False
        open_places = (number for number, place in enumerate(file.places) if place.organisation is None)
        return any(KEY_ROLES[self._role] & set(file.signer_at(number).roles) for number in open_places)

    def _is_party(self, receipt: Receipt) -> bool:
        if self._role is Role.DEPOSITOR:
            return receipt.holder.organisation == self._who
        if self._role is Role.LENDER:
            lender = receipt.charge.lender
            return lender is not None and lender.organisation == self._who
        lot = self._book.lots[receipt.lot]
        if self._role is Role.KEEPER:
            return lot.keeper.organisation == self._who
        return self._role is Role.INSPECTOR and _witnesses(lot, self._who)

    def _keeps(self, slot: Slot) -> bool:
        return slot.keeper is not None and slot.keeper.organisation == self._who

    def _lots(self, only: set[bytes] | None) -> Iterator[tuple[bytes, Lot]]:
        if self._role is Role.COURT:
            return
        through = {one.lot for _, one in self.receipts()} if self._role in (Role.DEPOSITOR, Role.LENDER) else set()
        for lot, one in self._book.lots.items():
            if only is not None and lot not in only:
                continue
            kept = self._role is Role.KEEPER and one.keeper.organisation == self._who
            if lot in through or kept or (self._role is Role.INSPECTOR and _witnesses(one, self._who)):
                yield lot, one


def parties_of(book: ChainBook, file: OperationFile) -> frozenset[bytes]:
    """The organisations that an operation concerns: who is named, and whose its objects are."""
    found = {place.organisation for place in file.places if place.organisation is not None}
    for value in _ids(file):
        receipt, lot, slot = book.receipts.get(value), book.lots.get(value), book.slots.get(value)
        if receipt is not None:
            found |= {receipt.holder.organisation, book.lots[receipt.lot].keeper.organisation}
            if receipt.charge.lender is not None:
                found.add(receipt.charge.lender.organisation)
        if lot is not None:
            found |= {lot.keeper.organisation, *(one.organisation for one in lot.witnesses)}
            found |= {stake.lender.organisation for stake in lot.stakes}
        if slot is not None and slot.keeper is not None:
            found.add(slot.keeper.organisation)
    return frozenset(found)


def _ids(file: OperationFile) -> Iterator[bytes]:
    for name in ("receipt", "receipts", "with", "lot", "slot"):
        value = file.operation.values.get(name)
        if isinstance(value, bytes):
            yield value
        elif isinstance(value, tuple):
            yield from (one for one in value if isinstance(one, bytes))


def _lots_of(book: ChainBook, file: OperationFile) -> Iterator[Lot]:
    for value in _ids(file):
        receipt = book.receipts.get(value)
        lot = book.lots.get(value if receipt is None else receipt.lot)
        if lot is not None:
            yield lot


def _witnesses(lot: Lot, organisation: bytes) -> bool:
    return any(one.organisation == organisation for one in lot.witnesses)
