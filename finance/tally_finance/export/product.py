"""A product of a report as a document about it needs it: its exact footprint by the unit, and its basis. No IO.

Every number is the report's. What the report tells rounded (`kg_per_unit`) is taken from the step before in its trace,
so that a document loses nothing to a rounding that it does not make itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any

from tally_finance.errors import PactError
from tally_finance.export.rests import Rests, Trace, rests_of
from tally_finance.report.producing import STEP_PER_UNIT
from tally_finance.review.json_object import Object


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the report `root`, whose bytes have `digest`; all amounts in kgCO2e by the `unit` that was counted.

    `exact`: its footprint; `u95`, `conservative`: as the report tells them, rounded up, by the unit. `u95_covers`: what
    they are of. `lines`, `factors`: those that it is made of, as the report has them.
    """

    root: Object
    digest: bytes
    said: Object
    unit: str
    exact: Fraction
    u95: Fraction
    conservative: Fraction
    u95_covers: str
    unstated: tuple[str, ...]
    rests: Rests
    lines: tuple[Object, ...]
    factors: tuple[Object, ...]

    @property
    def name(self) -> str:
        """As the inventory names it."""
        return self.said.text("name")


def product_of(data: bytes, trace: bytes, name: str) -> Product:
    """The product `name` of a report. `data`, `trace`: the bytes of its two files.

    Raises PactError where the evidence does not hold, a sum is open, there is no such product, or its footprint is
    below 0; ReportFileError naming what the report lacks.
    """
    root = Object.of_bytes(data)
    _check_sound(root)
    said = _named(root, name)
    opens = frozenset(said.texts("opens"))
    lines = tuple(one for one in root.objects("lines") if one.text("id") in opens)
    if not lines:
        raise said.fault("opens", "leads to no line")
    used = {one.text("factor") for one in lines}
    factors = tuple(one for one in root.objects("factors") if one.text("digest") in used)
    steps = Trace(_loaded(trace))
    exact = steps.argument(f"{said.text('id')}.per-unit")
    told = Fraction(said.amount("kg_per_unit"))
    if abs(exact - told) * 2 > Fraction(STEP_PER_UNIT):
        raise PactError(f"product {name}: the report says {told} kg by the unit, and its trace another number")
    if exact < 0:
        raise PactError(f"product {name}: its footprint is below 0")
    u95, conservative, covers = _doubt(said)
    return Product(
        root,
        sha256(data).digest(),
        said,
        said.text("unit"),
        exact,
        u95,
        conservative,
        covers,
        said.texts("unstated") or _unstated(lines),
        rests_of(lines, root.objects("meters"), factors, steps),
        lines,
        factors,
    )


def _check_sound(root: Object) -> None:
    if not root.object("integrity").flag("holds"):
        raise PactError("the report's evidence does not hold: no document is made of it")
    for one in root.objects("remarks"):
        if one.flag("blocks"):
            raise PactError(f"the report leaves a sum open: {one.text('text')}")


def _named(root: Object, name: str) -> Object:
    products = root.objects("products")
    found = [one for one in products if one.text("name") == name]
    if not found:
        there = ", ".join(one.text("name") for one in products) or "none"
        raise PactError(f"the report has no product {name!r}; it has {there}")
    return found[0]


def _doubt(said: Object) -> tuple[Fraction, Fraction, str]:
    """U95 and conservative value by the unit, and what they are of."""
    if "kg_per_unit_u95" in said:
        return (
            Fraction(said.amount("kg_per_unit_u95")),
            Fraction(said.amount("kg_per_unit_conservative")),
            "emissions and output" if "amount_u95" in said else "emissions",
        )
    output = Fraction(said.amount("amount"))
    if output <= 0:
        raise said.fault("amount", "is nothing, and nothing is told by the unit")
    return Fraction(said.amount("u95_kg")) / output, Fraction(said.amount("conservative_kg")) / output, "emissions"


def _unstated(lines: Sequence[Object]) -> tuple[str, ...]:
    return tuple(sorted({name for line in lines for name in line.texts("unstated")}))


def _loaded(trace: bytes) -> dict[str, Any]:
    try:
        found = json.loads(trace)
    except (ValueError, RecursionError):
        raise PactError("the report's trace is none") from None
    if not isinstance(found, dict):
        raise PactError("the report's trace is none")
    return found
