"""Answers that no honest node gives, and words of nodes that are not here; the real node is in test_node.py."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.anchoring.contract import ANCHORED_TOPIC, decode_anchored
from tally_chain.anchoring.reading import read_head
from tally_chain.engine import jsonrpc, quantities
from tally_chain.engine.interface import BlockTag, Event
from tally_chain.engine.jsonrpc import JsonRpcEngine
from tally_chain.engine.words import BESU_WORDS, FISCO_WORDS, GETH_WORDS, RefusalTable, classify_refusal
from tally_chain.errors import (
    AnchorHistoryError,
    AnswerTooLargeError,
    CallRevertedError,
    EngineAnswerError,
    EngineError,
    EngineUnavailableError,
    Refusal,
    SendRefusedError,
)
from tests.chain.contracts.stage import OWNER

HASH_BYTES = b"\xab" * 32
HASH = "0x" + HASH_BYTES.hex()


def node(answer: Callable[[str, list[Any]], Any]) -> JsonRpcEngine:
    """An engine whose node answers with `answer(method, params)`; an exception object becomes the node's error."""

    def handle(request: httpx.Request) -> httpx.Response:
        question = json.loads(request.content)
        found = answer(question["method"], question["params"])
        if isinstance(found, httpx.Response):
            return found
        body = {"jsonrpc": "2.0", "id": question["id"]}
        body |= {"error": found.args[0]} if isinstance(found, Exception) else {"result": found}
        return httpx.Response(200, json=body)

    return JsonRpcEngine("http://node.invalid", transport=httpx.MockTransport(handle))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(HASH) | st.just("0x0"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["number", "hash", "logs", "x"]), inner)
    ),
    max_leaves=6,
)


@given(result=JSON)
def test_nonsense_ends_in_an_engine_error_or_a_value(result: Any) -> None:
    engine = node(lambda *_: result)
    actions: list[Callable[[], object]] = [
        engine.identity,
        engine.fees,
        lambda: engine.block(BlockTag.LATEST),
        lambda: engine.outcome(bytes(32)),
        lambda: engine.nonce(OWNER.address),
        lambda: engine.code(OWNER.address),
        lambda: engine.call(OWNER.address, b""),
        lambda: engine.events(OWNER.address, [], 0, 0),
        lambda: engine.send_raw_transaction(b"\x01"),
    ]
    for action in actions:
        try:
            action()
        except EngineError:
            continue


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, content=b"not json"),
        httpx.Response(200, json=[1]),
        httpx.Response(200, json={"id": 99, "result": "0x1"}),
        httpx.Response(200, json={"id": 1}),
        httpx.Response(200, json={"id": 1, "error": "text"}),
    ],
)
def test_answers_that_are_none(response: httpx.Response) -> None:
    with pytest.raises(EngineAnswerError):
        node(lambda *_: response).nonce(OWNER.address)


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_gateways_error_page_is_unavailable(status: int) -> None:
    with pytest.raises(EngineUnavailableError):
        node(lambda *_: httpx.Response(status, text="<html>")).nonce(OWNER.address)


