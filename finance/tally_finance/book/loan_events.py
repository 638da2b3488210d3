"""What happens to a facility: its terms, its money, calls and default. Kinds of events of a book; no IO.

Interest is not among them: it follows from draws, payments and days. Money is a `Decimal` of at most two places.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum
from typing import Final

from tally_edge.wire import DIGEST, FLAG, TIME, array, enum, integer, nested, text, wire
from tally_finance.book.forms import DAY, FACTOR, MONEY, NAME, PAID, SHARE
from tally_finance.errors import BookError

AGE: Final = integer(1, 366 * 86_400)
"""Seconds for which something said stays good."""


class Pledging(IntEnum):
    """How pledged goods may leave."""

    STATIC = 1
    """静态质押: by the lender's order alone."""
    DYNAMIC = 2
    """动态质押: freely, down to a floor that the lender set."""


@dataclass(frozen=True, slots=True)
class GoodsTerms:
    """What is lent on one commodity: `advance` (质押率) of its value, at most `cap` (集中度限额) on one lot.

    A price or an attested quantity older than its age counts for nothing new.
    """

    commodity: str = wire(1, NAME)
    advance: Decimal = wire(2, SHARE)
    grade: Decimal = wire(3, FACTOR)
    price_age_s: int = wire(4, AGE)
    quantity_age_s: int = wire(5, AGE)
    cap: Decimal | None = wire(6, MONEY, optional=True)

    def __post_init__(self) -> None:
        if self.advance <= 0:
            raise BookError(f"{self.commodity}: an advance of {self.advance:f} lends nothing")


@dataclass(frozen=True, slots=True)
class FacilityOpened:
    """A facility (授信) for a borrower. Interest is Act/360; `utc_offset_s` says when its days begin."""

    facility: str = wire(1, NAME)
    borrower: bytes = wire(2, DIGEST)
    limit: Decimal = wire(3, MONEY)
    goods: tuple[GoodsTerms, ...] = wire(4, array(nested(GoodsTerms), 64))
    warning: Decimal = wire(5, SHARE)
    liquidation: Decimal = wire(6, SHARE)
    yearly_rate: Decimal = wire(7, SHARE)
    penalty: Decimal = wire(8, FACTOR)
    matures: date = wire(9, DAY)
    pledging: Pledging = wire(10, enum(Pledging))
    search_age_s: int = wire(11, AGE)
    utc_offset_s: int = wire(12, integer(-14 * 3600, 14 * 3600))
    reserve: Decimal = wire(13, MONEY)

    def __post_init__(self) -> None:
        names = [one.commodity for one in self.goods]
        if len(set(names)) < len(names):
            raise BookError(f"facility {self.facility}: a commodity stands twice in {', '.join(names)}")
        if self.penalty < 1:
            raise BookError(f"facility {self.facility}: a penalty of {self.penalty:f} times the rate is none")
        highest = max((one.advance for one in self.goods), default=Decimal(0))
        if not highest < self.warning < self.liquidation:
            raise BookError(
                f"facility {self.facility}: advance {highest:f}, warning {self.warning:f} and liquidation "
                f"{self.liquidation:f} do not rise"
            )


@dataclass(frozen=True, slots=True)
class ReserveSet:
    """What is taken off (扣减项): rent, freight, taxes, earlier claims."""

    facility: str = wire(1, NAME)
    reserve: Decimal = wire(2, MONEY)


@dataclass(frozen=True, slots=True)
class SearchMade:
    """A search of the movables registry (动产融资统一登记公示系统查询) for claims against the borrower."""

    facility: str = wire(1, NAME)
    search: bytes = wire(2, DIGEST)
    clear: bool = wire(3, FLAG)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Principal was paid out (放款)."""

    facility: str = wire(1, NAME)
    amount: Decimal = wire(2, PAID)


@dataclass(frozen=True, slots=True)
class Repaid:
    """The borrower paid (还款); what of it pays what follows from the law (民法典 Art. 561)."""

    facility: str = wire(1, NAME)
    amount: Decimal = wire(2, PAID)
    payment: bytes = wire(3, DIGEST)


@dataclass(frozen=True, slots=True)
class FeeCharged:
    """The borrower owes this beside interest (费用)."""

    facility: str = wire(1, NAME)
    amount: Decimal = wire(2, PAID)
    reason: str = wire(3, text(200))


@dataclass(frozen=True, slots=True)
class MarginCalled:
    """The borrower was called to top up (补仓通知) by a time."""

    facility: str = wire(1, NAME)
    missing: Decimal = wire(2, MONEY)
    until: int = wire(3, TIME)


@dataclass(frozen=True, slots=True)
class MarginCured:
    """It did."""

    facility: str = wire(1, NAME)


@dataclass(frozen=True, slots=True)
class Defaulted:
    """The lender declared default (违约)."""

    facility: str = wire(1, NAME)
    reason: str = wire(2, text(200))


@dataclass(frozen=True, slots=True)
class FacilityExtended:
    """It matures later (展期, 民法典 Art. 678). The penalty of days that have passed stays."""

    facility: str = wire(1, NAME)
    matures: date = wire(2, DAY)


@dataclass(frozen=True, slots=True)
class LimitSet:
    """Another limit (额度调整). 0 lends nothing more; what is owed above it stays owed."""

    facility: str = wire(1, NAME)
    limit: Decimal = wire(2, MONEY)


@dataclass(frozen=True, slots=True)
class RateSet:
    """Another rate (利率调整), from the day of its effect on."""

    facility: str = wire(1, NAME)
    yearly_rate: Decimal = wire(2, SHARE)
    penalty: Decimal = wire(3, FACTOR)

    def __post_init__(self) -> None:
        if self.penalty < 1:
            raise BookError(f"facility {self.facility}: a penalty of {self.penalty:f} times the rate is none")


@dataclass(frozen=True, slots=True)
class Refunded:
    """What the borrower had paid beyond what it owed was paid back (退款, 民法典 Art. 985)."""

    facility: str = wire(1, NAME)
    amount: Decimal = wire(2, PAID)
    payment: bytes = wire(3, DIGEST)
