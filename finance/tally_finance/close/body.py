"""What a monthly close says (月结内容), as it is written: exact numbers, one encoding. Verdict-critical: no IO.

Money is `Decimal` yuan with at most two places, or an exact fraction; goods are whole grams; times are Unix seconds;
receipts, lots and organisations are the 32-byte ids of the chain. All of it follows from the journal, the chain's
history and the keepers' books, so whoever has these computes the same bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Final

from tally_chain.receipts.rules.records import Encumbrance, State
from tally_edge import wire as codec
from tally_edge.cbor import Item
from tally_edge.wire import COUNT, DIGEST, FLAG, TIME, Form, array, enum, integer, nested, text, wire
from tally_finance.book.forms import BOOKED_AT, DAY, GRAMS, MONEY, NAME
from tally_finance.book.journal import BOOK
from tally_finance.book.position import Line
from tally_finance.book.reasons import Reason

MAX_RECEIPTS: Final = 100_000
"""A hundred times the book that the lender's speed is promised for."""

MAX_REASONS: Final = 10_000
MAX_FACILITIES: Final = 1_000
MAX_DIFFERENCES: Final = 10_000
"""Rows that a person still looks at; a book that differs in more is another book."""

MAX_DIGITS: Final = 20_000
"""Of a numerator or a denominator, hexadecimal: each payment adds some five, and ten years have 2,500 banking days."""

_FRACTION: Final = re.compile(
    rf"(-?)(0|[1-9a-f][0-9a-f]{{0,{MAX_DIGITS - 1}}})/([1-9a-f][0-9a-f]{{0,{MAX_DIGITS - 1}}})"
)


def _fraction_to(value: Fraction) -> Item:
    if not isinstance(value, Fraction):
        raise ValueError(f"{value!r} is no fraction")  # noqa: TRY004  a form says ValueError
    return f"{value.numerator:x}/{value.denominator:x}"


def _fraction_of(item: Item) -> Fraction:
    found = _FRACTION.fullmatch(item) if isinstance(item, str) else None
    if found is None:
        raise ValueError(f"{str(item)[:80]!r} is no fraction")
    value = Fraction(int(found[1] + found[2], 16), int(found[3], 16))
    if _fraction_to(value) != item:
        raise ValueError(f"{str(item)[:80]!r} is not in lowest terms")
    return value


FRACTION: Final = Form(_fraction_to, _fraction_of)
"""An exact number as text, in lowest terms and hexadecimal: `7/1`, `-16/7` for -22/7."""

MONTH: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")


def _month(item: Item) -> str:
    if not isinstance(item, str) or MONTH.fullmatch(item) is None:
        raise ValueError(f"{item!r} is no month")
    return item


def _owed_sum(item: Item) -> int:
    return int(integer(-(2**62), 2**62).of_item(item))


SUM: Final = Form(_owed_sum, _owed_sum)
"""Whole fen; below zero where a reserve is more than the goods bring."""


@dataclass(frozen=True, slots=True)
class OwedParts:
    """What is owed (敞口), exactly, by its parts; told rounded up, once."""

    costs: Fraction = wire(1, FRACTION)
    penalty: Fraction = wire(2, FRACTION)
    interest: Fraction = wire(3, FRACTION)
    principal: Fraction = wire(4, FRACTION)

    @property
    def total(self) -> Fraction:
        """All of it, exactly."""
        return self.costs + self.penalty + self.interest + self.principal


