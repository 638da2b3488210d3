"""What bounds or adds to what goods secure: caps, insurance, price locks, others' claims. Kinds of events; no IO.

Lots, sites and organisations are the 32-byte ids of the chain, documents their SHA-256 digests, times Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from tally_edge.wire import DIGEST, FLAG, TIME, array, enum, integer, nested, text, wire
from tally_finance.book.forms import GRAMS, MONEY, NAME, PAID, SHARE, SOME_GRAMS
from tally_finance.book.loan_events import AGE
from tally_finance.errors import BookError


class Dimension(IntEnum):
    """Along what a concentration is counted, over all facilities of a book. A number keeps its meaning."""

    SITE = 1
    KEEPER = 2
    COMMODITY = 3
    BORROWER = 4


@dataclass(frozen=True, slots=True)
class CapSet:
    """The most that is lent on all goods of one site, keeper, commodity or borrower (集中度限额).

    `subject`: the hex of an id, or a commodity's name; without one the cap holds for each that has none of its own.
    Without an amount the cap is lifted.
    """

    dimension: Dimension = wire(1, enum(Dimension))
    subject: str | None = wire(2, NAME, optional=True)
    amount: Decimal | None = wire(3, MONEY, optional=True)


@dataclass(frozen=True, slots=True)
class LotPlaced:
    """Where a lot lies and who keeps it (货位, 保管人)."""

    lot: bytes = wire(1, DIGEST)
    site: bytes = wire(2, DIGEST)
    keeper: bytes = wire(3, DIGEST)


@dataclass(frozen=True, slots=True)
class SaleBoundSet:
    """On no more of a commodity is lent than could be sold (变现天数): `share` of its turnover in `days`.

    A turnover older than `turnover_age_s` counts for nothing new. 0 days end the bound.
    """

    commodity: str = wire(1, NAME)
    share: Decimal = wire(2, SHARE)
    days: int = wire(3, integer(0, 366))
    turnover_age_s: int = wire(4, AGE)


@dataclass(frozen=True, slots=True)
class TurnoverSeen:
    """A commodity's mean daily turnover (日均成交量), and what it was taken from."""

    commodity: str = wire(1, NAME)
    daily_g: int = wire(2, GRAMS)
    source: bytes = wire(3, DIGEST)


@dataclass(frozen=True, slots=True)
class InsuranceRequired:
    """Whether goods count for a facility only while they are insured in the lender's favour."""

    facility: str = wire(1, NAME)
    required: bool = wire(2, FLAG)


@dataclass(frozen=True, slots=True)
class Insured:
    """Lots are insured together up to a sum, until a time (保险). Of one policy the newest word counts (批单).

    `lender_first`: the lender is the first beneficiary (第一受益人); to any other policy it has no claim.
    """

    policy: bytes = wire(1, DIGEST)
    insurer: str = wire(2, text(120))
    lots: tuple[bytes, ...] = wire(3, array(DIGEST, 256))
    amount: Decimal = wire(4, MONEY)
    until: int = wire(5, TIME)
    lender_first: bool = wire(6, FLAG)

    def __post_init__(self) -> None:
        if len(set(self.lots)) < len(self.lots):
            raise BookError(f"policy {self.policy.hex()} names a lot twice")


@dataclass(frozen=True, slots=True)
class BuyersMargin:
    """What the buyer of a price lock has deposited (买方保证金), and by how much its word is discounted."""

    held: Decimal = wire(1, PAID)
    haircut: Decimal = wire(2, SHARE)


@dataclass(frozen=True, slots=True)
class PriceLocked:
    """A firm buyer takes so much of a lot at a price, until a time (锁价). Of one contract the newest word counts."""

    facility: str = wire(1, NAME)
    contract: bytes = wire(2, DIGEST)
    lot: bytes = wire(3, DIGEST)
    buyer: bytes = wire(4, DIGEST)
    quantity_g: int = wire(5, SOME_GRAMS)
    per_t: Decimal = wire(6, PAID)
    until: int = wire(7, TIME)
    margin: BuyersMargin | None = wire(8, nested(BuyersMargin), optional=True)


@dataclass(frozen=True, slots=True)
class PriceLockEnded:
    """The contract binds the buyer no longer: fulfilled, rescinded, broken."""

    facility: str = wire(1, NAME)
    contract: bytes = wire(2, DIGEST)
    reason: str = wire(3, text(200))


@dataclass(frozen=True, slots=True)
class ClaimSeen:
    """Another creditor's pledge of a receipt (他人质权), as registered; one that is not registered comes last.

    Of one claim the newest word counts; 0 says that nothing of it is left.
    """

    facility: str = wire(1, NAME)
    receipt: bytes = wire(2, DIGEST)
    claim: bytes = wire(3, DIGEST)
    creditor: bytes = wire(4, DIGEST)
    amount: Decimal = wire(5, MONEY)
    registered_at: int | None = wire(6, TIME, optional=True)
