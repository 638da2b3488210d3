"""What a product's emissions rest on: readings that devices signed, physical ceilings, or what somebody states. No IO.

A line of a report is a load times a factor, with or without steps between that somebody states (a calorific value, a
share that drains). Of a line of `kg`:

    rests on devices    all of it is devices': the register was read at both ends of the period, or bridges what is
                        between
    rests on stated     all of it is stated, for one number that nobody signed is enough to move the line
    rests on ceilings   without a stated step the ceilings' part is at most E / A: E is what ceilings fill of the loads
                        that it opens to, A its amount, gas_kg / factor; the rest is devices'. With one, all of it is
                        the ceilings'.

E / A is the highest that the part can be, also where certificates stand for some of the amount and not for the rest.
So the devices' part is never told higher than evidence shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from tally_finance.errors import FactorError, PactError
from tally_finance.factors.unit import Unit
from tally_finance.footprint.operations import Op
from tally_finance.review.json_object import Object

_PER_CENT_STEPS: Final = 100_000
"""A share is told in per cent, to a thousandth."""


@dataclass(frozen=True, slots=True)
class Rests:
    """Kilograms of CO2e by what they rest on, none below 0; exact."""

    devices: Fraction
    ceilings: Fraction
    stated: Fraction

    @property
    def whole(self) -> Fraction:
        """All of it."""
        return self.devices + self.ceilings + self.stated

    def percents(self) -> dict[str, Decimal]:
        """Per cent by name, to a thousandth: devices' rounded down, the others up. Empty where there is nothing."""
        if not self.whole:
            return {}
        return {
            "devices": _per_cent(self.devices / self.whole),
            "ceilings": -_per_cent(-self.ceilings / self.whole),
            "stated": -_per_cent(-self.stated / self.whole),
        }


class Trace:
    """A trace's steps by id, as its bytes say them; `replay` is what checks them."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        """Raises PactError where this is no trace."""
        try:
            self._results: dict[str, str] = dict(said["results"])
            self._steps: dict[str, Mapping[str, Any]] = {step["id"]: step for step in said["steps"]}
        except (KeyError, TypeError, ValueError):
            raise PactError("the report's trace is none") from None

    def argument(self, result: str) -> Fraction:
        """The exact value that a told result was rounded from. Raises PactError."""
        try:
            return Fraction(self._steps[self._steps[self._results[result]]["args"][0]]["value"])
        except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError):
            raise PactError(f"the report's trace has no {result}") from None

    def is_stated(self, result: str) -> bool:
        """Whether a number that somebody states leads to a result. Raises PactError."""
        ahead, seen = [self._results.get(result, "")], set()
        while ahead:
            name = ahead.pop()
            if name in seen:
                continue
            seen.add(name)
            step = self._steps.get(name)
            if step is None:
                raise PactError(f"the report's trace does not lead to {result}")
            if step["op"] == Op.INPUT.value and "stated" in step["source"]:
                return True
            ahead += step["args"]
        return False


def rests_of(lines: Iterable[Object], meters: Iterable[Object], factors: Iterable[Object], trace: Trace) -> Rests:
    """What lines of a report rest on. `meters`, `factors`: the report's. Raises PactError for a line below 0."""
    loads = {one.text("id"): one for one in meters}
    by_digest = {one.text("digest"): one for one in factors}
    devices = ceilings = stated = Fraction(0)
    for line in lines:
        kg, rests = Fraction(line.amount("kg")), line.text("rests")
        if kg < 0:
            raise PactError(f"{line.text('name')}: {kg} kg is below 0, and no part of a footprint")
        if rests == "devices":
            devices += kg
        elif rests == "stated":
            stated += kg
        elif kg:
            filled = _filled(line, loads, by_digest, trace)
            ceilings += kg * filled
            devices += kg * (1 - filled)
    return Rests(devices, ceilings, stated)


def _filled(line: Object, loads: Mapping[str, Object], factors: Mapping[str, Object], trace: Trace) -> Fraction:
    """The most of a line that ceilings can be, as a share of it."""
    factor = factors.get(line.text("factor"))
    opened = [loads[name] for name in line.texts("opens") if name in loads]
    if factor is None or not opened or trace.is_stated(line.text("id")) or any(map(_is_stated, opened)):
        return Fraction(1)
    try:
        unit = Unit.parse(factor.text("unit"))
    except FactorError:
        return Fraction(1)
    value = Fraction(factor.amount("value")) * Fraction(unit.to_common)
    if not value or any(one.text("unit") != unit.common.per for one in opened):
        return Fraction(1)
    estimated = sum((Fraction(one.amount("estimated")) for one in opened), Fraction(0))
    return min(Fraction(1), estimated * value / _gas_kg(line))


def _is_stated(meter: Object) -> bool:
    """Whether people enter what a meter shows, or a correction stands in the place of a register."""
    corrected = (one for one in meter.objects("corrections") if one.text("reason") != "gap_filled")
    return meter.flag("by_hand") or any(one.flag("placed") for one in corrected)


def _gas_kg(line: Object) -> Fraction:
    try:
        found = Fraction(line.text("gas_kg"))
    except (ValueError, ZeroDivisionError):
        raise line.fault("gas_kg", "is no number") from None
    if found <= 0:
        raise line.fault("gas_kg", "is nothing, and the line is something")
    return found


def _per_cent(share: Fraction) -> Decimal:
    """Rounded down."""
    return Decimal(share * _PER_CENT_STEPS // 1).scaleb(-3)