@dataclass(frozen=True, slots=True)
class Movement:
    """The month (本月变动): opening + drawn + charged + accrued − applied = closing, exactly.

    `applied` is what payments and sales paid, `overpaid` what they brought beyond, `refunded` what was paid back of
    that; what was paid back of nothing is charged. `restated`: the opening as known now less what was owed then by the
    close before, None for a first close.
    """

    opening: OwedParts = wire(1, nested(OwedParts))
    drawn: Decimal = wire(2, MONEY)
    charged: Decimal = wire(3, MONEY)
    accrued: Fraction = wire(4, FRACTION)
    applied: Fraction = wire(5, FRACTION)
    overpaid: Decimal = wire(6, MONEY)
    refunded: Decimal = wire(7, MONEY)
    restated: Fraction | None = wire(8, FRACTION, optional=True)


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot's share in a facility (批次). Pledged ≥ secured ≥ counted; a price per tonne; value and lendable in fen."""

    lot: bytes = wire(1, DIGEST)
    commodity: str = wire(2, NAME)
    receipts: tuple[bytes, ...] = wire(3, array(DIGEST, MAX_RECEIPTS))
    pledged_by_all_g: int = wire(4, GRAMS)
    pledged_g: int = wire(5, GRAMS)
    secured_g: int = wire(6, GRAMS)
    counted_g: int = wire(7, GRAMS)
    value_fen: int = wire(8, SUM)
    lendable_fen: int = wire(9, SUM)
    per_t: Decimal | None = wire(10, MONEY, optional=True)
    seen_at: int | None = wire(11, TIME, optional=True)
    priced_at: int | None = wire(12, TIME, optional=True)
    evidence_root: bytes | None = wire(13, DIGEST, optional=True)
    locked_per_t: Fraction | None = wire(14, FRACTION, optional=True)
    cap: Fraction | None = wire(15, FRACTION, optional=True)


@dataclass(frozen=True, slots=True)
class DayLine:
    """A facility at the end of a day of the month, in fen, as known when the close was made."""

    day: date = wire(1, DAY)
    owed_fen: int = wire(2, SUM)
    value_fen: int = wire(3, SUM)
    lendable_fen: int = wire(4, SUM)
    counted_fen: int = wire(5, SUM)


@dataclass(frozen=True, slots=True)
class FacilityLine:
    """A facility (授信) at the month's end, limit and maturity as they are then.

    Ratios are None where nothing is owed, or nothing left of the value.
    """

    facility: str = wire(1, NAME)
    borrower: bytes = wire(2, DIGEST)
    limit: Decimal = wire(3, MONEY)
    matures: date = wire(4, DAY)
    owed: OwedParts = wire(5, nested(OwedParts))
    overpaid: Decimal = wire(6, MONEY)
    movement: Movement = wire(7, nested(Movement))
    lots: tuple[LotLine, ...] = wire(8, array(nested(LotLine), MAX_RECEIPTS))
    reserve: Decimal = wire(9, MONEY)
    value_fen: int = wire(10, SUM)
    lendable_fen: int = wire(11, SUM)
    counted_fen: int = wire(12, SUM)
    available: Decimal = wire(13, MONEY)
    missing_cash: Decimal = wire(14, MONEY)
    line: Line = wire(15, enum(Line))
    doubts: tuple[Reason, ...] = wire(16, array(nested(Reason), MAX_REASONS))
    stops: tuple[Reason, ...] = wire(17, array(nested(Reason), MAX_REASONS))
    sources: int = wire(18, COUNT)
    sources_digest: bytes = wire(19, DIGEST)
    days: tuple[DayLine, ...] = wire(20, array(nested(DayLine), 31))
    cuts: tuple[Reason, ...] = wire(21, array(nested(Reason), MAX_REASONS))
    loan_to_value: Fraction | None = wire(22, FRACTION, optional=True)
    coverage: Fraction | None = wire(23, FRACTION, optional=True)
    called_until: int | None = wire(24, TIME, optional=True)
    called: Decimal | None = wire(25, MONEY, optional=True)
    defaulted: str | None = wire(26, text(200), optional=True)


