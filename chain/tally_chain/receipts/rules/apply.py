"""The rules of all contracts: one operation on a book, and the book as it was known at any block.

Dry run: `apply` says what the contracts would say, with the same errors by name. Rebuild: `book_at` makes every state
from the operations alone. What is left out, because only the registry of parties knows it: whether a key was good (the
signers are given), and whether an organisation that is only named is registered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tally_chain.receipts.operations import Operation
from tally_chain.receipts.rules import (
    attestations,
    enforcement,
    holds,
    leaves,
    lots,
    orders,
    places,
    pledging,
    succession,
    title,
    trades,
    vouchers,
)
from tally_chain.receipts.rules.acts import Act, Signer
from tally_chain.receipts.rules.book import Book, Draft
from tally_chain.receipts.rules.records import Point

Rule = Callable[[Draft, Act], None]

RULES: Mapping[str, Rule] = {
    **places.RULES,
    **lots.RULES,
    **attestations.RULES,
    **title.RULES,
    **succession.RULES,
    **holds.RULES,
    **pledging.RULES,
    **orders.RULES,
    **enforcement.RULES,
    **trades.RULES,
    **vouchers.RULES,
    **leaves.RULES,
}
"""Every kind of operation to its rule."""


@dataclass(frozen=True)
class Done:
    """An operation in a block, and whose its signatures were then. `time` in seconds; `parent_hash` of the one before."""

    operation: Operation
    signers: Sequence[Signer]
    block: int
    time: int
    parent_hash: bytes


@dataclass(frozen=True)
class SiteRegistered:
    """A site that the administration registered. `time` in seconds."""

    site: bytes
    owner: bytes
    outline: tuple[Point, ...]
    block: int
    time: int


def apply(book: Book, done: Done) -> Book:
    """The book after an operation in its block. Raises Refused."""
    draft = Draft(book)
    _carry_out(draft, done)
    return draft.settled()


def register_site(book: Book, site: bytes, owner: bytes, outline: Sequence[Point], block: int) -> Book:
    """The book after the administration registered a site in that block. Raises Refused."""
    draft = Draft(book)
    places.register_site(draft, site, owner, outline, block)
    return draft.settled()


def book_at(
    empty: Book, history: Iterable[Done | SiteRegistered], *, block: int | None = None, time: int | None = None
) -> Book:
    """The book as it was known at the end of a block, or at a time; of the whole history where neither is given.

    `history` is in the order of the chain, all contracts in one sequence. Raises Refused where it holds what the rules
    do not let through: then the contracts and these rules differ.
    """
    draft = Draft(empty)
    for one in history:
        if (block is not None and one.block > block) or (time is not None and one.time > time):
            break
        if isinstance(one, SiteRegistered):
            places.register_site(draft, one.site, one.owner, one.outline, one.block)
        else:
            _carry_out(draft, one)
    return draft.settled()


def _carry_out(draft: Draft, done: Done) -> None:
    operation = done.operation
    digest = operation.digest(draft.chain_id, draft.contracts[operation.about.contract])
    act = Act(operation.kind, operation.values, digest, done.signers, done.block, done.time, done.parent_hash)
    RULES[operation.kind](draft, act)
