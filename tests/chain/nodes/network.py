"""The network: three signers of one Clique chain on the loopback interface, and what can be done between them.

With three signers each may seal at most one of two blocks in a row. So two go on without the third, and one that is cut
off seals at most one block, which the others' chain replaces when they meet again: a reorganisation, by the protocol's
own rules and without any trick.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chain.nodes.node import Node, NodeError, wait_until

CHAIN_ID = 7_700_003
PERIOD_S = 1
NAMES = ("north", "south", "west")
AGREE_S = 90.0
FUNDS_WEI = 10**24
_VANITY_BYTES, _SEAL_BYTES = 32, 65


@dataclass(frozen=True)
class Orphan:
    """A block that one node had, and gave up for the others'."""

    node: str
    number: int
    hash: str


class Network:
    """The three nodes. Random choices come from `chance`, so that a run can be repeated from its seed."""

    def __init__(self, binary: Path, folder: Path, rich: Sequence[str], chance: random.Random) -> None:
        self.nodes = tuple(Node(name, binary, folder / name) for name in NAMES)
        self.chance = chance
        self.orphans: list[Orphan] = []
        self._dialled: dict[tuple[object, ...], float] = {}
        genesis = genesis_of([node.address for node in self.nodes], rich)
        for node in self.nodes:
            node.prepare(genesis)

    def start(self) -> None:
        """Starts all, connects them, and waits until they agree on a first block."""
        for node in self.nodes:
            node.start()
        self.connect()
        self.wait_agreed()

    def stop(self) -> None:
        """Ends all; for the end of a test run, so by force where it takes long."""
        for node in self.nodes:
            node.kill()

    def connect(self) -> None:
        """Connects all that run. geth dials the same peer once in 35 s, so the side dials that did so less lately."""
        for pair in itertools.combinations([node for node in self.nodes if node.runs], 2):
            if pair[0].knows(pair[1]):
                continue
            here, there = sorted(pair, key=lambda node: self._dialled.get((node.name, node.life, *pair), 0.0))
            self._dialled[here.name, here.life, *pair] = time.monotonic()
            there.ask("admin_addTrustedPeer", here.enode)
            here.ask("admin_addPeer", there.enode)

    def endpoints(self) -> str:
        """All, as settings name several."""
        return " ".join(node.endpoint for node in self.nodes)

    def isolate(self, node: Node) -> None:
        """Cuts `node` off from the others until it is alone: a connection that was just being made comes up later."""

        def is_alone() -> bool:
            if node.peers() == 0:
                return True
            self._cut(node)
            return False

        self._cut(node)
        wait_until(is_alone, f"{node.name} being alone")

    def _cut(self, node: Node) -> None:
        for other in self.nodes:
            if other is not node and other.runs:
                for here, there in ((node, other), (other, node)):
                    here.ask("admin_removePeer", there.enode)

    def isolate_before_its_turn(self, node: Node) -> None:
        """Cuts `node` off on a block of another signer, and sees to it that it has sealed nothing of its own since: the
        one block that it may seal alone is made of what it is given now. It goes on when it is told to seal.
        """
        node.seals(wanted=False)
        self.wait_blocks(2, node)
        self.isolate(node)

    def heal(self) -> None:
        """Brings all together again, and notes which block a node gave up."""
        before = [(node, height, node.block_hash(height)) for node in self.nodes if (height := node.height())]
        self.connect()
        self.wait_agreed()
        for node, height, hash_ in before:
            if hash_ is not None and node.block_hash(height) != hash_:
                self.orphans.append(Orphan(node.name, height, hash_))

    def restart(self, node: Node) -> None:
        """Starts a node that was ended, and brings it back among the others."""
        node.start()
        self.connect()
        self.wait_agreed()

    def wait_agreed(self, within_s: float = AGREE_S) -> None:
        """Until all that run have peers, share a block newer than any that they have now, and go on from there."""
        running = [node for node in self.nodes if node.runs]
        goal = max(node.height() for node in running) + 1

        def agreed() -> bool:
            if any(node.peers() < len(running) - 1 for node in running):
                return False
            height = min(node.height() for node in running)
            return height >= goal and len({node.block_hash(height - 1) for node in running}) == 1

        wait_until(agreed, f"agreement on a block after {goal}", within_s)

    def wait_blocks(self, count: int, node: Node | None = None) -> None:
        """Until `node` has so many more blocks."""
        here = node or self.nodes[0]
        goal = here.height() + count
        wait_until(lambda: here.height() >= goal, f"{count} blocks at {here.name}")

    def stalls(self, node: Node, for_s: float) -> bool:
        """Whether no block comes at `node` for so long."""
        before = node.height()
        time.sleep(for_s)
        return node.height() == before

    def made_whole(self) -> None:
        """Whatever was done to it: all nodes run, know each other and agree."""
        for node in self.nodes:
            if not node.runs:
                node.start()
            else:
                node.thaw()
            node.seals(wanted=True)
        if any(node.peers() < len(self.nodes) - 1 for node in self.nodes):
            self.connect()
            self.wait_agreed()

    def tails(self) -> str:
        """The ends of the nodes' logs, for a failing test."""
        return "\n".join(f"--- {node.name}\n{node.tail()}" for node in self.nodes)


def genesis_of(signers: Sequence[str], rich: Sequence[str]) -> dict[str, Any]:
    """The first block's description: Clique from the start, every rule up to London, no merge."""
    forks = ("homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul")
    addresses = "".join(sorted(signer.lower().removeprefix("0x") for signer in signers))
    return {
        "config": {
            "chainId": CHAIN_ID,
            **{f"{fork}Block": 0 for fork in (*forks, "berlin", "london")},
            "clique": {"period": PERIOD_S, "epoch": 30_000},
        },
        "difficulty": "1",
        "gasLimit": "30000000",
        "extradata": f"0x{'00' * _VANITY_BYTES}{addresses}{'00' * _SEAL_BYTES}",
        "alloc": {address.removeprefix("0x"): {"balance": str(FUNDS_WEI)} for address in rich},
    }


@contextmanager
def running_network(binary: Path, folder: Path, rich: Sequence[str], seed: int) -> Iterator[Network]:
    """A network of its own, ended whatever happens."""
    network = Network(binary, folder, rich, random.Random(seed))
    try:
        network.start()
        yield network
    except (AssertionError, NodeError):
        print(network.tails())
        raise
    finally:
        network.stop()
