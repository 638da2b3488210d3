"""A trial read: what each register gives over the wire, beside what somebody read off the display.

A float, or a wrong order of words, gives a number all the same: 12345.678 reads as 3.1049 when the words are swapped.
So where the two differ, the other orders are tried, and the one that fits is named.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from tally_edge.agent import config
from tally_edge.drivers.opening import open_driver
from tally_edge.errors import DriverError
from tally_edge.site_import import draft
from tally_edge.site_import.draft import SiteFacts
from tally_edge.site_import.rows import ORDERS, ListedMeter, ListedRegister

TOLERATED: Final = Decimal("0.001")
"""A meter runs on between the look at the display and the read: a thousandth of what it shows is not a mismatch."""

MAX_STEPS: Final = 2
"""Or two steps of the last digit typed, for a meter that shows little yet."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one register gave. `fits`: None where nothing was typed to compare. `hint` names what would fit."""

    meter: ListedMeter
    register: ListedRegister
    value: int | Decimal | None
    error: str | None = None
    fits: bool | None = None
    hint: str | None = None


def run(meter: ListedMeter, facts: SiteFacts, at: int) -> Iterator[Trial]:
    """Read every register of `meter` once. A meter that does not answer is a trial with an error."""
    for register in meter.registers:
        try:
            value = _read(meter, register, facts, at)
        except DriverError as error:
            yield Trial(meter, register, None, error=str(error))
            continue
        if register.display is None:
            yield Trial(meter, register, value)
        elif agrees(value, register.display):
            yield Trial(meter, register, value, fits=True)
        else:
            yield Trial(meter, register, value, fits=False, hint=_hint(meter, register, facts, at))


def agrees(value: int | Decimal, display: int | Decimal) -> bool:
    """Whether a value read is the value typed, but for what flowed in between."""
    typed = Decimal(display)
    step = Decimal(1).scaleb(min(0, int(typed.as_tuple().exponent)))
    return abs(Decimal(value) - typed) <= max(abs(typed) * TOLERATED, MAX_STEPS * step)


def _hint(meter: ListedMeter, register: ListedRegister, facts: SiteFacts, at: int) -> str | None:
    """What else would give the value typed: another order, or the point elsewhere."""
    for order in ORDERS:
        other = dataclasses.replace(register, order=order)
        try:
            value = _read(meter, other, facts, at)
        except DriverError:
            continue
        if register.display is not None and agrees(value, register.display):
            return f"with word order {order} it is {draft.number(value)}"
        for shift in range(-6, 7):
            moved = Decimal(value).scaleb(shift)
            if register.display is not None and register.display and agrees(moved, register.display):
                decimals = register.decimals - shift
                kind = "" if order == register.order else f" and word order {order}"
                return f"with decimals {decimals}{kind} it is {draft.number(moved)}"
    return None


def _read(meter: ListedMeter, register: ListedRegister, facts: SiteFacts, at: int) -> int | Decimal:
    """One register through the driver that the agent will use, under the settings that it will have."""
    text = draft.edge_toml([dataclasses.replace(meter, registers=(register,))], facts)
    driver = open_driver(config.parse(text, Path("trial.toml")).points[0])
    try:
        (reading,) = driver.read(at)
    finally:
        driver.close()
    value = reading.value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise DriverError(f"{register.register} gave {value!r}, which is not a number")
    return value
