"""The inventory sheet: what it says is what is read, and every fault names file and key."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tally_edge.errors import ConfigError
from tally_finance.footprint.claiming import Entry, Policy
from tally_finance.footprint.energy import Reference
from tally_finance.footprint.metering import Transformer
from tally_finance.report import claims_file, inventory_file
from tally_finance.report.inventory import As, Attesting, Way
from tests.finance.report import mill, sunny

CLAIMS = claims_file.Claims(
    31337,
    bytes(32),
    "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "0x5FbDB2315678afecb367f032d93F642f64180aa4",
    bytes.fromhex("7a" * 32),
    77,
    b"\1" * 32,
    {
        "GEC-1": Entry("GEC-1", b"\2" * 32, b"\3" * 32, b"\4" * 32, b"\5" * 32),
        "GEC-2": Entry("GEC-2", b"\6" * 32, b"\7" * 32, None, None),
    },
)


def example() -> str:
    """The sheet that stands in the module's docstring."""
    text = (inventory_file.__doc__ or "").split("\n\n", 1)[1]
    text = text.replace("3f…", "ab" * 32).replace("9c…", "cd" * 32)
    text = text.replace("7a…", "7a" * 32).replace("e2…", "e2" * 32)
    return text.replace('share = "2/3"', 'share = "1"')


def read(tmp_path: Path, text: str):  # type: ignore[no-untyped-def]  # an Inventory
    (tmp_path / "own.factors").write_bytes(b"signed")
    (tmp_path / "store.toml").write_text("the store")
    (tmp_path / "gc.json").write_text(sunny.file([sunny.bundle(12, 15)]))
    (tmp_path / "claims.json").write_text(claims_file.encode(CLAIMS))
    return inventory_file.load(mill.sheets(tmp_path, text))


def test_the_example_in_the_docstring_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, example())
    assert [one.of for one in found.uses] == [As.ELECTRICITY, As.FUEL, As.HEAT, As.WATER]
    gas, water = found.uses[1], found.uses[3]
    assert gas.gas is not None
    assert (gas.gas.pressure_kpa, gas.gas.reference) == (Decimal("401.325"), Reference.CHINA)
    assert gas.calorific is not None
    assert gas.calorific.analyses == "urn:dev:org:32473-mill:lab"
    assert water.drain is not None
    assert water.drain.share == Decimal("0.8")
    assert found.meters["grid"].transformers == (Transformer("TA-1", "0.2S"),)
    assert [one.number for one in found.market.certificates] == ["GEC-1", "GEC-2"]
    assert found.market.contracts[0].factor == bytes.fromhex("cd" * 32)
    assert found.products is not None
    assert found.products.every[0].share == Fraction(1)
    assert found.products.every[0].attested == Attesting("store of coil", Way.IN)
    assert [one.meter for one in found.uses[0].less] == ["tenant"]
    assert found.uses[0].coal == "energy.electricity"
    assert (found.market.granular[0].kwh, found.market.grid) == (15, sunny.GRID)
    assert found.market.cancellations[0].beneficiary == "Works 1"
    assert found.market.claimable == ("00000000-0000-4000-8000-000000000012", "GEC-1", "GEC-2")
    registry = found.market.registry
    assert registry is not None
    assert (registry.policy, registry.block, registry.entries) == (Policy.REQUIRED, 77, CLAIMS.entries)
    assert set(found.sources) == {
        "boundary",
        "inventory",
        "certificates",
        "claims",
        "granular 1",
        "own factors 1",
        "store of coil",
    }


def test_what_was_kept_reads_as_what_was_loaded(tmp_path: Path) -> None:
    found = read(tmp_path, example())
    assert inventory_file.loaded(found.sources, tmp_path / "elsewhere.json") == found


def test_a_sheet_that_is_not_kept(tmp_path: Path) -> None:
    found = read(tmp_path, example())
    sources = {name: data for name, data in found.sources.items() if name != "certificates"}
    with pytest.raises(ConfigError, match="the certificates sheet is not here"):
        inventory_file.loaded(sources, tmp_path / "report.json")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('entity = "Mill 4"', "", "inventory.toml: entity: is missing"),
        ("regions = [", "region = [", "regions: is missing"),
        ("year = 2023", "", "year_reason: a year that is stated needs its reason"),
        ('as = "fuel"', 'as = "coal"', "use[2].as: 'coal' is not one of"),
        ('factor = "fuel.natural_gas"', "", "use[2].factor: a fuel names its factor"),
        ('medium = "gas"', 'medium = "water"', "use: a medium is used twice"),
        ('as = "heat"', 'as = "electricity"', "use[3].steam: does not go with"),
        ("treatment = ", "losses = ", "use[4].losses: does not go with"),
        ('reason = "let since', 'because = "let since', "use[1].less[1].reason: is missing"),
        ('way = "in"', 'way = "up"', "products.product[1].way: 'up' is not one of"),
        ("share = 0.8", 'share = 0.8\nmedium = "waste"', "use[4].drain.share: the drain is a medium or a share"),
        ('"TA-1 0.2S"', '"TA-1"', "meter[1].transformers: 'TA-1' is not a name and a class"),
        ('grid = "CN-grid:华东"', "", "market.grid: the site's grid region goes with granular certificates"),
        ('granular = ["gc.json"]', "", "market.grid: the site's grid region goes with granular certificates"),
        ('["gc.json"]', '["none.json"]', "cannot read"),
        ('policy = "required"', 'policy = "perhaps"', "market.registry.policy: 'perhaps' is not one of"),
        ("chain_id = 31337", "chain_id = 1", "market.registry.file: "),
        ('file = "claims.json"', 'file = "gc.json"', "gc.json: this is no 'tallystick certificate claims 1'"),
        ("closed = 2024", "closes = 2024", "market.closed: is missing"),
        ('share = "1"', 'share = "1/2"', "products.product: shares that are stated add up to exactly one"),
        ('share = "1"', "", "products.product: shares that are stated add up"),
        ('reason = "machine hours of 2023"', "", "products.reason: shares are stated with their reason"),
        ('share = "1"', 'share = "1.5e3"', "products.product[1].share: '1.5e3' is no exact share"),
        ("step_t = 0.01", "step_t = 0", "rounded[1].step_t: 0 is not a number above zero"),
        ("signers = [", "signer = [", "signers: own factors are taken from keys"),
        ('boundary = "boundary.toml"', 'boundary = "none.toml"', "cannot read"),
        ("warming", "heating", "heating: is not a known setting"),
    ],
)
def test_faults_name_file_and_key(old: str, new: str, error: str, tmp_path: Path) -> None:
    text = example()
    assert old in text
    with pytest.raises(ConfigError, match=re.escape(error)):
        read(tmp_path, text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("GEC-3,2026-01-05,2026-01-06,CN,Works 1,2026-03-01,", "line 4, from: '2026-01-05' is not a whole second"),
        ("GEC-3,CN", "line 4: has 2 columns, not 7"),
        (
            "GEC-3,2026-01-06T00:00:00Z,2026-01-05T00:00:00Z,CN,Works 1,2026-03-01T00:00:00Z,",
            "line 4: certificate 'GEC-3'",
        ),
    ],
)
def test_a_certificate_that_is_none_names_its_line(row: str, error: str, tmp_path: Path) -> None:
    sheet = mill.sheets(tmp_path)
    (tmp_path / "certificates.csv").write_text(mill.CERTIFICATES + row + "\n")
    with pytest.raises(ConfigError, match=re.escape(f"certificates.csv: {error}")):
        inventory_file.load(sheet)
