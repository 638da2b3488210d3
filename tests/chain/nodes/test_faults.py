"""What goes wrong on a real network, one thing at a time: each head ends up anchored once, and nothing is called final
too early.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chain.anchoring.engines import anchorer
from tests.chain.contracts.stage import Stage
from tests.chain.nodes.chains import anchored, drive, drive_until, expected, give, kinds
from tests.chain.nodes.network import Network
from tests.chain.nodes.node import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.evm_network]


def test_the_clients_node_is_killed_and_comes_back(on_network: Stage, network: Network, tmp_path: Path) -> None:
    node = network.nodes[0]
    with anchorer(on_network.engine, on_network.registered(), tmp_path, on_network.profile) as client:
        give(client, 4, 9)
        drive_until(client, "sent")
        node.kill()
        assert drive_until(client, "unavailable")
        give(client, 20)
        others = network.nodes[1]
        before = others.height()
        wait_until(lambda: others.height() > before + 1, "blocks of the other two")
        network.restart(node)
        drive(client)
        assert anchored(client) == expected(4, 9, 20)


def test_a_healed_partition_takes_an_anchor_back_and_it_is_brought_again(
    on_network: Stage, network: Network, tmp_path: Path
) -> None:
    """The client's node is cut off, seals the anchor in a block of its own, and gives that block up."""
    north, south, _ = network.nodes
    target = on_network.registered()
    with anchorer(on_network.engine, target, tmp_path, on_network.profile) as client:
        give(client, 4)
        drive(client)
        network.isolate_before_its_turn(north)
        give(client, 9)
        assert "sent" in drive_until(client, "sent")
        north.seals(wanted=True)
        drive_until(client, "seen")
        head = client.head()
        assert head is not None
        assert head.size == 9
        orphan = north.block_hash(head.block_number)
        wait_until(lambda: south.height() > north.height() + 1, "a longer chain of the other two")
        assert south.block_hash(head.block_number) not in (orphan, None)
        assert "final" not in kinds(event for _ in range(10) for event in client.step())
        network.heal()
        assert orphan in [given_up.hash for given_up in network.orphans]
        happened = kinds(drive(client))
        assert happened.index("reorganised") < happened.index("seen") < happened.index("final")
        assert anchored(client) == expected(4, 9)
        (_, anchor) = client.history()
        assert anchor.block_hash.hex() != (orphan or "").removeprefix("0x")
        for node in network.nodes:
            assert node.block_hash(anchor.block_number) == f"0x{anchor.block_hash.hex()}"
