"""A position for people and for scripts. Kilograms are told to the gram; what is lent against is rounded already."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from tally_chain.findings import Finding, printable
from tally_chain.verify.verdict import time_text
from tally_edge import text_table
from tally_finance.estimate import Estimate
from tally_finance.quantity.evidence import Shown, Source
from tally_finance.quantity.position import Position
from tally_finance.quantity.store import Store

_GRAM: Final = Decimal("0.001")


def as_json(found: Position, store: Store) -> dict[str, Any]:
    """Everything; numbers are text, so that no reader makes a float of them."""
    attested = found.attested
    return {
        "store": store.name,
        "at": found.at,
        "quantity_kg": _kg(attested.quantity_kg),
        "u_kg": _kg(attested.u_kg),
        "k": f"{store.rules.k:f}",
        "lower_kg": f"{attested.lower_kg:f}",
        "upper_kg": f"{attested.upper_kg:f}",
        "standing": attested.standing.value,
        "en": None if attested.en is None else f"{attested.en:.3f}",
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
                **_source(one.source),
            }
            for one in found.tickets
        ],
        "remarks": [
            {"name": one.name.text, "blocks": one.name.blocks, "touches": one.touches, "sentence": one.sentence}
            for one in found.remarks
        ],
    }


def as_text(found: Position, store: Store, failures: Sequence[Finding]) -> list[str]:
    """For people. `failures`: of the verification, about points that this store has nothing to do with."""
    attested = found.attested
    lines = [
        "The evidence holds. 证据成立。" if not failures else "The evidence does not hold. 证据不成立。",
        f"{printable(store.name)}, {time_text(found.at)}: {_rounded(attested.quantity_kg)} kg, give or take "
        f"{_rounded(attested.u_kg)} kg (standard uncertainty)",
        *(f"failure   {one.code.number}  {one.sentence}  [{one.touches}]" for one in failures),
        "",
    ]
    rows = [("", "kg", "± u"), _row("opening 期初", found.opening)]
    rows += [
        ("weighed in 入库", _rounded(found.weighed_kg(came=True)), f"{sum(one.came for one in found.tickets)} tickets"),
        (
            "weighed out 出库",
            _rounded(-found.weighed_kg(came=False)),
            f"{sum(not one.came for one in found.tickets)} tickets",
        ),
        _row("book 账面 (less water and natural loss)", found.book),
    ]
    if found.measured is not None:
        rows.append(_row("stocktake 盘点", found.measured))
    rows.append(("attested quantity 见证量", _rounded(attested.quantity_kg), _rounded(attested.u_kg)))
    rows.append((f"lower bound 下限 (k = {store.rules.k:f})", _rounded(attested.lower_kg), ""))
    lines += text_table.render(rows)
    en = "" if attested.en is None else f", E_n {attested.en:.2f}"
    lines += ["", f"book and stocktake: {attested.standing.value}{en}"]
    lines += [
        f"{'no credit' if one.name.blocks else 'note':9} {one.name.text}  {printable(one.sentence)}  "
        f"[{printable(one.touches)}]"
        for one in found.remarks
    ]
    return lines


def _row(name: str, estimate: Estimate) -> tuple[str, str, str]:
    return name, _rounded(estimate.value), _rounded(estimate.u)


def _rounded(kg: Decimal) -> str:
    return f"{kg.quantize(Decimal(1), ROUND_HALF_EVEN):,f}"


def _kg(kg: Decimal) -> str:
    return f"{kg.quantize(_GRAM, ROUND_HALF_EVEN):f}"


def _estimate(estimate: Estimate) -> dict[str, Any]:
    """Its causes too: what an uncertainty comes from, signed."""
    return {
        "kg": _kg(estimate.value),
        "u_kg": _kg(estimate.u),
        "causes_kg": {cause: _kg(part) for cause, part in sorted(estimate.shared.items())},
        "own_kg": _kg(estimate.own_variance.sqrt()),
    }


def _shown(shown: Shown) -> dict[str, Any]:
    return {"at": shown.at, "level": f"{shown.value:f}", **_source(shown.source)}


def _source(source: Source) -> dict[str, str]:
    return {"place": source.place, "statement": source.statement_id.hex()}
