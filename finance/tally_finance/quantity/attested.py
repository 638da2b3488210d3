"""The attested quantity (见证量): book and stocktake held together, and the part of it that a lender can lend against.

    book (账面)       what was weighed in, less what was weighed out, less what nature takes
    stocktake (盘点)  what lies there by volume or serials
    agree            the two differ by no more than their uncertainties allow (E_n, ISO 13528): both count, each by its
                     certainty; what makes both wrong makes neither surer, and may leave one of them to count alone
    less             less lies there than the book says, beyond that: the more careful of the two counts
    short            the same, and beyond twice that
    surplus          more lies there than the book says, beyond that: water, sand, an intake that nobody booked. It is
                     not lent against: the more careful of the two counts
    unmeasured       only the book is there

E_n is held against 1 to choose what counts, and against SURE to call goods short: chance alone goes below two standard
uncertainties at one look in forty-four, below four at one in thirty thousand. Looks of one month are hardly new ones.

The lower bound (下限) Q_L is rounded down to `step_kg`, the upper one up. Noise and time alone never make a shortage:
the upper bound must lie below what was weighed, less what may be lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from enum import Enum
from typing import Final

from tally_finance.errors import QuantityError
from tally_finance.estimate import EXACT, Estimate

K_ONE_SIDED_95: Final = Decimal("1.645")
"""Of a normal distribution, 95 % lies above the mean less so many standard deviations."""

_EXPANDED: Final = 2
"""E_n holds a difference against expanded uncertainties, k = 2."""

SURE: Final = 2
"""An E_n that chance does not reach."""


class Standing(Enum):
    """How book and stocktake stand to one another."""

    AGREE = "agree"
    LESS = "less"
    SHORT = "short"
    SURPLUS = "surplus"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, slots=True)
class Rules:
    """How careful a lender is: `k` standard uncertainties, steps of `step_kg`; `book_alone`: no stocktake is needed."""

    k: Decimal = K_ONE_SIDED_95
    step_kg: Decimal = Decimal(1)
    book_alone: bool = False


@dataclass(frozen=True, slots=True)
class Attested:
    """Kilograms. `en` is None where nothing was measured, and where two numbers differ that nothing makes uncertain."""

    quantity_kg: Decimal
    u_kg: Decimal
    lower_kg: Decimal
    upper_kg: Decimal
    standing: Standing
    en: Decimal | None

    def is_short_of(self, weighed_kg: Decimal, allowance_kg: Decimal) -> bool:
        """Whether this is a shortage (短少) against what live receipts state, less what they allow to be lost."""
        return self.standing is Standing.SHORT or self.upper_kg < weighed_kg - allowance_kg


def attest(book: Estimate, measured: Estimate | None, rules: Rules) -> Attested:
    """Hold the two together. Raises QuantityError for rules that are none."""
    if rules.k < 0 or rules.step_kg <= 0:
        raise QuantityError(f"k = {rules.k:f} and steps of {rules.step_kg:f} kg are no rules")
    with localcontext(EXACT):
        if measured is None:
            return _of(book.value, book.u, rules, Standing.UNMEASURED, None)
        apart = measured - book
        en = _en(apart)
        if en is None or en > 1:
            return _of(*_careful(book, measured, rules.k), rules, _apart(apart.value, en), en)
        return _of(*_weighted(book, measured), rules, Standing.AGREE, en)


def _en(apart: Estimate) -> Decimal | None:
    """None: they differ, and nothing is uncertain."""
    u = apart.u
    if u == 0:
        return Decimal(0) if apart.value == 0 else None
    return abs(apart.value) / (_EXPANDED * u)


def _apart(difference: Decimal, en: Decimal | None) -> Standing:
    if difference > 0:
        return Standing.SURPLUS
    return Standing.LESS if en is not None and en <= SURE else Standing.SHORT


def _careful(book: Estimate, measured: Estimate, k: Decimal) -> tuple[Decimal, Decimal]:
    least = min((book, measured), key=lambda one: one.value - k * one.u)
    return least.value, least.u


def _weighted(book: Estimate, measured: Estimate) -> tuple[Decimal, Decimal]:
    """The mean that is least uncertain (GUM 5.2.2), of weights from 0 to 1: it lies between the two."""
    shared = book.covariance(measured)
    apart = book.variance + measured.variance - 2 * shared
    if apart == 0:  # they are wrong by the same, and so show the same
        return book.value, book.u
    of_book = min(max((measured.variance - shared) / apart, Decimal(0)), Decimal(1))
    of_measured = 1 - of_book
    value = book.value + of_measured * (measured.value - book.value)  # exact where both show the same
    variance = of_book**2 * book.variance + of_measured**2 * measured.variance + 2 * of_book * of_measured * shared
    return value, variance.sqrt()


def _of(value: Decimal, u: Decimal, rules: Rules, standing: Standing, en: Decimal | None) -> Attested:
    lower = stepped(max(value - rules.k * u, Decimal(0)), rules.step_kg, ROUND_FLOOR)
    upper = stepped(value + rules.k * u, rules.step_kg, ROUND_CEILING)
    return Attested(value, u, lower, upper, standing, en)


def stepped(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """A value in whole steps, rounded as `decimal` names it."""
    return (value / step).to_integral_value(rounding) * step
