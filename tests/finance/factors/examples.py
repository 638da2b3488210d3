"""Factors for tests, and ways to say others."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from tally_finance.factors.factor import Basis, Factor, Read, Source
from tally_finance.factors.unit import Unit

NOTICE = Source("notice 47 of 2025", "table 3, Jiangsu", Read.TRANSCRIPTION)
PRESS = Source("a newspaper", "page 2", Read.TRANSCRIPTION)
BASE: dict[str, Any] = {
    "activity": "electricity.grid",
    "region": "CN-JS",
    "data_year": 2023,
    "basis": Basis.LOCATION,
    "value": D("0.5827"),
    "unit": Unit.parse("kgCO2/kWh"),
    "sources": (NOTICE, PRESS),
    "licence": "facts",
}


def factor(**changes: Any) -> Factor:
    """A factor that differs from the usual one; `unit` as text."""
    if isinstance(changes.get("unit"), str):
        changes["unit"] = Unit.parse(changes["unit"])
    return Factor(**{**BASE, **changes})
