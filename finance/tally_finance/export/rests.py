"""What a product's emissions rest on: readings that devices signed, physical ceilings, or what somebody states. No IO.

A line of a report is a load times a factor, with or without steps between that somebody states (a calorific value, a
share that drains). Of a line of `kg`:

    rests on devices    all of it is devices': the register was read at both ends of the period, or bridges what is
                        between. Where signed corrections put another quantity in the place of what registers say, their
                        part is stated: at most C / A
    rests on stated     all of it is stated, for one number that no device signed is enough to move the line
    rests on ceilings   without a stated step the ceilings' part is at most E / A, the corrections' C / A, and the rest
                        is devices'. With one, or where readings were entered by hand, all of it is the ceilings'.

A is the line's amount, gas_kg / factor; E what ceilings fill of the loads that it opens to; C what corrections reach of
them: the larger of what registers say and what counts in its place. The parts are the highest that they can be, also
where certificates stand for some of the amount and not for the rest. So the devices' part is never told higher than
evidence shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from tally_edge.authority import CorrectionReason
from tally_finance.errors import FactorError, PactError
from tally_finance.factors.unit import Unit
from tally_finance.footprint.operations import Op
from tally_finance.review.json_object import Object

_FILLS: Final = CorrectionReason.GAP_FILLED.name.lower()
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
        if rests == "stated":
            stated += kg
            continue
        filled, moved = _parts(line, loads, by_digest, trace) if kg else (Fraction(0), Fraction(0))
        ceilings += kg * filled
        stated += kg * moved
        devices += kg * (1 - filled - moved)
    return Rests(devices, ceilings, stated)


def _parts(
    line: Object, loads: Mapping[str, Object], factors: Mapping[str, Object], trace: Trace
) -> tuple[Fraction, Fraction]:
    """The most of a line that ceilings can be, and then signed corrections, as shares of it."""
    opened = [loads[name] for name in line.texts("opens") if name in loads]
    factor, filled = factors.get(line.text("factor")), Fraction(0)
    if "ceilings" in line.text("rests"):
        by_both = line.text("rests") != "ceilings" or not opened or trace.is_stated(line.text("id"))
        filled = Fraction(1) if by_both else _share(line, opened, factor, _estimated)
    return filled, min(1 - filled, _share(line, opened, factor, _corrected))


def _estimated(load: Object) -> Fraction:
    return Fraction(load.amount("estimated"))


def _corrected(load: Object) -> Fraction:
    """What signed corrections reach. Of a gap that one fills no more than the ceiling does, nothing was changed."""
    of = [(Fraction(one.amount("before")), Fraction(one.amount("after"))) for one in _placed(load)]
    return sum((max(pair) for pair in of if pair[0] != pair[1]), Fraction(0))


def _placed(load: Object) -> list[Object]:
    """The corrections that count; one that fills a gap is an estimate, and told as that."""
    every = load.objects("corrections")
    return [one for one in every if one.flag("placed") and one.text("reason") != _FILLS]


def _share(line: Object, opened: Sequence[Object], factor: Object | None, of: Callable[[Object], Fraction]) -> Fraction:
    """The most of a line that some of its loads' quantities can be, as a share of it."""
    amount = sum(map(of, opened), Fraction(0))
    if not amount:
        return Fraction(0)
    if factor is None:
        return Fraction(1)
    try:
        unit = Unit.parse(factor.text("unit"))
    except FactorError:
        return Fraction(1)
    value = Fraction(factor.amount("value")) * Fraction(unit.to_common)
    if not value or any(one.text("unit") != unit.common.per for one in opened):
        return Fraction(1)
    return min(Fraction(1), amount * value / _gas_kg(line))


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
