"""The contracts of warehouse receipts behind the registries: where they stand, that they fit, and what does not."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from tally_chain import contract_abi
from tally_chain.anchoring import setup
from tally_chain.errors import ForeignChainError, ForeignContractError
from tally_chain.receipts import deployment
from tally_chain.receipts.deployment import NAMES, REFERENCES, ReceiptContracts, contract_address
from tally_chain.receipts.history import SiteRegistered, read_history
from tally_chain.receipts.pins import read_receipt_pins
from tally_chain.registry.operations import Call
from tally_chain.registry.organisations import ADMIN
from tally_edge.errors import ConfigError
from tests.chain.contracts.stage import OWNER, STRANGER
from tests.chain.registry.consortium import Consortium, say
from tests.chain.registry.parties import Parties, fresh


def deployed(parties: Parties) -> ReceiptContracts:
    stage, at = parties.stage, parties.at
    return deployment.deploy(stage.engine, OWNER, stage.profile, timelock=at.timelock, organisations=at.organisations)


def checked(parties: Parties, contracts: ReceiptContracts, **other: str) -> None:
    known = {"timelock": parties.at.timelock, "organisations": parties.at.organisations}
    deployment.check_receipts(parties.stage.engine, contracts, **(known | other))


@pytest.fixture(scope="module")
def made() -> dict[int, ReceiptContracts]:
    return {}


@pytest.fixture
def contracts(solo: Parties, made: dict[int, ReceiptContracts]) -> ReceiptContracts:
    """One set on the embedded chain; nobody changes it."""
    if id(solo) not in made:
        made[id(solo)] = deployed(solo)
    return made[id(solo)]


def test_addresses_are_foreseen() -> None:
    # A widely published example of four contracts by one sender.
    sender = "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"
    assert [contract_address(sender, nonce).lower() for nonce in range(4)] == [
        "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
        "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8",
        "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91",
        "0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c",
    ]


def test_the_contracts_stand_where_the_others_look(parties: Parties) -> None:
    found = deployed(parties)
    checked(parties, found)
    assert tuple(found.places()) == NAMES == tuple(field.name.capitalize() for field in fields(found))
    history = read_history(parties.stage.engine, found.places(), parties.at.organisations)
    assert history.entries == ()
    assert [(change.role, change.account, change.granted) for change in history.administration] == [
        (ADMIN, parties.at.timelock, True)
    ]


def test_every_reference_is_checked() -> None:
    immutables = {
        (name, word.capitalize())
        for name in NAMES
        for word in contract_abi.load(name).functions
        if word.isupper() and word.capitalize() in NAMES
    }
    assert immutables == set(REFERENCES)


@pytest.mark.parametrize("name", NAMES)
def test_one_of_another_set_is_noticed(solo: Parties, contracts: ReceiptContracts, name: str) -> None:
    other = deployed(solo)
    with pytest.raises(ForeignContractError, match="trusts"):
        checked(solo, replace(contracts, **{name.lower(): other.places()[name]}))


@pytest.mark.parametrize("name", NAMES)
def test_other_code_is_noticed(solo: Parties, contracts: ReceiptContracts, name: str) -> None:
    with pytest.raises(ForeignContractError, match=f"is not {name} as compiled"):
        checked(solo, replace(contracts, **{name.lower(): solo.at.claims}))


def test_another_administration_is_noticed(solo: Parties, contracts: ReceiptContracts) -> None:
    stranger = str(to_checksum_address(STRANGER.address))
    with pytest.raises(ForeignContractError, match=f"is administered by {solo.at.timelock}"):
        checked(solo, contracts, timelock=stranger)
    mine = deployed(solo)
    grant = contract_abi.call_data("Sites", "grantRole", ADMIN, stranger)
    solo.decide(Call(mine.sites, grant))
    assert deployment.site_administrators(solo.stage.engine, mine.sites) == {solo.at.timelock, stranger}
    with pytest.raises(ForeignContractError, match="is administered by"):
        checked(solo, mine)


def test_another_registry_of_parties_is_noticed(solo: Parties, contracts: ReceiptContracts) -> None:
    with pytest.raises(ForeignContractError, match="stands on the registry"):
        checked(solo, contracts, organisations=solo.at.claims)


def test_registries_that_do_not_fit_are_refused_before_anything_is_sent(solo: Parties) -> None:
    engine, at = solo.stage.engine, solo.at
    before = engine.nonce(OWNER.address)
    with pytest.raises(ForeignContractError):
        deployment.deploy(engine, OWNER, solo.stage.profile, timelock=at.claims, organisations=at.organisations)
    assert engine.nonce(OWNER.address) == before


def test_what_the_key_sends_meanwhile_is_noticed(solo: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    def transact(*arguments: Any) -> Any:
        sent.append(arguments)
        if len(sent) == 3:
            engine, signer, profile, _, _ = arguments
            setup.transact(engine, signer, profile, STRANGER.address, b"")
        return setup.transact(*arguments)

    monkeypatch.setattr(deployment, "transact", transact)
    with pytest.raises(ForeignContractError, match=r"Attestations stands at .* begin anew"):
        deployed(solo)
    assert len(sent) == 3


def test_by_command(consortium: Consortium, tmp_path: Path) -> None:
    line = ("chain", "deploy", "receipts", *consortium.where, "--key", str(consortium.key("deployer")), "--json")
    unnamed = say(*line)
    assert (unnamed.code != 0, "--pins" in unnamed.err) == (True, True)
    said = say(*line, "--pins", str(consortium.pins))
    assert said.code == 0, said.err
    path = tmp_path / "receipts.json"
    path.write_text(said.out, "utf-8")
    assert list(said.json["contracts"]) == ["TimelockController", "Organisations", "Claims", *NAMES]
    assert list(said.json["code_hashes"]) == list(said.json["contracts"])
    pins = read_receipt_pins(path)
    with consortium.engine() as engine:
        pins.check(engine)
        with pytest.raises(ForeignChainError):
            replace(pins, registries=replace(pins.registries, chain_id=1)).check(engine)
    assert pins.organisations == consortium.contracts["Organisations"]
    # It serves wherever the registries' pins do.
    shown = say("registry", "proposals", *consortium.where, "--pins", str(path), "--json")
    assert shown.code == 0, shown.err
    site, owner = "0x" + fresh("site").hex(), consortium.organisation["keeper"]
    square = [f"--corner={corner}" for corner in ("121.48,31.24", "121.48,31.23", "121.47,31.23", "121.47,31.24")]
    received = replace(consortium, folder=tmp_path)
    (tmp_path / "registries.json").write_text(said.out, "utf-8")
    for name in ("deployer.json", "alice.json", "stranger.json", "chain"):
        (tmp_path / name).symlink_to(consortium.folder / name)
    received.decided("register-site", site, owner, *square)
    with consortium.engine() as engine:
        history = read_history(engine, pins.contracts.places(), pins.organisations)
    (registered,) = history.entries
    assert isinstance(registered, SiteRegistered)
    assert (registered.site.hex(), registered.outline[0]) == (site[2:], (1_214_700_000, 312_300_000))
    unknown = consortium.run("propose", "register-site", site, owner, *square, by="alice")
    assert (unknown.code != 0, "--sites" in unknown.err) == (True, True)
    stranger = consortium.address["stranger"]
    received.decided("grant-right", "sites-admin", stranger)
    with consortium.engine() as engine:
        administrators = deployment.site_administrators(engine, pins.contracts.sites)
    assert administrators == {pins.registries.timelock, stranger}
    with pytest.raises(ConfigError, match="deploy receipts"):
        read_receipt_pins(consortium.pins)
    broken = said.json
    broken["contracts"]["Lots"] = broken["contracts"]["Lots"].lower()
    path.write_text(json.dumps(broken), "utf-8")
    with pytest.raises(ConfigError, match="checksum"):
        read_receipt_pins(path)
