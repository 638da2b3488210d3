"""Rounds of faults by chance, under a client that submits heads all the time and dies itself: a tally at the end.

The rounds of `make test` are few; TALLYSTICK_CHAIN_ROUNDS asks for more, and `make chain-nodes` does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tally_chain.anchoring.reading import AnchorTarget
from tests.chain.anchoring.test_kill import HOUSE, paths
from tests.chain.contracts.stage import TX_KEY, Stage
from tests.chain.nodes.conftest import LONG
from tests.chain.nodes.ledger import tally_of
from tests.chain.nodes.network import Network
from tests.chain.nodes.node import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.evm_network]

SHORT_ROUNDS = 2
ROUNDS = int(os.environ.get(LONG) or SHORT_ROUNDS)
END_S = 180.0
"""Heads that wait when the faults end are few; on a busy machine blocks still take their time."""


class ClientProcess:
    """tests.chain.nodes.client_process: born, killed, born again and led to other nodes."""

    def __init__(self, folder: Path, network: Network, target: AnchorTarget) -> None:
        self._folder, self._network, self.target = folder, network, target
        self._process: subprocess.Popen[bytes] | None = None

    def bear(self) -> None:
        """Starts it: at a node that runs, at all in turn, or at all of which two must agree."""
        one = self._network.chance.choice([node for node in self._network.nodes if node.runs])
        every = self._network.endpoints()
        endpoints, agree = self._network.chance.choice([(one.endpoint, "1"), (every, "1"), (every, "2")])
        target = self.target
        pins = [str(target.chain_id), target.genesis_hash.hex(), target.contract, target.log_id.hex()]
        command = [sys.executable, "-m", "tests.chain.nodes.client_process", str(self._folder), endpoints, agree]
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [*command, *pins],
                cwd=HOUSE,
                env=os.environ | paths(),
                stdout=output,
                stderr=output,
            )

    def lives(self) -> bool:
        """Whether it runs. Fails where it ended by itself."""
        if self._process is None:
            return False
        assert self._process.poll() is None, self.output()
        return True

    def has_submitted(self, heads: int) -> bool:
        """Whether it was born and submitted so many, in all its lives."""
        ledger = self._folder / "ledger"
        return self.lives() and ledger.exists() and ledger.read_text("utf-8").count("submitted ") >= heads

    def kill(self) -> None:
        """SIGKILL, wherever it is."""
        assert self.lives()
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def end(self) -> None:
        """SIGTERM: it sees everything through first."""
        assert self._process is not None
        born = f"born {self._process.pid}\n"
        ledger = self._folder / "ledger"  # not there where each was killed before it wrote a line
        wait_until(lambda: self.lives() and ledger.exists() and born in ledger.read_text("utf-8"), "its birth")
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(END_S) == 0, self.output()

    def discard(self) -> None:
        """For the end of a failed test."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def output(self) -> str:
        """What it printed: nothing, or why it ended."""
        return (self._folder / "output").read_text("utf-8", "replace")[-3_000:]


def a_node_stops(network: Network, wait: Callable[[], None]) -> None:
    """Written down in order."""
    node = network.chance.choice(network.nodes)
    node.stop()
    wait()
    network.restart(node)


def a_node_is_killed(network: Network, wait: Callable[[], None]) -> None:
    """And comes back with what it had on disk."""
    node = network.chance.choice(network.nodes)
    node.kill()
    wait()
    network.restart(node)


def a_node_freezes(network: Network, wait: Callable[[], None]) -> None:
    """Its connections stand, and it says nothing."""
    node = network.chance.choice(network.nodes)
    node.freeze()
    wait()
    node.thaw()


def a_node_is_cut_off(network: Network, wait: Callable[[], None]) -> None:
    """Two parts, each of which takes transactions; one of them goes on."""
    network.isolate(network.chance.choice(network.nodes))
    wait()
    network.heal()


def a_node_seals_alone(network: Network, wait: Callable[[], None]) -> None:
    """As before, and the part that cannot go on makes its one block of what it was given."""
    node = network.chance.choice(network.nodes)
    network.isolate_before_its_turn(node)
    time.sleep(network.chance.uniform(0.5, 1.5))
    node.seals(wanted=True)
    wait()
    network.heal()


def the_majority_is_killed(network: Network, wait: Callable[[], None]) -> None:
    """No blocks until it is back."""
    for node in network.chance.sample(network.nodes, 2):
        node.kill()
    wait()
    network.made_whole()


def all_nodes_are_killed(network: Network, wait: Callable[[], None]) -> None:
    """The whole network, at once."""
    for node in network.nodes:
        node.kill()
    wait()
    network.made_whole()


FAULTS = (
    a_node_seals_alone,
    a_node_is_killed,
    a_node_is_cut_off,
    a_node_freezes,
    the_majority_is_killed,
    a_node_stops,
    all_nodes_are_killed,
)


@pytest.fixture
def client(on_network: Stage, network: Network, tmp_path: Path) -> Iterator[ClientProcess]:
    """The process, not born yet."""
    made = ClientProcess(tmp_path, network, on_network.registered())
    try:
        yield made
    finally:
        made.discard()


def test_heads_are_anchored_once_through_rounds_of_faults(
    on_network: Stage, network: Network, tmp_path: Path, client: ClientProcess
) -> None:
    """Each round one fault of the network; in two of three the client is killed in the middle of it as well."""
    chance, done = network.chance, Counter[str]()
    nonce, orphans, started = on_network.engine.nonce(TX_KEY.address), len(network.orphans), time.monotonic()
    client.bear()
    for number in range(ROUNDS):
        fault = FAULTS[number] if number < len(FAULTS) else chance.choice(FAULTS)
        killing = number % 3 != 2
        # However slowly it starts: a fault that met no client at work would say nothing.
        wait_until(partial(client.has_submitted, number + 1), "head submitted", END_S)

        def middle(killing: bool = killing) -> None:
            time.sleep(chance.uniform(1.0, 4.0))
            if killing:
                client.kill()
                if any(node.runs for node in network.nodes):
                    client.bear()
                    time.sleep(chance.uniform(0.5, 3.0))

        fault(network, middle)
        done[fault.__name__.replace("_", " ")] += 1
        if killing:
            done["the client is killed"] += 1
        if killing and not client.lives():
            client.bear()
        network.wait_blocks(chance.randint(1, 4))
    network.made_whole()
    client.end()
    tally = tally_of(tmp_path, network.nodes, on_network.contract, client.target.log_id, nonce)
    print(
        f"\n{ROUNDS} rounds in {time.monotonic() - started:.0f} s on three {network.nodes[0].ask('web3_clientVersion')}"
    )
    print("\n".join(f"  {count:4} times {what}" for what, count in done.most_common()))
    print(f"  blocks that a node gave up when the parts met {len(network.orphans) - orphans}")
    print(tally.lines())
    assert tally.holds()
    assert tally.submitted >= ROUNDS
    if ROUNDS > SHORT_ROUNDS:
        assert tally.reorganised, "no reorganisation reached the client"
        assert len(network.orphans) > orphans
