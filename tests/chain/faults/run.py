"""One seeded run: heads are submitted while everything goes wrong, then all is calm, then the true chain is asked."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tally_chain.anchoring import journal
from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.anchoring.profile import ANVIL, FISCO_BCOS, ChainProfile
from tally_chain.anchoring.reading import Anchor, AnchorTarget, read_anchors
from tally_chain.engine.jsonrpc import JsonRpcEngine
from tally_chain.errors import AnchorError, AnchorHistoryError, EngineError
from tests.chain.anchoring.engines import Clock
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import TX_KEY, Stage
from tests.chain.faults.embedded_node import EmbeddedNode
from tests.chain.faults.mischief import Plan, Trait, Upheaval, plan
from tests.chain.faults.proxy import Node, Proxy, serving
from tests.chain.faults.upstream import Upstream

HEADS = 4
WILD_STEPS = 40
# In the calm every head needs a few steps; a client that is not done by then stands still.
CALM_STEPS = 200
DEPTH = 3
PATIENCE_S = 0.4
# In the calm every answer comes, on a busy machine only later.
CALM_PATIENCE_S = 30.0
RETRIES = dataclasses.replace(
    ANVIL, finality=DEPTH, rebroadcast_after_seconds=10, replace_after_seconds=40, replace_percent=15
)
LIKE_FISCO = dataclasses.replace(FISCO_BCOS, fee_cap_wei=10**12)


@dataclass
class Outcome:
    """What a run came to."""

    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    alarm: str = ""
    broken: str = ""
    """How a promise was broken, if one was."""
    submitted: list[tuple[int, bytes]] = field(default_factory=list)
    events: list[AnchorEvent] = field(default_factory=list)


class StillWorld:
    """A chain to which nothing happens but what is sent to it: a block comes with each transaction."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def mine(self, blocks: int = 1) -> None:
        pass

    def shake(self, proxy: Proxy, deepest: int) -> None:
        pass


