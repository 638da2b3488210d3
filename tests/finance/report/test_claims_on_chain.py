"""One certificate, two reports: claimed for the first by command on a real contract, refused in the second."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tally_chain.registry import namespace_key
from tally_chain.registry.identifiers import Scheme
from tally_chain.registry.nullifier import Namespace
from tally_edge.errors import ConfigError
from tally_finance.report import claims_file, inventory_file
from tests.chain.registry.consortium import PASSPHRASE, Consortium, found_on, populate, say
from tests.chain.registry.parties import fresh
from tests.chain.registry.test_registry_story import USCC
from tests.finance.activity import works
from tests.finance.report import mill
from tests.world import START, World

LIGHT = 1 << 10
RULES = Namespace("green-certificates-2026", "certificate", Scheme.USCC)
TABLE = """
[market.registry]
file = "{file}"
chain_id = {chain_id}
contract = "{contract}"
namespace = "{namespace}"
organisation = "{organisation}"
policy = "{policy}"
"""


@dataclass
class Desk:
    """A consortium with a namespace of certificates, and the sheets of the works."""

    parties: Consortium
    key: Path
    sheet: Path

    def sheet_with(self, file: Path, who: str, policy: str = "required", **changes: Any) -> str:
        """The inventory sheet with the table of the registry."""
        found = claims_file.decode(file.read_bytes(), file)
        values = {
            "file": file,
            "chain_id": found.chain_id,
            "contract": found.contract,
            "namespace": found.namespace.hex(),
            "organisation": self.parties.organisation[who][2:],
            "policy": policy,
        }
        table = TABLE.format(**{**values, **changes})
        head, _, rest = mill.INVENTORY.partition("[products]")
        return f"{head}{table}\n[products]{rest}"

    def digests(self, days: int = mill.DAYS) -> dict[str, str]:
        """What the registrar is told to countersign, by number."""
        words = ["finance", "footprint", "claim-digests", str(self.key), USCC, "--sheet", str(self.sheet), "--json"]
        said = say(*words, "--from", str(START), "--to", str(START + days * works.DAY_S))
        assert said.code == 0, said.err
        return {one["number"]: one["digest"] for one in said.json["claims"]}

    def countersign(self, number: str, who: str, digest: str) -> Any:
        """The registrar's countersignature, into a file."""
        out = self.key.with_suffix(f".{fresh().hex()[:8]}")
        words = ["countersign", "claim", self.key, USCC, number, "--out", out, "--digest", digest]
        said = self.parties.run(*words, "--organisation", self.parties.organisation[who], "--json", by="registrar")
        return said, out

    def read(self) -> tuple[Any, Path]:
        """The registry, read by whoever makes a report."""
        out = self.key.with_suffix(f".{fresh().hex()[:8]}.json")
        words = ["finance", "footprint", "claims", str(self.key), USCC, "--sheet", str(self.sheet), "--out", str(out)]
        return say(*words, *self.parties.where, "--pins", str(self.parties.pins), "--json"), out


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
        folder = tmp_path_factory.mktemp("desk")
        parties = found_on(folder, None)
        populate(parties)
        file = folder / "certificates.json"
        key = namespace_key.create(file, RULES, lambda: PASSPHRASE, work_factor=LIGHT)
        parties.decided("open-namespace", "0x" + key.namespace_id.hex(), parties.organisation["registrar"], "lender")
        (folder / "sheets").mkdir()
        yield Desk(parties, file, mill.sheets(folder / "sheets"))


@pytest.fixture(scope="module")
def world() -> World:
    return works.run(works.opened(), mill.DAYS)


def told(world: World, folder: Path, text: str, days: int = mill.DAYS) -> Any:
    return json.loads(mill.made(world, folder, days, text).encode())


def whys(said: Any) -> dict[str, str]:
    return {one["number"]: one["why"] for one in said["instruments"]["refused"]}


def test_one_certificate_two_banks(desk: Desk, world: World, tmp_path: Path) -> None:
    """Nobody claims it; bank A's client does; bank B's client, who shows the same one, is refused twice over."""
    said, free = desk.read()
    assert said.code == 1
    assert claims_file.decode(free.read_bytes(), free).entries["GEC-1"].holder is None
    assert whys(told(world, tmp_path, desk.sheet_with(free, "bank-a")))["GEC-1"] == "nobody claims it in the registry"
    unclaimed = told(world, tmp_path, desk.sheet_with(free, "bank-a", "told"))
    assert "GEC-1" in unclaimed["instruments"]["certificates"]
    assert not next(one for one in unclaimed["checks"] if one["kind"] == "claims")["holds"]

    digest = desk.digests()["GEC-1"]
    made, file = desk.countersign("GEC-1", "bank-a", digest)
    assert made.code == 0, made.err
    assert desk.parties.did("claim", file, by="bank-a")["holder"] == desk.parties.organisation["bank-a"]

    again, _ = desk.countersign("gec–1", "bank-b", digest)  # the same one, as a word processor writes it
    assert again.code == 1
    assert "is claimed by organisation" in again.err

    _, held = desk.read()
    first = told(world, tmp_path, desk.sheet_with(held, "bank-a"))
    assert first["instruments"]["certificates"] == ["GEC-1"]
    assert first["instruments"]["registry"]["claims"][0]["state"] == "held"
    assert first["instruments"]["registry"]["claims"][0]["digest"] == digest[2:]
    assert first["sheets"]["claims"], "the file is one of the report's sheets"
    for policy in ("required", "told"):
        second = told(world, tmp_path, desk.sheet_with(held, "bank-b", policy))
        assert second["instruments"]["certificates"] == []
        holder = desk.parties.organisation["bank-a"][2:]
        assert whys(second)["GEC-1"] == f"is claimed in the registry by organisation {holder}"
        assert second["instruments"]["covered_kwh"] == "0"

    other = told(world, tmp_path, desk.sheet_with(held, "bank-a", "told"), days=31)
    assert whys(other)["GEC-1"] == "is claimed in the registry for another site or period"


