"""A year of a steel plant, quarter hour by quarter hour: meter, agent, gateway, log, anchor, bundle, reader.

Where the real file is absent, a year that never was stands in for it, written with the same traps. Whoever reads must
arrive at the exact decimal sum of the column, which is computed here from the file's text alone.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tally_chain import bundle
from tally_edge import durable, statement
from tally_edge.statement import AUTHORITY_KINDS, Kind
from tally_gateway.config import BrokerSection
from tally_gateway.demo.replay import Recording, replay
from tally_gateway.demo.stage import AGENT, BrokerAccess
from tally_gateway.demo.terminal import Terminal
from tally_sim import generated
from tests.conftest import SHARED
from tests.mosquitto import Mosquitto
from tests.system.command import independent_check, tallystick

pytestmark = pytest.mark.slow

COLUMN = "Usage_kWh"
STEEL = SHARED / "meters" / "Steel_industry_data.csv"
STEEL_SHA256 = "d878899862a6c2f6e4ade0149ce8acabaf313c2242824a8bd5b4f89ab10e66f1"
QUARTERS = 35_040
BEYOND_KEY_FACTS_BYTES = 4_000
PASSWORD = "the agent's password"
SHEET = """
name = "The plant"
timezone = "Asia/Seoul"

[[version]]
from = 2018-01-01T00:00:00+09:00
reason = "first sheet"

[[version.meter]]
name = "grid"
medium = "electricity"
role = "main"
point = "{point}"
register = "{register}"
unit = "kWh"
"""
INVENTORY = """
entity = "The plant"
boundary = "boundary.toml"
regions = ["{region}", "CN"]
year = 2023
year_reason = "none is published for 2018"

[[use]]
name = "purchased electricity"
medium = "electricity"
as = "electricity"

[[rounded]]
name = "the file's own CO2 column"
medium = "electricity"
factor_t = 0.0004585
step_t = 0.01
stated_t = {stated}
"""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real file, or the year that stands in for it."""
    if STEEL.is_file():
        return STEEL
    print("the real year is absent: a generated one with the same traps stands in for it")
    path = tmp_path_factory.mktemp("year") / "generated.csv"
    path.write_bytes(generated.csv_bytes(seed=20261121))
    return path


@pytest.mark.shared
def test_the_real_year_is_the_one_that_was_described(shared: Path) -> None:
    assert hashlib.sha256((shared / "meters" / STEEL.name).read_bytes()).hexdigest() == STEEL_SHA256


def sum_of(path: Path) -> tuple[Decimal, int]:
    """The column's exact sum and its rows, by nothing but a CSV reader and decimals."""
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    total = Decimal(0)
    for row in rows:
        total += Decimal(row[COLUMN])
    return total, len(rows)


@pytest.mark.mosquitto
def test_a_year_through_mosquitto_with_tls(year: Path, tmp_path: Path, mosquitto: Mosquitto) -> None:
    mosquitto.add_user(AGENT, PASSWORD)
    mosquitto.start("max_inflight_messages 0", "max_queued_messages 0")
    word = tmp_path / "gateway-password"
    durable.write_file(word, b"gateway-password\n", mode=0o600)
    ca_file = mosquitto.tls_files.ca_cert
    section = BrokerSection(
        enabled=True, port=mosquitto.port, tls_ca_file=str(ca_file), username="gateway", password_file=str(word)
    )
    play(year, tmp_path, BrokerAccess("127.0.0.1", mosquitto.port, ca_file, PASSWORD, section))


def test_a_year_through_the_embedded_listener(year: Path, tmp_path: Path) -> None:
    play(year, tmp_path, None)


