"""The whole state of warehouse receipts from what the chain proved to have happened, as known at any block or time.

Two implementations meet here: the contracts let each operation through, and the rules must too. Where they do not,
either is wrong, and nothing that rests on the book may go on.
"""

from __future__ import annotations

from tally_chain.errors import RegistryHistoryError
from tally_chain.receipts.history import Entry, ReceiptHistory, SignedOperation
from tally_chain.receipts.rules.acts import Refused, Signer
from tally_chain.receipts.rules.apply import Done, SiteRegistered, book_at
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.invariants import broken


def rebuilt(history: ReceiptHistory, *, block: int | None = None, time_seconds: int | None = None) -> Book:
    """The book after the last operation up to that block or time; of all where neither is given.

    Raises RegistryHistoryError where the history holds what the rules refuse, or leads to a broken invariant.
    """
    empty = Book(history.chain_id, history.places)
    try:
        book = book_at(empty, map(carried_out, history.entries), block=block, time=time_seconds)
    except Refused as refused:
        raise RegistryHistoryError(f"the chain carried out what the rules refuse: {refused}") from refused
    found = broken(book)
    if found:
        raise RegistryHistoryError(f"the chain's operations lead where they must not: {found[0]}")
    return book


def carried_out(entry: Entry) -> Done | SiteRegistered:
    """An entry of a history as the rules take it."""
    moment = entry.moment
    if isinstance(entry, SignedOperation):
        signers = tuple(Signer(by.organisation, by.role, by.acts_since, by.key_id) for by in entry.signers)
        return Done(entry.operation, signers, moment.block_number, moment.time_seconds, moment.parent_hash)
    return SiteRegistered(entry.site, entry.owner, entry.outline, moment.block_number, moment.time_seconds)
