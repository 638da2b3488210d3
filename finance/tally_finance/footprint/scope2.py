"""Purchased electricity twice over (范围二): by where it was drawn, and by what was bought. Exact, no IO.

Location-based (基于位置): the kilowatt hours that the grid delivered, times the average of the place. Market-based
(基于市场): certificates and suppliers' contracts first, each with its own factor, and for what is left the residual
factor (剩余电量因子). Where a country has published none, the average of the place stands in its place and is marked:
the last step of the hierarchy in the GHG Protocol's Scope 2 Guidance of 2015, chapter 6. Both are always computed, and
neither is added to the other. What a site generates and uses itself is in neither: the load is what passed the meters
towards the site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from typing import Final

from tally_finance.errors import FootprintError
from tally_finance.factors.choice import Choice
from tally_finance.factors.factor import Basis
from tally_finance.footprint import steps
from tally_finance.footprint.certificates import Admitted
from tally_finance.footprint.emission import Emission, Scope, emitted, factor_node, of_factor
from tally_finance.footprint.granular import Bundle
from tally_finance.footprint.line import Line
from tally_finance.footprint.trace import Node, canonical

NO_RESIDUAL: Final = "no residual factor: location factor in its place (无剩余电量因子)"

_KWH: Final = "kWh"


@dataclass(frozen=True, eq=False)
class Market:
    """The market-based result: `covered` by certificates, `supplied` by contracts, and the `remainder`, in kWh.

    `unused`: kWh of instruments beyond the load; they count for nothing and are carried nowhere. `basis`: of the factor
    that the remainder counts by.
    """

    emissions: tuple[Emission, ...]
    covered: Node
    supplied: Node
    remainder: Node
    unused: Node
    basis: Basis


def location(load: Line, choice: Choice) -> Emission:
    """Location-based. `load` in kWh, from zero on."""
    _check(load)
    return emitted(load, choice, Scope.LOCATION, Basis.LOCATION)


def market(load: Line, instruments: Admitted, residual: Choice, granular: Sequence[Bundle] = ()) -> Market:
    """Market-based: certificates, then contracts by number, then the residual factor.

    `granular`: bundles whose kWh are those of no certificate. `residual`: on the residual basis, or on the location
    basis where there is none.

    What the meter may be wrong by falls on the remainder alone, for an instrument stands for a fixed amount: so the
    meter's error of the whole load counts at the residual factor. Raises FootprintError, TraceError.
    """
    _check(load)
    numbers = [one.number for one in instruments.certificates]
    source = {"certificates": str(len(numbers)), "numbers": sha256(canonical(numbers)).hexdigest()}
    proven = steps.given(instruments.kwh, _KWH, "certificates, 1,000 kWh each", source)
    if granular:
        proven = steps.total("certificates", [proven, _granular(granular)])
    covered = steps.least(f"{load.name}: covered by certificates", [load.amount, proven])
    rest = steps.difference(f"{load.name}: without certificates", load.amount, covered)
    bought, used, emissions = [proven], [steps.constant(0, _KWH, "no other")], []
    for contract in instruments.contracts:
        if contract.factor is None:
            raise FootprintError(f"contract {contract.number} has no factor of its supplier")
        kwh = steps.given(contract.kwh, _KWH, f"contract {contract.number}", {"contract": contract.number})
        part = steps.least(f"contract {contract.number}: used", [rest, kwh])
        rest = steps.difference(f"{load.name}: after contract {contract.number}", rest, part)
        settled = Line(f"contract {contract.number}", part, (), ())  # the amount is what the contract settles
        emissions.append(emitted(settled, contract.factor, Scope.MARKET, Basis.SUPPLIER))
        bought.append(kwh)
        used.append(part)
    emissions.append(_remainder(load, rest, residual))
    supplied = steps.total(f"{load.name}: supplied by contracts", used)
    taken = steps.total(f"{load.name}: covered or supplied", [covered, supplied])
    unused = steps.difference("instruments beyond the load", steps.total("instruments", bought), taken)
    return Market(tuple(emissions), covered, supplied, rest, unused, residual.factor.basis)


def _granular(bundles: Sequence[Bundle]) -> Node:
    numbers = sorted(one.number for one in bundles)
    source = {"bundles": str(len(numbers)), "numbers": sha256(canonical(numbers)).hexdigest()}
    return steps.given(sum((one.kwh for one in bundles), Decimal(0)), _KWH, "granular certificates", source)


def _remainder(load: Line, rest: Node, residual: Choice) -> Emission:
    in_place = residual.factor.basis is Basis.LOCATION
    ef = factor_node(residual, Basis.LOCATION if in_place else Basis.RESIDUAL)
    name = f"{load.name}: remainder"
    kg = steps.product(name, rest, ef)
    metered = tuple(one.times(ef, name) for one in load.contributions)
    stated, unstated = of_factor(residual, kg, name)
    gas, missing = residual.factor.gas, (*load.unstated, *unstated)
    marks = (*residual.marks, NO_RESIDUAL) if in_place else residual.marks
    return Emission(name, Scope.MARKET, gas, kg, (*metered, *stated), marks, missing)


def heat(bought: Line, choice: Choice) -> tuple[Emission, Emission]:
    """Purchased heat and steam in GJ (外购热力): location-based, and the same once more, for no market divides it."""
    by_place = emitted(bought, choice, Scope.LOCATION, Basis.LOCATION)
    return by_place, replace(by_place, scope=Scope.MARKET)


def losses(load: Line, choice: Choice) -> Emission:
    """Of the grid between generation and the site (输配电损耗), scope 3. Where a factor of losses is there."""
    _check(load)
    return emitted(replace(load, name=f"{load.name}: losses"), choice, Scope.UPSTREAM, Basis.UPSTREAM)


def _check(load: Line) -> None:
    if load.amount.unit != _KWH or load.amount.number < 0:
        raise FootprintError(f"{load.name}: a load is in kWh, from zero on; what a site delivers is a line of its own")
