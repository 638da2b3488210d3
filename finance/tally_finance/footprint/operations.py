"""The arithmetic of a trace: what each operation makes of its arguments, in values and in units. Exact, no IO.

A value is a rational number, or a series of them (one for each interval, in order). Units are written as text and
multiply as fractions do: kWh times kgCO2/kWh is kgCO2, and kWh times kgCO2/kWh_net is an error. The unit of a ratio
is written `a/b`, with a part that is itself a ratio or a square in brackets; the unit of a pure number is `1`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, unique
from fractions import Fraction
from functools import reduce
from math import ceil, floor, isqrt
from operator import add, mul, sub
from typing import Final

from tally_finance.errors import TraceError

Series = tuple[Fraction, ...]
Value = Fraction | Series


@unique
class Op(Enum):
    """What a step does. `input` and `factor` have no arguments; those named `series-` take or give series."""

    INPUT = "input"
    FACTOR = "factor"
    SUM = "sum"
    DIFFERENCE = "difference"
    PRODUCT = "product"
    QUOTIENT = "quotient"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    ROUND = "round"
    ROUND_UP = "round-up"
    ROUND_DOWN = "round-down"
    ROOT_UP = "root-up"
    SERIES_INPUT = "series-input"
    SERIES_SUM = "series-sum"
    SERIES_DIFFERENCE = "series-difference"
    SERIES_PRODUCT = "series-product"
    SERIES_MINIMUM = "series-minimum"
    SERIES_TOTAL = "series-total"


LEAVES: Final = frozenset({Op.INPUT, Op.FACTOR, Op.SERIES_INPUT})
COMMUTATIVE: Final = frozenset(
    {Op.SUM, Op.PRODUCT, Op.MINIMUM, Op.MAXIMUM, Op.SERIES_SUM, Op.SERIES_PRODUCT, Op.SERIES_MINIMUM}
)
"""Their arguments stand in the order of their ids, so that no order of the input shows in a trace."""

_MANY: Final = frozenset({Op.SUM, Op.MINIMUM, Op.MAXIMUM, Op.SERIES_SUM, Op.SERIES_MINIMUM})
_ONE: Final = frozenset({Op.SERIES_TOTAL})


def evaluate(op: Op, values: Sequence[Value]) -> Value:
    """What an operation makes of its arguments' values. Raises TraceError."""
    _count(op, len(values))
    if op in _OF_SERIES:
        series = [value for value in values if isinstance(value, tuple)]
        if len(series) < len(values) or len({len(one) for one in series}) > 1:
            raise TraceError(f"{op.value} takes series of one length")
        return _OF_SERIES[op](series)
    if op not in _OF_NUMBERS:
        raise TraceError(f"{op.value} has no arguments to calculate with")
    numbers = [value for value in values if isinstance(value, Fraction)]
    if len(numbers) < len(values):
        raise TraceError(f"{op.value} takes numbers, not series")
    return _OF_NUMBERS[op](numbers)


def _count(op: Op, given: int) -> None:
    fits = given >= 1 if op in _MANY else given == (1 if op in _ONE else 2)
    if not fits:
        raise TraceError(f"{op.value} does not take {given} arguments")


def _quotient(values: Sequence[Fraction]) -> Fraction:
    if not values[1]:
        raise TraceError("nothing is divided by zero")
    return values[0] / values[1]


def _steps(values: Sequence[Fraction], whole: Callable[[Fraction], int]) -> Fraction:
    if values[1] <= 0:
        raise TraceError("a step to round to lies above zero")
    return whole(values[0] / values[1]) * values[1]


def _root_up(values: Sequence[Fraction]) -> Fraction:
    """The smallest multiple of the step whose square is not below the value."""
    value, step = values
    if value < 0 or step <= 0:
        raise TraceError("a root is taken of a number from zero on, to a step above zero")
    square = ceil(value / (step * step))
    root = isqrt(square)
    return (root if root * root == square else root + 1) * step


_OF_NUMBERS: Final[dict[Op, Callable[[Sequence[Fraction]], Fraction]]] = {
    Op.SUM: lambda values: sum(values, Fraction(0)),
    Op.DIFFERENCE: lambda values: values[0] - values[1],
    Op.PRODUCT: lambda values: values[0] * values[1],
    Op.QUOTIENT: _quotient,
    Op.MINIMUM: min,
    Op.MAXIMUM: max,
    Op.ROUND: lambda values: _steps(values, round),
    Op.ROUND_UP: lambda values: _steps(values, ceil),
    Op.ROUND_DOWN: lambda values: _steps(values, floor),
    Op.ROOT_UP: _root_up,
}


def _each(of: Callable[[Fraction, Fraction], Fraction]) -> Callable[[Sequence[Series]], Value]:
    def over(series: Sequence[Series]) -> Value:
        return tuple(reduce(of, values) for values in zip(*series, strict=True))

    return over


def _lower(left: Fraction, right: Fraction) -> Fraction:
    return min(left, right)


_OF_SERIES: Final[dict[Op, Callable[[Sequence[Series]], Value]]] = {
    Op.SERIES_SUM: _each(add),
    Op.SERIES_DIFFERENCE: _each(sub),
    Op.SERIES_PRODUCT: _each(mul),
    Op.SERIES_MINIMUM: _each(_lower),
    Op.SERIES_TOTAL: lambda series: sum(series[0], Fraction(0)),
}


def unit_of(op: Op, units: Sequence[str]) -> str:
    """The unit of what an operation makes. Raises TraceError where its arguments' units do not go together."""
    _count(op, len(units))
    if op in {Op.PRODUCT, Op.SERIES_PRODUCT}:
        return _product(units[0], units[1])
    if op is Op.QUOTIENT:
        return _over(units[0], units[1])
    if op is Op.ROOT_UP:
        if units[0] != squared(units[1]):
            raise TraceError(f"the root of {units[0]} is not in {units[1]}")
        return units[1]
    if len(set(units)) > 1:
        raise TraceError(f"{op.value} of {' and '.join(sorted(set(units)))}: these are not one unit")
    return units[0]


def ratio(above: str, below: str) -> str:
    """How the unit of a ratio is written."""
    return f"{_part(above)}/{_part(below)}"


def squared(unit: str) -> str:
    """How the unit of a square is written."""
    return "1" if unit == "1" else f"{_part(unit)}^2"


def _part(unit: str) -> str:
    return f"({unit})" if "/" in unit or "^" in unit else unit


def _product(left: str, right: str) -> str:
    for one, other in ((left, right), (right, left)):
        if one == "1":
            return other
        above = other.removesuffix(f"/{_part(one)}")
        if above != other:
            return above[1:-1] if above.startswith("(") else above
    if left == right:
        return squared(left)
    raise TraceError(f"{left} times {right} has no unit here")


def _over(above: str, below: str) -> str:
    if above == below:
        return "1"
    return above if below == "1" else ratio(above, below)
