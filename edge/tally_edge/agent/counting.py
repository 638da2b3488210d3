"""What happened to a cumulative register between two readings: forward, rolled over, or reset. No IO.

A register that falls has either passed its modulus or lost its memory; the values alone can not tell for certain. It
counts as a rollover where the way forward through the modulus is plausible, and as a reset otherwise. Both end the
simple claim `total by registers` between the settlements around them, so a wrong guess costs the owner the load
curve and never gains a kilowatt-hour.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction
from typing import Final

Number = int | Decimal

ROLLOVER_SHARE: Final = 10
"""Where nothing is known of the load: a way forward through the modulus of at most this part (1/10) of it is
plausible."""


@unique
class Step(Enum):
    """How a register moved."""

    FORWARD = "forward"
    ROLLOVER = "rollover"
    RESET = "reset"


def step(before: Number, after: Number, modulus: Number | None = None, most: Number | None = None) -> Step:
    """How a register moved from `before` to `after`; `most` is the most that it can have counted meanwhile."""
    if after >= before:
        return Step.FORWARD
    if modulus is None:
        return Step.RESET
    forward = Fraction(after) - Fraction(before) + Fraction(modulus)
    bound = Fraction(modulus) / ROLLOVER_SHARE if most is None else Fraction(most)
    return Step.ROLLOVER if 0 < forward <= bound else Step.RESET


def is_possible(value: Number, modulus: Number | None) -> bool:
    """Whether a cumulative register can show `value` at all."""
    return value >= 0 and (modulus is None or value < modulus)
