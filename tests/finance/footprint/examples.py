"""Choices, lines and instruments for tests."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from tally_finance.factors.choice import Choice, choose
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.footprint import steps
from tally_finance.footprint.certificates import Certificate, Claim
from tally_finance.footprint.line import Line, measured
from tally_finance.footprint.trace import Node
from tally_finance.footprint.uncertainty import Cause
from tests.finance.factors.examples import factor

AT = {"point": "main"}
YEAR = (1_672_502_400, 1_704_038_400)
"""2023 at UTC+8, Unix seconds."""
METER = Cause("class 0.5S", D("0.003"), "meter main")


def just(**changes: Any) -> Choice:
    """A factor as if the rule had chosen it alone."""
    return Choice(factor(**changes), "as in a test", fallback=False, alternatives=())


def national(basis: Basis, year: int = 2023, region: str = "CN") -> Choice:
    return choose(shipped(), "electricity.grid", (region,), year, basis)


def british(activity: str, basis: Basis, per: str | None = None, year: int = 2025) -> Choice:
    return choose(shipped(), activity, ("GB",), year, basis, per=per)


def amount(value: Any, unit: str = "kWh", name: str = "main") -> Node:
    return steps.given(value, unit, name, AT)


def line(value: Any, unit: str = "kWh", name: str = "main", causes: tuple[Cause, ...] = (METER,)) -> Line:
    return measured(name, amount(value, unit, name), causes)


def certificate(number: str, **changes: Any) -> Certificate:
    usual: dict[str, Any] = {
        "number": number,
        "from_at": YEAR[0] + 86_400,
        "to_at": YEAR[0] + 2 * 86_400,
        "region": "CN",
        "cancelled_for": "mill",
        "cancelled_at": YEAR[1],
    }
    return Certificate(**{**usual, **changes})


def claim(**changes: Any) -> Claim:
    usual: dict[str, Any] = {
        "entity": "mill",
        "from_at": YEAR[0],
        "to_at": YEAR[1],
        "regions": frozenset({"CN"}),
        "oldest_at": YEAR[0],
        "closed_at": YEAR[1] + 90 * 86_400,
    }
    return Claim(**{**usual, **changes})
