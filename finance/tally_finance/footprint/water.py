"""Water in and water out (水): supply on what came in, treatment on what left by the drain. Exact, no IO.

How much of the water returns is measured, or stated as a share with a reason: a silent share of one is an assertion
that nobody made. Where no factor is there the result says so; China publishes none, and a plant's own figure comes in a
signed file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from tally_finance.errors import FootprintError
from tally_finance.factors.choice import Choice
from tally_finance.factors.factor import Basis
from tally_finance.footprint import steps
from tally_finance.footprint.emission import Emission, Scope, emitted
from tally_finance.footprint.line import Line, times
from tally_finance.footprint.trace import Node

_M3: Final = "m3"


def supplied(taken: Line, choice: Choice) -> Emission:
    """Scope 3, of the water that came in."""
    _check(taken)
    return emitted(taken, choice, Scope.UPSTREAM, Basis.UPSTREAM)


def treated(drained: Line, choice: Choice) -> Emission:
    """Scope 3, of the water that left by the drain."""
    _check(drained)
    return emitted(drained, choice, Scope.UPSTREAM, Basis.UPSTREAM)


def drained(taken: Line, share: Decimal, reason: str) -> Line:
    """What left by the drain where no meter says so: a stated share of what came in (排水比例).

    Raises FootprintError.
    """
    _check(taken)
    if not share.is_finite() or not 0 <= share <= 1:
        raise FootprintError(f"{taken.name}: {share} is no share of the water")
    if not reason.strip():
        raise FootprintError(f"{taken.name}: a share of the water that returns is stated with its reason")
    part = steps.given(share, "1", f"{taken.name}: share that returns", {"stated": reason})
    gone = times(taken, part, f"{taken.name}: drained", (), part.label)
    return replace(gone, name=f"{taken.name}: drained")


@dataclass(frozen=True, eq=False)
class Balance:
    """What came in and no outlet accounts for; `share` of what came in."""

    unaccounted: Node
    share: Node


def balance(taken: Iterable[Line], left: Iterable[Line]) -> Balance:
    """Water in less water in products, evaporated and drained (水平衡). Raises FootprintError where none came in."""
    came = steps.total("water in", [line.amount for line in taken])
    if came.number <= 0:
        raise FootprintError("no water came in: there is nothing to balance")
    gone = steps.total("water out", [line.amount for line in left])
    rest = steps.difference("water unaccounted for", came, gone)
    return Balance(rest, steps.quotient("share of water unaccounted for", rest, came))


def saved(baseline: Line, actual: Line) -> Node:
    """Cubic metres less than the baseline (节水量); negative where it was more."""
    _check(baseline)
    _check(actual)
    return steps.difference("water saved", baseline.amount, actual.amount)


def _check(line: Line) -> None:
    if line.amount.unit != _M3 or line.amount.number < 0:
        raise FootprintError(f"{line.name}: water is in m3, from zero on")
