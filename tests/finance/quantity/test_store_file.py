"""The sheet of a store: read exactly, and refused by file and key."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge.errors import ConfigError
from tally_finance.quantity import store_file
from tally_finance.quantity.attested import Rules
from tally_finance.quantity.moisture import Moisture
from tally_finance.quantity.remark import Name
from tally_finance.quantity.scale import Standard
from tests.finance.quantity.sheet import SHEET

D = Decimal
ENDS = 1_767_196_800 + 30 * 86_400
FILE = Path("store.toml")


def test_the_sheet() -> None:
    store = store_file.parse(SHEET, FILE, ENDS)
    assert (store.name, store.stored_s, store.rules) == ("Silos A and B", 30 * 86_400, Rules())
    assert (store.bridge.interval_kg, store.bridge.repeatability_kg) == (20, 10)
    assert store.density is not None
    assert (store.density.kg_per_m3, store.density.u) == (740, 7)
    assert store.moisture == Moisture((D("0.135"), D("0.165")), D("0.002"), D("0.0012"))
    gauge = store.gauges["urn:dev:org:32473-trial:level_a"]
    assert (gauge.volume_m3, gauge.limit, gauge.flicker) == (D("4054.054"), D("0.005"), D("0.001"))


def test_the_sheet_of_the_documentation() -> None:
    """The one above the decoder is one that it reads."""
    assert store_file.__doc__ is not None
    text = "\n".join(line.removeprefix("    ") for line in store_file.__doc__.splitlines()[2:])
    store = store_file.parse(text, FILE, ENDS)
    assert store.bridge.standards == (Standard("weights of the county, 2025", D("0.0001")),)
    assert store.opening is not None
    assert (store.opening.at, store.opening.kg, store.opening.u_kg) == (1_767_196_800, 2_900_000, 15_000)


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ('name = "Silos A and B"', "", "name: is missing"),
        ('"grain"', '"sand"', "goods.quota: 'sand' is not one of grain, oilseed, oil, none"),
        ("2026-01-01T", "2027-01-01T", "goods.stored_since: lies after the period's end"),
        ("interval_kg = 20", "interval_kg = 0", "scale.interval_kg: 0 is not a number above zero"),
        ("repeatability_kg = 10", "", "scale.repeatability_kg: is missing"),
        ("repeatability_kg = 10", "repeatability_kg = -1", "scale.repeatability_kg: -1 is not a number from zero on"),
        ("limit = 0.005", "limit = 1", "gauge[1].limit: 1 is no share below 1"),
        ("limit = 0.005", "limit = nan", "gauge[1].limit: Decimal('NaN') is not a number"),
        ("0.135, 0.165", "0.165, 0.135", "goods.moisture_at_intake: is not two shares from 0 to below 1"),
        ("0.135, 0.165", "0.135", "goods.moisture_at_intake: is not two shares"),
        ("level_b", "level_a", "gauge: a metering point has two gauges"),
        ("flicker = 0.001", "flicker = 0.001\ncolour = 1", "gauge[1].colour: is not a known setting"),
        ("density_kg_m3 = 740", "", "goods.density_kg_m3: is missing"),
        ("[scale]", "[rules]\nstep_kg = 0\n\n[scale]", "rules.step_kg: is not above zero"),
        ("[goods]", "[goods", "store.toml: "),
    ],
)
def test_refused(was: str, now: str, why: str) -> None:
    assert was in SHEET
    with pytest.raises(ConfigError, match=re.escape(why)) as refused:
        store_file.parse(SHEET.replace(was, now), FILE, ENDS)
    assert str(refused.value).startswith("store.toml: ")


def test_the_page() -> None:
    """docs/attested-quantity.md: its sheet is the tests', and its remarks are all there are, with their weight."""
    page = (Path(__file__).parents[3] / "docs" / "attested-quantity.md").read_text("utf-8")
    shown = page.split("```toml\n")[1].split("```")[0]
    assert store_file.parse(shown, FILE, ENDS) == store_file.parse(SHEET, FILE, ENDS)
    told = re.findall(r"^\| (\*\*)?`([a-z-]+)`", page, re.MULTILINE)
    assert [(name, bool(bold)) for bold, name in told] == [(one.text, one.blocks) for one in Name]


def test_nothing_to_begin_with() -> None:
    without = SHEET[: SHEET.index("[[gauge]]")]
    bare = re.sub(r"(density|moisture)_.*\n", "", without)
    with pytest.raises(ConfigError, match="opening: is missing, and there is no gauge"):
        store_file.parse(bare, FILE, ENDS)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        store_file.load(tmp_path / "none.toml", ENDS)
