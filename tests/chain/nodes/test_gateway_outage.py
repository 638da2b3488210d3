"""The gateway's own process while nodes of the network are dead; in the long form only."""

from __future__ import annotations

from typing import Any

import pytest

from tally_edge import senml, statement
from tally_edge.statement import Kind, Statement
from tally_gateway import anchor_link, control
from tally_gateway.demo import parties, tamper
from tally_gateway.http.tokens import Scope, TokenFile
from tests.chain.nodes.network import Network
from tests.chain.nodes.node import wait_until
from tests.chain.nodes.site_on_network import Played

pytestmark = [pytest.mark.slow, pytest.mark.evm_network]


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
