"""What happens to goods: ownership, pledge, quantity, price, release, sale. Kinds of events of a book; no IO.

Goods are whole grams; receipts, lots and organisations are the 32-byte ids of the chain, documents their SHA-256
digests, times Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from tally_edge.wire import COUNT, DIGEST, FLAG, TIME, array, enum, text, wire
from tally_finance.book.forms import GRAMS, MONEY, NAME, PAID, SOME_GRAMS
from tally_finance.errors import BookError


class Encumbrance(IntEnum):
    """What the chain says of a receipt's pledge (担保状态), numbered as in the contract."""

    FREE = 0
    OFFERED = 1
    ACCEPTED = 2
    REGISTERED = 3
    MARGIN_CALL = 4
    DEFAULT = 5
    ENFORCING = 6


@dataclass(frozen=True, slots=True)
class OwnershipTaken:
    """Whose the goods of a receipt are: contract, VAT invoice, payment, and a search for mortgage or retention."""

    receipt: bytes = wire(1, DIGEST)
    contract: bytes = wire(2, DIGEST)
    invoice: bytes = wire(3, DIGEST)
    payment: bytes = wire(4, DIGEST)
    search: bytes = wire(5, DIGEST)
    clear: bool = wire(6, FLAG)


@dataclass(frozen=True, slots=True)
class FilingMade:
    """The pledge of a receipt was filed there (登记); the filing lapses at a time."""

    facility: str = wire(1, NAME)
    receipt: bytes = wire(2, DIGEST)
    filing: bytes = wire(3, DIGEST)
    lapses_at: int = wire(4, TIME)


@dataclass(frozen=True, slots=True)
class ValuationMade:
    """A valuation (估值) that was given for a pledge, and the digests of the entries whose prices it used."""

    facility: str = wire(1, NAME)
    receipt: bytes = wire(2, DIGEST)
    value: Decimal = wire(3, MONEY)
    prices: tuple[bytes, ...] = wire(4, array(DIGEST, 16))
    document: bytes = wire(5, DIGEST)


@dataclass(frozen=True, slots=True)
class PledgeAttached:
    """A receipt's quantity secures the facility from now on."""

    facility: str = wire(1, NAME)
    receipt: bytes = wire(2, DIGEST)
    lot: bytes = wire(3, DIGEST)
    commodity: str = wire(4, NAME)
    quantity_g: int = wire(5, SOME_GRAMS)


@dataclass(frozen=True, slots=True)
class PledgeEnded:
    """It does no longer: discharged, substituted, sold."""

    facility: str = wire(1, NAME)
    receipt: bytes = wire(2, DIGEST)
    reason: str = wire(3, text(200))


@dataclass(frozen=True, slots=True)
class FloorSet:
    """Down to this (最低控货量) goods of a dynamic pledge leave without an order, until then; 0 ends it."""

    facility: str = wire(1, NAME)
    receipt: bytes = wire(2, DIGEST)
    floor_g: int = wire(3, GRAMS)
    until: int = wire(4, TIME)


@dataclass(frozen=True, slots=True)
class QuantitySeen:
    """An attested quantity (见证量) of a lot, all lenders' pledges in it, and whether it is short."""

    lot: bytes = wire(1, DIGEST)
    lower_g: int = wire(2, GRAMS)
    estimate_g: int = wire(3, GRAMS)
    upper_g: int = wire(4, GRAMS)
    pledged_g: int = wire(5, GRAMS)
    short: bool = wire(6, FLAG)
    evidence_root: bytes = wire(7, DIGEST)

    def __post_init__(self) -> None:
        if not self.lower_g <= self.estimate_g <= self.upper_g:
            raise BookError(f"a quantity of {self.lower_g} ≤ {self.estimate_g} ≤ {self.upper_g} g does not rise")


@dataclass(frozen=True, slots=True)
class QuantityDoubted:
    """The newest evidence of a lot holds, and allows no new credit all the same (an expired calibration, a leak).

    It stands until a quantity is seen of later evidence.
    """

    lot: bytes = wire(1, DIGEST)
    why: str = wire(2, text(200))
    evidence_root: bytes = wire(3, DIGEST)


