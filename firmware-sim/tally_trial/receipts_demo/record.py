"""What happened: the steps in words, and quantity, price and position from moment to moment. No IO."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its number, when (Unix seconds), its name in two languages, what was done and checked."""

    number: int
    at: int
    name: str
    text: str
    figure: str = ""
    """What of it stands in the timeline."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Quantities in kg, price in yuan a tonne, money in yuan. None: no price yet, nothing pledged."""

    at: int
    estimate_kg: Decimal
    lower_kg: Decimal
    pledged_kg: Decimal
    per_t: Decimal | None
    value: Decimal
    lendable: Decimal
    exposure: Decimal
    loan_to_value: Fraction | None


@dataclass
class Record:
    """The record of one course of events. `figures`: numbers by name that guides and tests hold to."""

    steps: list[Step] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def step(self, at: int, name: str, text: str, figure: str) -> int:
        """Remember a step; its number."""
        self.steps.append(Step(len(self.steps) + 1, at, name, text, figure))
        return len(self.steps)

    def copied(self) -> Record:
        """The same so far, to go on another way."""
        return Record(list(self.steps), list(self.moments), dict(self.figures))
