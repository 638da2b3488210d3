"""`tallystick finance attest`: witnesses of a lot, each with its own bundle, and a chain that takes what they sign."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tally_chain import bundle, policy_text
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.cli.operation_run import read_file
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.receipts import operation_file
from tally_chain.receipts.ids import lot_id, slot_id
from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.views import head_of, view
from tally_chain.registry.roles import KeyRole
from tally_edge.command import main
from tally_trial import plants
from tally_trial.play import Played, play
from tally_trial.scene import look_at
from tests.chain.contracts.stage import ALL, Stage
from tests.chain.receipts.yard import Yard, yard_on
from tests.chain.registry.parties import fresh, parties_on
from tests.finance.quantity.piece_hall import WATCHED, sheet_of, warehouse
from tests.finance.quantity.sheet import SHEET

FOR_EVER = "2040-01-01T00:00:00Z"
DAY = 86_400


@dataclass
class Office:
    """A chain in a folder with two lots on it, of grain and of aluminium, and what a witness has on its disk."""

    folder: Path
    yard: Yard
    lots: dict[str, bytes] = field(default_factory=dict)
    nows: dict[str, int] = field(default_factory=dict)

    def words(self, goods: str, *more: object) -> list[str]:
        here = self.folder
        return [
            "finance", "attest", str(here / f"{goods}.tally"), "--policy", str(here / f"{goods}-policy.toml"),
            "--at", str(self.nows[goods]), "--store", str(here / f"{goods}.toml"), "--lot", self.lots[goods].hex(),
            "--pins", str(here / "pins.json"), "--lots-embedded", str(here / "chain"), *map(str, more),
        ]  # fmt: skip

    def keep(self, goods: str, played: Played, sheet: str) -> None:
        (self.folder / f"{goods}.tally").write_bytes(bundle.encode(played.bundle))
        (self.folder / f"{goods}-policy.toml").write_text(policy_text.write(played.policy))
        (self.folder / f"{goods}.toml").write_text(sheet, "utf-8")
        self.nows[goods] = played.now

    def open_lot(self, goods: str, west: int, *, serialised: bool) -> None:
        yard, engine = self.yard, self.yard.parties.stage.engine
        corners = ((west, 0), (west + 500, 0), (west + 500, 500), (west, 500))
        yard.did("AddSlot", "owner", site=yard.site, outline=corners, bottom=0, top=5_000, plan=fresh("plan"))
        slot = slot_id(yard.site, corners, 0, 5_000)
        yard.did(
            "AssignKeeper", "owner", "keeper", slot=slot, keeper=yard.whose("keeper"), keeperSince=yard.parties.known()
        )
        head = head_of(engine, yard.places, "slot", slot)
        yard.did(
            "OpenLot", "keeper", slot=slot, goods=fresh(goods), serialised=serialised, allowancePpm=1_000,
            maxAgeSeconds=86_400, quorum=2,
            witnesses=tuple(yard.whose(one) for one in ("keeper", "verifier", "inspector")),
            roles=(int(KeyRole.KEEPER), int(KeyRole.VERIFIER), int(KeyRole.INSPECTOR)),
        )  # fmt: skip
        self.lots[goods] = lot_id(slot, head)

    def sent(self, path: Path, *by: str, at: int) -> OperationFile:
        """Signed by these keys in this order and carried out at that time, on the chain that nobody else has open."""
        engine = EmbeddedEngine.open(self.folder / "chain", clock=lambda: at)
        try:
            self.yard.parties.stage.engine = engine
            file = self.yard.signed(read_file(path), *by)
            self.yard.sent(file)
        finally:
            engine.close()
        return file

    def lot(self, goods: str) -> dict[str, Any]:
        engine = EmbeddedEngine.open_reader(self.folder / "chain")
        try:
            found: dict[str, Any] = view(engine, self.yard.places["Lots"], "Lots", "lotOf", self.lots[goods])
        finally:
            engine.close()
        return found


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Two lots without goods, on a chain whose time is before the end of the evidence."""
    folder = tmp_path_factory.mktemp("office")
    silo, metal = plants.opened("grain-silo", 5, 4), warehouse(folder / "profile", 5, 4)
    grain = play(look_at(silo, 5, only={"weighbridge", "level_a", "level_b"}))
    pieces = play(look_at(metal, 5, only=set(WATCHED)))
    begins = min(grain.now, pieces.now) - 4 * DAY
    engine = EmbeddedEngine.create(folder / "chain", [key.address for key in ALL], clock=lambda: begins)
    yard = yard_on(parties_on(Stage(engine, EMBEDDED, "")))
    made = Office(folder, yard)
    made.open_lot("grain", 3_000, serialised=False)
    made.open_lot("metal", 5_000, serialised=True)
    identity, at = engine.identity(), yard.parties.at
    engine.close()
    registries = {"TimelockController": at.timelock, "Organisations": at.organisations, "Claims": at.claims}
    chain = {"id": identity.chain_id, "genesis": identity.genesis_hash.hex()}
    (folder / "pins.json").write_text(json.dumps({"chain": chain, "contracts": {**registries, **yard.places}}), "utf-8")
    made.keep("grain", grain, SHEET)
    made.keep("metal", pieces, sheet_of(metal))
    tags = [one.tag for hall in metal.course.halls.values() for one in hall.bundles]
    (folder / "serials.txt").write_text("".join(f"{fresh(tag).hex()} {tag}\n" for tag in tags), "utf-8")
    return made