@dataclass(frozen=True, slots=True)
class LotSeen:
    """What the chain says of a lot after an operation: all lenders' pledges in it, and whether it is short.

    It attests nothing: a quantity stays as old as it is, whatever is pledged or released meanwhile.
    """

    lot: bytes = wire(1, DIGEST)
    pledged_g: int = wire(2, GRAMS)
    short: bool = wire(3, FLAG)
    operation: bytes = wire(4, DIGEST)
    block: int = wire(5, COUNT)


@dataclass(frozen=True, slots=True)
class PriceSeen:
    """A price that may be lent on (盯市价) since it was judged, and the digests of what the sources signed.

    It is as old as the oldest quote that it rests on (`quoted_at`; without one as its effect), and stands `until` the
    first of them runs out or is too old: then it is judged again. `block`: by which the sources' keys were good.
    """

    commodity: str = wire(1, NAME)
    per_t: Decimal = wire(2, PAID)
    sources: tuple[bytes, ...] = wire(3, array(DIGEST, 32))
    quoted_at: int | None = wire(4, TIME, optional=True)
    until: int | None = wire(5, TIME, optional=True)
    block: int | None = wire(6, COUNT, optional=True)

    def __post_init__(self) -> None:
        if self.quoted_at is not None and self.until is not None and self.quoted_at > self.until:
            raise BookError(f"a price of {self.quoted_at} stands until {self.until}: at no time")


@dataclass(frozen=True, slots=True)
class PriceDoubted:
    """The sources make no price any more (价格存疑): too few, too old, too far apart. It stands until they do again.

    `lowest_per_t`: the lowest that one of them says, where any speaks; no goods are worth more meanwhile.
    """

    commodity: str = wire(1, NAME)
    why: str = wire(2, text(200))
    sources: tuple[bytes, ...] = wire(3, array(DIGEST, 32))
    lowest_per_t: Decimal | None = wire(4, PAID, optional=True)
    block: int | None = wire(5, COUNT, optional=True)


@dataclass(frozen=True, slots=True)
class ReleaseOrdered:
    """The lender ordered goods out (放货指令); good until a time."""

    facility: str = wire(1, NAME)
    receipt: bytes = wire(2, DIGEST)
    order: bytes = wire(3, DIGEST)
    quantity_g: int = wire(4, SOME_GRAMS)
    until: int = wire(5, TIME)


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """An order was taken back before it was used."""

    facility: str = wire(1, NAME)
    order: bytes = wire(2, DIGEST)


@dataclass(frozen=True, slots=True)
class Released:
    """Goods left the pledge (出库, 解押): by an order, which it uses up, down to a floor, or freed by the lender."""

    facility: str = wire(1, NAME)
    receipt: bytes = wire(2, DIGEST)
    quantity_g: int = wire(3, SOME_GRAMS)
    evidence: bytes = wire(4, DIGEST)
    order: bytes | None = wire(5, DIGEST, optional=True)


@dataclass(frozen=True, slots=True)
class Disposed:
    """A receipt's goods were sold (处置): the proceeds pay costs and the keeper first, then this loan, then others."""

    facility: str = wire(1, NAME)
    receipt: bytes = wire(2, DIGEST)
    proceeds: Decimal = wire(3, MONEY)
    costs: Decimal = wire(4, MONEY)
    keeper: Decimal = wire(5, MONEY)
    report: bytes = wire(6, DIGEST)


@dataclass(frozen=True, slots=True)
class ChainSeen:
    """What the chain says of a receipt at a block: its pledge, whether it is held, the operation that made it so."""

    receipt: bytes = wire(1, DIGEST)
    encumbrance: Encumbrance = wire(2, enum(Encumbrance))
    held: bool = wire(3, FLAG)
    operation: bytes = wire(4, DIGEST)
    block: int = wire(5, COUNT)
