"""Keys and organisations by command: ended at once, looked up as of a time, on the pinned chain alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_chain import contract_abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import open_keystore
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.cli.registry import REASONS
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.errors import RegistryError
from tally_chain.registry import administration
from tally_chain.registry.moments import block_at, newest_block
from tally_chain.registry.organisations import Reason
from tests.chain.contracts.stage import OWNER
from tests.chain.faults.embedded_node import EmbeddedNode
from tests.chain.faults.proxy import serving
from tests.chain.registry.consortium import PASSPHRASE, QUIET, UNTIL, Consortium, say
from tests.chain.registry.parties import fresh


def bound(made: Consortium, role: str = "verifier", key: str = "") -> str:
    """A new key of the keeper."""
    key = key or "0x" + fresh("key").hex()
    made.decided("bind-key", made.organisation["keeper"], key, role, "--until", UNTIL)
    return key


def test_a_key_is_revoked_once(consortium: Consortium) -> None:
    key = bound(consortium)
    refused = consortium.run("revoke-key", key, "--reason", "ceased", by="stranger")
    assert (refused.code, "OrganisationsNotRevoker" in refused.err) == (1, True)
    future = consortium.run("revoke-key", key, "--reason", "ceased", "--since", "2039-01-01T00:00:00Z", by="revoker")
    assert (future.code, "OrganisationsSinceTheFuture" in future.err) == (1, True)
    unknown = consortium.run("revoke-key", "0x" + fresh().hex(), "--reason", "ceased", by="revoker")
    assert (unknown.code, "OrganisationsUnknownKey" in unknown.err) == (1, True)
    made = consortium.did("revoke-key", key, "--reason", "ceased", by="revoker")
    assert list(made) == ["already_revoked", "key"]
    assert list(made["key"]) == [
        "id", "organisation", "role", "valid_from", "valid_until", "bound_at", "bound_block", "acts_since",
        "revocation",
    ]  # fmt: skip
    assert made["already_revoked"] is False
    assert made["key"]["revocation"]["reason"] == "ceased"
    assert list(made["key"]["revocation"]) == ["reason", "at", "since", "block"]
    block = consortium.now()
    again = consortium.did("revoke-key", key, "--reason", "ceased", by="revoker")
    assert (again["already_revoked"], again["key"]) == (True, made["key"])
    assert "was revoked before: ceased" in consortium.run("revoke-key", key, "--reason", "ceased", by="revoker").out
    other = consortium.run("revoke-key", key, "--reason", "compromised", by="revoker")
    assert (other.code, "OrganisationsRevokedKey" in other.err) == (1, True)
    since = made["key"]["revocation"]["since"]
    other = consortium.run("revoke-key", key, "--reason", "ceased", "--since", since - 1, by="revoker")
    assert (other.code, "OrganisationsRevokedKey" in other.err) == (1, True)
    assert consortium.now() == block


def test_a_transaction_key_ends_itself(consortium: Consortium) -> None:
    address = consortium.address["stranger"]
    bound(consortium, "inspector", address)
    assert consortium.run("key", address).code == 0
    said = consortium.run("revoke-key", address, "--reason", "compromised", by="stranger")
    assert (said.code, f"transaction key {address} revoked: compromised" in said.out) == (0, True)
    assert consortium.run("key", address).code == 1


def test_an_older_key_vouches_for_a_later_one(consortium: Consortium) -> None:
    """So that what the organisation claimed before does not end with its first key."""
    later_key = "0x" + fresh("key").hex()
    consortium.decided("bind-key", consortium.organisation["bank-a"], later_key, "lender", "--until", UNTIL)
    older = consortium.did("key", consortium.address["bank-a"])["key"]
    later = consortium.did("key", later_key)["key"]
    assert older["acts_since"] == older["bound_block"] < later["bound_block"] == later["acts_since"]
    other = consortium.run("vouch", later_key, by="bank-b")
    assert (other.code, "OrganisationsNotOfTheSame" in other.err) == (1, True)
    made = consortium.did("vouch", later_key, by="bank-a")
    assert (made["acted_before"], made["key"]) == (False, {**made["key"], "acts_since": older["acts_since"]})
    block = consortium.now()
    assert consortium.did("vouch", later_key, by="bank-a") == {"acted_before": True, "key": made["key"]}
    assert f"acted since block {older['acts_since']}" in consortium.run("vouch", later_key, by="bank-a").out
    assert f", acts since block {older['acts_since']}" in consortium.run("key", later_key).out
    unknown = consortium.run("vouch", "0x" + fresh().hex(), by="bank-a")
    assert (unknown.code, "OrganisationsUnknownKey" in unknown.err) == (1, True)
    itself = consortium.run("vouch", consortium.address["bank-a"], by="bank-a")
    assert (itself.code, "OrganisationsNotOlder" in itself.err) == (1, True)
    assert consortium.now() == block


def test_what_is_shown_of_a_key(consortium: Consortium) -> None:
    key, before = "0x" + fresh("key").hex(), consortium.now()
    start, stop = consortium.now() + 10_000, consortium.now() + 20_000
    words = ("bind-key", consortium.organisation["keeper"], key, "court-liaison", "--from", start, "--until", stop)
    consortium.decided(*words)
    said = consortium.run("key", key, "--json")
    assert said.code == 1
    assert list(said.json) == ["contract", "events", "key"]
    assert said.json["key"]["role"] == "court-liaison"
    assert list(said.json["key"])[-3:] == ["at", "good", "believed"]
    assert list(said.json["key"]["at"]) == ["time", "block", "block_time"]
    for at, good in ((before, False), (start - 1, False), (start, True), (stop - 1, True), (stop, False)):
        found = consortium.run("key", key, "--at", at, "--json")
        assert (found.code, found.json["key"]["good"], found.json["key"]["believed"]) == (int(not good), good, good), at
    text = consortium.run("key", key, "--at", start).out
    assert f"key {key} of organisation {consortium.organisation['keeper']} as court-liaison" in text
    assert "events, none missing" in text
    too_early = consortium.run("key", key, "--at", 100_000_000)
    assert (too_early.code, "had no block yet" in too_early.err) == (1, True)
    assert consortium.run("key", key, "--at", "2027-01-01").code == 2
    unbound = consortium.run("key", "0x" + fresh().hex(), "--json")
    assert (unbound.code, unbound.json["key"]) == (1, None)


def test_what_is_shown_of_an_organisation(consortium: Consortium) -> None:
    before = consortium.now()
    organisation, commitment = ("0x" + fresh(what).hex() for what in ("organisation", "commitment"))
    consortium.decided("register-organisation", organisation, commitment)
    found = consortium.did("organisation", organisation)
    assert list(found) == ["contract", "events", "at", "organisation"]
    assert list(found["organisation"]) == ["id", "commitment", "block", "keys"]
    assert f"commitment {commitment}" in consortium.run("organisation", organisation).out
    earlier = consortium.run("organisation", organisation, "--at", before)
    assert (earlier.code, "is not registered" in earlier.out) == (1, True)
    keys = consortium.did("organisation", consortium.organisation["bank-a"])["organisation"]["keys"]
    assert list(keys[0])[-2:] == ["good", "believed"]


def test_a_registry_with_a_hole_answers_nothing(consortium: Consortium) -> None:
    bound_topic = "0x" + contract_abi.topic("KeyBound(uint64,bytes32,bytes32,uint8,uint64,uint64,uint64,uint64)").hex()
    with consortium.through(lambda events: [one for one in events if one["topics"][0] != bound_topic]) as lying:
        for words in (("key", consortium.address["bank-a"]), ("organisation", consortium.organisation["bank-a"])):
            said = lying.run(*words)
            assert (said.code, said.out, "shows no event" in said.err) == (1, "", True)


def test_a_node_that_answers_otherwise_than_its_events_is_not_believed(consortium: Consortium) -> None:
    """It shows the true history, and says that the key is a keeper's."""
    asked = contract_abi.selector("standing", ("bytes32",)).hex()
    with consortium.engine() as engine:
        honest = EmbeddedNode(engine)

        def lying(question: dict[str, Any]) -> dict[str, Any]:
            answer = honest(question)
            if question["method"] == "eth_call" and question["params"][0]["data"].startswith("0x" + asked):
                answer["result"] = answer["result"][: 2 + 126] + "03" + answer["result"][2 + 128 :]
            return answer

        with serving(lying, QUIET) as proxy:
            said = replace(consortium, endpoints=(proxy.endpoint,)).run("key", consortium.address["bank-a"])
    assert (said.code, said.out) == (1, "")
    assert "says something else about transaction key" in said.err


