"""How uncertain a footprint is (不确定度): what is wrong together is added, the rest as squares. Exact, no IO.

JCGM 100:2008 (the GUM) 5.2.2. The 35,040 quarter hours of a meter share one error of its class, and every one of them
is multiplied by one factor: adding them as squares would shrink half a percent to a hundredth of itself. So a
contribution belongs to a group, the cause that it shares: one meter, one transformer, one set of standards, one factor.
In a group uncertainties are added with their signs (what a meter of exports shows too much is taken off), between
groups as squares. A contribution without a group stands alone.

Standard uncertainties are exact until the root, which is rounded up. U95 is twice the standard uncertainty, and the
conservative value (保守值) lies that much above the result. `tally_finance.estimate` does so for goods in a store,
where a root may be cut off; here every step of it stands in the trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_finance.errors import FootprintError
from tally_finance.footprint import steps
from tally_finance.footprint.trace import Node

COVERAGE: Final = 2
"""For about 95 % (GUM 6.3.3)."""
RECTANGULAR: Final = Decimal("0.57735027")
"""One over the root of three, rounded up: the standard uncertainty of an error anywhere within limits (GUM 4.3.7)."""
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Cause:
    """What makes an amount uncertain. `relative`: standard uncertainty as a share; `group`: what shares the cause."""

    name: str
    relative: Decimal
    group: str | None = None


@dataclass(frozen=True, eq=False)
class Contribution:
    """What a cause does to a result: `u` is a standard uncertainty with its sign, in the unit of `value`."""

    name: str
    value: Node
    u: Node
    group: str | None = None

    @classmethod
    def of(cls, cause: Cause, value: Node, about: str) -> Contribution:
        """Of a cause that is a share of a value. `about`: the line that the value belongs to."""
        share = steps.constant(cause.relative, "1", f"standard uncertainty: {cause.name}")
        return cls(f"{about}: {cause.name}", value, steps.product(f"{about}: {cause.name}", value, share), cause.group)

    def times(self, factor: Node, about: str) -> Contribution:
        """The same cause after its value was multiplied."""
        value = steps.product(f"{about}: {self.name}: value", self.value, factor)
        return Contribution(self.name, value, steps.product(f"{about}: {self.name}", self.u, factor), self.group)

    def over(self, below: Node, about: str) -> Contribution:
        """The same cause after its value was divided."""
        value = steps.quotient(f"{about}: {self.name}: value", self.value, below)
        return Contribution(self.name, value, steps.quotient(f"{about}: {self.name}", self.u, below), self.group)


@dataclass(frozen=True, slots=True)
class Driver:
    """A group or a lone contribution: its standard uncertainty, and its part of the variance in percent, to a tenth."""

    name: str
    u: Fraction
    percent: Decimal


@dataclass(frozen=True, eq=False)
class Combined:
    """A value with its uncertainty. `unstated`: what nobody states an uncertainty of; it is not in `u`."""

    value: Node
    u: Node
    u95: Node
    conservative: Node
    drivers: tuple[Driver, ...]
    unstated: tuple[str, ...]

    @property
    def percent(self) -> Decimal | None:
        """U95 in percent of the value, rounded up to a tenth; None of a value of zero."""
        value = abs(self.value.number)
        return None if not value else _tenths(-(-self.u95.number * 1000 // value))


def combined(
    label: str, value: Node, contributions: Sequence[Contribution], step: Decimal, unstated: Iterable[str] = ()
) -> Combined:
    """The uncertainty of a value in steps of `step` of its unit, rounded up. Raises FootprintError, TraceError.

    With no contribution and nothing unstated there would be a result without doubt, and there is none.
    """
    missing = tuple(sorted(set(unstated)))
    if not contributions and not missing:
        raise FootprintError(f"{label}: nothing is measured without uncertainty")
    shared = sorted({one.group for one in contributions if one.group is not None})
    parts = [(name, [one.u for one in contributions if one.group == name]) for name in shared]
    parts += [(one.name, [one.u]) for one in contributions if one.group is None]
    sums = [(name, steps.total(f"wrong together: {name}", us)) for name, us in parts]
    squares = [(name, node, steps.square(f"variance: {name}", node)) for name, node in sums]
    if squares:
        variance = steps.total(f"variance: {label}", [square for _, _, square in squares])
        u = steps.root_up(f"standard uncertainty: {label}", variance, value.unit, step)
        whole = variance.number
    else:
        u, whole = steps.constant(0, value.unit, "no uncertainty is stated"), Fraction(0)
    u95 = steps.product(f"U95: {label}", u, steps.constant(COVERAGE, "1", "coverage factor"))
    above = steps.total(f"conservative value: {label}", [value, u95])
    found = [Driver(name, abs(node.number), _share(square.number, whole)) for name, node, square in squares]
    drivers = tuple(sorted(found, key=lambda one: (-one.u, one.name)))
    return Combined(value, u, u95, above, drivers, missing)


def _share(part: Fraction, whole: Fraction) -> Decimal:
    return Decimal(0) if not whole else _tenths(round(part * 1000 / whole))


def _tenths(number: int) -> Decimal:
    return number * _TENTH
