"""A figure: what the evidence says about one register over a period, exactly. Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Clamped, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, Rounded
from enum import Enum, unique
from typing import Final

EXACT: Final = Context(prec=96, traps=[Inexact, Rounded, Clamped, Overflow, InvalidOperation, DivisionByZero])
"""Sums and products of 64-bit values with 18 places stay exact in 96 digits; were one ever not, it raises."""

Number = int | Decimal


@unique
class Basis(Enum):
    """What a figure rests on, strongest first."""

    COMPLETE = "complete"
    BRIDGED = "bridged by registers over declared gaps"
    TOTAL_BY_REGISTERS = "total by registers"
    INCOMPLETE = "incomplete"
    STATE = "state at the end"


@dataclass(frozen=True, slots=True)
class Sample:
    """A register's value at a time, and the entry it opens down to."""

    at: int
    value: Number
    place: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity over [`from_at`, `to_at`] as measured; `restated` is the quantity after signed corrections."""

    point: str
    register: str
    unit: str
    from_at: int
    to_at: int
    quantity: Decimal
    basis: Basis
    first: str
    last: str
    samples: int
    restated: Decimal | None = None


def difference(later: Number, earlier: Number) -> Decimal:
    """Exact."""
    return EXACT.subtract(Decimal(later), Decimal(earlier))


def total(left: Number, right: Number) -> Decimal:
    """Exact."""
    return EXACT.add(Decimal(left), Decimal(right))


def product(left: Number, right: Number) -> Decimal:
    """Exact."""
    return EXACT.multiply(Decimal(left), Decimal(right))
