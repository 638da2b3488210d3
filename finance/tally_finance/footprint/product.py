"""The footprint of a product (产品碳足迹): a period's emissions, shared out, per unit that was made. Exact, no IO.

Shares come from a physical quantity (mass, energy, machine hours), or are stated; either way they add up to exactly
one, and what is shared out is all that there was. The output is an attested quantity of the same period, never a plan.
An intensity that falls while the total rises is shown with the total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from tally_finance.errors import FootprintError
from tally_finance.footprint import steps
from tally_finance.footprint.trace import Node
from tally_finance.footprint.uncertainty import Contribution


@dataclass(frozen=True, eq=False)
class Allocated:
    """One product's part: its share of one, and its emissions; contributions are shared out with it."""

    product: str
    share: Node
    kg: Node
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, eq=False)
class Intensity:
    """Kilograms per unit of output, with the total that it is a part of."""

    product: str
    per_unit: Node
    kg: Node
    output: Node


def by_quantity(quantities: Mapping[str, Node]) -> dict[str, Node]:
    """Shares by a physical quantity of each product, all in one unit, none below zero. Raises FootprintError."""
    if not quantities or any(node.number < 0 for node in quantities.values()):
        raise FootprintError("emissions are shared out by quantities from zero on")
    whole = steps.total("quantity of all products", quantities.values())
    if not whole.number:
        raise FootprintError("emissions are not shared out over nothing")
    return {name: steps.quotient(f"share of {name}", node, whole) for name, node in sorted(quantities.items())}


def stated(shares: Mapping[str, Fraction], reason: str) -> dict[str, Node]:
    """Shares that somebody stated, with the reason. Raises FootprintError unless they add up to exactly one."""
    if not reason.strip():
        raise FootprintError("shares are stated with their reason")
    if sum(shares.values(), Fraction(0)) != 1 or any(share < 0 for share in shares.values()):
        raise FootprintError("shares add up to exactly one, and none is below zero")
    return {
        name: steps.given(share, "1", f"share of {name}", {"stated": reason}) for name, share in sorted(shares.items())
    }


def allocated(kg: Node, contributions: tuple[Contribution, ...], shares: Mapping[str, Node]) -> tuple[Allocated, ...]:
    """Emissions of a period shared out (分配). Raises FootprintError unless the shares add up to exactly one."""
    if sum((share.number for share in shares.values()), Fraction(0)) != 1:
        raise FootprintError("shares add up to exactly one")
    return tuple(_part(name, share, kg, contributions) for name, share in sorted(shares.items()))


def _part(name: str, share: Node, kg: Node, contributions: tuple[Contribution, ...]) -> Allocated:
    parts = tuple(one.times(share, name) for one in contributions)
    return Allocated(name, share, steps.product(f"emissions of {name}", kg, share), parts)


def intensity(part: Allocated, output: Node) -> Intensity:
    """Per unit of output (单位产品). Raises FootprintError where nothing was made."""
    if output.number <= 0:
        raise FootprintError(f"{part.product}: nothing was made, and nothing is told per unit")
    return Intensity(part.product, steps.quotient(f"footprint of {part.product}", part.kg, output), part.kg, output)
