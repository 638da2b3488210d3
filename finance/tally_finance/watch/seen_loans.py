"""Prices, loans and what is lent on one thing as a lender sees them at one moment (`seen`). Plain data, no IO."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tally_finance.lending.coverage import Position
from tally_finance.lending.prices import Quote, Rules


@dataclass(frozen=True, slots=True)
class Market:
    """The quotes for goods, the rules that make a price of them, and their statements."""

    goods: str
    quotes: tuple[Quote, ...]
    rules: Rules
    evidence: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class LoanSeen:
    """A loan: its position, the digest of that computation, and until when a top-up (补仓) is due, if one is."""

    loan: str
    position: Position
    evidence: bytes
    top_up_by: int | None = None


@dataclass(frozen=True, slots=True)
class DoubtSeen:
    """What the book has against new credit on `of`: its code there (`book.reasons`), and a sentence."""

    why: str
    of: str
    sentence: str
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Share:
    """What is lent on one borrower, site, keeper or kind of goods, and the most that may be (集中度), in one unit."""

    of: str
    amount: Decimal
    cap: Decimal
    evidence: bytes
