"""Products, their outputs, and what a site passes on, as report.json has them. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tally_finance.footprint.sheet import PARTS
from tally_finance.footprint.trace import written
from tally_finance.quantity.telling import source_of
from tally_finance.report.outputs import Attested
from tally_finance.report.producing import Made

if TYPE_CHECKING:
    from tally_finance.report.making import Report

COUNTERS = "counters"
"""In place of the id of an output: the boundary's counters say what was made."""


def products(report: Report, loads: Mapping[bytes, str]) -> list[dict[str, Any]]:
    """A row for each product; `loads`: ids by digest."""
    stated = report.inventory.products
    if stated is None:
        return []
    lines = [
        f"line-{number}"
        for number, part in enumerate(report.emitted.parts, 1)
        if part.emission.scope in PARTS[stated.total]
    ]
    return [
        {
            "id": f"product-{number}",
            "name": one.product.name,
            "amount": written(one.output.amount.number),
            **({} if one.output_u95 is None else {"amount_u95": written(one.output_u95.number)}),
            "unit": one.output.amount.unit,
            "output": COUNTERS if one.output.attested is None else f"output-{number}",
            "share": written(one.share.number),
            "shared_by": stated.reason or "what was made of each",
            "of": stated.total,
            "kg": written(one.kg.number),
            "u95_kg": written(one.u95.number),
            "conservative_kg": written(one.conservative.number),
            "kg_per_unit": written(one.per_unit.value.number),
            "kg_per_unit_u95": written(one.per_unit.u95.number),
            "kg_per_unit_conservative": written(one.per_unit.conservative.number),
            "unstated": list(one.unstated),
            "opens": [
                *([] if one.output.attested is None else [f"output-{number}"]),
                *dict.fromkeys(loads[digest] for digest in one.output.loads),
                *lines,
            ],
        }
        for number, one in enumerate(report.products, 1)
    ]


def outputs(report: Report) -> list[dict[str, Any]]:
    """The outputs that weighings attest (见证产量), each with all statements that it rests on."""
    return [
        _output(f"output-{number}", one, one.output.attested)
        for number, one in enumerate(report.products, 1)
        if one.output.attested is not None
    ]


def _output(name: str, one: Made, attested: Attested) -> dict[str, Any]:
    counted = one.output.counted
    return {
        "id": name,
        "product": one.product.name,
        "store": attested.store,
        "way": attested.way.value,
        "amount": written(one.output.amount.number),
        "unit": one.output.amount.unit,
        "u95": "" if one.output_u95 is None else written(one.output_u95.number),
        "counted": "" if counted is None else written(counted.number),
        "remarks": [
            {"name": each.name.text, "blocks": each.name.blocks, "touches": each.touches, "text": each.sentence}
            for each in attested.remarks
        ],
        "statements": [
            {"name": each.name, "at": str(each.at), "amount": f"{each.amount:f}", **source_of(each.source)}
            for each in attested.shown
        ],
        "opens": [],
    }


def passed_on(report: Report, loads: Mapping[bytes, str]) -> list[dict[str, Any]]:
    """A row for each meter that counts what a site passes on (转供)."""
    return [
        {
            "id": f"passed-{number}",
            "use": one.use.name,
            "meter": one.on.meter,
            "to": one.on.to,
            "reason": one.on.reason,
            "amount": written(one.line.amount.number),
            "unit": one.line.amount.unit,
            "left_out": f"{one.left_out:f}",
            "opens": list(dict.fromkeys(loads[load] for load in one.loads)),
        }
        for number, one in enumerate(report.emitted.passed, 1)
    ]
