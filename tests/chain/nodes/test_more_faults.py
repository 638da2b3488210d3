"""More of what goes wrong on a real network, one thing at a time; in the long form only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chain.anchoring.engines import anchorer
from tests.chain.contracts.stage import Stage
from tests.chain.nodes.chains import anchored, drive, drive_until, engine_over, expected, give, kinds
from tests.chain.nodes.network import Network
from tests.chain.nodes.node import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.evm_network]


def test_the_clients_node_is_stopped_and_comes_back(on_network: Stage, network: Network, tmp_path: Path) -> None:
    node = network.nodes[0]
    with anchorer(on_network.engine, on_network.registered(), tmp_path, on_network.profile) as client:
        give(client, 4, 9)
        drive_until(client, "sent")
        node.stop()
        assert drive_until(client, "unavailable")
        give(client, 20)
        others = network.nodes[1]
        before = others.height()
        wait_until(lambda: others.height() > before + 1, "blocks of the other two")
        network.restart(node)
        drive(client)
        assert anchored(client) == expected(4, 9, 20)


def test_a_frozen_node_is_given_up_and_comes_back(on_network: Stage, network: Network, tmp_path: Path) -> None:
    node = network.nodes[0]
    with anchorer(on_network.engine, on_network.registered(), tmp_path, on_network.profile) as client:
        give(client, 4)
        drive_until(client, "sent")
        node.freeze()
        assert drive_until(client, "unavailable")
        node.thaw()
        give(client, 9)
        drive(client)
        assert anchored(client) == expected(4, 9)


def test_the_client_moves_to_the_other_side_of_a_partition(on_network: Stage, network: Network, tmp_path: Path) -> None:
    """What it saw on one side is not there on the other, and is brought there; then the two sides meet."""
    north, south, _ = network.nodes
    target = on_network.registered()
    network.isolate_before_its_turn(north)
    with anchorer(on_network.engine, target, tmp_path, on_network.profile) as client:
        give(client, 4)
        drive_until(client, "sent")
        north.seals(wanted=True)
        drive_until(client, "seen")
    other = engine_over(south.endpoint)
    try:
        with anchorer(other, target, tmp_path, on_network.profile) as client:
            give(client, 9)
            happened = kinds(drive(client))
            assert happened.index("reorganised") < happened.index("final")
            network.heal()
            assert kinds(drive(client)) == []
            assert anchored(client) == expected(4, 9)
    finally:
        other.close()
    with anchorer(on_network.engine, target, tmp_path, on_network.profile) as client:
        assert client.step() == []
        assert anchored(client) == expected(4, 9)
