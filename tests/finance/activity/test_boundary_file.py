"""The boundary sheet: read exactly, and refused by file and key."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge.errors import ConfigError
from tally_finance.activity import boundary_file
from tally_finance.activity.boundary import Role
from tally_finance.activity.ceiling import Ceiling

FILE = Path("boundary.toml")


def sheet() -> str:
    """The one above the decoder."""
    assert boundary_file.__doc__ is not None
    return "\n".join(boundary_file.__doc__.splitlines()[2:])


def test_the_sheet_of_the_documentation() -> None:
    found = boundary_file.parse(sheet(), FILE)
    assert (found.name, found.zone.key) == ("Rolling mill", "Asia/Shanghai")
    (version,) = found.versions
    grid, furnace, coils = version.lines
    assert grid.role is Role.MAIN
    assert grid.ceiling == Ceiling(Decimal(800), "transformer T1, 800 kVA, at power factor 1")
    assert grid.unmetered_most == Decimal("0.05")
    assert (furnace.parent, furnace.interval_s) == ("grid", 900)
    assert coils.role is Role.COUNTER
    (invoice,) = found.invoices
    assert (invoice.quantity, invoice.tolerance, invoice.opening) == (Decimal("74120.5"), 1, Decimal("100.25"))
    (comparison,) = found.comparisons
    assert comparison.usual == (Decimal("0.35"), Decimal("0.5"))
    assert list(found.over(version.from_at, version.from_at + 1)) == [(version.from_at, version.from_at + 1, version)]
    assert found.digest != boundary_file.parse(sheet() + "\n", FILE).digest


def test_an_invoice_may_be_off_by_its_last_digit() -> None:
    text = sheet().replace("tolerance = 1 ", "# ")
    assert boundary_file.parse(text, FILE).invoices[0].tolerance == Decimal("0.1")
    whole = text.replace("74120.5", "74120")
    assert boundary_file.parse(whole, FILE).invoices[0].tolerance == 1


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ('name = "Rolling mill"', "", "name: is missing"),
        ("Asia/Shanghai", "Asia/Nowhere", "timezone: 'Asia/Nowhere' is not a time zone"),
        ("from = 2026-01-01T00:00:00+08:00\nreason", "reason", "version[1].from: is missing"),
        ('reason = "first sheet"', "", "version[1].reason: is missing"),
        ('role = "main" ', 'role = "chief" ', "version[1].meter[1].role: 'chief' is not one of"),
        ("ceiling_per_h = 800 ", "# ", "meter[1].ceiling_stated: a ceiling needs both"),
        ("ceiling_per_h = 800 ", "ceiling_per_h = 0 ", "meter[1].ceiling_per_h: 0 is not a number above zero"),
        ("unmetered_most = 0.05", "unmetered_most = 1", "meter[1].unmetered_most: 1 is no share below 1"),
        ('parent = "grid"', "", "version[1].meter[2].name: names no parent"),
        ('parent = "grid"', 'parent = "coils"', "meter[2].name: its parent 'coils' is no meter of electricity"),
        ('parent = "grid"', 'parent = "furnace"', "meter[2].name: is its own parent"),
        ('name = "furnace"', 'name = "grid"', "meter[2].name: two meters have this name"),
        ("mill:m2", "mill:m1", "meter[2].name: is the same register as grid"),
        (
            'unit = "kWh"\ninterval_s',
            'unit = "MWh"\ninterval_s',
            "meter[2].name: is in MWh, other meters of electricity",
        ),
        ("interval_s = 900", "interval_s = 0", "meter[2].interval_s: 0 is not from 1 to 86400"),
        ('role = "counter"', 'role = "counter"\nparent = "grid"', "meter[3].name: is a counter and has no parent"),
        ('unit = "kg"', 'unit = "kg"\ncolour = 1', "meter[3].colour: is not a known setting"),
        ('meter = "grid"', 'meter = "gas"', "invoice[1].meter: 'gas' is no meter of this sheet"),
        ("to = 2026-02-01", "to = 2026-01-01", "invoice[1].to: is not after its beginning"),
        ("quantity = 74120.5", "quantity = -1", "invoice[1].quantity: -1 is not a number from zero on"),
        ('made = ["coils"]', "", "comparison[1].made: is missing"),
        ('used = ["grid"]', 'used = ["gas"]', "comparison[1].used: 'gas' is no meter of this sheet"),
        ("[0.35, 0.5]", "[0.5, 0.35]", "comparison[1].usual: is not two numbers"),
        ('timezone = "Asia/Shanghai"', "timezone =", "boundary.toml: "),
    ],
)
def test_refusals(was: str, now: str, why: str) -> None:
    text = sheet()
    assert was in text
    with pytest.raises(ConfigError) as refused:
        boundary_file.parse(text.replace(was, now), FILE)
    assert why in str(refused.value)
    assert str(refused.value).startswith("boundary.toml: ")


def test_versions_must_ascend_and_be_there() -> None:
    again = sheet()[sheet().index("[[version]]") : sheet().index("[[invoice]]")]
    with pytest.raises(ConfigError, match="version: dates do not ascend"):
        boundary_file.parse(f"{sheet()}\n{again}", FILE)
    with pytest.raises(ConfigError, match="version: is missing"):
        boundary_file.parse('name = "x"', FILE)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        boundary_file.load(tmp_path / "none.toml")


def test_units_are_the_same_in_every_version() -> None:
    """Else a year would add kilowatt hours to megawatt hours, or kilograms to tonnes."""
    text = sheet()
    later = text[text.index("[[version]]") : text.index("[[invoice]]")].replace("2026-01-01", "2026-07-01")
    assert len(boundary_file.parse(text + "\n" + later, FILE).versions) == 2
    for unit, other, why in (
        ("kWh", "MWh", "meter grid: is in kWh and in MWh in another version"),
        ("kg", "t", "meter coils: is in kg and in t in another version"),
    ):
        with pytest.raises(ConfigError, match=why):
            boundary_file.parse(text + "\n" + later.replace(f'unit = "{unit}"', f'unit = "{other}"'), FILE)
    renamed = later.replace('unit = "kWh"', 'unit = "MWh"').replace('name = "', 'name = "new ')
    with pytest.raises(ConfigError, match="medium electricity: is in kWh and in MWh in another version"):
        boundary_file.parse(text + "\n" + renamed.replace('parent = "', 'parent = "new '), FILE)
