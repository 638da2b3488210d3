"""More of what goes wrong on a real network, one thing at a time; in the long form only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chain.anchoring.engines import anchorer
from tests.chain.contracts.stage import Stage
from tests.chain.nodes.chains import anchored, drive, drive_until, engine_over, expected, give, kinds
from tests.chain.nodes.network import PERIOD_S, Network
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


def test_without_a_majority_nothing_is_called_final(on_network: Stage, network: Network, tmp_path: Path) -> None:
    north, *others = network.nodes
    with anchorer(on_network.engine, on_network.registered(), tmp_path, on_network.profile) as client:
        give(client, 4)
        drive(client)
        for node in others:
            node.kill()
        wait_until(lambda: network.stalls(north, 4 * PERIOD_S), "end of the blocks")
        give(client, 9)
        waited = kinds(event for _ in range(20) for event in client.step())
        assert "final" not in waited
        assert waited.count("seen") <= 1  # the one block that a lone signer may still have made
        for node in others:
            node.start()
        network.connect()
        network.wait_agreed()
        drive(client)
        assert anchored(client) == expected(4, 9)


def test_all_nodes_are_killed_at_once(on_network: Stage, network: Network, tmp_path: Path) -> None:
    with anchorer(on_network.engine, on_network.registered(), tmp_path, on_network.profile) as client:
        give(client, 4)
        drive(client)
        give(client, 9)
        drive_until(client, "seen")
        for node in network.nodes:
            node.kill()
        assert drive_until(client, "unavailable")
        for node in network.nodes:
            node.start()
        network.connect()
        network.wait_agreed()
        give(client, 20)
        drive(client)
        assert anchored(client) == expected(4, 9, 20)