@pytest.fixture
def office(opened: Office, tmp_path: Path) -> Office:
    """A chain and a disk of its own: time goes on in it as one test needs it."""
    shutil.copytree(opened.folder, tmp_path / "office")
    return replace(opened, folder=tmp_path / "office")


def said(capsys: pytest.CaptureFixture[str], words: list[str], code: int = 0) -> Any:
    assert main([*words, "--json"]) == code, capsys.readouterr()
    return json.loads(capsys.readouterr().out)


def test_goods_come_in_and_are_attested(office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The keeper writes both operations; the verifier compares each with its own bundle; the chain takes them."""
    depositor = office.yard.whose("holder").hex()
    inbound = tmp_path / "inbound.json"
    told = said(capsys, office.words("grain", "--inbound", depositor, "--out", inbound, "--deadline", FOR_EVER))
    brought = sum(int(one["quantity"]) for one in told["values"]["weighings"])
    assert said(capsys, office.words("grain", "--check", inbound))["agrees"]
    office.sent(inbound, "keeper", "verifier", "holder", at=office.nows["grain"])
    assert office.lot("grain")["weighed"] == brought > 0

    attest = tmp_path / "attest.json"
    told = said(capsys, office.words("grain", "--out", attest, "--deadline", FOR_EVER))
    assert said(capsys, office.words("grain", "--deadline", FOR_EVER))["digest"] == told["digest"]
    assert said(capsys, office.words("grain", "--check", attest)) == {
        "digest": told["digest"],
        "agrees": True,
        "differences": [],
    }
    assert main(office.words("grain", "--check", attest)) == 0
    assert capsys.readouterr().out == f"Attest {told['digest']}: agrees 一致\n"
    office.sent(attest, "keeper", "verifier", "inspector", at=office.nows["grain"])
    lot = office.lot("grain")
    values = told["values"]
    assert [str(lot[name]) for name in ("estimate", "lower", "upper")] == [
        values[name] for name in ("estimate", "lower", "upper")
    ]
    assert (lot["short"], lot["attestedAt"]) == (False, int(values["asOf"]))
    # Weighings that stand on the chain are not brought twice.
    again = said(capsys, office.words("grain", "--inbound", depositor, "--tickets", "W0000001"), code=0)
    assert len(again["values"]["weighings"]) == 1  # asked for by name, whatever the chain has
    assert main(office.words("grain", "--inbound", depositor)) != 0
    assert "one operation takes 1 to 64 weighings, not 0" in capsys.readouterr().err


def test_a_witness_that_finds_something_else(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The keeper says a tonne more; the verifier's own bundle says how much, and nobody has to trust either."""
    attest = tmp_path / "attest.json"
    said(capsys, office.words("grain", "--out", attest, "--deadline", FOR_EVER))
    file = read_file(attest)
    better = {**file.operation.values, "estimate": file.operation.values["estimate"] + 1_000_000}
    better["upper"] = max(better["upper"], better["estimate"])
    forged = operation_file.begin(type(file.operation)("Attest", better), file.chain_id, file.contract)
    attest.write_text(operation_file.encode(forged))
    found = said(capsys, office.words("grain", "--check", attest), code=1)
    assert "estimate" in {one["field"] for one in found["differences"]}
    assert main(office.words("grain", "--check", attest)) == 1
    assert "differs 不一致\nestimate: the file says " in capsys.readouterr().out
    assert (
        said(capsys, [*office.words("grain", "--check", attest), "--lot", office.lots["metal"].hex()], code=1)[
            "differences"
        ][0]["field"]
        == "lot"
    )


def test_pieces_come_in_under_their_serials(office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    depositor, inbound = office.yard.whose("holder").hex(), tmp_path / "inbound.json"
    words = office.words("metal", "--inbound", depositor, "--serials", office.folder / "serials.txt")
    told = said(capsys, [*words, "--out", str(inbound), "--deadline", FOR_EVER])
    assert len(told["values"]["serials"]) == len(told["values"]["weighings"]) > 0
    check = office.words("metal", "--check", inbound, "--serials", office.folder / "serials.txt")
    assert said(capsys, check)["agrees"]
    assert not said(capsys, office.words("metal", "--check", inbound), code=1)["agrees"]  # without the nullifiers
    office.sent(inbound, "keeper", "verifier", "holder", at=office.nows["metal"])
    attest = tmp_path / "attest.json"
    said(capsys, office.words("metal", "--out", attest, "--deadline", FOR_EVER))
    office.sent(attest, "keeper", "verifier", "inspector", at=office.nows["metal"])
    lot = office.lot("metal")
    assert lot["weighed"] <= lot["estimate"]  # the opening was never weighed in
    assert not lot["short"]
    assert main(office.words("metal", "--inbound", depositor)) != 0
    assert "no nullifier is known of the serial" in capsys.readouterr().err


def test_the_position_of_pieces(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """`finance quantity` of the same sheet: a piece that came opens to its weighing and its way in."""
    here = office.folder
    words = [
        "finance", "quantity", str(here / "metal.tally"), "--policy", str(here / "metal-policy.toml"),
        "--store", str(here / "metal.toml"), "--at", str(office.nows["metal"]),
    ]  # fmt: skip
    told = said(capsys, words)["quantity"]
    confirmed = [one for one in told["pieces"] if one["state"] == "confirmed"]
    assert sum(Decimal(one["kg"]) for one in confirmed) == Decimal(told["quantity_kg"])
    assert {len(one["statements"]) for one in told["pieces"]} == {0, 2}
    assert all({"gate", "reader"} <= set(one["seen"]) for one in confirmed)
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "The evidence holds. 证据成立。" in out
    assert "confirmed 已确认" in out
    assert "it is missing after 2 looks running that do not read it" in out


def test_evidence_that_does_not_hold(office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = office.words("grain", "--out", tmp_path / "attest.json")
    words[words.index("--policy") + 1] = str(office.folder / "metal-policy.toml")
    (office.folder / "stranger.toml").write_text(
        (office.folder / "grain-policy.toml").read_text().replace("simulated = true", "simulated = false")
    )
    words[words.index("--policy") + 1] = str(office.folder / "stranger.toml")
    assert main(words) == 1
    assert "nothing is attested: the evidence does not hold" in capsys.readouterr().out
    assert not (tmp_path / "attest.json").exists()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--places", "0,x"], "--places: '0,x' are no numbers with commas"),
        (["--deliver", "00" * 32, "--tickets", "W1,W2"], "--tickets: no weighing W1 that counts here"),
    ],
)
def test_refused(office: Office, more: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(office.words("grain", *more)) == 2
    assert why in capsys.readouterr().err


def test_a_serial_with_two_nullifiers(office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "serials.txt").write_text(f"{'1' * 64} A\n{'2' * 64} A\n")
    assert main(office.words("metal", "--serials", tmp_path / "serials.txt")) == 2
    assert "a serial has two nullifiers" in capsys.readouterr().err
