"""Whether a loan is covered (担保覆盖): one function, and every test is on what would be afterwards. No IO.

    V  value of goods (押品价值)          lower bound of the quantity x price x grade
    L  lendable (可融资额度)              sum over the lots of min(a V, cap), less the reserve RSV
    E  exposure (敞口)                    principal, interest, penalty and costs
    covered                              L >= E

A lot's uncertainty is in its lower bound already, so a haircut does not take it off again. Values and ratios are exact
fractions; what a person acts on is rounded, drawable and releasable downwards, owed and missing upwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Final

from tally_finance.errors import LendingError
from tally_finance.lending.rounding import down, up

KG_PER_T: Final = 1000


@dataclass(frozen=True, slots=True)
class Lot:
    """Pledged goods that have one price.

    `advance` (起始质押率) is a, one less the haircut; `grade` (升贴水) scales the price; `cap` (集中度限额) is the most
    that is lent on this lot, whatever it is worth. Raises LendingError.
    """

    name: str
    lower_kg: Decimal
    price_per_t: Decimal
    advance: Decimal
    grade: Decimal = Decimal(1)
    cap: Decimal | None = None

    def __post_init__(self) -> None:
        if not 0 < self.advance < 1:
            raise LendingError(f"lot {self.name}: an advance of {self.advance:f} is no share between 0 and 1")
        if self.lower_kg < 0 or self.price_per_t <= 0 or self.grade <= 0 or (self.cap is not None and self.cap < 0):
            raise LendingError(
                f"lot {self.name}: quantity, price, grade and cap are not negative, price and grade not 0"
            )

    @property
    def per_kg(self) -> Fraction:
        """What a kilogram is worth."""
        return Fraction(self.price_per_t) * Fraction(self.grade) / KG_PER_T

    @property
    def value(self) -> Fraction:
        """V."""
        return Fraction(self.lower_kg) * self.per_kg

    @property
    def lendable(self) -> Fraction:
        """Of L, what this lot brings."""
        lent = self.value * Fraction(self.advance)
        return lent if self.cap is None else min(lent, Fraction(self.cap))


@dataclass(frozen=True, slots=True)
class Lines:
    """Loan to value at which a lender warns (警戒线) and sells (平仓线). Raises LendingError."""

    warning: Decimal
    liquidation: Decimal

    def __post_init__(self) -> None:
        if not 0 < self.warning < self.liquidation < 1:
            raise LendingError(f"lines of {self.warning:f} and {self.liquidation:f} do not rise between 0 and 1")


@dataclass(frozen=True)
class Position:
    """A loan and what covers it. Raises LendingError.

    `exposure` is E, rounded up already; `reserve` (扣减项) is RSV: rent, freight, taxes, earlier claims.
    """

    lots: tuple[Lot, ...]
    exposure: Decimal
    limit: Decimal
    lines: Lines
    reserve: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if self.exposure < 0 or self.limit < 0 or self.reserve < 0:
            raise LendingError("exposure, limit and reserve are not negative")
        names = [lot.name for lot in self.lots]
        if len(set(names)) < len(names):
            raise LendingError(f"a lot is pledged twice: {', '.join(sorted(names))}")
        for lot in self.lots:
            if lot.advance >= self.lines.warning:
                raise LendingError(
                    f"lot {lot.name}: an advance of {lot.advance:f} begins at or above the warning line of "
                    f"{self.lines.warning:f}"
                )

    @cached_property
    def value(self) -> Fraction:
        """V over all lots."""
        return sum((lot.value for lot in self.lots), Fraction(0))

    @cached_property
    def lendable(self) -> Fraction:
        """L; negative where the reserve is more than the lots bring."""
        return sum((lot.lendable for lot in self.lots), -Fraction(self.reserve))

    @property
    def is_covered(self) -> bool:
        """L >= E."""
        return self.lendable >= self.exposure

    @property
    def available(self) -> Decimal:
        """What may still be drawn (可用额度), rounded down."""
        return max(Decimal(0), down(min(Fraction(self.limit), self.lendable) - Fraction(self.exposure)))

    @property
    def coverage(self) -> Fraction | None:
        """L / E (担保覆盖率); None where nothing is owed."""
        return self.lendable / Fraction(self.exposure) if self.exposure else None

    @property
    def loan_to_value(self) -> Fraction | None:
        """E / (V - RSV) (动态质押率); None where nothing is left of the value."""
        left = self.value - Fraction(self.reserve)
        return Fraction(self.exposure) / left if left > 0 else None

    def has_reached(self, line: Decimal) -> bool:
        """Whether loan to value is at or above `line`; goods that are worth no more than the reserve are."""
        ratio = self.loan_to_value
        return self.exposure > 0 and (ratio is None or ratio >= line)

    def share_of_prices_at(self, line: Decimal) -> Fraction:
        """The share of today's prices at which loan to value reaches `line`: (E / line + RSV) / V.

        Times its price, that is the warning price (警戒价) of a lot. Raises LendingError where nothing is pledged.
        """
        if not self.value:
            raise LendingError("nothing is pledged, so no price is a line")
        return (Fraction(self.exposure) / Fraction(line) + Fraction(self.reserve)) / self.value

    @property
    def missing_cash(self) -> Decimal:
        """What must be paid so that the rest is covered (追加保证金), rounded up; at most all that is owed."""
        return min(self.exposure, max(Decimal(0), up(Fraction(self.exposure) - self.lendable)))

    def missing_kg(self, name: str, step_kg: Decimal = Decimal(1)) -> Decimal:
        """How much of lot `name` must come (补仓), by its lower bound and rounded up, so that the loan is covered.

        Without its cap, above which goods would not help: ((E + RSV) / a - V) / (P g). Raises LendingError.
        """
        lot = self._lot(name)
        lacks = self._needed_of(lot, Fraction(self.exposure)) - lot.value
        return up(max(Fraction(0), lacks) / lot.per_kg, step_kg)

    def releasable_kg(self, name: str, repaid: Decimal, step_kg: Decimal = Decimal(1)) -> Decimal:
        """How much of lot `name` may go when `repaid` is paid (部分解押), rounded down: afterwards the rest is covered.

        Not `repaid / a`: that releases too much where loan to value stands above the advance. Raises LendingError.
        """
        lot = self._lot(name)
        if not 0 <= repaid <= self.exposure:
            raise LendingError(f"{repaid:f} can not be repaid of {self.exposure:f}")
        kept = self._needed_of(lot, Fraction(self.exposure) - Fraction(repaid))
        too_little = lot.cap is not None and kept * Fraction(lot.advance) > lot.cap
        if too_little or kept >= lot.value:
            return Decimal(0)
        return down((lot.value - kept) / lot.per_kg, step_kg)

    def _needed_of(self, lot: Lot, exposure: Fraction) -> Fraction:
        """The value that a lot must keep so that `exposure` is covered, whatever its cap."""
        others = sum((one.lendable for one in self.lots if one is not lot), Fraction(0))
        return max(Fraction(0), (exposure + Fraction(self.reserve) - others) / Fraction(lot.advance))

    def _lot(self, name: str) -> Lot:
        for lot in self.lots:
            if lot.name == name:
                return lot
        raise LendingError(f"no lot {name} is pledged")
