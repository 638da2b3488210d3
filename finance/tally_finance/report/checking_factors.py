"""Whether a stated year of the factors gives what the rule gives for the activity's own year. No IO.

A sheet may say which year its factors are of, for where nothing is published for the activity's. Said where something
is, it would be a choice by hand: the rule takes the newest of the activity's year or before, and this holds one against
the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tally_finance.errors import FactorError, NoFactorError
from tally_finance.factors.choice import Choice, choose
from tally_finance.factors.factor import Basis, Factor

if TYPE_CHECKING:
    from tally_finance.report.making import Report

_KIND, _NAME = "factor-year", "the factors are those of the activity's year (因子年份)"


def rows(report: Report) -> Iterator[dict[str, Any]]:
    """One check where the sheet states another year than the activity's; nothing where it does not."""
    activity, stated = report.years
    if activity == stated:
        return
    lines: dict[bytes, tuple[Choice, list[str]]] = {}
    for number, part in enumerate(report.emitted.parts, 1):
        if part.choice.factor.basis is not Basis.SUPPLIER:  # a contract names its own
            lines.setdefault(part.choice.factor.digest, (part.choice, []))[1].append(f"line-{number}")
    against = {digest: text for digest, (choice, _) in lines.items() if (text := _against(report, choice))}
    text = "; ".join(against.values()) or f"the rule has nothing else for {activity}"
    opens = [name for digest in against or lines for name in lines[digest][1]]
    yield {"kind": _KIND, "name": _NAME, "made": True, "holds": not against, "text": text, "opens": opens}


def _against(report: Report, choice: Choice) -> str:
    """What the rule chooses for the activity's year, where that is another factor; "" where it is not."""
    used, year = choice.factor, report.years[0]
    asked = (used.activity, report.inventory.regions, year, used.basis)
    try:
        by_rule = choose(report.registry, *asked, per=used.unit.common.per).factor
    except NoFactorError:
        return ""  # nothing is published for that year or before: a later one has to do
    except FactorError as error:
        return f"{_told(used)} stands, and for {year} the rule does not decide: {error}"
    return "" if by_rule.digest == used.digest else f"{_told(used)} stands, and for {year} {_told(by_rule)} counts"


def _told(one: Factor) -> str:
    return f"{one.activity} {one.region} {one.data_year} {one.basis.value}, {one.value:f} {one.unit},"