def play(year: Path, tmp_path: Path, broker: BrokerAccess | None) -> None:
    """The whole way, and what a reader makes of it."""
    folder = tmp_path / "year"
    recording = Recording(year, COLUMN, "kWh", "Asia/Seoul", "energy_import")
    assert replay(recording, folder, Terminal(), broker) == 0
    total, rows = sum_of(year)
    assert rows == QUARTERS
    expect(folder, "bundle.tally", total, "complete", samples=rows)
    expect(folder, "totals.tally", total, "total by registers")
    expect_activity(folder, total)
    expect_report(folder, total, year)
    beyond = bytes_beyond_key_facts(folder / "totals.tally")
    print(f"totals-only bundle: {beyond} bytes beyond its key facts")
    assert beyond < BEYOND_KEY_FACTS_BYTES
    assert independent_check(folder / "gateway" / "log") is not None


def expect(folder: Path, name: str, total: Decimal, basis: str, samples: int | None = None) -> None:
    """`verify` in another process arrives at `total`, to the last digit, on `basis`."""
    said = tallystick("verify", folder / name, "--policy", folder / "policy.toml", "--json")
    assert said.code == 0, said.out + said.err
    (figure,) = said.json()["figures"]
    assert (Decimal(figure["quantity"]), figure["unit"], figure["basis"]) == (total, "kWh", basis)
    assert samples is None or figure["samples"] >= samples
    failures = [found for found in said.json()["findings"] if found["severity"] == "failure"]
    assert not failures


def expect_activity(folder: Path, total: Decimal) -> None:
    """`finance footprint activity` counts the same, in twelve months of the site's clock, all of it measured."""
    evidence = (folder / "bundle.tally", "--policy", folder / "policy.toml", "--json")
    figure = tallystick("verify", *evidence).json()["figures"][0]
    sheet = folder / "boundary.toml"
    sheet.write_text(SHEET.format(point=figure["point"], register=figure["register"]))
    said = tallystick("finance", "footprint", "activity", *evidence, "--boundary", sheet)
    assert said.code == 0, said.out + said.err
    electricity = said.json()["activity"]["media"]["electricity"]
    assert Decimal(electricity["total"]["bought"]) == total
    assert len(electricity["months"]) == 12
    assert {one["state"] for one in electricity["months"]} == {"measured"}
    assert sum(Decimal(one["used"]) for one in electricity["months"]) == total


def expect_report(folder: Path, total: Decimal, year: Path) -> None:
    """`finance footprint report` by the nation's and a province's factor equals hand arithmetic, and computes again."""
    stated = sum(Decimal(row["CO2(tCO2)"]) for row in csv.DictReader(io.StringIO(year.read_text("utf-8-sig"))))
    for region in ("CN", "CN-JS"):
        sheet, out = folder / f"inventory-{region}.toml", folder / f"report-{region}"
        sheet.write_text(INVENTORY.format(region=region, stated=stated).replace('"CN", "CN"', '"CN"'))
        trust = ("--policy", folder / "policy.toml")
        made = tallystick(
            "finance", "footprint", "report", folder / "bundle.tally", *trust, "--sheet", sheet, "--out", out
        )
        assert made.code == 0, made.out + made.err
        report = json.loads((out / "report.json").read_text())
        factor = next(one for one in report["factors"] if one["basis"] == "location")
        assert factor["region"] == region
        line = next(one for one in report["lines"] if one["scope"] == "2 location-based")
        assert Decimal(line["gas_kg"]) == total * Decimal(factor["value"])
        assert report["media"][0]["bought"] == f"{total.normalize():f}"
        assert Decimal(report["media"][0]["percent"]["measured"]) == 100
        (table,) = report["rounded"]
        assert Decimal(table["exact_t"]) == total * Decimal("0.0004585")
        if year == STEEL:
            assert round(Decimal(table["stated_lost_percent"]), 1) == Decimal("8.2")
        again = tallystick("finance", "footprint", "verify", out, *trust)
        assert again.code == 0, again.out + again.err


def bytes_beyond_key_facts(path: Path) -> int:
    """The file's size less the statements of the authority and the log's opening: everything else counts."""
    data = path.read_bytes()
    facts = 0
    for section in bundle.decode(data).sections:
        for entry in section.entries:
            kind = statement.decode(entry.statement).claims.kind
            if kind in AUTHORITY_KINDS or kind is Kind.LOG_OPENING:
                facts += len(entry.statement)
    return len(data) - facts
