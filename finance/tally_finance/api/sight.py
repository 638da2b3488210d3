"""What of the chain an organisation sees in its role. Verdict-critical: no IO.

Who may not see something is told that it is not there: whether a stranger's receipt exists is nobody's business. So it
begins no operation on it either, as the file would name its holder, its keeper, its lender and its head (`unseen`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.rules.book import Book as ChainBook
from tally_chain.receipts.rules.records import NONE, Lot, Order, Receipt, Slot, Trade
from tally_chain.receipts.rules.voucher_records import Voucher
from tally_finance.api.rights import KEY_ROLES, Role
from tally_finance.api.tokens import Bearer


class Sight:
    """One bearer's view of the contracts' state, which never changes: what it lists is found once."""

    def __init__(self, book: ChainBook, bearer: Bearer) -> None:
        self._book, self._who, self._role = book, bearer.organisation, bearer.role

    def receipt(self, number: bytes) -> Receipt | None:
        """The receipt, if it is one that the bearer sees."""
        receipt = self._book.receipts.get(number)
        return receipt if receipt is not None and (self._role is Role.COURT or self._is_party(receipt)) else None

    def receipts(self) -> Iterator[tuple[bytes, Receipt]]:
        """All that the bearer may list, by number. A court's liaison asks by number alone."""
        yield from self._receipts

    @cached_property
    def _receipts(self) -> tuple[tuple[bytes, Receipt], ...]:
        if self._role is Role.COURT:
            return ()
        seen = ((number, one) for number, one in self._book.receipts.items() if self._is_party(one))
        return tuple(sorted(seen, key=lambda one: one[0]))

    def lot(self, lot: bytes) -> Lot | None:
        """The lot, if it is one that the bearer sees."""
        return self._lots.get(lot)

    def lots(self) -> Iterator[tuple[bytes, Lot]]:
        """All of them, by id."""
        yield from self._lots.items()

    def named_lot(self, lot: bytes) -> Lot | None:
        """The lot, if the bearer may name it in an operation: a court by its id alone, as receipts by their numbers."""
        return self._book.lots.get(lot) if self._role is Role.COURT else self.lot(lot)

    def slots(self) -> Iterator[tuple[bytes, Slot]]:
        """The slots that the bearer keeps, by id."""
        if self._role is Role.KEEPER:
            kept = ((slot, one) for slot, one in self._book.slots.items() if self._keeps(one))
            yield from sorted(kept, key=lambda one: one[0])

    def places(self) -> dict[bytes, dict[bytes, dict[bytes, Lot]]]:
        """By site and slot the lots that the bearer sees; a keeper's slots also where nothing lies in them."""
        found: dict[bytes, dict[bytes, dict[bytes, Lot]]] = {}
        for slot, one in self.slots():
            found.setdefault(one.site, {})[slot] = {}
        for name, lot in self.lots():
            site = self._book.slots[lot.slot].site
            found.setdefault(site, {}).setdefault(lot.slot, {})[name] = lot
        return dict(sorted(found.items()))

    def pledges(self) -> Iterator[tuple[bytes, Receipt]]:
        """Encumbered receipts that the bearer sees, by number; one that was split keeps its charge, and is none."""
        yield from ((number, one) for number, one in self.receipts() if one.live and one.charge.lender is not None)

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
            found = self.named_lot(name)
        elif named_by == "slot":
            found = dict(self.slots()).get(name)
        return None if found is None else found.head

    def unseen(self, operation: Operation) -> tuple[str, bytes] | None:
        """The first object of an operation, with the field that names it, that the bearer does not see.

        Asked are the objects whose parties an operation's file names. Of what is not there it is said the same.
        """
        for field, name in _looked_up(operation):
            if not self._sees(field, name, operation):
                return field, name
        return None

    def _sees(self, field: str, name: bytes, operation: Operation) -> bool:
        match field:
            case "receipt" | "receipts" | "with":
                return self.receipt(name) is not None
            case "lot":
                return self.named_lot(name) is not None
            case "slot":
                return name in dict(self.slots())
            case "evidence":
                weighing = self._book.weighings.get(name)
                return weighing is not None and weighing.lot == operation.values["lot"]
            case "trade":
                trade = self._book.trades.get(name)
                return trade is not None and (self._role is Role.COURT or self._who in _of_trade(trade))
            case "number":
                voucher = self._book.vouchers.get(name)
                return voucher is not None and (self._role is Role.COURT or self._who in self._of_voucher(voucher))
            case "root":
                return self._sees_root(name)
            case _:  # a site: no role here is its owner's
                return False

    def _of_voucher(self, voucher: Voucher) -> frozenset[bytes]:
        lender = () if voucher.lender is None else (voucher.lender.organisation,)
        return frozenset({voucher.holder.organisation, self._book.roots[voucher.root].obligor.organisation, *lender})

    def _sees_root(self, number: bytes) -> bool:
        """A court by its number; else the obligor, and who has a leaf of it."""
        if number not in self._book.roots or self._role is Role.COURT:
            return number in self._book.roots
        leaves = (one for one in self._book.vouchers.values() if one.root == number)
        return any(self._who in self._of_voucher(leaf) for leaf in leaves)

    def of_one_holder(self, receipt: bytes, other: bytes) -> bool:
        """Whether another receipt, seen or not, is held by who holds one that the bearer sees."""
        seen, instead = self.receipt(receipt), self._book.receipts.get(other)
        return seen is not None and instead is not None and seen.holder.organisation == instead.holder.organisation

    def operation(self, file: OperationFile, begun_by: bytes) -> bool:
        """Whether an operation that is being signed is the bearer's business: it began it, or has a place in it.

        Whose the objects are is not asked: the holder of a receipt is not told of a court's hold before it is set, and
        who holds it next not of what others were about to sign.
        """
        return self._who == begun_by or self._who in {place.organisation for place in file.places}

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

    @cached_property
    def _lots(self) -> dict[bytes, Lot]:
        """By id, in their order."""
        if self._role is Role.COURT:
            return {}
        # Only by what is title to goods: who held a receipt once is told nothing new of its lot.
        holds = self.receipts() if self._role in (Role.DEPOSITOR, Role.LENDER) else ()
        through = {one.lot for _, one in holds if one.live}
        found = {}
        for lot, one in self._book.lots.items():
            kept = self._role is Role.KEEPER and one.keeper.organisation == self._who
            if lot in through or kept or self._witnesses_as_it_is(one):
                found[lot] = one
        return dict(sorted(found.items()))

    def _witnesses_as_it_is(self, lot: Lot) -> bool:
        """An inspector witnesses in whatever role; a lender may have a place among the witnesses before any pledge."""
        if self._role is Role.LENDER:
            return any(one.organisation == self._who and one.role in KEY_ROLES[Role.LENDER] for one in lot.witnesses)
        return self._role is Role.INSPECTOR and _witnesses(lot, self._who)


def _looked_up(operation: Operation) -> Iterator[tuple[str, bytes]]:
    """The objects that are there before an operation and say who signs it, each with the field that names it."""
    kind, values = operation.about, operation.values
    fields = ["lot"] if "lot" in values else ["receipt", "receipts"]
    fields += ["site", "slot", "with"]
    if kind.name == "VoidWeighing":
        fields.append("evidence")
    if kind.before is not None:
        fields += [name for name in ("trade", "number", "root") if name in kind.object]
    for field in fields:
        value = values.get(field)
        if isinstance(value, bytes):
            yield field, value
        elif isinstance(value, tuple):
            yield from ((field, one) for one in value)


def _of_trade(trade: Trade) -> frozenset[bytes]:
    parties = (trade.seller, trade.buyer, trade.registrar)
    return frozenset({trade.lender, *(one.organisation for one in parties)} - {NONE})


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
