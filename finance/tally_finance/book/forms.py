"""How a book writes money, quantities, shares and days: as integers of the smallest unit, one encoding each. No IO.

Between the wire and the code stand exact numbers only: `Decimal` for money and shares, whole grams, dates.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

from tally_edge.cbor import Item
from tally_edge.wire import MAX_COUNT, Form, integer, text

_EXACT: Final = Context(prec=40)
_EPOCH: Final = date(1970, 1, 1)
_MAX_DAYS: Final = 200_000  # the year 2517: a day past it is a mistake of unit


def scaled_down(number: int, places: int) -> Decimal:
    """`number` of the unit that stands `places` behind the point, exactly, whatever precision the thread has."""
    return _EXACT.scaleb(Decimal(number), -places)


def _scaled(places: int, low: int, high: int, what: str) -> Form:
    """A decimal of at most `places` places, as the integer of its last one, from `low` to `high` of these."""
    check: Callable[[Item], Item] = integer(low, high).of_item

    def to(value: Decimal) -> Item:
        if not isinstance(value, Decimal) or not value.is_finite():
            raise ValueError(f"{value} is no {what}")
        scaled = Fraction(value) * 10**places
        if scaled.denominator != 1:
            raise ValueError(f"{value} is no {what} of at most {places} places")
        return check(scaled.numerator)

    def of(item: Item) -> Decimal:
        return scaled_down(int(check(item)), places)  # type: ignore[arg-type]  # checked to be an integer

    return Form(to, of)


NAME: Final = text(64)
"""Of a facility or a commodity."""

MONEY: Final = _scaled(2, 0, MAX_COUNT, "sum of money")
"""Whole fen (分); a Decimal of yuan, or of whatever currency the facility has."""

PAID: Final = _scaled(2, 1, MAX_COUNT, "sum of money")
"""The same, above zero."""

SHARE: Final = _scaled(6, 0, 999_999, "share")
"""Parts per million, below one."""

FACTOR: Final = _scaled(6, 1, 100_000_000, "factor")
"""Millionths, above zero and up to a hundred."""

GRAMS: Final = integer(0, 2**63 - 1)
"""Whole grams, as the contracts count them; within what a database's widest integer holds."""

SOME_GRAMS: Final = integer(1, 2**63 - 1)

BOOKED_AT: Final = integer(0, 2**37)
"""Unix seconds up to the year 6325: of every one the calendar has a day."""


def _day_to(value: date) -> Item:
    return integer(0, _MAX_DAYS).to_item((value - _EPOCH).days)


def _day_of(item: Item) -> date:
    return _EPOCH + timedelta(days=int(integer(0, _MAX_DAYS).of_item(item)))


DAY: Final = Form(_day_to, _day_of)
"""A calendar day, as days since 1970-01-01."""
