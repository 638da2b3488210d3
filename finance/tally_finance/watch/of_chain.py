"""What the contracts remember, as a watch sees it: receipts with who encumbers and holds them, their lots and terms.

From the book that the rules give for a block (`receipts.rules.book`): whoever replays the contracts' events has it, and
needs no node's word for a state. No IO.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import NONE, Lot
from tally_finance.errors import WatchError
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_goods import Floor, LotSeen
from tally_finance.watch.seen_papers import Ends, Term
from tally_finance.watch.seen_sources import ReceiptSeen

_PLACES_OF_A_GRAM: Final = 3


def seen_on(book: Book, watched: Iterable[bytes], lender: bytes, at: int, noted: Mapping[str, ReceiptSeen]) -> Seen:
    """What the chain says of the receipts `watched` (numbers), and of the lots and pledges behind them.

    `lender`: the reader's own organisation. `noted`: the receipts as it last took note of them, by number in hex.
    Raises WatchError for a number that was never issued.
    """
    numbers = sorted(set(watched))
    receipts = tuple(receipt_seen(book, number) for number in numbers)
    lots = {book.receipts[number].lot for number in numbers}
    return Seen(
        at=at,
        lender=lender.hex(),
        receipts=receipts,
        lots=tuple(_lot(lot, book.lots[lot]) for lot in sorted(lots) if book.lots[lot].attested_at),
        floors=tuple(_floors(book, numbers, at)),
        terms=tuple(_terms(book, numbers)),
        noted=noted,
    )


def receipt_seen(book: Book, number: bytes) -> ReceiptSeen:
    """One receipt; ids in hex. Raises WatchError for a number that was never issued."""
    receipt = book.receipts.get(number)
    if receipt is None:
        raise WatchError(f"receipt {number.hex()} was never issued")
    charge = receipt.charge
    return ReceiptSeen(
        number=number.hex(),
        title=receipt.state.name.lower(),
        encumbrance=charge.stage.name.lower(),
        holder=receipt.holder.organisation.hex(),
        keeper=book.lots[receipt.lot].keeper.organisation.hex(),
        lot=receipt.lot.hex(),
        face_g=receipt.quantity,
        pledged_g=charge.pledged,
        lender=None if charge.lender is None else charge.lender.organisation.hex(),
        holds=tuple(hold.kind.name.lower() for hold in receipt.holds),
        head=receipt.head,
        living=receipt.live,
    )


def _lot(name: bytes, lot: Lot) -> LotSeen:
    """Short by the contract's rule: the upper bound lies below what was weighed, less the allowance of all of it."""
    allowance_g = lot.weighed_ever * lot.allowance_ppm // 1_000_000
    return LotSeen(
        lot=name.hex(),
        attested_at=lot.attested_at,
        max_age_s=lot.max_age_s,
        lower_kg=kg(lot.lower),
        upper_kg=kg(lot.upper),
        pledged_kg=kg(lot.pledged),
        evidence=lot.evidence_root,
        weighed_kg=kg(lot.weighed),
        allowance_kg=kg(allowance_g),
        held_short=lot.short,
    )


def _floors(book: Book, numbers: Iterable[bytes], at: int) -> Iterator[Floor]:
    """Of dynamic pledges, while their floor holds."""
    for number in numbers:
        receipt = book.receipts[number]
        allowed = book.allowed.get(receipt.charge.pledge + number)
        if receipt.live and allowed is not None and allowed.floor and at <= allowed.floor_until:
            yield Floor(number.hex(), receipt.charge.pledged, allowed.floor, receipt.head)


def kg(quantity_g: int) -> Decimal:
    """Grams of the chain as the exact kilograms of evidence."""
    return Decimal(quantity_g).scaleb(-_PLACES_OF_A_GRAM)


def _terms(book: Book, numbers: Iterable[bytes]) -> Iterator[Term]:
    """When storage terms end and what the pledges secure matures. An `until` is the last second."""
    for number in numbers:
        receipt = book.receipts[number]
        if not receipt.live:
            continue
        yield Term(Ends.RECEIPT, f"receipt {number.hex()}", receipt.until + 1, receipt.head)
        pledge = book.pledges.get(receipt.charge.pledge)
        if receipt.charge.pledge != NONE and pledge is not None:
            yield Term(Ends.PLEDGE, f"receipt {number.hex()}", pledge.maturity + 1, receipt.head)
