"""Who is paid from the sale of pledged goods (清偿顺序): in order of rank, and what is left goes back. No IO.

There is no other end: goods never fall to the lender (禁止流质, 民法典 Art. 428), a surplus is the pledgor's and a
shortfall stays owed (Art. 438).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

from tally_finance.errors import LendingError
from tally_finance.lending.rounding import down


class Rank(IntEnum):
    """The order. Pledges follow one another by the time of their registration."""

    COSTS = 1
    """Of the sale itself, and its taxes."""
    KEEPER = 2
    """What the keeper is owed for storage, and may hold the goods back for (留置权)."""
    PLEDGE = 3
    """Each pledge's penalty, interest and principal."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's claim. `registered_at` (Unix seconds) orders pledges; those of one second share by size.

    A pledge that was never registered comes behind all that were (民法典 Art. 414).
    """

    creditor: str
    rank: Rank
    amount: Decimal
    registered_at: int | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """What a claim got, and what of it stays owed."""

    claim: Claim
    amount: Decimal

    @property
    def shortfall(self) -> Decimal:
        """What stays owed."""
        return self.claim.amount - self.amount


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the proceeds: every claim in order, and the pledgor's surplus."""

    paid: tuple[Paid, ...]
    surplus: Decimal


def settle(proceeds: Decimal, claims: Sequence[Claim]) -> Settled:
    """Pay `claims` from `proceeds`; not a coin is lost. Raises LendingError for amounts that are negative."""
    if proceeds < 0 or any(claim.amount < 0 for claim in claims):
        raise LendingError("proceeds and claims are not negative")
    left, paid = proceeds, []
    groups: dict[tuple[Rank, bool, int], list[Claim]] = {}
    for claim in claims:
        at = claim.registered_at if claim.rank is Rank.PLEDGE else 0
        groups.setdefault((claim.rank, at is None, at or 0), []).append(claim)
    for key in sorted(groups):
        shares = _shared(left, groups[key])
        paid += shares
        left -= sum((one.amount for one in shares), Decimal(0))
    return Settled(tuple(paid), left)


def _shared(left: Decimal, claims: list[Claim]) -> list[Paid]:
    """All in full, or each by its size, rounded down; the coins that rounding leaves go to the first."""
    whole = sum((claim.amount for claim in claims), Decimal(0))
    if whole <= left:
        return [Paid(claim, claim.amount) for claim in claims]
    share = Fraction(left) / Fraction(whole)
    amounts = [down(share * Fraction(claim.amount)) for claim in claims]
    rest = left - sum(amounts, Decimal(0))
    for number, claim in enumerate(claims):
        more = min(rest, claim.amount - amounts[number])
        amounts[number] += more
        rest -= more
    return [Paid(claim, amount) for claim, amount in zip(claims, amounts, strict=True)]
