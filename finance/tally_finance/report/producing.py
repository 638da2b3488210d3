"""Products of a report: a share of the site's emissions, by the unit that was made in the same period. Exact, no IO.

What was made comes out of the same evidence (`outputs`), and never from a plan or a ceiling: an output that nobody
measured would make the footprint of a unit smaller. What the output may be wrong by goes into the footprint of a unit,
whose conservative value is that of higher emissions and a lower output at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.factors.choice import Choice
from tally_finance.factors.unit import Gas
from tally_finance.footprint import product, steps
from tally_finance.footprint.emission import Emission, Together, together
from tally_finance.footprint.operations import Op
from tally_finance.footprint.product import Allocated
from tally_finance.footprint.sheet import PARTS, STEP_KG
from tally_finance.footprint.trace import Node
from tally_finance.footprint.uncertainty import Combined, Contribution, combined
from tally_finance.report.inventory import Product, Products
from tally_finance.report.outputs import Output

STEP_PER_UNIT: Final = Decimal("0.000001")
"""Kilograms per unit."""
STEP_OUTPUT: Final = Decimal("0.001")


@dataclass(frozen=True, eq=False)
class PerUnit:
    """Kilograms of CO2e by the unit that was made: rounded, its U95 and its conservative value rounded upwards."""

    value: Node
    u95: Node
    conservative: Node


@dataclass(frozen=True, eq=False)
class Made:
    """A product: its part of the total in kgCO2e, what was made, and by the unit.

    `kg`, `u95`, `conservative` are rounded, U95 and conservative value upwards. `output_u95`: None where nobody states
    what the output may be wrong by; `unstated` names it.
    """

    product: Product
    share: Node
    kg: Node
    u95: Node
    conservative: Node
    output: Output
    output_u95: Node | None
    per_unit: PerUnit
    unstated: tuple[str, ...]

    def nodes(self) -> dict[str, Node]:
        """What of it stands in the trace, by name."""
        found = {
            "kg": self.kg,
            "u95": self.u95,
            "conservative": self.conservative,
            "output": self.output.amount,
            "per-unit": self.per_unit.value,
            "per-unit.u95": self.per_unit.u95,
            "per-unit.conservative": self.per_unit.conservative,
            "share": self.share,
        }
        return found if self.output_u95 is None else {**found, "output.u95": self.output_u95}


def made(
    site_name: str,
    products: Products | None,
    outputs: Mapping[str, Output],
    emissions: Sequence[Emission],
    warming: Mapping[Gas, Choice],
) -> tuple[Made, ...]:
    """Every product of the inventory. Raises FootprintError for what can not be shared out."""
    if products is None:
        return ()
    chosen = [one for one in emissions if one.scope in PARTS[products.total]]
    whole = together(f"{site_name} {products.total}", chosen, warming)
    if products.reason:
        stated = {one.name: one.share for one in products.every if one.share is not None}
        shares = product.stated(stated, products.reason)
    else:
        shares = product.by_quantity({name: one.amount for name, one in outputs.items()})
    by_name = {one.name: one for one in products.every}
    by_output = None if products.reason else outputs
    return tuple(
        _made(by_name[part.product], part, whole, outputs[part.product], by_output)
        for part in product.allocated(whole.co2e, whole.contributions, shares)
    )


def _made(
    one: Product, part: Allocated, whole: Together, output: Output, shared_by: Mapping[str, Output] | None
) -> Made:
    """`shared_by`: the outputs of all products where emissions are shared out by them."""
    name = f"product {part.product}"
    moved = [] if shared_by is None else list(_of_shares(name, part, shared_by))
    unsure = output.unstated if shared_by is None else _all_unstated(shared_by)
    missing = tuple(sorted({*whole.unstated, *(unsure if shared_by is not None and len(shared_by) > 1 else ())}))
    doubt = combined(name, part.kg, (*part.contributions, *moved), STEP_KG, missing)
    return Made(
        one,
        part.share,
        steps.rounded(f"{name}, told", part.kg, STEP_KG),
        doubt.u95,
        steps.rounded(f"{name}, conservative, told", doubt.conservative, STEP_KG, Op.ROUND_UP),
        output,
        _output_u95(name, output),
        _per_unit(name, part, output, moved, (*whole.unstated, *unsure)),
        tuple(sorted({*whole.unstated, *unsure})),
    )


def _all_unstated(outputs: Mapping[str, Output]) -> tuple[str, ...]:
    return tuple(name for one in outputs.values() for name in one.unstated)


def _of_shares(name: str, part: Allocated, outputs: Mapping[str, Output]) -> Iterator[Contribution]:
    """What outputs do to a share of them: d(E·q/Q) = E/Q·(dq - share·dQ), for each product's own error of output."""
    if len(outputs) < 2:
        return  # one product's share is one, whatever its output
    outputs = dict(sorted(outputs.items()))
    whole = steps.total("quantity of all products", [one.amount for one in outputs.values()])
    emitted = steps.quotient(f"{name}: emissions of all", part.kg, part.share)
    per_unit = steps.quotient(f"{name}: emissions of all by their quantity", emitted, whole)
    for other, output in outputs.items():
        own = steps.constant(1 if other == part.product else 0, "1", "the product's own output")
        moves = steps.difference(f"{name}: how {other} moves it", own, part.share)
        slope = steps.product(f"{name}: slope by {other}", per_unit, moves)
        for one in output.contributions:
            yield one.times(slope, name)


def _output_u95(name: str, output: Output) -> Node | None:
    if output.unstated:
        return None
    if not output.contributions:
        return steps.constant(0, output.amount.unit, f"{name}: what was counted one by one")
    return combined(f"{name}: output", output.amount, output.contributions, STEP_OUTPUT).u95


def _per_unit(
    name: str, part: Allocated, output: Output, moved: Sequence[Contribution], unstated: Sequence[str]
) -> PerUnit:
    """d(kg/q) = dkg/q - kg/q²·dq, so a lower output and higher emissions stand on one side."""
    found = product.intensity(part, output.amount).per_unit
    label = f"{name}, by the unit"
    slope = steps.quotient(f"{label}: slope by its output", found, output.amount)
    slope = steps.product(f"{label}: slope by its output, taken off", slope, steps.constant(-1, "1", "taken off"))
    wrong = [one.over(output.amount, label) for one in (*part.contributions, *moved)]
    wrong += [one.times(slope, label) for one in output.contributions]
    doubt: Combined = combined(label, found, wrong, STEP_PER_UNIT, unstated)
    return PerUnit(
        steps.rounded(f"{label}, told", found, STEP_PER_UNIT),
        doubt.u95,
        steps.rounded(f"{label}, conservative, told", doubt.conservative, STEP_PER_UNIT, Op.ROUND_UP),
    )
