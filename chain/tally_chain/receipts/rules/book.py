"""The book: everything that the contracts remember, as of one block. An operation makes another book of it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, fields
from typing import Any

from tally_chain.receipts.rules.records import (
    Allowed,
    Lot,
    Order,
    Pledge,
    Receipt,
    Root,
    Site,
    Slot,
    Trade,
    Voucher,
    Weighing,
)


@dataclass(frozen=True)
class Book:
    """States by id. `contracts` says where each contract stands, because operations are signed for one."""

    chain_id: int
    contracts: Mapping[str, str]
    sites: Mapping[bytes, Site] = field(default_factory=dict)
    slots: Mapping[bytes, Slot] = field(default_factory=dict)
    lots: Mapping[bytes, Lot] = field(default_factory=dict)
    weighings: Mapping[bytes, Weighing] = field(default_factory=dict)
    serials: Mapping[bytes, bytes] = field(default_factory=dict)
    """Serial number's nullifier to the evidence by which it came, or NONE where it has left."""
    receipts: Mapping[bytes, Receipt] = field(default_factory=dict)
    ended: Mapping[bytes, bytes] = field(default_factory=dict)
    """What a court ended (receipt, kind, organisation and reason, one after the other) to the hold that it lifted."""
    pledges: Mapping[bytes, Pledge] = field(default_factory=dict)
    allowed: Mapping[bytes, Allowed] = field(default_factory=dict)
    """By pledge and receipt, one after the other."""
    orders: Mapping[bytes, Order] = field(default_factory=dict)
    trades: Mapping[bytes, Trade] = field(default_factory=dict)
    roots: Mapping[bytes, Root] = field(default_factory=dict)
    vouchers: Mapping[bytes, Voucher] = field(default_factory=dict)
    invoices: Mapping[bytes, bytes] = field(default_factory=dict)
    """Invoice's nullifier to the root that it is in."""


class Draft:
    """A book under one operation: reads fall through to the book, writes stay apart until `settled`.

    A refusal in the middle leaves nothing behind, as a revert does.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self.chain_id = book.chain_id
        self.contracts = book.contracts
        self.sites: MutableMapping[bytes, Site] = _over(book.sites)
        self.slots: MutableMapping[bytes, Slot] = _over(book.slots)
        self.lots: MutableMapping[bytes, Lot] = _over(book.lots)
        self.weighings: MutableMapping[bytes, Weighing] = _over(book.weighings)
        self.serials: MutableMapping[bytes, bytes] = _over(book.serials)
        self.receipts: MutableMapping[bytes, Receipt] = _over(book.receipts)
        self.ended: MutableMapping[bytes, bytes] = _over(book.ended)
        self.pledges: MutableMapping[bytes, Pledge] = _over(book.pledges)
        self.allowed: MutableMapping[bytes, Allowed] = _over(book.allowed)
        self.orders: MutableMapping[bytes, Order] = _over(book.orders)
        self.trades: MutableMapping[bytes, Trade] = _over(book.trades)
        self.roots: MutableMapping[bytes, Root] = _over(book.roots)
        self.vouchers: MutableMapping[bytes, Voucher] = _over(book.vouchers)
        self.invoices: MutableMapping[bytes, bytes] = _over(book.invoices)

    def settled(self) -> Book:
        """The book after the operation; tables that it did not touch are the same objects."""
        tables = {
            name: {**getattr(self._book, name), **written}
            for name in _TABLES
            if (written := getattr(self, name).maps[0])
        }
        return Book(**{**{each.name: getattr(self._book, each.name) for each in fields(Book)}, **tables})


_TABLES = tuple(each.name for each in fields(Book) if each.name not in ("chain_id", "contracts"))


def _over(table: Mapping[bytes, Any]) -> ChainMap[bytes, Any]:
    # Only the first map is ever written to.
    return ChainMap({}, table)  # type: ignore[arg-type]