def test_another_chain_or_contract_is_refused(consortium: Consortium, tmp_path: Path) -> None:
    pins = json.loads(consortium.pins.read_text("utf-8"))
    words = ["registry", "key", consortium.address["bank-a"], *consortium.where]

    def refused(told: str, code: int, changed: object, *more: str) -> None:
        file = tmp_path / "pins.json"
        file.write_text(changed if isinstance(changed, str) else json.dumps(changed), "utf-8")
        said = say(*words, "--pins", str(file), *more)
        assert (said.code, told in said.err) == (code, True), said

    chain, contracts = pins["chain"], pins["contracts"]
    refused("its chain id differs", 1, pins | {"chain": chain | {"id": 1}})
    refused("its genesis block differs", 1, pins | {"chain": chain | {"genesis": "00" * 32}})
    swapped = contracts | {"Organisations": contracts["Claims"], "Claims": contracts["Organisations"]}
    refused("is not Organisations", 1, pins | {"contracts": swapped})
    refused("no contract at", 1, pins | {"contracts": contracts | {"Claims": OWNER.address}})
    refused("fit its checksum", 2, pins | {"contracts": contracts | {"Claims": contracts["Claims"].lower()}})
    refused("deploy registries --json", 2, pins | {"contracts": {}})
    refused("deploy registries --json", 2, "[1]")
    refused("deploy registries --json", 2, "[" * 50_000)
    refused("is not TimelockController", 1, pins, "--timelock", contracts["Claims"])
    without = say(*words)
    assert (without.code, "--organisations" in without.err) == (2, True)
    absent = say(*words, "--pins", str(tmp_path / "absent.json"))
    assert absent.code == 2


