"""`tallystick operation`: from a new file over its signatures to the chain and back, as parties do it by mail."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from tally_chain.anchoring.keys import LocalSigner, write_keystore
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.cli.operation_values import read_names, values_of
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.receipts.operations import KINDS
from tally_chain.registry.roles import KeyRole
from tally_edge.errors import ConfigError
from tests.chain.contracts.stage import ALL, STRANGER, Stage
from tests.chain.receipts.yard import Yard, yard_on
from tests.chain.registry.consortium import PASSPHRASE, Said, say
from tests.chain.registry.parties import fresh, parties_on


@dataclass
class Office:
    """A warehouse on a chain in a folder, with everybody's key files."""

    folder: Path
    yard: Yard
    stage: Stage

    @property
    def chain(self) -> list[str]:
        return ["--embedded", str(self.folder / "chain"), "--pins", str(self.folder / "pins.json")]

    def key(self, name: str) -> str:
        return str(self.folder / f"{name}.json")

    def say(self, *words: object) -> Said:
        return say("operation", *map(str, words))

    def did(self, *words: object) -> Any:
        said = self.say(*words, "--json")
        assert said.code == 0, said.err or said.out
        return said.json

    def new(self, kind: str, out: Path, **values: object) -> Any:
        return self.did("new", kind, *(f"{name}={value}" for name, value in values.items()), "--out", out, *self.chain)

    def signed(self, file: Path, digest: str, *by: str) -> None:
        for number, name in enumerate(by):
            self.did("sign", file, "--digest", digest, "--key", self.key(name), "--as", number)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    engine = EmbeddedEngine.create(folder / "chain", [key.address for key in ALL])
    stage = Stage(engine, EMBEDDED, "")
    yard = yard_on(parties_on(stage))
    identity, at = engine.identity(), yard.parties.at
    engine.close()
    registries = {"TimelockController": at.timelock, "Organisations": at.organisations, "Claims": at.claims}
    pins = {
        "chain": {"id": identity.chain_id, "genesis": identity.genesis_hash.hex()},
        "contracts": {**registries, **yard.places},
    }
    (folder / "pins.json").write_text(json.dumps(pins), "utf-8")
    for name, key in {**yard.keys, "stranger": STRANGER}.items():
        write_keystore(folder / f"{name}.json", encrypted(key))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
        yield Office(folder, yard, stage)


def encrypted(key: LocalSigner) -> dict[str, Any]:
    return Account.encrypt(key._account.key, PASSPHRASE, kdf="scrypt", iterations=2)


def slot(office: Office, at: int) -> dict[str, object]:
    # In whatever order people write them: here clockwise, and not from the smallest.
    corners = " ".join(
        f"0.{x:07d},0.{y:07d}" for x, y in ((at + 100, at), (at, at), (at, at + 100), (at + 100, at + 100))
    )
    site = office.yard.site.hex()
    return {"site": site, "outline": corners, "bottom": 0, "top": 3_000, "plan": fresh("plan").hex()}


