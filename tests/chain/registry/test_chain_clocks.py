"""Commands on chains whose clocks are special: one that stood still, one that counts milliseconds."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tally_chain.anchoring.keys import create_keystore, open_keystore
from tally_chain.anchoring.profile import EMBEDDED, ChainProfile
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.registry import administration
from tally_chain.registry.operations import Operation, Registries, bind_key, register_organisation
from tally_chain.registry.roles import KeyRole
from tests.chain.faults.embedded_node import EmbeddedNode
from tests.chain.faults.proxy import serving
from tests.chain.registry.consortium import PASSPHRASE, QUIET, Consortium
from tests.chain.registry.parties import FOR_EVER, fresh


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)


def deployed(
    folder: Path, clock: Callable[[], int], profile: ChainProfile, delay_seconds: int
) -> tuple[Consortium, EmbeddedEngine, Registries]:
    """alice and bob, and contracts on a chain of that clock."""
    made = Consortium(folder)
    for name in ("alice", "bob"):
        made.address[name] = create_keystore(made.key(name), lambda: PASSPHRASE, work_factor=1 << 10)
    people = list(made.address.values())
    engine = EmbeddedEngine.create(folder / "chain", people, clock=clock)
    alice = open_keystore(made.key("alice"), lambda: PASSPHRASE)
    at = administration.deploy(
        engine, alice, profile, proposers=people, delay_seconds=delay_seconds, revokers=[made.address["bob"]]
    )
    identity = engine.identity()
    contracts = {"TimelockController": at.timelock, "Organisations": at.organisations, "Claims": at.claims}
    chain = {"id": identity.chain_id, "genesis": identity.genesis_hash.hex()}
    made.pins.write_text(json.dumps({"chain": chain, "contracts": contracts}), "utf-8")
    return made, engine, at


def with_a_key(made: Consortium, engine: EmbeddedEngine, at: Registries) -> tuple[str, bytes]:
    """A proposal that registers an organisation and binds a key: its id, and the key."""
    organisation, key = fresh("organisation"), fresh("key")
    calls = (
        register_organisation(at.organisations, organisation, fresh("commitment")),
        bind_key(at.organisations, organisation, key, KeyRole.KEEPER, valid_from=0, valid_until=FOR_EVER),
    )
    operation = Operation(calls, fresh("salt"))
    alice = open_keystore(made.key("alice"), lambda: PASSPHRASE)
    administration.propose(engine, alice, EMBEDDED, at.timelock, operation)
    return "0x" + operation.operation_id.hex(), key


def test_a_delay_is_over_on_a_chain_that_stood_still(tmp_path: Path) -> None:
    began = int(time.time())
    made, engine, at = deployed(tmp_path, lambda: began - 200_000, EMBEDDED, 172_800)
    name, _ = with_a_key(made, engine, at)
    engine.close()
    assert made.did("proposals", name)["proposals"][0]["state"] == "ready"
    made.did("execute", name, by="bob")


@pytest.mark.parametrize("behind_seconds", [0, 1_000])
def test_a_revocation_counts_from_now(tmp_path: Path, behind_seconds: int) -> None:
    """Whether the chain stood still since days, or is a little behind this machine's clock, as most nodes are."""
    began = int(time.time())
    now = [began - 200_000]
    made, engine, at = deployed(tmp_path, lambda: now[0], EMBEDDED, 60)
    name, key = with_a_key(made, engine, at)
    now[0] += 100
    with serving(EmbeddedNode(engine), QUIET) as proxy:
        node = dataclasses.replace(made, endpoints=(proxy.endpoint,))
        node.did("execute", name, by="bob")
        words = ("revoke-key", "0x" + key.hex(), "--reason", "ceased")
        if behind_seconds:
            revoked = node.did(*words, by="bob")
            assert revoked["key"]["revocation"]["since"] == now[0]
    engine.close()
    if not behind_seconds:
        revoked = made.did(*words, by="bob")
        assert began <= revoked["key"]["revocation"]["since"] <= int(time.time())


def test_a_chain_that_counts_milliseconds(tmp_path: Path) -> None:
    """As FISCO BCOS without its switch: the timelock waits milliseconds, and people are told seconds."""
    now = [1_800_000_000_000]
    profile = dataclasses.replace(EMBEDDED, milliseconds=True)
    made, engine, _ = deployed(tmp_path, lambda: now[0], profile, 3_600)
    with serving(EmbeddedNode(engine), QUIET) as proxy:
        node = dataclasses.replace(made, endpoints=(proxy.endpoint,))
        words = ("propose", "register-organisation", "0x" + fresh().hex(), "0x" + fresh().hex())
        proposed = node.did(*words, by="alice")
        assert proposed["ready_at"] == 1_800_000_000 + 3_600
        now[0] += 3_590_000
        early = node.run("execute", proposed["operation"], by="bob")
        assert (early.code, "is not ready until 2027-01-15T09:00:00Z" in early.err) == (1, True)
        now[0] += 10_100
        assert node.did("execute", proposed["operation"], by="bob")["state"] == "executed"
    engine.close()
