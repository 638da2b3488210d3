"""The chains that the shared suite runs on, each with the contract on it: embedded, anvil, and the network of three."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tally_chain.anchoring import setup
from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.events import AnchorEvent
from tally_chain.anchoring.profile import GETH_CLIQUE, ChainProfile
from tally_chain.engine.interface import BlockTag, Engine
from tally_chain.engine.pool import open_nodes
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import STRANGER, Stage
from tests.chain.nodes.node import Node, wait_until

# Of three signers one that is cut off seals one block at most: two more on top of a block cannot be its own.
CLIQUE = dataclasses.replace(
    GETH_CLIQUE, name="clique of three", finality=2, rebroadcast_after_seconds=3, replace_after_seconds=12
)
ENGINE_TIMEOUT_S = 3.0
STEP_S = 0.1


def engine_over(endpoints: str, agree: int = 1) -> Engine:
    """The product's engine, over one node or several, set up as the gateway does it for this kind of chain."""
    return open_nodes(
        endpoints,
        agree=agree,
        timeout_seconds=ENGINE_TIMEOUT_S,
        event_page_blocks=CLIQUE.event_page_blocks,
        refusals=CLIQUE.refusals,
        milliseconds=CLIQUE.milliseconds,
    )


@dataclasses.dataclass
class SettledStage(Stage):
    """The contract on a chain whose newest block may be replaced: what a test prepares is waited for until it is
    final."""

    @property
    def setting_up(self) -> ChainProfile:
        """See Stage."""
        return self.profile

    def settle(self) -> None:
        """Until one block more stands."""
        goal = self._height() + 1
        wait_until(lambda: self._height() >= goal, "one block more")

    def _height(self) -> int:
        latest = self.engine.block(BlockTag.LATEST)
        assert latest is not None
        return latest.number


def settle(stage: Stage) -> None:
    """After something was sent past the stage, on a chain where that matters."""
    if isinstance(stage, SettledStage):
        stage.settle()


@contextmanager
def network_stage(node: Node, contract: str = "") -> Iterator[Stage]:
    """The contract on the network, looked at through `node`; put there first where none is named."""
    with closing(engine_over(node.endpoint)) as engine:
        yield SettledStage(engine, CLIQUE, contract or setup.deploy(engine, STRANGER, CLIQUE), node.endpoint)


def kinds(events: Iterable[AnchorEvent]) -> list[str]:
    """What happened, in words."""
    return [event.kind.value for event in events]


def give(client: Anchorer, *sizes: int) -> None:
    """Submits heads of the oracle's tree, each with the proof from the one before."""
    for size in sizes:
        client.submit(size, oracle.root(0, size), oracle.proof(client.base_size(), size))


def drive(client: Anchorer, done: Callable[[], bool] | None = None, within_s: float = 90.0) -> list[AnchorEvent]:
    """Steps until `done` (nothing is on its way any more); everything that happened."""
    found: list[AnchorEvent] = []
    finished = done or (lambda: not client.pending())
    deadline = time.monotonic() + within_s
    while True:
        found += client.step()
        if finished():
            return found
        assert time.monotonic() < deadline, [f"{event.kind.value} {event.size} {event.text}" for event in found]
        time.sleep(STEP_S)


def drive_until(client: Anchorer, kind: str, within_s: float = 90.0) -> list[str]:
    """Steps until something of that kind happened."""
    found: list[str] = []

    def seen() -> bool:
        return kind in found

    deadline = time.monotonic() + within_s
    while not seen():
        found += kinds(client.step())
        assert time.monotonic() < deadline, found
        time.sleep(STEP_S)
    return found


def anchored(client: Anchorer) -> list[tuple[int, bytes]]:
    """The proven history as sizes and roots."""
    return [(anchor.size, anchor.root) for anchor in client.history()]


def expected(*sizes: int) -> list[tuple[int, bytes]]:
    """What the history of these heads is."""
    return [(size, oracle.root(0, size)) for size in sizes]


def journal_of(folder: Path) -> Path:
    """Where `anchorer` keeps its journal."""
    return folder / "journal.sqlite"
