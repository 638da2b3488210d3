"""What a course of prices does to a loan (压力测试): the line reached day by day while nothing else changes. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

from tally_finance.errors import LendingError
from tally_finance.lending.coverage import Position


class Line(IntEnum):
    """How far loan to value has come."""

    NONE = 0
    WARNING = 1
    """警戒线: the borrower is called to top up."""
    LIQUIDATION = 2
    """平仓线: the goods may be sold once the call is past its time."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day's price, loan to value with it, the line that it has reached, and the cash that would cover the loan."""

    on: date
    per_t: Decimal
    loan_to_value: Fraction | None
    line: Line
    missing_cash: Decimal


def replayed(position: Position, name: str, course: Iterable[tuple[date, Decimal]]) -> Iterator[Day]:
    """The loan with lot `name` at each price of `course` (money per tonne), in its order. Raises LendingError."""
    if name not in {lot.name for lot in position.lots}:
        raise LendingError(f"no lot {name} is pledged")
    for on, per_t in course:
        lots = tuple(replace(lot, price_per_t=per_t) if lot.name == name else lot for lot in position.lots)
        there = replace(position, lots=lots)
        yield Day(on, per_t, there.loan_to_value, _line(there), there.missing_cash)


def _line(position: Position) -> Line:
    if position.has_reached(position.lines.liquidation):
        return Line.LIQUIDATION
    return Line.WARNING if position.has_reached(position.lines.warning) else Line.NONE
