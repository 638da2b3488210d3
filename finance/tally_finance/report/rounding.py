"""What a table loses that rounds every interval by itself, beside the exact product. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tally_finance.activity.boundary import Role
from tally_finance.activity.column import summed
from tally_finance.activity.rounding import rounded
from tally_finance.report import telling, telling_meters

if TYPE_CHECKING:
    from tally_finance.report.inventory import Rounded
    from tally_finance.report.making import Report


def losses(report: Report, loads: Mapping[bytes, str]) -> list[dict[str, Any]]:
    """A row for each table that the inventory names; shares in percent, below zero where rounding added."""
    return [_loss(one, number, report, loads) for number, one in enumerate(report.inventory.rounded, 1)]


def _loss(one: Rounded, number: int, report: Report, loads: Mapping[bytes, str]) -> dict[str, Any]:
    every = [
        meter.load
        for _, meter in telling_meters.metered(report.activity.site)
        if meter.line.medium == one.medium and meter.line.role is Role.MAIN
    ]
    parts = [rounded(load, one.factor_t, one.step_t) for load in every]
    exact, kept = summed(part.exact for part in parts), summed(part.rounded for part in parts)
    stated = one.stated_t
    return {
        "id": f"rounded-{number}",
        "name": one.name,
        "factor_t": f"{one.factor_t:f}",
        "step_t": f"{one.step_t:f}",
        "exact_t": f"{exact:f}",
        "rounded_t": f"{kept:f}",
        "lost_percent": _lost(kept, exact),
        "stated_t": "" if stated is None else f"{stated:f}",
        "stated_lost_percent": "" if stated is None else _lost(stated, exact),
        "opens": telling.unique(loads[load.digest] for load in every),
    }


def _lost(kept: Decimal, exact: Decimal) -> str:
    return telling.percent(1 - Fraction(kept) / Fraction(exact)) if exact else ""