class World(StillWorld):
    """The node beneath the proxy, and what a test can do to its chain. Blocks come when the run says so."""

    def __init__(self, stage: Stage, plan: Plan, node: Node) -> None:
        self.stage, self.plan, self.node = stage, plan, node
        self._snapshot: tuple[object, int] | None = None
        self._highest = 0

    def rpc(self, method: str, *parameters: object) -> object:
        answer = self.node({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
        assert "error" not in answer, answer
        return answer["result"]

    def mine(self, blocks: int = 1) -> None:
        self.rpc("anvil_mine", hex(blocks))

    def height(self) -> int:
        return int(str(self.rpc("eth_blockNumber")), 16)

    def shake(self, proxy: Proxy, deepest: int) -> None:
        """What happens to the chain between two steps. Blocks that were ever `deepest` below the newest stay."""
        if deepest:
            self._highest = max(self._highest, self.height())
            self._shake_blocks(self._highest - deepest)
        if self.plan.shakes(Upheaval.POOL_LOST):
            self.rpc("anvil_dropAllTransactions")
            proxy.forget_pool(self.stage.engine.nonce(TX_KEY.address))

    def _shake_blocks(self, floor: int) -> None:
        if self._snapshot is None and self.plan.random.random() < 0.5:
            self._snapshot = (self.rpc("evm_snapshot"), self.height())
        elif self._snapshot is not None and self._snapshot[1] < floor:
            self._snapshot = None
        if self._snapshot is not None and self.plan.shakes(Upheaval.TAKEN_BACK):
            self.rpc("evm_revert", self._snapshot[0])
            self._snapshot = None
            self.mine()
        above = self.height() - floor
        if above > 0 and self.plan.shakes(Upheaval.REORGANISED):
            self.rpc("anvil_reorg", self.plan.random.randint(1, above), [])
            self._snapshot = None  # its block may be gone


def run(seed: int, stage: Stage, folder: Path, traits: frozenset[Trait] | None = None) -> Outcome:
    """The whole run, with a log of its own. Raises AssertionError when a promise is broken."""
    chosen = plan(seed)
    if traits is not None:
        chosen.traits = traits
    profile = LIKE_FISCO if Trait.NO_REPLACEMENT in chosen.traits else RETRIES
    target = stage.registered(log_id=hashlib.sha256(f"log of seed {seed}".encode()).digest())
    if not stage.endpoint:
        still = StillWorld(stage)
        with serving(EmbeddedNode(stage.engine), chosen) as proxy:
            return Run(seed, still, chosen, dataclasses.replace(profile, finality=0), target, proxy, folder).live()
    stage.rpc("anvil_mine", hex(DEPTH + 1))  # no upheaval reaches the registration
    stage.rpc("evm_setAutomine", False)  # blocks come only when asked for
    with closing(Upstream(stage.endpoint)) as node, serving(node, chosen) as proxy:
        return Run(seed, World(stage, chosen, node), chosen, profile, target, proxy, folder).live()


class Run:
    """The client under test and what it was asked."""

    def __init__(
        self,
        seed: int,
        world: StillWorld,
        chosen: Plan,
        profile: ChainProfile,
        target: AnchorTarget,
        proxy: Proxy,
        folder: Path,
    ) -> None:
        self.world, self.plan, self.profile, self.target = world, chosen, profile, target
        self.proxy, self.folder, self.clock = proxy, folder, Clock()
        self.outcome = Outcome(seed, chosen.counts)
        self.deepest = profile.finality if isinstance(profile.finality, int) else 0

    def live(self) -> Outcome:
        """Safety first, then liveness, then the truth."""
        self._wild()
        self._calm()
        self._check()
        return self.outcome

    def _wild(self) -> None:
        step = 0
        while step < WILD_STEPS:
            with self._client() as client:
                while step < WILD_STEPS and not self.plan.shakes(Upheaval.RESTART):
                    step += 1
                    self._live_a_little(client)
                    self._pass_time()

    def _calm(self) -> None:
        self.plan.calm = True
        with self._client(CALM_PATIENCE_S) as client:
            for _ in range(CALM_STEPS):
                self._submit(client)
                self._note(client.step())  # whatever stops the client now has no reason
                self.world.mine()
                self.clock.now += 15
                if len(self.outcome.submitted) == HEADS and not client.pending():
                    return
        raise AssertionError(f"not done in the calm: {journal.read_states(self.folder / 'journal.sqlite')}")

    def _live_a_little(self, client: Anchorer) -> None:
        """Where the client stops, an alarm sounds, and it is asked again later, as the gateway does."""
        try:
            self._submit(client)
            self._note(client.step())
        except AnchorError:
            self.outcome.counts["stopped"] += 1

    def _submit(self, client: Anchorer) -> None:
        if len(self.outcome.submitted) == HEADS or (not self.plan.calm and self.plan.random.random() < 0.7):
            return
        try:
            base = client.base_size()
            size = base + self.plan.random.randint(1, 9)
            client.submit(size, oracle.root(0, size), oracle.proof(base, size))
        except (EngineError, AnchorHistoryError):
            return  # the caller comes again
        self.outcome.submitted.append((size, oracle.root(0, size)))

    def _note(self, events: list[AnchorEvent]) -> None:
        self.outcome.events += events
        self.outcome.counts.update(event.kind.value for event in events)

    def _pass_time(self) -> None:
        self.clock.now += self.plan.random.randint(0, 15)
        self.world.shake(self.proxy, self.deepest)
        if self.plan.random.random() < 0.6:
            self.world.mine(self.plan.random.choice((1, 1, 1, 2)))

    @contextmanager
    def _client(self, patience_s: float = PATIENCE_S) -> Iterator[Anchorer]:
        page = self.profile.event_page_blocks
        engine = JsonRpcEngine(self.proxy.endpoint, timeout_seconds=patience_s, event_page_blocks=page)
        client = Anchorer(
            engine,
            TX_KEY,
            self.target,
            self.profile,
            self.folder / "journal.sqlite",
            lane_directory=self.folder,  # every run has the same key, on a chain of its own
            clock=self.clock,
        )
        try:
            yield client
        finally:
            client.close()
            engine.close()

    def _check(self) -> None:
        """Each head is anchored exactly once and the journal says where; or the client stopped and said why."""
        stage, events = self.world.stage, self.outcome.events
        anchors = read_anchors(stage.engine, stage.contract, self.target.log_id)
        shown = [(anchor.size, anchor.root) for anchor in anchors]
        refused = [event for event in events if event.kind is AnchorEventKind.REFUSED]
        if refused:
            self.outcome.alarm = refused[0].text
            assert refused[0].alarm is not None
            assert len(set(shown)) == len(shown)
            return
        assert shown == self.outcome.submitted
        final = [event for event in events if event.kind is AnchorEventKind.FINAL]
        assert [(event.size, event.root) for event in final] == shown
        assert [event.anchor for event in final] == [self._truth(anchor) for anchor in anchors]

    def _truth(self, anchor: Anchor) -> Anchor:
        block = self.world.stage.engine.block(anchor.block_number)
        assert block is not None
        return dataclasses.replace(anchor, block_time_seconds=block.time_seconds)
