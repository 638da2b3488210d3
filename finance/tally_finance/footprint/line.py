"""An amount of an activity with what it may be wrong by: measured, joined, taken off, converted. Exact, no IO."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tally_finance.footprint import steps
from tally_finance.footprint.trace import Node
from tally_finance.footprint.uncertainty import Cause, Contribution


@dataclass(frozen=True, eq=False)
class Line:
    """An amount (活动数据) in kWh, m3, kg or GJ, and its contributions in the same unit.

    `unstated`: what it was made of whose uncertainty nobody states, such as a calorific value.
    """

    name: str
    amount: Node
    contributions: tuple[Contribution, ...]
    unstated: tuple[str, ...]


def measured(name: str, amount: Node, causes: Iterable[Cause]) -> Line:
    """What a meter showed. Where no cause is named, the line says that nobody states how wrong it may be."""
    wrong = tuple(Contribution.of(cause, amount, name) for cause in causes)
    return Line(name, amount, wrong, () if wrong else (f"amount of {name}",))


def joined(name: str, lines: Iterable[Line]) -> Line:
    """Several lines as one; what they share stays shared."""
    every = tuple(lines)
    amount = steps.total(name, [line.amount for line in every])
    return Line(name, amount, tuple(one for line in every for one in line.contributions), _unstated(every))


def less(name: str, line: Line, taken: Iterable[Line]) -> Line:
    """A line without others, such as what a site passes on: what a shared cause does to both cancels."""
    every = tuple(taken)
    amount = steps.difference(name, line.amount, steps.total(f"{name}: taken off", [one.amount for one in every]))
    minus = steps.constant(-1, "1", "taken off")
    off = tuple(one.times(minus, name) for each in every for one in each.contributions)
    return Line(name, amount, (*line.contributions, *off), _unstated((line, *every)))


def converted(line: Line, factor: Node, label: str) -> Line:
    """A line times a number that is exact."""
    wrong = tuple(one.times(factor, label) for one in line.contributions)
    return Line(line.name, steps.product(label, line.amount, factor), wrong, line.unstated)


def times(line: Line, factor: Node, label: str, causes: Iterable[Cause], factor_name: str) -> Line:
    """A line times a number that is uncertain itself; where no cause is named, `factor_name` stands as unstated."""
    found = converted(line, factor, label)
    own = tuple(Contribution.of(cause, found.amount, label) for cause in causes)
    unstated = found.unstated if own else (*found.unstated, factor_name)
    return Line(line.name, found.amount, (*found.contributions, *own), unstated)


def _unstated(lines: Iterable[Line]) -> tuple[str, ...]:
    return tuple(sorted({name for line in lines for name in line.unstated}))
