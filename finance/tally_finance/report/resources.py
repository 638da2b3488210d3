"""What a loan may count beside emissions: coal equivalent (折标准煤) and water used (用水量). Exact, no IO.

Both are of what the site itself used: what it passed on is taken off, and what nobody read counts with its ceiling.
They are no emissions, and part of no total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tally_finance.factors.choice import Choice
from tally_finance.factors.factor import Basis
from tally_finance.footprint import steps
from tally_finance.footprint.emission import factor_node, of_factor
from tally_finance.footprint.line import Line
from tally_finance.footprint.operations import Op
from tally_finance.footprint.trace import Node, written
from tally_finance.footprint.uncertainty import Contribution, combined
from tally_finance.report.amounts import Amount
from tally_finance.report.inventory import Use

COAL, WATER = "coal", "water"
STEP: Final = Decimal("0.001")
"""Of kilograms of coal equivalent, and of cubic metres."""
_KG_PER_T: Final = 1000


@dataclass(frozen=True, eq=False)
class Row:
    """One use's part: what it used, and that in kilograms of coal equivalent; water has no factor."""

    use: Use
    used: Node
    counted: Node
    choice: Choice | None
    loads: tuple[bytes, ...]


@dataclass(frozen=True, eq=False)
class Resource:
    """A resource with its uncertainty: `amount` rounded to the nearest, `u95` and `conservative` upwards."""

    name: str
    rows: tuple[Row, ...]
    amount: Node
    u95: Node
    conservative: Node
    unstated: tuple[str, ...]

    def nodes(self) -> dict[str, Node]:
        """What of it stands in the trace, by name."""
        return {self.name: self.amount, f"{self.name}.u95": self.u95, f"{self.name}.conservative": self.conservative}


def coal(used: Sequence[tuple[Use, Amount, Choice]]) -> Resource:
    """Kilograms of coal equivalent. Raises TraceError for a factor per another unit."""
    rows: list[Row] = []
    wrong: list[Contribution] = []
    unstated: list[str] = []
    for use, amount, choice in used:
        line, factor, label = amount.line, factor_node(choice, Basis.ENERGY), f"{use.name}: coal equivalent"
        node = steps.product(label, line.amount, factor)
        stated, missing = of_factor(choice, node, label)
        wrong += [*(one.times(factor, label) for one in line.contributions), *stated]
        unstated += [*line.unstated, *missing]
        rows.append(Row(use, line.amount, node, choice, amount.loads))
    return _resource(COAL, rows, wrong, unstated)


def used_water(used: Sequence[tuple[Use, Amount]]) -> Resource:
    """Cubic metres that came in and were not passed on."""
    lines: list[Line] = [amount.line for _, amount in used]
    rows = [Row(use, amount.line.amount, amount.line.amount, None, amount.loads) for use, amount in used]
    wrong = [one for line in lines for one in line.contributions]
    return _resource(WATER, rows, wrong, [name for line in lines for name in line.unstated])


def _resource(name: str, rows: list[Row], wrong: list[Contribution], unstated: list[str]) -> Resource:
    label = f"{name}, all uses"
    whole = steps.total(label, [row.counted for row in rows])
    doubt = combined(label, whole, wrong, STEP, unstated)
    return Resource(
        name,
        tuple(rows),
        steps.rounded(f"{label}, told", whole, STEP),
        doubt.u95,
        steps.rounded(f"{label}, conservative, told", doubt.conservative, STEP, Op.ROUND_UP),
        doubt.unstated,
    )


def told(resources: Sequence[Resource], loads: Mapping[bytes, str], factors: Mapping[bytes, str]) -> dict[str, Any]:
    """Resources by name, for report.json; `loads` and `factors`: ids by digest."""
    return {one.name: _told(one, loads, factors) for one in resources}


def _told(one: Resource, loads: Mapping[bytes, str], factors: Mapping[bytes, str]) -> dict[str, Any]:
    rows = [
        {
            "id": f"{one.name}-{number}",
            "use": row.use.name,
            "amount": written(row.used.number),
            "unit": row.used.unit,
            "counted": written(row.counted.number),
            "factor": "" if row.choice is None else row.choice.factor.digest.hex(),
            "opens": [
                *([] if row.choice is None else [factors[row.choice.factor.digest]]),
                *dict.fromkeys(loads[load] for load in row.loads),
            ],
        }
        for number, row in enumerate(one.rows, 1)
    ]
    in_tonnes = {"tce": written(one.amount.number / _KG_PER_T)} if one.name == COAL else {}
    return {
        "id": one.name,
        "amount": written(one.amount.number),
        "unit": one.amount.unit,
        "u95": written(one.u95.number),
        "conservative": written(one.conservative.number),
        **in_tonnes,
        "unstated": list(one.unstated),
        "rows": rows,
        "opens": [row["id"] for row in rows],
    }
