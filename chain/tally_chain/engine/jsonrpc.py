"""An Engine over the Ethereum JSON-RPC interface (eth_*): anvil, Besu, geth, FISCO BCOS with web3_rpc, OP-stack chains.

Synchronous and small: one request for each method, no batches (FISCO BCOS limits them to eight), no subscriptions, only
methods that all of these nodes have. The answers of a node are input like any other and are checked in `quantities`.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from eth_utils.address import to_checksum_address

from tally_chain.engine import quantities
from tally_chain.engine.exchange import BoundedHttp
from tally_chain.engine.interface import Block, BlockTag, ChainIdentity, Engine, Event, Fees, Outcome
from tally_chain.engine.words import RefusalTable, asks_for_smaller_range, classify_refusal
from tally_chain.errors import (
    AnswerTooLargeError,
    CallRevertedError,
    EngineAnswerError,
    EngineError,
    EngineUnavailableError,
    SendRefusedError,
)

# A node that has not answered in this time is as good as gone; the anchoring client comes back later.
DEFAULT_TIMEOUT_SECONDS = 10.0
# The timeout above is for each wait; a node that sends a byte now and then is gone after this time all the same.
TIMEOUTS_FOR_ONE_ANSWER = 3
# What honest answers come to, with room: a node must not be able to fill our memory. Most are a number, a hash, the
# name of a node, or the few words that a call returns.
MAX_ANSWER_BYTES = 64 * 1024
MAX_ANSWER_BYTES_OF = {
    "eth_getCode": 256 * 1024,  # EIP-170 allows 24 KiB of code, twice as long in hexadecimal; some chains allow more
    "eth_getTransactionReceipt": 1024 * 1024,  # 1,000 events; what is sent from here makes a handful
    "eth_getBlockByNumber": 2 * 1024 * 1024,  # the hashes of 30,000 transactions
    "eth_getLogs": 4 * 1024 * 1024,  # 5,000 events; a page that has more is halved
}
# Python takes 50 to 250 bytes for a list or an object however short its text is, so values may not be denser than this
# in it on average. An event has one for each 40 bytes.
LEAST_BYTES_OF_VALUE = 16
FREE_VALUES = 4_096
# FISCO BCOS looks at ten blocks and drops the rest of the range without a word. Other profiles may set more.
DEFAULT_EVENT_PAGE_BLOCKS = 10
# JSON-RPC errors: 3 is "execution reverted" (geth and those who follow it), -32601 "method not found".
CODE_REVERTED = 3
CODE_NO_METHOD = -32601
# Executions that ended badly for another reason than a revert; a limit of the node or a lost block is none of these.
_EXECUTION_WORDS = ("out of gas", "invalid opcode", "invalid jump", "stack underflow", "stack overflow", "gas required")


class RpcError(EngineError):
    """The node answered with a JSON-RPC error. Outside this module it is an EngineError like any other."""

    def __init__(self, code: int, text: str, data: object) -> None:
        super().__init__(f"{text} ({code})")
        self.code = code
        self.text = text
        self.data = data


class JsonRpcEngine:
    """See Engine.

    `endpoint` is an http(s) URL; `event_page_blocks` is how many blocks one eth_getLogs may span; `refusals` are words
    of the chain's family; without `milliseconds` a block time in that unit is refused.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        event_page_blocks: int = DEFAULT_EVENT_PAGE_BLOCKS,
        refusals: RefusalTable = (),
        milliseconds: bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._page = max(1, event_page_blocks)
        self._refusals, self._milliseconds = refusals, milliseconds
        self._ids = itertools.count(1)
        self._guard = threading.RLock()
        self._checked_connections = 0
        self._check: Callable[[Engine], None] | None = None
        try:
            url = httpx.URL(endpoint)
            self._http = BoundedHttp(
                endpoint,
                timeout_seconds=timeout_seconds,
                total_seconds=TIMEOUTS_FOR_ONE_ANSWER * timeout_seconds,
                proxies=True,
                transport=transport,
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise EngineUnavailableError(f"{endpoint!r} is no endpoint: {error}") from error
        self.name = f"{url.host}:{url.port}" if url.port else url.host
        """Which node this is, for people; without the path, which holds a secret at some providers."""

    def on_connect(self, check: Callable[[Engine], None]) -> None:
        """See Reconnecting."""
        self._check = check

    def identity(self) -> ChainIdentity:
        """See Engine."""
        chain_id = quantities.integer(self._ask("eth_chainId"))
        genesis = self.block(0)
        if genesis is None:
            raise EngineAnswerError("the node has no genesis block")
        return ChainIdentity(chain_id, genesis.hash, self._kind())

    def block(self, which: int | BlockTag) -> Block | None:
        """See Engine."""
        name = which.value if isinstance(which, BlockTag) else hex(which)
        answer = self._ask("eth_getBlockByNumber", name, False)  # noqa: FBT003  the protocol's own second parameter
        if answer is None:
            return None
        block = quantities.block(answer, milliseconds=self._milliseconds)
        if isinstance(which, int) and block.number != which:
            raise EngineAnswerError(f"asked for block {which}, the node answers with block {block.number}")
        return block

    def send_raw_transaction(self, raw: bytes) -> bytes:
        """See Engine."""
        try:
            answer = self._ask("eth_sendRawTransaction", quantities.hexadecimal(raw))
        except RpcError as error:
            raise SendRefusedError(classify_refusal(error.text, self._refusals), error.text) from error
        return quantities.octets(answer, 32)

    def outcome(self, tx_hash: bytes) -> Outcome | None:
        """See Engine."""
        answer = self._ask("eth_getTransactionReceipt", quantities.hexadecimal(tx_hash))
        if answer is None or (isinstance(answer, dict) and answer.get("blockHash") is None):
            return None
        outcome = quantities.outcome(answer)
        if outcome.tx_hash != tx_hash:
            raise EngineAnswerError("the node answered with the outcome of another transaction")
        return outcome

    def call(self, to: str, data: bytes, *, sender: str | None = None, at: int | None = None) -> bytes:
        """See Engine; `at` is a block whose state is asked, which some nodes (FISCO BCOS) ignore."""
        message = _message(sender, to, data)
        try:
            return quantities.octets(self._ask("eth_call", message, _state(at)))
        except RpcError as error:
            raise _as_revert(error) from error

    def estimate_gas(self, sender: str, to: str | None, data: bytes) -> int:
        """See Engine."""
        try:
            return quantities.counter(self._ask("eth_estimateGas", _message(sender, to, data), BlockTag.LATEST.value))
        except RpcError as error:
            raise _as_revert(error) from error

    def nonce(self, address: str, *, at: int | None = None) -> int:
        """See Engine; `at` as in `call`."""
        return quantities.counter(self._ask("eth_getTransactionCount", address, _state(at)))

    def balance(self, address: str, *, at: int | None = None) -> int:
        """See Engine; `at` as in `call`."""
        return quantities.integer(self._ask("eth_getBalance", address, _state(at)))

    def code(self, address: str, *, at: int | None = None) -> bytes:
        """See Engine; `at` as in `call`."""
        return quantities.octets(self._ask("eth_getCode", address, _state(at)))

    def fees(self) -> Fees:
        """See Engine; a chain that knows no base fee reports 0, and its gas price counts alone."""
        block = self._ask("eth_getBlockByNumber", BlockTag.LATEST.value, False)  # noqa: FBT003  see block()
        base = block.get("baseFeePerGas") if isinstance(block, dict) else None
        price = quantities.integer(self._ask("eth_gasPrice"))
        try:
            priority = quantities.integer(self._ask("eth_maxPriorityFeePerGas"))
        except RpcError as error:
            if error.code != CODE_NO_METHOD:
                raise
            priority = 0
        return Fees(0 if base is None else quantities.integer(base), priority, price)

    def events(self, address: str, topics: Sequence[bytes | None], first_block: int, last_block: int) -> list[Event]:
        """See Engine; halves a page that the node finds too large, or whose events are."""
        found: list[Event] = []
        first, page = max(0, first_block), self._page
        while first <= last_block:
            last = min(last_block, first + page - 1)
            try:
                found += self._page_of_events(address, topics, first, last)
            except (RpcError, AnswerTooLargeError) as error:
                if page == 1 or (isinstance(error, RpcError) and not asks_for_smaller_range(error.text)):
                    raise
                page //= 2
                continue
            first = last + 1
        return found

    def close(self) -> None:
        """See Engine."""
        self._http.close()

    def _page_of_events(self, address: str, topics: Sequence[bytes | None], first: int, last: int) -> list[Event]:
        wanted = [None if topic is None else quantities.hexadecimal(topic) for topic in topics]
        question = {"address": address, "fromBlock": hex(first), "toBlock": hex(last), "topics": wanted}
        answer = self._ask("eth_getLogs", question)
        if not isinstance(answer, list):
            raise EngineAnswerError("eth_getLogs answers with no list")
        events = [quantities.event(entry) for entry in answer]
        for event in events:
            if event.address != to_checksum_address(address) or not first <= event.block_number <= last:
                raise EngineAnswerError("eth_getLogs answers with an event that was not asked for")
        return sorted(events, key=lambda event: (event.block_number, event.index))

    def _kind(self) -> str:
        try:
            return str(self._ask("web3_clientVersion"))[:100]
        except RpcError:
            return "unnamed node"

    def _ask(self, method: str, *parameters: object) -> Any:
        """One question, whose answer is used only when the connection is known to lead to the right chain.

        Raises RpcError for the node's own errors, EngineUnavailableError when no answer came, and what the check of a
        new connection raises.
        """
        with self._guard:
            try:
                answer = self._exchange(method, parameters)
            except RpcError:
                self._check_connection()
                raise
            self._check_connection()
            return answer

    def _check_connection(self) -> None:
        check, connections = self._check, self._http.connections
        if check is None or connections == self._checked_connections:
            return
        self._check = None  # what it asks is not checked by asking again
        try:
            check(self)
        finally:
            self._check = check
        if self._http.connections != connections:
            raise EngineUnavailableError("the connection was lost while it was checked")
        self._checked_connections = connections

    def _exchange(self, method: str, parameters: Sequence[object]) -> Any:
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(parameters)}
        most_bytes = MAX_ANSWER_BYTES_OF.get(method, MAX_ANSWER_BYTES)
        status, body = self._http.exchange(method, json=request, most_bytes=most_bytes)
        values = sum(body.count(mark) for mark in (b",", b"[", b"{"))
        if values > FREE_VALUES + len(body) // LEAST_BYTES_OF_VALUE:
            raise AnswerTooLargeError(f"{method}: the answer has {values} values in {len(body)} bytes")
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            if status != httpx.codes.OK:
                raise EngineUnavailableError(f"{method}: HTTP status {status}") from error
            raise EngineAnswerError(f"{method}: the answer is not JSON") from error
        return _result(method, request["id"], answer, status)


