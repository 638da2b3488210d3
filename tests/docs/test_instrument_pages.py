"""The pages of granular certificates and of their claims say what the code does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tally_edge import command
from tally_finance.footprint.certificates import Claim
from tally_finance.footprint.claiming import Policy, Standing
from tally_finance.footprint.granular import CARBON_FREE, counted
from tally_finance.footprint.matching import MAX_HOURS
from tally_finance.report import claims_file, granular_file, inventory_file
from tests.docs.pages import DOCS
from tests.docs.test_registry_page import filled
from tests.world import HOUR, START

GRANULAR = (DOCS / "formats" / "granular-certificates.md").read_text("utf-8")
CLAIMS = (DOCS / "formats" / "certificate-claims.md").read_text("utf-8")


def test_the_example_of_granular_certificates_counts() -> None:
    example = GRANULAR.partition("```json\n")[2].partition("```")[0]
    bundles, cancellations = granular_file.decode(example.encode(), Path("gc.json"))
    year = (START, START + 365 * 24 * HOUR)
    claim = Claim("Mill 4", *year, frozenset({"CN"}), START, year[1])
    (found,), refused = counted(bundles, cancellations, [], claim)
    assert (found.bundle.kwh, refused) == (15, ())


def test_the_limits_and_sources() -> None:
    assert f"| `MAX_FILE_BYTES` | {inventory_file.MAX_FILE_BYTES} |" in GRANULAR
    assert f"| `MAX_COUNT` | {granular_file.MAX_COUNT} |" in GRANULAR
    assert f"| `MAX_HOURS` | {MAX_HOURS} |" in GRANULAR
    assert granular_file.FORMAT in GRANULAR
    for source in CARBON_FREE - {"solar_pv"}:
        assert source in GRANULAR
    assert claims_file.FORMAT in CLAIMS
    assert f"At most {claims_file.MAX_BYTES:,} bytes" in CLAIMS


def test_states_and_policies() -> None:
    states = re.findall(r"^\| `(\w+)` \| by|^\| `(\w+)` \| the file", CLAIMS, re.MULTILINE)
    assert {first or second for first, second in states} == {one.value for one in Standing}
    heading = next(line for line in CLAIMS.splitlines() if line.startswith("| state |"))
    assert re.findall(r"`(\w+)`", heading) == [one.value for one in Policy]


def test_every_name_of_the_file_stands_on_the_page(tmp_path: Path) -> None:
    table = CLAIMS.partition("## The file")[2].partition("\n## ")[0]
    for name in (*claims_file._NAMES, *claims_file._ENTRY):
        assert f"`{name}`" in table


LINES = [line.strip().removesuffix("…") for line in CLAIMS.splitlines() if line.startswith("    tallystick ")]


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_page_is_understood(line: str) -> None:
    words: list[Any] = filled(line.replace("$ISSUER", "91350100M000100Y43"))[1:]
    if words[0] == "registry":
        words += shlex.split("--endpoint https://node.example:8545 --key key.json")
    assert callable(command.build().parser.parse_args(words).run)
    assert len(LINES) == 4