def test_a_lot_comes_about_by_files(office: Office, tmp_path: Path) -> None:
    yard, file = office.yard, tmp_path / "open.json"
    made = office.new(
        "OpenLot", file,
        slot=yard.slot.hex(), goods=fresh("goods").hex(), serialised="no", allowancePpm=1_000, maxAgeSeconds=86_400,
        witnesses=",".join(yard.whose(one).hex() for one in ("keeper", "verifier", "inspector")),
        roles="keeper,verifier,inspector", quorum=2,
    )  # fmt: skip
    assert made["heads"]["head"] != "0x" + "00" * 32
    assert made["signers"] == ["keeper of the slot"]
    lot = made["object"][2:]
    seen = office.say("show", file, *office.chain)
    assert seen.code == 0
    assert "fresh for 1 d, with a loss allowance of 0.1 %" in seen.out
    keeper = yard.whose("keeper").hex()
    assert f"0: keeper of the slot, {keeper[:8]}…{keeper[-8:]} (keeper): not signed" in seen.out
    assert made["digest"] in seen.out
    office.signed(file, made["digest"], "keeper")
    ready = office.say("show", file, *office.chain)
    assert (ready.code, "the contract would carry it out now" in ready.out) == (0, True)
    sent = office.did("send", file, "--key", office.key("stranger"), *office.chain)
    assert (sent["kind"], sent["object"]) == ("OpenLot", "0x" + lot)
    again = office.say("send", file, "--key", office.key("stranger"), *office.chain)
    assert (again.code, "ANOTHER HEAD: slot" in again.err) == (1, True)

    inbound, mailed = (
        tmp_path / "inbound.json",
        [tmp_path / f"{name}.json" for name in ("keeper", "verifier", "holder")],
    )
    weighings = f"{fresh('weighing').hex()}:31.5t,{fresh('weighing').hex()}:28400.25kg"
    made = office.new(
        "RecordInbound", inbound, lot=lot, depositor=yard.whose("holder").hex(), weighings=weighings, serials="",
        weighedAt=int(time.time()) - 60,
    )  # fmt: skip
    for name, copy in zip(("keeper", "verifier", "holder"), mailed, strict=True):
        copy.write_bytes(inbound.read_bytes())
        third = "verifier or inspector who is a witness of the lot"
        who = {"keeper": "keeper of the lot", "verifier": third, "holder": "depositor"}[name]
        signed = office.did("sign", copy, "--digest", made["digest"], "--key", office.key(name), "--as", who)
        assert len(signed["missing"]) == 2
    merged = tmp_path / "merged.json"
    assert office.did("merge", *mailed, "--out", merged)["missing"] == []
    office.did("send", merged, "--key", office.key("stranger"), *office.chain)

    names = tmp_path / "names"
    names.write_text(f"# who is who\n{yard.whose('holder').hex()} Jianghan Copper\n0x{lot} bay 7\n", "utf-8")
    told = office.say("history", "--about", lot, "--names", names, *office.chain)
    assert told.code == 0
    assert "Record 59.90025 t (59,900.25 kg) in 2 weighings brought by Jianghan Copper into lot bay 7, " in told.out
    assert "登记存货人 Jianghan Copper 入库批次 bay 7" in told.out
    assert "Jianghan Copper as holder" in told.out
    shown = office.did("history", *office.chain)
    assert [entry["kind"] for entry in shown["entries"]][:3] == ["SiteRegistered", "AddSlot", "AssignKeeper"]
    assert shown["entries"][-1]["digest"] == made["digest"]
    nothing = office.say("history", "--about", fresh("nothing").hex(), *office.chain)
    assert (nothing.code, nothing.out.startswith("0 of")) == (1, True)


def test_nothing_is_signed_that_was_not_seen(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "slot.json"
    made = office.new("AddSlot", file, **slot(office, 4_000))
    owner = ("--key", office.key("owner"))
    other = office.say("sign", file, "--digest", "11" * 32, *owner)
    assert (other.code, f"NOT WHAT YOU SAW: the digest of {file} is {made['digest']}" in other.err) == (1, True)
    fields = json.loads(file.read_text("utf-8"))
    fields["values"]["top"] = "9000"
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(fields), "utf-8")
    for words in (("show", changed), ("sign", changed, "--digest", made["digest"], *owner)):
        said = office.say(*words)
        assert (said.code, "CHANGED: the digest is not that of these values" in said.err) == (1, True)
    signed = office.did("sign", file, "--digest", made["digest"], "--out", tmp_path / "signed.json", *owner)
    assert (signed["missing"], signed["address"]) == ([], office.yard.keys["owner"].address)
    assert json.loads(file.read_text("utf-8"))["signers"][0]["signature"] is None