def test_an_answer_that_is_too_large_for_its_question_is_cut_off() -> None:
    ask: dict[str, Callable[[JsonRpcEngine], object]] = {
        "eth_getTransactionCount": lambda engine: engine.nonce(OWNER.address),
        "eth_call": lambda engine: engine.call(OWNER.address, b""),
        "eth_getCode": lambda engine: engine.code(OWNER.address),
        "eth_getTransactionReceipt": lambda engine: engine.outcome(bytes(32)),
        "eth_getBlockByNumber": lambda engine: engine.block(1),
        "eth_getLogs": lambda engine: engine.events(OWNER.address, [], 0, 0),
    }
    for method, action in ask.items():
        most = jsonrpc.MAX_ANSWER_BYTES_OF.get(method, jsonrpc.MAX_ANSWER_BYTES)
        assert most <= 4 * 1024 * 1024
        with pytest.raises(AnswerTooLargeError, match="exceeds"):
            action(node(lambda *_, most=most: "0x" + "00" * (most // 2)))  # type: ignore[misc]


@pytest.mark.parametrize("empty", ["[]", "{}", '{"":0}', "0", '""'])
def test_an_answer_of_very_many_values_is_not_unpacked(empty: str) -> None:
    count = (jsonrpc.MAX_ANSWER_BYTES_OF["eth_getLogs"] - 100) // (len(empty) + 1)
    body = ('{"jsonrpc":"2.0","id":1,"result":[' + ",".join([empty] * count) + "]}").encode()
    engine = node(lambda *_: httpx.Response(200, content=body))
    tracemalloc.start()
    try:
        with pytest.raises(AnswerTooLargeError, match="values"):
            engine.events(OWNER.address, [], 0, 0)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


def test_a_page_of_more_events_than_an_answer_holds_is_halved() -> None:
    event = {
        "address": OWNER.address,
        "topics": [HASH, HASH, HASH],
        "data": "0x" + "00" * 128,
        "blockHash": HASH,
        "transactionHash": HASH,
        "logIndex": "0x0",
        "removed": False,
    }

    def answer(_: str, params: list[Any]) -> Any:
        first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        return [event | {"blockNumber": hex(number)} for number in range(first, last + 1) for _ in range(1_000)]

    assert len(node(answer).events(OWNER.address, [], 1, 10)) == 10_000


def test_no_endpoint_at_all() -> None:
    engine = JsonRpcEngine("http://127.0.0.1:9")
    with pytest.raises(EngineUnavailableError):
        engine.identity()
    engine.close()
    with pytest.raises(EngineUnavailableError):
        JsonRpcEngine("http://[broken").identity()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("already known", Refusal.ALREADY_KNOWN),
        ("AlreadyKnown", Refusal.ALREADY_KNOWN),
        ("NonceCheckFail", Refusal.ALREADY_KNOWN),
        ("nonce too low: next nonce 5, tx nonce 4", Refusal.NONCE_TOO_LOW),
        ("replacement transaction underpriced", Refusal.UNDERPRICED),
        ("transaction underpriced", Refusal.UNDERPRICED),
        ("execution reverted", Refusal.REVERTED),
        ("insufficient funds for gas * price + value", Refusal.INSUFFICIENT_FUNDS),
        ("txpool is full", Refusal.UNAVAILABLE),
        ("invalid sender", Refusal.INVALID),
        ("the moon is in the wrong house", Refusal.OTHER),
    ],
)
def test_words_of_nodes(text: str, reason: Refusal) -> None:
    assert classify_refusal(text) is reason
    engine = node(lambda *_: ValueError({"code": -32000, "message": text}))
    with pytest.raises(SendRefusedError) as caught:
        engine.send_raw_transaction(b"\x01")
    assert caught.value.reason is reason


@pytest.mark.parametrize("data", ["0x1234", {"data": "0x1234"}])
def test_revert_data_of_several_shapes(data: object) -> None:
    engine = node(lambda *_: ValueError({"code": 3, "message": "execution reverted", "data": data}))
    with pytest.raises(CallRevertedError) as caught:
        engine.call(OWNER.address, b"")
    assert caught.value.data == b"\x12\x34"


def test_events_are_paged_and_pages_halved() -> None:
    pages: list[tuple[int, int]] = []

    def answer(method: str, params: list[Any]) -> Any:
        first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        if last - first + 1 > 4:
            return ValueError({"code": -32005, "message": "block range is too wide"})
        pages.append((first, last))
        return []

    assert node(answer).events(OWNER.address, [], 5, 17) == []
    assert [block for first, last in pages for block in range(first, last + 1)] == list(range(5, 18))


def test_events_of_others_are_not_taken() -> None:
    event = {
        "address": "0x" + "11" * 20,
        "topics": [],
        "data": "0x",
        "blockNumber": "0x1",
        "blockHash": HASH,
        "transactionHash": HASH,
        "logIndex": "0x0",
    }
    with pytest.raises(EngineAnswerError, match="not asked for"):
        node(lambda *_: [event]).events(OWNER.address, [], 0, 1)
    with pytest.raises(EngineAnswerError, match="replaced block"):
        quantities.event(event | {"removed": True})


def test_a_block_of_another_number_and_an_outcome_of_another_transaction_are_not_taken() -> None:
    header = {"number": "0x7", "hash": HASH, "parentHash": HASH, "timestamp": "0x5"}
    assert node(lambda *_: header).block(7) is not None
    with pytest.raises(EngineAnswerError, match="asked for block 8"):
        node(lambda *_: header).block(8)
    event = {
        "address": "0x" + "11" * 20,
        "topics": [],
        "data": "0x",
        "blockNumber": "0x1",
        "blockHash": HASH,
        "transactionHash": "0x" + "cd" * 32,
        "logIndex": "0x0",
    }
    fields = {"transactionHash": HASH, "blockNumber": "0x1", "blockHash": HASH, "status": "0x1", "gasUsed": "0x1"}
    with pytest.raises(EngineAnswerError, match="another transaction or block"):
        node(lambda *_: fields | {"logs": [event]}).outcome(bytes.fromhex(HASH[2:]))


def test_numbers_that_no_chain_reaches_are_not_taken() -> None:
    huge = "0x" + "f" * 64
    header = {"number": "0x7", "hash": HASH, "parentHash": HASH, "timestamp": "0x5"}
    for name in ("number", "timestamp"):
        with pytest.raises(EngineAnswerError, match="can not be a number"):
            quantities.block(header | {name: huge})
    with pytest.raises(EngineAnswerError, match="can not be a number"):
        node(lambda *_: huge).nonce(OWNER.address)
    topics = (ANCHORED_TOPIC, HASH_BYTES, bytes.fromhex(huge[2:]))
    event = Event(OWNER.address, topics, bytes(128), 1, HASH_BYTES, HASH_BYTES, 0)
    with pytest.raises(AnchorHistoryError, match="running number"):
        decode_anchored(event)


def test_times_in_milliseconds_are_seconds_where_a_chain_may_count_so() -> None:
    header = {"number": "0x7", "hash": HASH, "parentHash": HASH, "timestamp": hex(1_800_000_000_123)}
    block = node(lambda *_: header).block(7)
    assert block is not None
    assert block.time_seconds == 1_800_000_000
    with pytest.raises(EngineAnswerError, match="not in seconds"):
        quantities.block(header, milliseconds=False)


def test_an_answer_nested_beyond_reason_is_no_answer() -> None:
    with pytest.raises(EngineAnswerError, match="not JSON"):
        node(lambda *_: httpx.Response(200, content=b"[" * 4_000)).nonce(OWNER.address)


@pytest.mark.parametrize("text", ["rate limit reached", "header not found", "the moon is in the wrong house"])
def test_a_node_that_did_not_execute_is_unavailable(text: str) -> None:
    engine = node(lambda *_: ValueError({"code": -32000, "message": text}))
    for ask in (lambda: engine.call(OWNER.address, b""), lambda: engine.estimate_gas(OWNER.address, None, b"")):
        with pytest.raises(EngineUnavailableError):
            ask()
    engine = node(lambda *_: ValueError({"code": -32000, "message": "out of gas"}))
    with pytest.raises(CallRevertedError):
        engine.estimate_gas(OWNER.address, None, b"")


def test_an_answer_that_drips_is_cut_off() -> None:
    class Drip(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                time.sleep(0.01)
                yield b" "

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip()))
    engine = JsonRpcEngine("http://node.invalid", timeout_seconds=0.05, transport=transport)
    with pytest.raises(EngineUnavailableError, match="does not end"):
        engine.nonce(OWNER.address)


