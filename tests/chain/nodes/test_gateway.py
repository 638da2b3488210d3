"""The gateway's own process anchors on the network: a demonstration's site, from founding to a reader's verdict."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tally_chain import policy_text
from tally_chain.policy import RootSource
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link
from tests.chain.contracts.stage import signer
from tests.chain.nodes.network import Network
from tests.chain.nodes.site_on_network import GATEWAY_KEY, GATEWAY_OWNER, Played, key_file
from tests.system.command import tallystick

pytestmark = [pytest.mark.slow, pytest.mark.evm_network]


@pytest.fixture
def reader(played: Played, tmp_path: Path) -> Path:
    """A reader's policy that holds no head and pins the chain: what it believes comes from a node of its choice."""
    demo = played.stage.reader_policy(played.people, played.settings)
    assert demo.chain is not None
    chain = dataclasses.replace(demo.chain, kind=RootSource.CONSORTIUM)
    logs = tuple(dataclasses.replace(log, roots=()) for log in demo.logs)
    accept = dataclasses.replace(demo.accept, self_anchored=False)
    path = tmp_path / "policy.toml"
    path.write_text(policy_text.write(dataclasses.replace(demo, chain=chain, logs=logs, accept=accept)), "utf-8")
    return path


def test_heads_were_anchored_while_it_ran_and_every_node_vouches_for_them(
    played: Played, network: Network, reader: Path
) -> None:
    anchors = anchor_link.anchors_of(played.settings)
    assert len(anchors) > 1, "no anchor fell due before the last was asked for"
    assert anchors[-1].size == played.stage.tree().size
    times = [anchor.block_time_seconds for anchor in anchors]
    assert times == sorted(times)
    words = ("verify", played.stage.folders.bundle, "--policy", reader, "--json")
    every = [word for node in network.nodes for word in ("--endpoint", node.endpoint)]
    for asked in (*(("--endpoint", node.endpoint) for node in network.nodes), (*every, "--agree", "3")):
        said = tallystick(*words, *asked)
        assert said.code == 0, said.out + said.err
        assert "consortium" in said.out
    alone = tallystick(*words)
    assert alone.code == 1
    assert "UNANCHORED_HEAD" in {found["name"] for found in alone.json()["findings"]}


def test_the_command_line_shows_the_log_on_the_network(played: Played, network: Network) -> None:
    log_id = log_id_of(played.stage.site.origin)
    where = ("--endpoint", network.nodes[1].endpoint, "--contract", played.settings.anchor.contract)
    said = tallystick("chain", "status", *where, "--log", log_id.hex(), "--anchors", "--json")
    assert said.code == 0, said.err
    report = said.json()
    assert report["chain"]["kind"].startswith("Geth/v1.13")
    assert report["log"]["size"] == played.stage.tree().size
    assert report["log"]["transaction_key"] == signer(GATEWAY_KEY).address
    assert [anchor["size"] for anchor in report["anchors"]] == [
        anchor.size for anchor in anchor_link.anchors_of(played.settings)
    ]


def test_init_founds_a_gateway_with_keys_that_can_pay(network: Network, network_contract: str, tmp_path: Path) -> None:
    """As an operator does it, by the command line alone. New keys have nothing to pay with on this chain."""
    passphrase, origin = "correct horse battery staple", f"tallystick.example/{tmp_path.name}"
    words = ("--origin", origin, "--chain", "jsonrpc", "--url", network.endpoints(), "--profile", "geth-clique")
    keys = (
        *("--owner-key", key_file(tmp_path / "owner.json", GATEWAY_OWNER, passphrase)),
        *("--transaction-key", key_file(tmp_path / "transactions.json", GATEWAY_KEY, passphrase)),
    )
    chain = (*words, "--contract", network_contract)
    poor = tallystick("gateway", "init", "--dir", tmp_path / "poor", *chain, passphrase=passphrase)
    assert "insufficient funds" in poor.refusal()
    made = tallystick("gateway", "init", "--dir", tmp_path / "made", *chain, *keys, passphrase=passphrase)
    assert made.code == 0, made.err
    where = ("--endpoint", network.nodes[2].endpoint, "--contract", network_contract)
    status = tallystick("chain", "status", *where, "--log", log_id_of(origin).hex(), "--json")
    assert status.code == 0, status.err
    assert status.json()["log"]["owner"] == signer(GATEWAY_OWNER).address