def test_a_wallet_signs_what_show_prints(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "slot.json"
    made = office.new("AddSlot", file, **slot(office, 5_000))
    document = json.loads(office.say("show", file, "--typed-data").out)
    owner = office.yard.keys["owner"]
    signature = Account.sign_typed_data(owner._account.key, full_message=document).signature.hex()
    office.did("sign", file, "--digest", made["digest"], "--signature", signature)
    sent = office.did("send", file, "--key", office.key("stranger"), *office.chain)
    assert sent["kind"] == "AddSlot"
    bad = office.say("sign", file, "--digest", made["digest"], "--signature", "zz")
    assert (bad.code, "already" in bad.err or "not hexadecimal" in bad.err or "say by --as" in bad.err) == (1, True)


def test_what_is_wrong_is_shown_first_and_loud(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "slot.json"
    made = office.new("AddSlot", file, **slot(office, 6_000), head="11" * 32)
    office.signed(file, made["digest"], "keeper")
    seen = office.say("show", file, *office.chain)
    assert seen.code == 1
    loud = [line for line in seen.out.splitlines() if line.startswith("!!! ")]
    assert seen.out.startswith("!!! ANOTHER HEAD: site")
    assert "is keeper, and owner of the site must be site-owner" in loud[1]
    assert loud[2].startswith("!!! ANOTHER ORGANISATION: ")
    assert loud[3].startswith("!!! REFUSED by Sites: ")
    assert "the contract would NOT carry it out now" in seen.out
    sent = office.say("send", file, "--key", office.key("stranger"), *office.chain)
    assert (sent.code, "ANOTHER HEAD" in sent.err, "REFUSED" in sent.err) == (1, True, True)
    alone = office.say("show", file)
    assert (alone.code, "No chain was asked" in alone.out) == (0, True)
    late = tmp_path / "late.json"
    office.did(
        "new", "AddSlot", *(f"{name}={value}" for name, value in slot(office, 7_000).items()),
        "--deadline", int(time.time()) - 60, "--out", late, *office.chain,
    )  # fmt: skip
    told = office.say("show", late)
    assert (told.code, told.out.startswith("!!! TOO LATE: it counted until")) == (1, True)
    report = office.say("show", late, "--json").json
    assert report["problems"][0].startswith("TOO LATE")
    assert (report["would_count"], report["fields"]["top"]) == (None, "3 m")


def test_new_lists_the_fields_of_a_kind_and_refuses_what_it_can_not_read(office: Office, tmp_path: Path) -> None:
    for name in ("Issue", "Split", "CancelOrder"):
        said = office.say("new", name, *office.chain)
        assert said.code == 0
        assert [line.split()[0] for line in said.out.splitlines()] == [field.name for field in KINDS[name].fields]
    out = ("--out", tmp_path / "new.json", *office.chain)
    issue = {"number": "11" * 32, "lot": "22" * 32, "quantity": "5t"}
    for kind, values, said in (
        ("Mint", {"a": "b"}, "there is no operation 'Mint'"),
        ("Issue", {"quantity": "5"}, "quantity: a quantity is written with its unit"),
        ("Issue", {"quantity": "0.0000001t"}, "quantity: a quantity is whole grams"),
        ("Issue", {"number": "12"}, "number: 64 hexadecimal digits"),
        ("Issue", {"until": "tomorrow"}, "until: "),
        ("Issue", {"colour": "red"}, "write each field of Issue once, as FIELD=VALUE"),
        ("Issue", issue, "wrong or missing: holder"),
        ("AddSlot", {"outline": ""}, "outline: corners in degrees"),
        ("AddSlot", {"outline": "114.3"}, "outline: '' is no number of degrees"),
        ("Hold", {"kind": "whim"}, "kind: one of dispute, court, seal, lost, insurance"),
        ("Hold", {"role": "king"}, "role: one of operator"),
        ("CreateVoucher", {"face": "1.234"}, "face: an amount is yuan with at most two decimals"),
        ("OpenLot", {"serialised": "maybe"}, "serialised: yes or no"),
    ):
        refused = office.say("new", kind, *(f"{name}={value}" for name, value in values.items()), *out)
        assert (refused.code, said in refused.err) == (1, True), refused.err
    assert not (tmp_path / "new.json").exists()
    assert office.say("new", "Cancel", "receipt=" + "11" * 32, *office.chain).code == 2


def test_fields_are_written_as_people_write_them() -> None:
    read = values_of(
        KINDS["CreateVoucher"],
        ["face=1234567.8", "dueAt=2027-01-01T00:00:00+08:00", "trade=none", "invoices=", "obligor=" + "aa" * 32],
    )
    assert read["face"] == 123_456_780
    assert (read["dueAt"], read["trade"], read["invoices"]) == (1_798_732_800, bytes(32), ())
    held = values_of(KINDS["Hold"], ["kind=lost", "role=court-liaison", "quantity=1.25kg"])
    assert held == {"kind": 4, "role": int(KeyRole.COURT_LIAISON), "quantity": 1_250}
    assert values_of(KINDS["Hold"], ["kind=9"]) == {"kind": 9}


def test_names_are_one_for_each_id(tmp_path: Path) -> None:
    assert read_names(None) == {}
    for text in ("11 Bank\n", "11" * 32 + "\n", f"{'11' * 32} a\n{'11' * 32} b\n", f"{'11' * 32} \x1b[2Ka\n"):
        (tmp_path / "names").write_text(text, "utf-8")
        with pytest.raises(ConfigError, match="line"):
            read_names(tmp_path / "names")
