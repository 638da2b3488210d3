"""A site's footprint over a period (碳足迹表): scopes side by side, and everything that they rest on. Exact, no IO.

Scope 2 stands twice, and so does each total: with the location-based answer and with the market-based one. The sheet
names the method, the factors, the digests of the loads and the trace; its own digest is what a conclusion is bound to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from tally_chain.verify.figures import EXACT
from tally_finance.errors import FootprintError
from tally_finance.factors.choice import Choice
from tally_finance.factors.unit import Gas
from tally_finance.footprint import steps
from tally_finance.footprint.emission import Emission, Scope, Together, together
from tally_finance.footprint.operations import Op
from tally_finance.footprint.trace import Node, Trace, canonical, written
from tally_finance.footprint.uncertainty import Combined, combined

FORMAT: Final = "tallystick footprint 1"
METHOD: Final = "tallystick footprint method 1"
"""Changes whenever the same evidence would give another number."""
_DATA: Final = b"tallystick data root 1\0"
STEP_KG: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Told:
    """One figure of the sheet: kilograms of CO2e rounded half to even, U95 and the conservative value rounded up."""

    kg: Decimal
    u95_kg: Decimal
    conservative_kg: Decimal
    u95_percent: Decimal | None
    by_gas: tuple[tuple[str, str], ...]
    drivers: tuple[tuple[str, Decimal], ...]
    unstated: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Footprint:
    """The sheet. `figures` by name: `scope-1`, `scope-2-location`, `total-market`, … `data`: root of the loads."""

    site: str
    from_at: int
    to_at: int
    figures: Mapping[str, Told]
    trace: Trace
    factors: tuple[bytes, ...]
    data: bytes

    def encode(self) -> bytes:
        """Canonical JSON (RFC 8785); numbers are text."""
        return canonical(
            {
                "format": FORMAT,
                "method": METHOD,
                "site": self.site,
                "from": str(self.from_at),
                "to": str(self.to_at),
                "figures": {name: _plain(told) for name, told in self.figures.items()},
                "factors": [digest.hex() for digest in self.factors],
                "data": self.data.hex(),
                "trace": self.trace.digest.hex(),
            }
        )

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON."""
        return sha256(self.encode()).digest()


PARTS: Final[Mapping[str, frozenset[Scope]]] = {
    "scope-1": frozenset({Scope.DIRECT}),
    "scope-2-location": frozenset({Scope.LOCATION}),
    "scope-2-market": frozenset({Scope.MARKET}),
    "scope-3": frozenset({Scope.UPSTREAM}),
    "total-location": frozenset({Scope.DIRECT, Scope.LOCATION, Scope.UPSTREAM}),
    "total-market": frozenset({Scope.DIRECT, Scope.MARKET, Scope.UPSTREAM}),
}


def footprint(
    site: str,
    period: tuple[int, int],
    emissions: Iterable[Emission],
    warming: Mapping[Gas, Choice],
    data: Iterable[bytes],
) -> Footprint:
    """The sheet of a site over a period [from, to) in Unix seconds. `data`: digests of the loads.

    Raises FootprintError where one of the two answers of scope 2 is missing beside the other, or nothing was emitted.
    """
    every, roots = tuple(emissions), sorted(set(data))
    scopes = {one.scope for one in every}
    if len({Scope.LOCATION, Scope.MARKET} & scopes) == 1:
        raise FootprintError(f"{site}: scope 2 is told location-based and market-based, or not at all")
    nodes: dict[str, Node] = {}
    figures: dict[str, Told] = {}
    for name, parts in PARTS.items():
        chosen = [one for one in every if one.scope in parts]
        if not chosen or (name == "total-market" and Scope.MARKET not in scopes):
            continue
        figures[name] = _told(name, together(f"{site} {name}", chosen, warming), nodes)
    if not figures:
        raise FootprintError(f"{site}: nothing was emitted")
    trace = Trace.of(nodes)
    factors = sorted({bytes.fromhex(step.source["factor"]) for step in trace.steps if step.op is Op.FACTOR})
    root = sha256(_DATA + b"".join(roots)).digest()
    return Footprint(site, *period, dict(sorted(figures.items())), trace, tuple(factors), root)


def _told(name: str, found: Together, nodes: dict[str, Node]) -> Told:
    doubt = combined(name, found.co2e, found.contributions, STEP_KG, found.unstated)
    kg = steps.rounded(f"{name}, told", found.co2e, STEP_KG)
    above = steps.rounded(f"{name}, conservative, told", doubt.conservative, STEP_KG, Op.ROUND_UP)
    nodes |= {name: kg, f"{name}.u95": doubt.u95, f"{name}.conservative": above}
    by_gas = tuple((gas.value, written(node.number)) for gas, node in found.by_gas.items())
    return Told(
        _decimal(kg.number),
        _decimal(doubt.u95.number),
        _decimal(above.number),
        doubt.percent,
        by_gas,
        _drivers(doubt),
        doubt.unstated,
        found.marks,
    )


def _drivers(doubt: Combined) -> tuple[tuple[str, Decimal], ...]:
    return tuple((one.name, one.percent) for one in doubt.drivers)


def _decimal(value: Fraction) -> Decimal:
    """Of a whole number of steps, whatever the precision of the caller's thread."""
    return EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _plain(told: Told) -> dict[str, Any]:
    return {
        "kg": f"{told.kg:f}",
        "u95_kg": f"{told.u95_kg:f}",
        "conservative_kg": f"{told.conservative_kg:f}",
        "u95_percent": "" if told.u95_percent is None else f"{told.u95_percent:f}",
        "by_gas": [list(pair) for pair in told.by_gas],
        "drivers": [[name, f"{percent:f}"] for name, percent in told.drivers],
        "unstated": list(told.unstated),
        "marks": list(told.marks),
    }
