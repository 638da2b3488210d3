"""A gateway that anchors on a real node: keys made and paid first, several endpoints, an external signer."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from eth_account import Account

from tally_chain.anchoring.keys import create_keystore
from tally_chain.anchoring.reading import read_anchors
from tally_edge.command import main
from tally_gateway import anchor_link
from tally_gateway.config import AnchorSection, load
from tally_gateway.founding import found
from tally_gateway.service import Service
from tests.chain.anchoring.test_external_signer import signing
from tests.chain.contracts.fixtures import anvil
from tests.chain.contracts.stage import TX_KEY, Stage
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import PASSPHRASE, SCRYPT_FAST, World, device, fixed_clock, make_world

__all__ = ["anvil"]

pytestmark = pytest.mark.evm_node
COIN = hex(10**20)


def paid_key(stage: Stage, path: Path) -> Path:
    address = create_keystore(path, lambda: PASSPHRASE, work_factor=SCRYPT_FAST)
    stage.rpc("anvil_setBalance", address, COIN)
    return path


async def _anchor_some(world: World, stage: Stage) -> None:
    stream = device()
    async with world.running() as service:
        await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(3)))
        feed, log = service.parts.feed, service.parts.log
        assert feed is not None
        await eventually(lambda: feed.counters.anchored_size == log.size)
        assert feed.counters.alarms == {}
        shown = read_anchors(stage.engine, world.config.anchor.contract, service.parts.log_id)
        assert (shown[-1].size, shown[-1].root) == (log.head.size, log.head.root)


@pytest.mark.slow
async def test_keys_that_were_paid_first_and_two_endpoints_that_must_agree(
    anvil: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
    owner, paying = paid_key(anvil, tmp_path / "owner.json"), paid_key(anvil, tmp_path / "transaction.json")
    urls = f"{anvil.endpoint} {anvil.endpoint}/"
    words = ["gateway", "init", "--dir", str(tmp_path / "g"), "--origin", "example.org/on-a-node/1"]
    words += ["--chain", "jsonrpc", "--url", urls, "--profile", "anvil", "--contract", anvil.contract]
    assert main([*words, "--owner-key", str(owner), "--transaction-key", str(paying)]) == 0
    assert "owner.json elsewhere" not in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "g" / "keys").glob("*.json")) == ["transaction.json"]
    template = make_world(tmp_path / "template")
    anchor = dataclasses.replace(load(tmp_path / "g").anchor, agree=2, every_minutes=1, every_entries=1)
    world = World(tmp_path / "g", template.fingerprints, template.authority, template.person)
    kept = template.config
    world.change(log=kept.log, listener=kept.listener, http=kept.http, anchor=anchor, authorities=kept.authorities)
    await _anchor_some(world, anvil)


@pytest.mark.slow
async def test_the_transaction_key_stays_in_an_external_signer(anvil: Stage, tmp_path: Path) -> None:
    owner = paid_key(anvil, tmp_path / "owner.json")
    template = make_world(tmp_path / "template")
    with signing() as server:
        anchor = AnchorSection(
            engine="jsonrpc",
            url=anvil.endpoint,
            profile="anvil",
            contract=anvil.contract,
            signer_url=server.url,
            signer_address=TX_KEY.address,
            every_minutes=1,
            every_entries=1,
        )
        gateway = dataclasses.replace(template.config.gateway, origin="example.org/on-a-node/2")
        config = dataclasses.replace(template.config, folder=tmp_path / "g", anchor=anchor, gateway=gateway)
        made = found(config, PASSPHRASE, fixed_clock, owner_key=owner, keystore_work_factor=SCRYPT_FAST)
        assert made.transaction_address == TX_KEY.address
        assert list((tmp_path / "g" / "keys").glob("*.json")) == []
        world = World(tmp_path / "g", made, template.authority, template.person)
        await _anchor_some(world, anvil)
        assert {asked["from"] for asked in server.asked} == {TX_KEY.address}
    stranger = Account.create().address
    world.change(anchor=dataclasses.replace(world.config.anchor, signer_address=stranger))
    assert anchor_link.transaction_signer(world.config).address == stranger


async def test_a_node_of_another_chain_is_refused_at_the_start(anvil: Stage, tmp_path: Path) -> None:
    world = make_world(tmp_path / "g", engine="embedded")
    anchor = dataclasses.replace(world.config.anchor, engine="jsonrpc", url=anvil.endpoint, profile="anvil")
    world.change(anchor=anchor)
    with pytest.raises(Exception, match="pinned is chain"):
        Service(world.config)
