"""A client that knows several nodes of the network: one may die, and one may be cut off with a chain of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tally_chain.engine.interface import Engine
from tests.chain.anchoring.engines import anchorer
from tests.chain.contracts.stage import Stage
from tests.chain.nodes.chains import anchored, drive, drive_until, engine_over, expected, give, kinds
from tests.chain.nodes.network import Network
from tests.chain.nodes.node import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.evm_network]

Opened = Callable[[int], Engine]


@pytest.fixture
def all_nodes(network: Network) -> Iterator[Opened]:
    """The product's engine over all three, of which so many must agree."""
    with ExitStack() as stack:

        def opened(agree: int) -> Engine:
            engine = engine_over(network.endpoints(), agree)
            stack.callback(engine.close)
            return engine

        yield opened


@pytest.mark.parametrize("agree", [1, 2])
def test_the_death_of_one_node_stops_nothing(
    on_network: Stage, network: Network, all_nodes: Opened, tmp_path: Path, agree: int
) -> None:
    with anchorer(all_nodes(agree), on_network.registered(), tmp_path, on_network.profile) as client:
        give(client, 4)
        drive_until(client, "sent")
        network.nodes[0].kill()
        give(client, 9)
        drive(client)
        assert anchored(client) == expected(4, 9)


def test_what_only_the_part_that_was_cut_off_holds_is_not_believed(
    on_network: Stage, network: Network, all_nodes: Opened, tmp_path: Path
) -> None:
    """The first node takes the transaction alone and seals it alone; two others do not know of it."""
    north, south, _ = network.nodes
    with anchorer(all_nodes(2), on_network.registered(), tmp_path, on_network.profile) as client:
        give(client, 4)
        drive(client)
        network.isolate_before_its_turn(north)
        before = north.height()
        give(client, 9)
        drive_until(client, "sent")
        north.seals(wanted=True)
        wait_until(lambda: north.height() > before, "the block of the part that was cut off")
        happened = kinds(drive(client))
        assert "reorganised" not in happened, "a block of the minority was believed"
        (_, anchor) = client.history()
        assert south.block_hash(anchor.block_number) == f"0x{anchor.block_hash.hex()}"
        network.heal()
        assert [event for event in client.step() if event.kind.value == "reorganised"] == []
        assert anchored(client) == expected(4, 9)
