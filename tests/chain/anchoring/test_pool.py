"""Several endpoints: turns and rests, agreement of k, foreign chains, and what a new connection is asked first."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from eth_utils.crypto import keccak

from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.profile import ANVIL
from tally_chain.anchoring.reading import read_anchors, read_head
from tally_chain.anchoring.watching import Watcher
from tally_chain.engine.breaker import FIRST_REST_SECONDS, LONGEST_REST_SECONDS, Breaker
from tally_chain.engine.interface import BlockTag
from tally_chain.engine.jsonrpc import JsonRpcEngine
from tally_chain.engine.pool import EnginePool, open_nodes
from tally_chain.errors import (
    AnchorError,
    EndpointsDisagreeError,
    EngineUnavailableError,
    ForeignChainError,
)
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, TX_KEY, Stage
from tests.chain.faults.mischief import Fault, Plan
from tests.chain.faults.proxy import serving
from tests.chain.faults.upstream import upstream

Answers = Callable[[str, list[Any]], Any]


def block(number: int, salt: str = "") -> dict[str, str]:
    """A block whose hash follows from its number."""
    digest = "0x" + bytes(keccak(text=f"{number}{salt}")).hex()
    return {"number": hex(number), "hash": digest, "parentHash": digest, "timestamp": "0x5"}


class FakeNode:
    """A node at some height whose contract answers every call with one value."""

    def __init__(self, height: int = 20, value: int = 1) -> None:
        self.height, self.value, self.up = height, value, True
        self.asked: list[str] = []

    def engine(self) -> JsonRpcEngine:
        return JsonRpcEngine("http://node.invalid", transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if not self.up:
            raise httpx.ConnectError("switched off")
        question = json.loads(request.content)
        self.asked.append(question["method"])
        return httpx.Response(200, json={"id": question["id"], "result": self._answer(**question)})

    def _answer(self, method: str, params: list[Any], **_: object) -> object:
        if method == "eth_getBlockByNumber":
            number = self.height if params[0] == "latest" else int(params[0], 16)
            return block(number) if number <= self.height else None
        if method == "eth_sendRawTransaction":
            return "0x" + bytes(keccak(bytes.fromhex(params[0][2:]))).hex()
        state = self.value if params[-1] == "latest" or int(params[-1], 16) <= self.height else 0
        return hex(state) if method == "eth_getTransactionCount" else "0x" + state.to_bytes(32, "big").hex()


class Monotonic:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_breaker_rests_longer_each_time_and_forgives_at_once() -> None:
    clock = Monotonic()
    breaker = Breaker(clock)
    for _ in range(2):
        breaker.failed()
        assert breaker.closed
    rest, rests = FIRST_REST_SECONDS, []
    for _ in range(10):
        breaker.failed()
        clock.now += rest - 0.1
        assert not breaker.closed
        clock.now += 0.1
        assert breaker.closed
        rests.append(rest)
        rest = min(2 * rest, LONGEST_REST_SECONDS)
    assert rests[-1] == LONGEST_REST_SECONDS
    breaker.worked()
    breaker.failed()
    assert breaker.closed


def test_one_that_is_down_is_passed_over_rests_and_comes_back() -> None:
    clock, first, second = Monotonic(), FakeNode(), FakeNode()
    pool = EnginePool([first.engine(), second.engine()], monotonic=clock)
    first.up = False
    for _ in range(5):
        assert pool.nonce(OWNER.address) == 1
    second.up = False
    for _ in range(5):
        with pytest.raises(EngineUnavailableError, match=r"node.invalid"):
            pool.nonce(OWNER.address)
    assert [state.rests for state in pool.endpoints()] == [True, True]
    first.up = second.up = True
    with pytest.raises(EngineUnavailableError):
        pool.nonce(OWNER.address)
    clock.now += FIRST_REST_SECONDS
    assert pool.nonce(OWNER.address) == 1
    assert "" in [state.text for state in pool.endpoints()]


def test_one_that_lags_is_passed_over_and_a_made_up_height_is_forgotten() -> None:
    first, second = FakeNode(height=100), FakeNode(height=50)
    pool = EnginePool([first.engine(), second.engine()], monotonic=Monotonic())
    newest = pool.block(BlockTag.LATEST)
    assert newest is not None
    assert newest.number == 100
    first.up = False
    with pytest.raises(EngineUnavailableError, match="another one was at 100"):
        pool.block(BlockTag.LATEST)
    newest = pool.block(BlockTag.LATEST)
    assert newest is not None
    assert newest.number == 50


def test_k_of_n_must_say_the_same_of_one_block() -> None:
    nodes = [FakeNode(height=20), FakeNode(height=22), FakeNode(height=21, value=9)]
    pool = EnginePool([node.engine() for node in nodes], agree=2, monotonic=Monotonic())
    newest = pool.block(BlockTag.LATEST)
    assert newest is not None
    assert newest.number == 21
    with pytest.raises(EndpointsDisagreeError):  # at block 21 the first node knows nothing yet, the third one lies
        pool.nonce(OWNER.address)
    nodes[0].height = 21
    assert pool.nonce(OWNER.address) == 1
    nodes[0].value = 5
    with pytest.raises(EndpointsDisagreeError, match="3 endpoints give 3 different answers, 2 must agree"):
        pool.nonce(OWNER.address)
    nodes[0].up = nodes[1].up = False
    with pytest.raises(EngineUnavailableError):
        pool.nonce(OWNER.address)


def test_the_same_bytes_go_to_the_next_node() -> None:
    nodes = [FakeNode(), FakeNode()]
    pool = EnginePool([node.engine() for node in nodes])
    for raw in (b"\x01", b"\x01", b"\x02"):
        assert pool.send_raw_transaction(raw) == bytes(keccak(raw))
    assert [node.asked.count("eth_sendRawTransaction") for node in nodes] == [1, 2]


def test_what_can_not_be_a_pool() -> None:
    for endpoints, agree in (("", 1), ("http://a http://b", 3), ("http://a", 2)):
        with pytest.raises(EngineUnavailableError, match="can not agree"):
            open_nodes(endpoints, agree=agree)
    assert isinstance(open_nodes("http://a.invalid"), JsonRpcEngine)
    assert isinstance(open_nodes("http://a.invalid http://b.invalid", agree=2), EnginePool)


def test_a_secret_in_an_endpoint_is_not_told() -> None:
    pool = open_nodes("http://user:word@127.0.0.1:9/v2/secret http://127.0.0.1:9/v2/secret")
    with pytest.raises(EngineUnavailableError) as caught:
        pool.identity()
    assert "secret" not in str(caught.value)
    assert "word" not in str(caught.value)


@pytest.mark.evm_node
def test_a_new_connection_is_asked_who_it_is_before_its_answer_counts(anvil: Stage) -> None:
    """The endpoint stays, and one day another chain answers behind it."""
    target, here = anvil.registered(), upstream(anvil.endpoint)
    foreign = {"on": False}

    def node(question: dict[str, Any]) -> dict[str, Any]:
        answer = here(question)
        if foreign["on"] and question["method"] == "eth_chainId":
            answer["result"] = "0x1"
        if foreign["on"] and question["method"] == "eth_getTransactionCount":
            answer["result"] = "0xbad"
        return answer

    calm = Plan(Random(0), {Fault.LOST_QUESTION: 1.0}, frozenset(), {}, calm=True)
    with serving(node, calm) as proxy:
        engine = JsonRpcEngine(proxy.endpoint)
        engine.on_connect(Watcher(engine, target, ANVIL).check)
        true = engine.nonce(TX_KEY.address)
        foreign["on"] = True
        assert engine.nonce(TX_KEY.address) == 0xBAD  # nobody can tell: the connection is the old one
        calm.calm = False
        with pytest.raises(EngineUnavailableError):
            engine.nonce(TX_KEY.address)
        calm.calm = True
        for _ in range(2):
            with pytest.raises(ForeignChainError):
                engine.nonce(TX_KEY.address)
        foreign["on"] = False
        assert engine.nonce(TX_KEY.address) == true
        engine.close()


@pytest.mark.evm_node
@pytest.mark.parametrize("agree", [1, 2])
def test_anchoring_over_a_liar_a_dead_one_and_two_good_ones(anvil: Stage, tmp_path: Path, agree: int) -> None:
    target, node = anvil.registered(), upstream(anvil.endpoint)
    liar = Plan(Random(agree), {Fault.FLIPPED: 0.5, Fault.GARBAGE: 0.1, Fault.NONCE: 0.5}, frozenset(), {})
    with ExitStack() as stack:
        plans = (liar, Plan(Random(0), {}, frozenset(), {}), Plan(Random(0), {}, frozenset(), {}))
        proxies = [stack.enter_context(serving(node, plan)) for plan in plans]
        names = ["http://127.0.0.1:9", *(proxy.endpoint for proxy in proxies)]
        engine = open_nodes(" ".join(names), agree=agree, event_page_blocks=1000)
        client = Anchorer(engine, TX_KEY, target, ANVIL, tmp_path / "journal.sqlite")
        stack.callback(client.close)
        stack.callback(engine.close)
        size = 0
        for _ in range(100):
            if size < 20 and not client.pending():
                client.submit(size + 5, oracle.root(0, size + 5), oracle.proof(size, size + 5))
                size += 5
            try:
                client.step()
            except AnchorError as error:
                pytest.fail(f"one liar stopped the client: {error}")
            if size == 20 and not client.pending():
                break
        anchors = read_anchors(anvil.engine, anvil.contract, target.log_id)
        assert [(a.size, a.root) for a in anchors] == [(n, oracle.root(0, n)) for n in (5, 10, 15, 20)]
        if agree == 2:
            assert read_head(engine, anvil.contract, target.log_id).size == 20
