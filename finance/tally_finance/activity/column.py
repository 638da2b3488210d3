"""Columns of 64-bit integers at a fixed decimal exponent: exact, and as fast as the machine adds. No IO, no floats.

A number that 64 bits do not hold is an error that names the metering point; nothing wraps round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from tally_chain.verify.figures import EXACT
from tally_finance.errors import ActivityError

Ints: TypeAlias = npt.NDArray[np.int64]

LARGEST: Final = 2**63 - 1
_HALF_BITS: Final = 32
_HALF: Final = 2**_HALF_BITS - 1


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What one register showed: `value` × 10^-`places`, in `unit`, at `at` (Unix seconds, strictly ascending).

    `opened` is the number of the source of each value (see `source.Sources`).
    """

    point: str
    register: str
    unit: str
    at: Ints
    value: Ints
    places: int
    opened: Ints

    @property
    def name(self) -> str:
        """As an error names it."""
        return f"{self.point}/{self.register}"


Shown: TypeAlias = tuple[int, int | Decimal, int]
"""When (Unix seconds), what, and the number of the source."""


def column_of(point: str, register: str, unit: str, shown: Iterable[Shown]) -> Column:
    """A column of values in any order; of a value that was told twice the source with the lower number stands.

    Raises ActivityError for two values at one time, and for what 64 bits do not hold.
    """
    known: dict[int, Shown] = {}
    for one in sorted(shown, key=lambda one: (one[0], one[2])):
        if known.setdefault(one[0], one)[1] != one[1]:
            raise ActivityError(f"{point}/{register}: shows two values at {one[0]}")
    places = max((places_of(value) for _, value, _ in known.values()), default=0)
    try:
        value = np.array([scaled(value, places) for _, value, _ in known.values()], dtype=np.int64)
    except OverflowError:
        raise too_large(f"{point}/{register}") from None
    at = np.array(list(known), dtype=np.int64)
    opened = np.array([number for _, _, number in known.values()], dtype=np.int64)
    return Column(point, register, unit, at, value, places, opened)


def places_of(value: int | Decimal) -> int:
    """How many decimal places a number needs, trailing zeros apart."""
    if isinstance(value, int) or value == value.to_integral_value():
        return 0
    return -int(EXACT.normalize(value).as_tuple().exponent)


def scaled(value: int | Decimal, places: int) -> int:
    """The whole number of units of 10^-`places` in a number that needs no more places."""
    return value * 10**places if isinstance(value, int) else int(EXACT.scaleb(value, places))


def multiplied(column: Ints, factor: int, name: str) -> Ints:
    """Every number times `factor`. Raises ActivityError, naming `name`, where 64 bits do not hold one."""
    most = 0 if not column.size else max(abs(int(column.max())), abs(int(column.min())))
    if most * factor > LARGEST or factor > LARGEST:
        raise too_large(name)
    return column if factor == 1 else column * np.int64(factor)


def differences(column: Ints, name: str) -> Ints:
    """What lies between neighbours. Raises ActivityError, naming `name`, where 64 bits do not hold one."""
    if column.size > 1 and int(column.max()) - int(column.min()) > LARGEST:
        raise too_large(name)
    return np.diff(column)


def exact_sum(column: Ints) -> int:
    """The sum as a Python integer, whatever its size: high and low halves are added apart."""
    return (int(np.sum(column >> _HALF_BITS)) << _HALF_BITS) + int(np.sum(column & _HALF))


def decimal_of(number: int, places: int) -> Decimal:
    """`number` × 10^-`places`."""
    return EXACT.scaleb(Decimal(number), -places)


def summed(numbers: Iterable[Decimal]) -> Decimal:
    """The sum, exactly; 0 of nothing."""
    return reduce(EXACT.add, numbers, Decimal(0))


def too_large(name: str) -> ActivityError:
    """The error about a number beyond 64 bits."""
    return ActivityError(f"{name}: 64 bits do not hold its numbers")