def test_another_registry_behind_the_claims_is_refused(consortium: Consortium) -> None:
    with consortium.engine() as engine:
        key = open_keystore(consortium.key("deployer"), lambda: PASSPHRASE)
        timelock = consortium.contracts["TimelockController"]
        other = administration._create(engine, key, EMBEDDED, "Organisations", timelock, [])
    for words in (("claims",), ("key", consortium.address["bank-a"])):
        said = consortium.run(*words, "--organisations", other)
        assert (said.code, "stands on the registry" in said.err) == (1, True)


def test_reasons_are_the_contracts() -> None:
    assert [reason.upper() for reason in REASONS] == [reason.name for reason in Reason]


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedEngine:
    """A chain with blocks at uneven times."""
    now = [1_800_000_000]
    engine = EmbeddedEngine.create(tmp_path_factory.mktemp("uneven") / "c", [OWNER.address], clock=lambda: now[0])
    for later in (5, 0, 1, 100, 3, 3, 1_000, 0):
        now[0] += later
        setup.transact(engine, OWNER, EMBEDDED, OWNER.address, b"")
    return engine


@settings(max_examples=100, deadline=None)
@given(later=st.integers(-5, 1_300))
def test_the_block_of_a_time(uneven: EmbeddedEngine, later: int) -> None:
    at = 1_800_000_000 + later
    every = [uneven.block(number) for number in range(newest_block(uneven).number + 1)]
    before = [block for block in every if block is not None and block.time_seconds <= at]
    if not before:
        with pytest.raises(RegistryError, match="no block yet"):
            block_at(uneven, at)
        return
    assert block_at(uneven, at) == before[-1]