def test_the_contract_refuses_whatever_the_registrar_signs(desk: Desk) -> None:
    """Two countersignatures were made before either was used: the chain takes one of them."""
    digest = desk.digests()["GEC-2"]
    files = {who: desk.countersign("GEC-2", who, digest) for who in ("bank-a", "bank-b")}
    assert {said.code for said, _ in files.values()} == {0}
    assert desk.parties.run("claim", files["bank-b"][1], by="bank-b").code == 0
    late = desk.parties.run("claim", files["bank-a"][1], by="bank-a")
    assert late.code == 1
    assert "ClaimsTaken" in late.err


def test_a_used_certificate_stays_used(desk: Desk, tmp_path: Path) -> None:
    """Where claims can be released, the same one could serve the next year: such a namespace is refused."""
    for rule in ("--releasable", "--transferable"):
        file = tmp_path / f"{rule[2:]}.json"
        key = namespace_key.create(file, RULES, lambda: PASSPHRASE, work_factor=LIGHT)
        registrar = desk.parties.organisation["registrar"]
        words = ["finance", "footprint", "claims", str(file), USCC, "--sheet", str(desk.sheet)]
        words += ["--out", str(tmp_path / "c.json"), *desk.parties.where, "--pins", str(desk.parties.pins)]
        assert "was never opened on this chain" in say(*words).err
        desk.parties.decided("open-namespace", "0x" + key.namespace_id.hex(), registrar, "lender", rule)
        said = say(*words)
        assert (said.code, "can be released or handed over" in said.err) == (1, True)


def test_a_file_of_another_chain_is_refused(desk: Desk, tmp_path: Path) -> None:
    _, file = desk.read()
    for changes in ({"chain_id": 7}, {"contract": "0x" + "1" * 40}, {"namespace": "ab" * 32}):
        text = desk.sheet_with(file, "bank-a", **changes)
        with pytest.raises(ConfigError, match=r"market.registry.file: .* was read on another chain"):
            inventory_file.load(mill.sheets(tmp_path, text))


def test_a_credit_and_a_certificate_of_one_month_are_one_thing(desk: Desk) -> None:
    """Where a namespace names what was generated, its device and month, a second scheme finds it claimed."""
    file = desk.key.with_name("generation.json")
    rules = Namespace("generation-2026", "generation", Scheme.USCC, 2)
    key = namespace_key.create(file, rules, lambda: PASSPHRASE, work_factor=LIGHT)
    parties = desk.parties
    parties.decided("open-namespace", "0x" + key.namespace_id.hex(), parties.organisation["registrar"], "lender")
    thing = [file, USCC, "TURBINE-7", "2026-01", "--digest", "0x" + fresh("use").hex()]
    words = ["countersign", "claim", *thing, "--organisation", parties.organisation["bank-a"]]
    assert parties.run(*words, "--out", file.with_suffix(".gec"), by="registrar").code == 0
    assert parties.run("claim", file.with_suffix(".gec"), by="bank-a").code == 0
    words[-1] = parties.organisation["bank-b"]
    credit = parties.run(*words, "--out", file.with_suffix(".ccer"), by="registrar")
    assert credit.code == 1
    assert "is claimed by organisation" in credit.err


def test_the_text_names_certificates(desk: Desk, tmp_path: Path) -> None:
    words = ["finance", "footprint", "claims", str(desk.key), USCC, "--sheet", str(desk.sheet)]
    said = say(*words, "--out", str(tmp_path / "c.json"), *desk.parties.where, "--pins", str(desk.parties.pins))
    assert {"GEC-1", "GEC-2"} <= set(said.out.split())
    assert "read at block" in said.out
    again = say(*words, "--out", str(tmp_path / "c.json"), *desk.parties.where, "--pins", str(desk.parties.pins))
    assert again.code != 0, "never overwritten"
    bare = (tmp_path / "bare").resolve()
    bare.mkdir()
    text = mill.INVENTORY.replace('certificates = "certificates.csv"', "")
    words[-1] = str(mill.sheets(bare, text))
    none = say(*words, "--out", str(tmp_path / "d.json"), *desk.parties.where, "--pins", str(desk.parties.pins))
    assert (none.code, "names no certificates" in none.err) == (2, True)
