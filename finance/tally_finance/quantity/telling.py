"""A position for people and for scripts. Kilograms are told to the gram; what is lent against is rounded already."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from tally_chain.findings import Finding, printable
from tally_chain.verify.verdict import time_text
from tally_edge import text_table
from tally_finance.estimate import Estimate
from tally_finance.quantity.attested import Attested, Rules
from tally_finance.quantity.evidence import Shown, Source
from tally_finance.quantity.position import Position
from tally_finance.quantity.remark import Remark
from tally_finance.quantity.store import Store

_GRAM: Final = Decimal("0.001")


def as_json(found: Position, store: Store) -> dict[str, Any]:
    """Everything; numbers are text, so that no reader makes a float of them."""
    return {
        **of_attested(found.at, found.attested, store.name, store.rules),
        "allows_credit": found.allows_credit,
        "book": _estimate(found.book),
        "stocktake": None if found.measured is None else _estimate(found.measured),
        "opening": _estimate(found.opening),
        "came_kg": f"{found.weighed_kg(came=True):f}",
        "went_kg": f"{found.weighed_kg(came=False):f}",
        "levels": {
            point: {"first": [_shown(one) for one in first], "last": [_shown(one) for one in last]}
            for point, (first, last) in found.levels.items()
        },
        "tickets": [
            {
                "ticket": one.number,
                "alibi": one.alibi,
                "at": one.at,
                "first_kg": f"{one.first_kg:f}",
                "second_kg": f"{one.second_kg:f}",
                "moisture": None if one.moisture is None else f"{one.moisture:f}",
                "evidence": one.evidence.hex(),
                **source_of(one.source),
            }
            for one in found.tickets
        ],
        "remarks": of_remarks(found.remarks),
    }


def of_attested(at: int, attested: Attested, name: str, rules: Rules) -> dict[str, Any]:
    """What every position says, of goods in bulk or of pieces."""
    return {
        "store": name,
        "at": at,
        "quantity_kg": kg_text(attested.quantity_kg),
        "u_kg": kg_text(attested.u_kg),
        "k": f"{rules.k:f}",
        "lower_kg": f"{attested.lower_kg:f}",
        "upper_kg": f"{attested.upper_kg:f}",
        "standing": attested.standing.value,
        "en": None if attested.en is None else f"{attested.en:.3f}",
    }


def of_remarks(remarks: Sequence[Remark]) -> list[dict[str, Any]]:
    """Remarks as JSON has them."""
    return [
        {"name": one.name.text, "blocks": one.name.blocks, "touches": one.touches, "sentence": one.sentence}
        for one in remarks
    ]


def as_text(found: Position, store: Store, failures: Sequence[Finding]) -> list[str]:
    """For people. `failures`: of the verification, about points that this store has nothing to do with."""
    attested = found.attested
    lines = heading(found.at, attested, store.name, failures)
    rows = [("", "kg", "± u"), _row("opening 期初", found.opening)]
    rows += [
        ("weighed in 入库", rounded(found.weighed_kg(came=True)), f"{sum(one.came for one in found.tickets)} tickets"),
        (
            "weighed out 出库",
            rounded(-found.weighed_kg(came=False)),
            f"{sum(not one.came for one in found.tickets)} tickets",
        ),
        _row("book 账面 (less water and natural loss)", found.book),
    ]
    if found.measured is not None:
        rows.append(_row("stocktake 盘点", found.measured))
    rows.append(("attested quantity 见证量", rounded(attested.quantity_kg), rounded(attested.u_kg)))
    rows.append((f"lower bound 下限 (k = {store.rules.k:f})", rounded(attested.lower_kg), ""))
    lines += text_table.render(rows)
    en = "" if attested.en is None else f", E_n {attested.en:.2f}"
    lines += ["", f"book and stocktake: {attested.standing.value}{en}"]
    return lines + remark_lines(found.remarks)


def heading(at: int, attested: Attested, name: str, failures: Sequence[Finding]) -> list[str]:
    """Whether the evidence holds, and how much it says there is."""
    return [
        "The evidence holds. 证据成立。" if not failures else "The evidence does not hold. 证据不成立。",
        f"{printable(name)}, {time_text(at)}: {rounded(attested.quantity_kg)} kg, give or take "
        f"{rounded(attested.u_kg)} kg (standard uncertainty)",
        *(f"failure   {one.code.number}  {one.sentence}  [{one.touches}]" for one in failures),
        "",
    ]


def remark_lines(remarks: Sequence[Remark]) -> list[str]:
    """A line for each."""
    return [
        f"{'no credit' if one.name.blocks else 'note':9} {one.name.text}  {printable(one.sentence)}  "
        f"[{printable(one.touches)}]"
        for one in remarks
    ]


def _row(name: str, estimate: Estimate) -> tuple[str, str, str]:
    return name, rounded(estimate.value), rounded(estimate.u)


def rounded(kg: Decimal) -> str:
    """Whole kilograms, for people."""
    return f"{kg.quantize(Decimal(1), ROUND_HALF_EVEN):,f}"


def kg_text(kg: Decimal) -> str:
    """To the gram, for scripts."""
    return f"{kg.quantize(_GRAM, ROUND_HALF_EVEN):f}"


def _estimate(estimate: Estimate) -> dict[str, Any]:
    """Its causes too: what an uncertainty comes from, signed."""
    return {
        "kg": kg_text(estimate.value),
        "u_kg": kg_text(estimate.u),
        "causes_kg": {cause: kg_text(part) for cause, part in sorted(estimate.shared.items())},
        "own_kg": kg_text(estimate.own_variance.sqrt()),
    }


def _shown(shown: Shown) -> dict[str, Any]:
    return {"at": shown.at, "level": f"{shown.value:f}", **source_of(shown.source)}


def source_of(source: Source) -> dict[str, str]:
    """Where a number opens down to."""
    return {"place": source.place, "statement": source.statement_id.hex()}
