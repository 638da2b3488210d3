"""One Engine over several nodes of one chain: asked in turn, or until k of them say the same.

With `agree` 1 the first node that answers is believed; one that fails, lags or leads to another chain is passed over,
and rests when it keeps failing. With `agree` k a read counts when k nodes give the same answer at the same block, so
that k - 1 nodes together can hide nothing and invent nothing. A transaction goes to one node; the same bytes sent
again go to the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tally_chain.engine.breaker import Breaker
from tally_chain.engine.interface import Block, BlockTag, ChainIdentity, Engine, Event, Fees, Outcome
from tally_chain.engine.jsonrpc import JsonRpcEngine
from tally_chain.errors import (
    AnchorError,
    CallRevertedError,
    EndpointsDisagreeError,
    EngineError,
    EngineUnavailableError,
    SendRefusedError,
)

# A node this far behind the best one is catching up, and what it says is old.
MOST_BLOCKS_BEHIND = 10

T = TypeVar("T")


@dataclass(frozen=True)
class EndpointState:
    """How one node did when it was asked last; the text is empty where it answered."""

    name: str
    rests: bool
    text: str


class _Node:
    """One node, its breaker, and why it failed last."""

    def __init__(self, engine: JsonRpcEngine, monotonic: Callable[[], float]) -> None:
        self.engine, self.breaker = engine, Breaker(monotonic)
        self.failure: EngineError | AnchorError | None = None

    def worked(self) -> None:
        self.failure = None
        self.breaker.worked()

    def failed(self, error: EngineError | AnchorError) -> None:
        self.failure = error
        self.breaker.failed()


class EnginePool:
    """See the module's text, Engine and Reconnecting. Raises ValueError for more agreement than there are nodes.

    Errors beside those of Engine: EndpointsDisagreeError; AnchorError where no node leads to the right chain.
    """

    def __init__(
        self, engines: Sequence[JsonRpcEngine], *, agree: int = 1, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        if not 1 <= agree <= len(engines):
            raise ValueError(f"{agree} of {len(engines)} endpoints can not agree")
        self._nodes = [_Node(engine, monotonic) for engine in engines]
        self._agree, self._first, self._height = agree, 0, 0
        self._last_sent = b""

    def on_connect(self, check: Callable[[Engine], None]) -> None:
        """See Reconnecting."""
        for node in self._nodes:
            node.engine.on_connect(check)

    def endpoints(self) -> list[EndpointState]:
        """How each node does, in the order of the settings."""
        return [
            EndpointState(node.engine.name, not node.breaker.closed, "" if node.failure is None else str(node.failure))
            for node in self._nodes
        ]

    def identity(self) -> ChainIdentity:
        """See Engine."""
        return self._read(JsonRpcEngine.identity, lambda found: (found.chain_id, found.genesis_hash))

    def block(self, which: int | BlockTag) -> Block | None:
        """See Engine. By standing, it is the highest block that enough nodes have."""
        if isinstance(which, BlockTag):
            return self._newest(which)
        return self._read(lambda engine: engine.block(which))

    def send_raw_transaction(self, raw: bytes) -> bytes:
        """See Engine; the same bytes again go to another node."""
        if raw == self._last_sent:
            self._first = (self._first + 1) % len(self._nodes)
        self._last_sent = raw
        return self._one(lambda engine: engine.send_raw_transaction(raw), tries=1)

    def outcome(self, tx_hash: bytes) -> Outcome | None:
        """See Engine."""
        return self._read(lambda engine: engine.outcome(tx_hash))

    def call(self, to: str, data: bytes, *, sender: str | None = None) -> bytes:
        """See Engine."""
        at = self._height_to_read()
        return self._read(lambda engine: engine.call(to, data, sender=sender, at=at))

    def estimate_gas(self, sender: str, to: str | None, data: bytes) -> int:
        """See Engine; one node's word, for nothing rests on it."""
        return self._one(lambda engine: engine.estimate_gas(sender, to, data))

    def nonce(self, address: str) -> int:
        """See Engine."""
        at = self._height_to_read()
        return self._read(lambda engine: engine.nonce(address, at=at))

    def balance(self, address: str) -> int:
        """See Engine."""
        at = self._height_to_read()
        return self._read(lambda engine: engine.balance(address, at=at))

    def code(self, address: str) -> bytes:
        """See Engine."""
        at = self._height_to_read()
        return self._read(lambda engine: engine.code(address, at=at))

    def fees(self) -> Fees:
        """See Engine; one node's word, bounded by the profile's cap."""
        return self._one(JsonRpcEngine.fees)

    def events(self, address: str, topics: Sequence[bytes | None], first_block: int, last_block: int) -> list[Event]:
        """See Engine."""
        return self._read(lambda engine: engine.events(address, topics, first_block, last_block), tuple)

    def close(self) -> None:
        """See Engine."""
        for node in self._nodes:
            node.engine.close()

    def _read(self, ask: Callable[[JsonRpcEngine], T], same: Callable[[T], Hashable] | None = None) -> T:
        """One node's answer, or the one that enough nodes give; `same` is what must be equal of two answers."""
        if self._agree == 1:
            return self._one(ask)
        votes: dict[Hashable, tuple[int, T | CallRevertedError]] = {}
        for node in self._in_turn():
            answer: T | CallRevertedError
            try:
                answer = ask(node.engine)
                key: Hashable = answer if same is None else same(answer)
            except CallRevertedError as error:
                answer, key = error, ("reverted", error.data)
            except (EngineError, AnchorError) as error:
                node.failed(error)
                continue
            node.worked()
            count = votes.get(key, (0, answer))[0] + 1
            votes[key] = (count, answer)
            if count == self._agree:
                if isinstance(answer, CallRevertedError):
                    raise answer
                return answer
        raise self._no_agreement(len(votes), sum(count for count, _ in votes.values()))

    def _one(self, ask: Callable[[JsonRpcEngine], T], tries: int | None = None) -> T:
        """The first answer of a node that works, which is asked first from now on."""
        for node in list(self._in_turn())[:tries]:
            try:
                answer = ask(node.engine)
            except (CallRevertedError, SendRefusedError):
                node.worked()
                raise
            except (EngineError, AnchorError) as error:
                node.failed(error)
                if self._nodes[self._first] is node:
                    self._first = (self._first + 1) % len(self._nodes)
                continue
            node.worked()
            self._first = self._nodes.index(node)
            return answer
        raise self._no_answer()

    def _newest(self, which: BlockTag) -> Block | None:
        found: list[Block | None] = []
        for node in self._in_turn():
            try:
                block = node.engine.block(which)
            except (EngineError, AnchorError) as error:
                node.failed(error)
                continue
            if self._agree == 1 and which is BlockTag.LATEST and self._lags(node, block):
                continue
            node.worked()
            found.append(block)
            if self._agree == 1:
                self._first = self._nodes.index(node)
                return block
        if self._agree == 1:
            self._height = 0  # every node was behind: then the height was made up
            raise self._no_answer()
        if len(found) < self._agree:
            raise self._no_answer()
        heights = sorted((-1 if block is None else block.number for block in found), reverse=True)
        height = heights[self._agree - 1]
        return None if height < 0 else self._read(lambda engine: engine.block(height))

    def _lags(self, node: _Node, block: Block | None) -> bool:
        number = 0 if block is None else block.number
        if number < self._height - MOST_BLOCKS_BEHIND:
            node.failed(EngineUnavailableError(f"is at block {number}, another one was at {self._height}"))
            return True
        self._height = max(self._height, number)
        return False

    def _height_to_read(self) -> int | None:
        """The block at which states are compared; None where one node's newest is asked."""
        if self._agree == 1:
            return None
        block = self._newest(BlockTag.LATEST)
        return 0 if block is None else block.number

    def _in_turn(self) -> Iterator[_Node]:
        nodes = self._nodes[self._first :] + self._nodes[: self._first]
        return iter([node for node in nodes if node.breaker.closed])

    def _no_answer(self) -> EngineError | AnchorError:
        """Why nobody answered; an AnchorError where all of them lead elsewhere."""
        failures = [node.failure for node in self._nodes]
        foreign = [failure for failure in failures if isinstance(failure, AnchorError)]
        if len(foreign) == len(self._nodes):
            return foreign[0]
        return EngineUnavailableError(f"none of {len(self._nodes)} endpoints answers: {self._told()}")

    def _no_agreement(self, different: int, answered: int) -> EngineError | AnchorError:
        if answered < self._agree:
            return self._no_answer()
        text = f"{answered} endpoints give {different} different answers, {self._agree} must agree"
        return EndpointsDisagreeError(text)

    def _told(self) -> str:
        return "; ".join(f"{node.engine.name}: {node.failure or 'rests'}" for node in self._nodes)


def open_nodes(endpoints: str, *, agree: int = 1, **named: Any) -> Engine:
    """An engine over the endpoints in a text, separated by spaces; `named` goes to each JsonRpcEngine.

    Raises EngineUnavailableError where there are none, or fewer than shall agree.
    """
    engines = [JsonRpcEngine(endpoint, **named) for endpoint in endpoints.split()]
    if len(engines) == 1 and agree == 1:
        return engines[0]
    try:
        return EnginePool(engines, agree=agree)
    except ValueError as error:
        raise EngineUnavailableError(str(error)) from error
