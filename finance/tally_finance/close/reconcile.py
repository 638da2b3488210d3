"""A keeper's own book beside the chain (与保管人对账): what both have, what differs, what only one has. No IO.

What only the keeper has is the fraud that no contract can see: a receipt issued beside the chain. What only the chain
has, the keeper does not admit to hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tally_chain.receipts.rules.records import Encumbrance
from tally_finance.close.body import Difference, OnChain, Reconciled


@dataclass(frozen=True, slots=True)
class KeeperRow:
    """A receipt as the keeper's book has it. `pledgee` None: it is not pledged there. 32-byte ids, whole grams."""

    receipt: bytes
    lot: bytes
    quantity_g: int
    holder: bytes
    pledgee: bytes | None


@dataclass(frozen=True, slots=True)
class KeeperBook:
    """A keeper's book: whose it is, the SHA-256 of its file, its rows by number."""

    keeper: bytes
    digest: bytes
    rows: Mapping[bytes, KeeperRow]


def reconciled(here: Mapping[bytes, OnChain], book: KeeperBook) -> Reconciled:
    """`here`: the living receipts over the keeper's goods, by number."""
    both = sorted(here.keys() & book.rows.keys())
    differing = [one for number in both for one in _differences(number, here[number], book.rows[number])]
    return Reconciled(
        keeper=book.keeper,
        book=book.digest,
        rows=len(book.rows),
        matched=len(both) - len({one.receipt for one in differing}),
        differing=tuple(differing),
        only_here=tuple(sorted(here.keys() - book.rows.keys())),
        only_there=tuple(sorted(book.rows.keys() - here.keys())),
    )


def _differences(number: bytes, here: OnChain, there: KeeperRow) -> Iterator[Difference]:
    pairs = (
        ("lot", here.lot.hex(), there.lot.hex()),
        ("quantity", f"{here.face_g} g", f"{there.quantity_g} g"),
        ("holder", here.holder.hex(), there.holder.hex()),
        ("pledgee", _pledgee(_lender(here)), _pledgee(there.pledgee)),
    )
    for field, ours, theirs in pairs:
        if ours != theirs:
            yield Difference(number, field, ours, theirs)


def _lender(here: OnChain) -> bytes | None:
    """Who has the pledge; an offer that nobody has accepted pledges nothing."""
    return here.lender if here.encumbrance >= Encumbrance.ACCEPTED else None


def _pledgee(lender: bytes | None) -> str:
    return "none" if lender is None else lender.hex()