@pytest.mark.parametrize(
    ("table", "text", "reason"),
    [
        (BESU_WORDS, "Known transaction", Refusal.ALREADY_KNOWN),
        (BESU_WORDS, "Sender account not authorized to send transactions", Refusal.NOT_PERMITTED),
        (BESU_WORDS, "Transaction nonce is too distant from current sender nonce", Refusal.NONCE_TOO_HIGH),
        (BESU_WORDS, "Gas price below configured minimum gas price", Refusal.UNDERPRICED),
        (BESU_WORDS, "Upfront cost exceeds account balance", Refusal.INSUFFICIENT_FUNDS),
        (BESU_WORDS, "Replacement transaction underpriced", Refusal.UNDERPRICED),
        (FISCO_WORDS, "NonceCheckFail", Refusal.ALREADY_KNOWN),
        (FISCO_WORDS, "TxAlreadyInChain", Refusal.ALREADY_KNOWN),
        (FISCO_WORDS, "PermissionDenied", Refusal.NOT_PERMITTED),
        (FISCO_WORDS, "TxPoolIsFull", Refusal.UNAVAILABLE),
        (FISCO_WORDS, "NotEnoughCash", Refusal.INSUFFICIENT_FUNDS),
        (GETH_WORDS, "future transaction tries to replace pending", Refusal.NONCE_TOO_HIGH),
        (GETH_WORDS, "insufficient funds for gas * price + value: balance 0", Refusal.INSUFFICIENT_FUNDS),
        (GETH_WORDS, "already known", Refusal.ALREADY_KNOWN),
    ],
)
def test_words_of_families(table: RefusalTable, text: str, reason: Refusal) -> None:
    assert classify_refusal(text, table) is reason


def test_a_head_that_does_not_decode() -> None:
    with pytest.raises(AnchorHistoryError):
        read_head(node(lambda *_: "0x1234"), OWNER.address, bytes(32))
