"""The gateway's own process anchors on the network: a demonstration's site, from founding to a reader's verdict."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from tally_chain import policy
from tally_chain.bundle import Content
from tally_chain.policy import RootSource
from tally_edge import durable, senml, statement
from tally_edge.proof import log_id_of
from tally_edge.statement import Kind, Statement
from tally_gateway import anchor_link, config, control
from tally_gateway.anchored_log import wall_clock
from tally_gateway.config import AnchorSection, GatewayConfig
from tally_gateway.demo import parties, tamper
from tally_gateway.demo.parties import Folders, Parties
from tally_gateway.demo.site import small_site
from tally_gateway.demo.stage import Stage
from tally_gateway.founding import found
from tally_gateway.http.tokens import Scope, TokenFile
from tests.chain.contracts.stage import signer
from tests.chain.nodes.conftest import GATEWAY_KEY, GATEWAY_OWNER
from tests.chain.nodes.network import Network
from tests.chain.nodes.node import wait_until
from tests.system.command import tallystick

pytestmark = [pytest.mark.slow, pytest.mark.evm_network]

ANCHOR_ENTRIES = 1
"""A day of the demonstration's site takes seconds: whatever is new falls due at once."""
FAST_KEYSTORE = 1_024


@dataclass(frozen=True)
class Played:
    """A demonstration that was run, and anchored on the network."""

    stage: Stage
    people: Parties
    settings: GatewayConfig


def key_file(path: Path, name: str, passphrase: str) -> Path:
    """A key of the tests as a key file; the network's first block gave it something to pay with."""
    sealed = Account.encrypt(signer(name)._account.key, passphrase, kdf="scrypt", iterations=FAST_KEYSTORE)
    durable.write_file(path, json.dumps(sealed).encode(), mode=0o600)
    return path


@pytest.fixture(scope="module")
def played(network_of_three: Network, network_contract: str, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A gateway founded on the network, run with an agent through a day, and stopped again."""
    folders = Folders(tmp_path_factory.mktemp("gateway") / "site")
    stage = Stage(small_site(1), folders, print, lambda *_: None)
    people = parties.make(folders)
    anchor = AnchorSection(
        engine="jsonrpc",
        url=network_of_three.endpoints(),
        agree=2,
        profile="geth-clique",
        contract=network_contract,
        every_minutes=1,
        every_entries=ANCHOR_ENTRIES,
    )
    found(
        dataclasses.replace(stage._settings(people), anchor=anchor),
        people.passphrase,
        wall_clock,
        owner_key=key_file(folders.root / "owner.json", GATEWAY_OWNER, people.passphrase),
        transaction_key=key_file(folders.root / "transaction.json", GATEWAY_KEY, people.passphrase),
    )
    settings = config.load(folders.gateway)
    stage.run(people, settings)
    key_file(settings.path(anchor_link.OWNER_KEY), GATEWAY_OWNER, people.passphrase)
    stage.export(settings, Content.FULL, folders.bundle)
    return Played(stage, people, settings)


@pytest.fixture
def reader(played: Played, tmp_path: Path) -> Path:
    """A reader's policy that holds no head and pins the chain: what it believes comes from a node of its choice."""
    demo = played.stage.reader_policy(played.people, played.settings)
    assert demo.chain is not None
    chain = dataclasses.replace(demo.chain, kind=RootSource.CONSORTIUM)
    logs = tuple(dataclasses.replace(log, roots=()) for log in demo.logs)
    accept = dataclasses.replace(demo.accept, self_anchored=False)
    path = tmp_path / "policy.toml"
    path.write_text(policy.write(dataclasses.replace(demo, chain=chain, logs=logs, accept=accept)), "utf-8")
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


def test_dead_nodes_delay_anchors_and_nothing_else(played: Played, network: Network) -> None:
    """The gateway starts, takes statements and seals them without a chain; two nodes of three are enough to anchor."""
    stage = played.stage

    def anchor() -> dict[str, Any]:
        return control.ask(stage.folders.gateway, {"do": "anchor"}) or {}

    def caught_up() -> bool:
        now = anchor()
        return bool(now.get("ok")) and now["anchored_size"] >= now["sealed_size"]

    for node in network.nodes[:2]:
        node.kill()
    with stage._gateway(played.people.passphrase):
        stage.submit([next_statement(played)], stage._running() or {}, stage_token(played))
        standing = anchor()
        assert standing["anchored_size"] < standing["sealed_size"]
        network.restart(network.nodes[1])
        wait_until(caught_up, "the anchor of what was taken meanwhile", 120.0)
    network.restart(network.nodes[0])
    assert anchor_link.anchors_of(played.settings)[-1].size == stage.tree().size


def stage_token(played: Played) -> str:
    """A token that may submit."""
    return TokenFile(played.settings.path(played.settings.http.tokens_file)).add("late", frozenset({Scope.SUBMIT}))


def next_statement(played: Played) -> Statement:
    """One more of the device's stream. It winds a register back, which a gateway takes: it censors nothing."""
    stage, point = played.stage, played.stage.site.points[0]
    device = parties.device_of(stage.folders)
    entries = [statement.decode(stage.tree().entry(index)) for index in range(stage.tree().size)]
    said = [signed for signed in entries if signed.claims.kid == device.public_key.kid]
    packs = [one for one in said if one.claims.kind is Kind.READINGS and one.claims.subject == point.uri]
    newest = next(one for one in reversed(senml.decode(packs[-1].payload)) if one.register == "energy_import")
    return tamper.roll_back(said[-1], newest, device, point.cadence_s)