@dataclass(frozen=True, slots=True)
class OnChain:
    """What the chain says of a receipt (链上): whose it is, what is pledged of it and to whom, its head."""

    lot: bytes = wire(1, DIGEST)
    holder: bytes = wire(2, DIGEST)
    keeper: bytes = wire(3, DIGEST)
    face_g: int = wire(4, integer(0, 2**64 - 1))
    pledged_g: int = wire(5, integer(0, 2**64 - 1))
    until: int = wire(6, TIME)
    state: State = wire(7, enum(State))
    encumbrance: Encumbrance = wire(8, enum(Encumbrance))
    held: bool = wire(9, FLAG)
    short: bool = wire(10, FLAG)
    head: bytes = wire(11, DIGEST)
    lender: bytes | None = wire(12, DIGEST, optional=True)


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A receipt (仓单) that the book has as pledged, or the chain as pledged to this lender, or both."""

    receipt: bytes = wire(1, DIGEST)
    facility: str | None = wire(2, NAME, optional=True)
    booked_g: int | None = wire(3, GRAMS, optional=True)
    on_chain: OnChain | None = wire(4, nested(OnChain), optional=True)


@dataclass(frozen=True, slots=True)
class ChainAt:
    """How far the chain had come: the block of the last operation, all operations so far, a hash over their digests."""

    chain_id: int = wire(1, COUNT)
    block: int = wire(2, COUNT)
    operations: int = wire(3, COUNT)
    digest: bytes = wire(4, DIGEST)


@dataclass(frozen=True, slots=True)
class Difference:
    """A receipt that both have, and a field in which they differ (差异)."""

    receipt: bytes = wire(1, DIGEST)
    field: str = wire(2, text(16))
    here: str = wire(3, text(160))
    there: str = wire(4, text(160))


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The chain beside a keeper's own book (对账). `book` is the SHA-256 of the keeper's file."""

    keeper: bytes = wire(1, DIGEST)
    book: bytes = wire(2, DIGEST)
    rows: int = wire(3, COUNT)
    matched: int = wire(4, COUNT)
    differing: tuple[Difference, ...] = wire(5, array(nested(Difference), MAX_DIFFERENCES))
    only_here: tuple[bytes, ...] = wire(6, array(DIGEST, MAX_DIFFERENCES))
    only_there: tuple[bytes, ...] = wire(7, array(DIGEST, MAX_DIFFERENCES))

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return not (self.differing or self.only_here or self.only_there)


@dataclass(frozen=True, slots=True)
class Previous:
    """The close before: the SHA-256 of its statement, and its two times."""

    close: bytes = wire(1, DIGEST)
    as_of: int = wire(2, BOOKED_AT)
    known_at: int = wire(3, BOOKED_AT)


@dataclass(frozen=True, slots=True)
class Body:
    """A book at the end of `month`: `as_of` its last second at `utc_offset_s`, as known at `known_at`."""

    book: str = wire(1, BOOK)
    month: str = wire(2, Form(_month, _month))
    utc_offset_s: int = wire(3, integer(-14 * 3600, 14 * 3600))
    as_of: int = wire(4, BOOKED_AT)
    known_at: int = wire(5, BOOKED_AT)
    seq: int = wire(6, COUNT)
    head: bytes = wire(7, DIGEST)
    facilities: tuple[FacilityLine, ...] = wire(8, array(nested(FacilityLine), MAX_FACILITIES))
    receipts: tuple[ReceiptLine, ...] = wire(9, array(nested(ReceiptLine), MAX_RECEIPTS))
    evidence: tuple[bytes, ...] = wire(10, array(DIGEST, MAX_RECEIPTS))
    keepers: tuple[Reconciled, ...] = wire(11, array(nested(Reconciled), 256))
    lender: bytes | None = wire(12, DIGEST, optional=True)
    chain: ChainAt | None = wire(13, nested(ChainAt), optional=True)
    previous: Previous | None = wire(14, nested(Previous), optional=True)


def encode(body: Body) -> bytes:
    """Its bytes. Raises StatementError for a value past its limit."""
    return codec.encode(body)


def decode(data: bytes) -> Body:
    """The reverse, strictly. Raises StatementError, CborError."""
    return codec.decode(Body, data)


def digest(body: Body) -> bytes:
    """SHA-256 of its bytes: what the close signs, and what every page of it shows."""
    return sha256(encode(body)).digest()
