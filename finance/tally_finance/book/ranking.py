"""Whose claim on a receipt comes first (质权顺位): by the time of registration (民法典 Art. 414, 415). No IO."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tally_finance.book.cover_events import ClaimSeen
from tally_finance.book.goods_events import FilingMade
from tally_finance.book.journal import Living
from tally_finance.lending.waterfall import Claim, Rank

LENDER = "lender"
"""How the lender of the book is called among the creditors; others are the hex of their ids."""


def pledges_of(receipt: bytes, owed: Decimal, before: Living, own: Iterable[Living]) -> list[Claim]:
    """The pledges of a receipt as they stood `before` its sale, the lender's first; `own`: a facility's events."""
    earlier = [one for one in own if one.place < before.place]
    said: dict[bytes, ClaimSeen] = {}
    for one in earlier:
        if isinstance(one.event, ClaimSeen) and one.event.receipt == receipt:
            said[one.event.claim] = one.event
    others = [
        Claim(one.creditor.hex(), Rank.PLEDGE, one.amount, one.registered_at) for one in said.values() if one.amount
    ]
    return [Claim(LENDER, Rank.PLEDGE, owed, registered_at(receipt, before.effective_at, earlier)), *others]


def registered_at(receipt: bytes, at: int, own: Sequence[Living]) -> int | None:
    """Since when the lender's pledge is registered without a break; None where it is not, `at` that time.

    A filing that is renewed in time keeps its rank; one that lapsed has lost it, and the next begins anew.
    """
    since, until = None, 0
    for one in own:
        if isinstance(one.event, FilingMade) and one.event.receipt == receipt:
            if since is None or one.effective_at >= until:
                since = one.effective_at
            until = one.event.lapses_at
    return since if at < until else None
