"""Answers of the desk as the numbers of a chart: times, and exact text per series. No IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tally_finance.portal.lender import figures
from tally_gateway.pages.words import Language, Words

LOAN_TO_VALUE = Words("Loan to value", "动态质押率")
WARNING = Words("Warning line", "警戒线")
LIQUIDATION = Words("Liquidation line", "平仓线")
ESTIMATE = Words("Attested quantity", "见证量")
LOWER = Words("At least", "下限")
UPPER = Words("At most", "上限")
PLEDGED = Words("Pledged", "质押量")
PRICE = Words("Price", "盯市价")


def course(told: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """A facility's loan to value against its lines, in per cent."""
    points = told["points"]
    lines = [figures.per_cent(told["warning"]), figures.per_cent(told["liquidation"])]
    owing = [one["loan_to_value"] if int(one["owed_fen"]) else None for one in points]
    values: list[list[str | None]] = [[figures.per_cent(one, upwards=True) for one in owing]]
    values += [[line] * len(points) for line in lines]
    made = _chart("%", (LOAN_TO_VALUE, WARNING, LIQUIDATION), [one["at"] for one in points], values, language)
    return {**made, "more": not told["is_whole"]}


def attested(told: Sequence[Mapping[str, Any]], pledged_g: str | None, language: Language) -> dict[str, Any]:
    """A lot's attested quantity with its interval, in kilograms; what a receipt pledges beside it."""
    values: list[list[str | None]] = [
        [figures.kilograms(one[name]) for one in told] for name in ("estimate_g", "lower_g", "upper_g")
    ]
    names = [ESTIMATE, LOWER, UPPER]
    if pledged_g not in (None, "0"):
        names.append(PLEDGED)
        values.append([figures.kilograms(pledged_g)] * len(told))
    made = _chart("kg", names, [one["as_of"] for one in told], values, language)
    made["series"][1]["band"], made["series"][2]["band"] = "low", "high"
    return made


def spread(quotes: Sequence[Mapping[str, Any]]) -> str | None:
    """How far the quotes that are used lie apart, in per cent of the lowest, rounded up; None below two."""
    used = [Decimal(one["per_t"]) for one in quotes if one["is_used"]]
    if len(used) < 2:
        return None
    return figures.per_cent((max(used) - min(used)) / min(used), upwards=True)


def price(told: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """A commodity's price over time; where there was none, a gap."""
    judged, values = told["judged"], list[str | None]()
    for one in judged:
        values.append(None if one["doubt"] else one["per_t"])
    rules = told["rules"]
    unit = f"{'CNY' if rules is None else rules['currency']}/t"
    return _chart(unit, (PRICE,), [one["at"] for one in judged], [values], language)


def _chart(
    unit: str, names: Sequence[Words], times: list[int], values: list[list[str | None]], language: Language
) -> dict[str, Any]:
    """Of two values at one time the later one counts: an axis of times has each once. Each stands until the next."""
    last = {at: place for place, at in enumerate(times)}
    places = [last[at] for at in sorted(last)]
    return {
        "unit": unit,
        "steps": True,
        "series": [{"name": one.within(language)} for one in names],
        "times": [times[place] for place in places],
        "values": [[row[place] for place in places] for row in values],
    }
