"""The page of footprints says what the code does."""

from __future__ import annotations

import re
from decimal import Decimal as D
from types import SimpleNamespace
from typing import Any

from tally_finance.factors.choice import choose
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.footprint import loads, scope2
from tally_finance.footprint.certificates import admitted
from tally_finance.footprint.emission import warming_of
from tally_finance.footprint.energy import Reference
from tally_finance.footprint.metering import Kind, Transformer
from tally_finance.footprint.sheet import PARTS, footprint
from tally_finance.footprint.spans import spans
from tally_finance.footprint.uncertainty import COVERAGE
from tally_finance.quantity.scale import EXPIRED
from tests.docs.pages import DOCS
from tests.finance.footprint.examples import YEAR, certificate, claim, national
from tests.finance.footprint.test_line import Load, State, facts_of, stated

METER = stated(YEAR[0], "7", "0.5S", YEAR[1])
METER.facts.point = "urn:dev:main"

PAGE = (DOCS / "footprint.md").read_text("utf-8")


def test_the_figures_of_the_sheet_stand_on_the_page() -> None:
    sheet = PAGE.partition("## The sheet")[2].partition("\n## ")[0]
    assert set(PARTS) <= set(re.findall(r"`([a-z0-9-]+)`", sheet))


def test_what_the_page_calls_twice_is_twice() -> None:
    assert (COVERAGE, EXPIRED) == (2, 2)
    assert "U95 is twice the standard uncertainty" in PAGE
    assert "twice the limits from there on" in PAGE


def test_the_reference_conditions() -> None:
    kpa, kelvin = Reference.CHINA.value
    assert f"{kelvin}" == "293.15"
    assert f"20 °C and {kpa} kPa by default" in PAGE


def test_the_example_runs() -> None:
    shown = PAGE.partition("```python\n")[2].partition("```")[0]
    load = Load({State.MEASURED: 3_000, State.ESTIMATED: 50}, point="urn:dev:main", from_at=YEAR[0], to_at=YEAR[1])
    names: dict[str, Any] = {
        "spans": spans, "Kind": Kind, "Transformer": Transformer, "loads": loads, "scope2": scope2,
        "choose": choose, "Basis": Basis, "admitted": admitted, "footprint": footprint, "warming_of": warming_of,
        "evidence": SimpleNamespace(facts=facts_of(METER)), "period": YEAR, "load": load,
        "registry": shipped(), "residual": national(Basis.RESIDUAL),
        "certificates": [certificate("1")], "contracts": [], "claim": claim(),
    }  # fmt: skip
    exec(shown, names)
    figures = names["sheet"].figures
    assert figures["total-location"].kg == round(3050 * D("0.5827"))
    assert figures["total-market"].kg == round(2050 * D("0.6096"))