def _result(method: str, request_id: object, answer: object, status: int) -> Any:
    if not isinstance(answer, dict):
        raise EngineAnswerError(f"{method}: the answer is not a JSON-RPC object")
    error = answer.get("error")
    if error is not None:
        if not isinstance(error, dict):
            raise EngineAnswerError(f"{method}: the error is not an object")
        code = error.get("code")
        raise RpcError(code if isinstance(code, int) else 0, str(error.get("message"))[:1000], error.get("data"))
    if status != httpx.codes.OK:
        raise EngineUnavailableError(f"{method}: HTTP status {status}")
    if answer.get("id") != request_id or "result" not in answer:
        raise EngineAnswerError(f"{method}: the answer belongs to another question")
    return answer["result"]


def _state(at: int | None) -> str:
    return BlockTag.LATEST.value if at is None else hex(at)


def _message(sender: str | None, to: str | None, data: bytes) -> dict[str, str]:
    message = {"data": quantities.hexadecimal(data)}
    if sender is not None:
        message["from"] = sender
    if to is not None:
        message["to"] = to
    return message


def _as_revert(error: RpcError) -> EngineError:
    """What the node says of an execution becomes CallRevertedError; everything else is a node that did not execute."""
    data = error.data
    if isinstance(data, dict):
        data = data.get("data")
    try:
        returned = quantities.octets(data) if isinstance(data, str) else b""
    except EngineAnswerError:
        returned = b""
    if error.code == CODE_REVERTED or returned or "revert" in error.text.lower():
        return CallRevertedError(error.text, returned)
    if any(words in error.text.lower() for words in _EXECUTION_WORDS):
        return CallRevertedError(error.text)
    return EngineUnavailableError(error.text)
