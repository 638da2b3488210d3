"""Interest by the day on a year of 360 (Act/360): the first day counts, the last does not. No IO.

A loan is what happened to it: draws, costs, repayments. What is owed on a day follows from that alone, exactly; it is
rounded once, where it is told. Repayments pay costs, then penalty and interest, then principal (民法典 Art. 561).
Interest bears no interest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_finance.errors import LendingError
from tally_finance.lending.rounding import FEN, down, up

YEAR_DAYS: Final = 360


def interest(principal: Fraction, yearly_rate: Fraction, first: date, last: date) -> Fraction:
    """What `principal` costs from `first` to before `last`, exactly. Raises LendingError."""
    if last < first:
        raise LendingError(f"interest from {first} to {last} runs backwards")
    return principal * yearly_rate * (last - first).days / YEAR_DAYS


@dataclass(frozen=True, slots=True)
class Terms:
    """What a loan costs. Raises LendingError.

    `yearly_rate` (年利率) for the days before `matures` (到期日); `penalty` (罚息) times that from the day itself on.
    """

    yearly_rate: Decimal
    matures: date
    penalty: Decimal = Decimal("1.5")

    def __post_init__(self) -> None:
        if self.yearly_rate < 0 or self.penalty < 1:
            raise LendingError(
                f"a rate of {self.yearly_rate:f} and a penalty of {self.penalty:f} times it are no terms"
            )


@dataclass(frozen=True, slots=True)
class Draw:
    """Principal paid out on a day."""

    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Cost:
    """What the borrower owes beside interest."""

    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Repayment:
    """What the borrower paid on a day."""

    on: date
    amount: Decimal


Event = Draw | Cost | Repayment


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed on a day, exactly."""

    costs: Fraction = Fraction(0)
    penalty: Fraction = Fraction(0)
    interest: Fraction = Fraction(0)
    principal: Fraction = Fraction(0)

    @property
    def exposure(self) -> Decimal:
        """All of it, rounded up once."""
        return up(self.costs + self.penalty + self.interest + self.principal)


def owed_on(day: date, terms: Terms, events: Sequence[Event]) -> Owed:
    """What is owed at the end of `day` after the events up to it, in order of their days. Raises LendingError.

    Of one day, draws and costs count before repayments. More than is owed can not be repaid.
    """
    state, since = Owed(), None
    for event in sorted(events, key=lambda one: (one.on, isinstance(one, Repayment))):
        if event.amount <= 0:
            raise LendingError(f"{type(event).__name__.lower()} of {event.amount:f} on {event.on}: not above zero")
        if event.on > day:
            break
        state = accrued(state, terms, since or event.on, event.on)
        state, since = after(state, event), event.on
    return state if since is None else accrued(state, terms, since, day)


def accrued(state: Owed, terms: Terms, first: date, last: date) -> Owed:
    """`state` with the interest and penalty of the days from `first` to before `last`. Raises LendingError."""
    turns, rate = min(max(first, terms.matures), last), Fraction(terms.yearly_rate)
    plain = interest(state.principal, rate, first, turns)
    late = interest(state.principal, rate * Fraction(terms.penalty), turns, last)
    return replace(state, interest=state.interest + plain, penalty=state.penalty + late)


def after(state: Owed, event: Event) -> Owed:
    """`state` after `event`; a repayment pays costs, penalty, interest, principal. Raises LendingError."""
    left = Fraction(event.amount)
    if isinstance(event, Draw):
        return replace(state, principal=state.principal + left)
    if isinstance(event, Cost):
        return replace(state, costs=state.costs + left)
    rest: list[Fraction] = []
    for owed in (state.costs, state.penalty, state.interest, state.principal):
        part = min(left, owed)
        left -= part
        rest.append(owed - part)
    if left >= FEN:  # less than a coin is what rounding up asked for
        raise LendingError(f"{event.amount:f} was paid on {event.on}, {down(left):f} more than was owed")
    return Owed(*rest)
