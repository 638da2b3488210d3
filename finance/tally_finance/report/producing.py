"""Products of a report: a share of the site's emissions, by the unit that was made in the same period. Exact, no IO.

What was made is counted by meters of the boundary, out of the same evidence, and never by a plan or a ceiling: an
output that nobody measured would make the footprint of a unit smaller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.activity.site import Metered, Site
from tally_finance.activity.state import State
from tally_finance.errors import FootprintError
from tally_finance.factors.choice import Choice
from tally_finance.factors.unit import Gas
from tally_finance.footprint import product, steps
from tally_finance.footprint.emission import Emission, together
from tally_finance.footprint.operations import Op
from tally_finance.footprint.sheet import PARTS, STEP_KG
from tally_finance.footprint.trace import Node
from tally_finance.footprint.uncertainty import combined
from tally_finance.report.inventory import Product, Products

STEP_PER_UNIT: Final = Decimal("0.000001")
"""Kilograms per unit."""


@dataclass(frozen=True, eq=False)
class Made:
    """A product: its part of the total in kgCO2e, what was made, and by the unit. `loads`: of its counters.

    `kg`, `u95`, `conservative` and `per_unit` are rounded; U95 and conservative value upwards.
    """

    product: Product
    share: Node
    kg: Node
    u95: Node
    conservative: Node
    output: Node
    per_unit: Node
    loads: tuple[bytes, ...]

    def nodes(self) -> dict[str, Node]:
        """What of it stands in the trace, by name."""
        return {
            "kg": self.kg,
            "u95": self.u95,
            "conservative": self.conservative,
            "output": self.output,
            "per-unit": self.per_unit,
            "share": self.share,
        }


def made(
    site_name: str,
    products: Products | None,
    site: Site,
    emissions: Sequence[Emission],
    warming: Mapping[Gas, Choice],
) -> tuple[Made, ...]:
    """Every product of the inventory. Raises FootprintError for what can not be shared out."""
    if products is None:
        return ()
    chosen = [one for one in emissions if one.scope in PARTS[products.total]]
    whole = together(f"{site_name} {products.total}", chosen, warming)
    counted = {one.name: _output(one, site) for one in products.every}
    if products.reason:
        stated = {one.name: one.share for one in products.every if one.share is not None}
        shares = product.stated(stated, products.reason)
    else:
        shares = product.by_quantity({name: node for name, (node, _) in counted.items()})
    by_name = {one.name: one for one in products.every}
    found = []
    for part in product.allocated(whole.co2e, whole.contributions, shares):
        node, loads = counted[part.product]
        name = f"product {part.product}"
        doubt = combined(name, part.kg, part.contributions, STEP_KG, whole.unstated)
        found.append(
            Made(
                by_name[part.product],
                part.share,
                steps.rounded(f"{name}, told", part.kg, STEP_KG),
                doubt.u95,
                steps.rounded(f"{name}, conservative, told", doubt.conservative, STEP_KG, Op.ROUND_UP),
                node,
                steps.rounded(f"{name}, by the unit, told", product.intensity(part, node).per_unit, STEP_PER_UNIT),
                loads,
            )
        )
    return tuple(found)


def _output(one: Product, site: Site) -> tuple[Node, tuple[bytes, ...]]:
    """What was made, and the loads that say so."""
    meters = [meter for term in site.terms for name, meter in sorted(term.meters.items()) if name in one.made]
    nodes = [_counted(meter, one.name) for meter in meters]
    return steps.total(f"{one.name}: made", nodes), tuple(meter.load.digest for meter in meters)


def _counted(meter: Metered, name: str) -> Node:
    load = meter.load
    if max(load.by_state()) > State.BRIDGED:
        raise FootprintError(f"{name}: {meter.line.name} was not read throughout, and no output is estimated")
    source = {
        "load": load.digest.hex(),
        "point": load.point,
        "register": load.register,
        "from": str(load.from_at),
        "to": str(load.to_at),
    }
    return steps.given(load.total, load.unit, f"{name}: {meter.line.name}", source)
