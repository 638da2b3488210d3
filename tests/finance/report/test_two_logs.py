"""A site with two gateways: two logs, two bundles, one report, the same whatever the order of anything."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from tally_chain import bundle, policy_text
from tally_chain.bundle import Bundle
from tally_chain.verify.verifier import Examined, examine
from tally_edge.command import main
from tally_finance.activity import boundary_file
from tally_finance.errors import FootprintError
from tally_finance.factors.shipping import shipped
from tally_finance.report import evidence
from tally_finance.report.making import Report, report_of
from tests.finance.report import mill, two_logs

DAYS = 59
WATER = """
[[use]]
name = "water"
medium = "water"
as = "water"

[[meter]]
name = "water"
limit_percent = 2

[market]"""
TEXT = mill.INVENTORY.replace('regions = ["CN"]', 'regions = ["CN", "GB"]', 1).replace("[market]", WATER, 1)


@pytest.fixture(scope="module")
def site() -> two_logs.Site:
    return two_logs.played(DAYS)


def examined(site: two_logs.Site, bundles: Sequence[Bundle]) -> Examined:
    return examine(evidence.together(bundles), site.policy, now=two_logs.NOW)


def made(of: Examined, bundles: Sequence[Bundle], folder: Path) -> Report:
    read = mill.inventory(folder, TEXT)
    digests = tuple(sha256(bundle.encode(one)).digest() for one in bundles)
    return report_of(of, read, boundary_file.load(folder / "boundary.toml"), shipped(), digests)


def test_one_report_of_two_logs(site: two_logs.Site, tmp_path: Path) -> None:
    """The electricity of one log and the water of the other, by hand."""
    bundles = site.bundles(DAYS)
    found = json.loads(made(examined(site, bundles), bundles, tmp_path).encode())
    assert found["integrity"]["holds"] is True
    assert [one["origin"] for one in found["integrity"]["logs"]] == [site.first.origin, site.second.origin]
    assert len(found["evidence"]) == len(found["roots"]) == 2
    values = {(one["activity"], one["basis"]): Decimal(one["value"]) for one in found["factors"]}
    lines = {one["use"]: Decimal(one["gas_kg"]) for one in found["lines"] if one["scope"] != "2 market-based"}
    assert lines["purchased electricity"] == 5900 * values["electricity.grid", "location"]
    assert lines["water"] == 295 * values["water.supply", "upstream"]
    media = {one["name"]: one for one in found["media"]}
    assert (media["electricity"]["bought"], media["electricity"]["made"]) == ("5900", "2360")
    assert found["resources"]["water"]["amount"] == "295"


def test_no_order_of_anything_shows(site: two_logs.Site, tmp_path: Path) -> None:
    """Bundles the other way round, sections, and the verifier's statements shuffled: the same bytes."""
    bundles = site.bundles(DAYS)
    first = made(examined(site, bundles), bundles, tmp_path)
    turned = made(examined(site, bundles[::-1]), bundles[::-1], tmp_path)
    assert turned.encode() == first.encode()
    assert turned.trace.encode() == first.trace.encode()
    rng = random.Random(7)
    for _ in range(3):
        of = examined(site, bundles)
        shuffled = replace(of, statements=tuple(rng.sample(of.statements, len(of.statements))))
        again = made(shuffled, rng.sample(bundles, 2), tmp_path)
        assert again.bound == first.bound
        assert again.encode() == first.encode()


def test_one_of_the_two_is_not_the_site(site: two_logs.Site, tmp_path: Path) -> None:
    """The authority's statements go through both logs: with one of them a revocation may be hidden in the other."""
    bundles = site.bundles(DAYS)[:1]
    of = examined(site, bundles)
    assert not of.verdict.holds
    with pytest.raises(FootprintError, match=r"nothing in the evidence may be calculated with: \d{3} "):
        made(of, bundles, tmp_path)


def test_the_commands_take_both(site: two_logs.Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Made of the two in one order, verified from the folder, a figure opened down to a proof in the second log."""
    files = [tmp_path / name for name in ("one.tally", "two.tally")]
    for file, one in zip(files, site.bundles(DAYS), strict=True):
        file.write_bytes(bundle.encode(one))
    (tmp_path / "policy.toml").write_text(policy_text.write(site.policy))
    mill.sheets(tmp_path, TEXT)
    trust = ["--policy", str(tmp_path / "policy.toml"), "--at", str(two_logs.NOW)]
    sheet = ["--sheet", str(tmp_path / "inventory.toml")]
    digests = []
    for number, order in enumerate((files, files[::-1])):
        out = tmp_path / f"report-{number}"
        names = [str(one) for one in order]
        assert main(["finance", "footprint", "report", *names, *trust, *sheet, "--out", str(out)]) == 0
        digests.append(sha256((out / "report.json").read_bytes()).hexdigest())
        assert main(["finance", "footprint", "verify", str(out), *trust]) == 0
    assert len(set(digests)) == 1
    said = json.loads((tmp_path / "report-0" / "report.json").read_bytes())
    load = next(one["id"] for one in said["meters"] if one["name"] == "water")
    capsys.readouterr()
    assert main(["finance", "footprint", "open", str(tmp_path / "report-0"), load, *trust, "--json"]) == 0
    opened = json.loads(capsys.readouterr().out)
    assert {one["log"] for one in opened["statements"].values()} == {two_logs.SECOND}
    assert len(opened["intervals"]) == DAYS
