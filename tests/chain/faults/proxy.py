"""The proxy: a real HTTP server on loopback before a node, doing to each question what the run's plan says."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import rlp

from tests.chain.faults.mischief import Fault, Plan, Trait

Node = Callable[[dict[str, Any]], dict[str, Any]]
"""A JSON-RPC request object to its answer object."""

# A slow answer comes when the client has given up; this is for a client that never does.
SLOW_SECONDS = 5.0
# FISCO BCOS's filter_max_process_block.
LOG_BLOCKS = 10
ERRORS = (
    (200, {"code": -32005, "message": "rate limit reached"}),
    (200, {"code": -32603, "message": "Internal error"}),
    (200, {"code": -32000, "message": "header not found"}),
    (429, None),
    (502, None),
)


class Hangup(Exception):
    """The connection is closed without an answer."""


class Proxy:
    """Answers questions for one run. One client asks at a time, as the anchoring client does."""

    def __init__(self, node: Node, plan: Plan) -> None:
        self._node = node
        self._plan = plan
        self._held: list[tuple[int, dict[str, Any]]] = []
        self._asked = 0
        self._old: dict[str, list[Any]] = {}
        self._last: dict[str, Any] | None = None
        self._nonces: set[int] = set()
        self._guard = threading.Lock()
        self.endpoint = ""

    def forget_pool(self, used: int) -> None:
        """The node lost its waiting transactions; nonces from `used` on are free again."""
        self._nonces = {nonce for nonce in self._nonces if nonce < used}

    def answer(self, body: bytes) -> tuple[int, bytes, bool]:
        """Status and body of the answer, and whether it comes too late. Raises Hangup.

        Late or not, what it says is chosen now: while it is held back the run goes on, and draws from the same chance.
        """
        with self._guard:
            question = json.loads(body)
            self._asked += 1
            self._deliver_held()
            answer, late = self._forward(question)
            return *self._disturbed(question, answer), late

    def _forward(self, question: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        plan = self._plan
        if plan.strikes(Fault.LOST_QUESTION):
            raise Hangup
        if plan.strikes(Fault.LATER):
            self._held.append((self._asked + plan.random.randint(1, 12), question))
            raise Hangup
        if plan.strikes(Fault.TWICE):
            self._as_node(question)
        answer = self._as_node(question)
        if plan.strikes(Fault.LOST_ANSWER):
            raise Hangup
        return answer, plan.strikes(Fault.SLOW)

    def _deliver_held(self) -> None:
        due = [question for at, question in self._held if at <= self._asked or self._plan.calm]
        self._held = [(at, question) for at, question in self._held if at > self._asked and not self._plan.calm]
        for question in due:
            self._as_node(question)

    def _as_node(self, question: dict[str, Any]) -> dict[str, Any]:
        """The node behind its traits."""
        method, traits = question["method"], self._plan.traits
        if method == "eth_sendRawTransaction" and Trait.NO_REPLACEMENT in traits:
            nonce = nonce_of(bytes.fromhex(question["params"][0][2:]))
            if nonce in self._nonces:
                return _error(question, {"code": -32000, "message": "NonceCheckFail"})
            self._nonces.add(nonce)
        if method == "eth_getLogs" and Trait.TRUNCATES in traits:
            (wanted,) = question["params"]
            last = min(int(wanted["toBlock"], 16), int(wanted["fromBlock"], 16) + LOG_BLOCKS - 1)
            question = question | {"params": [wanted | {"toBlock": hex(last)}]}
        answer = self._node(question)
        if method == "eth_getBlockByNumber" and Trait.MILLISECONDS in traits and answer.get("result"):
            answer["result"]["timestamp"] = hex(int(answer["result"]["timestamp"], 16) * 1000)
        return answer

    def _disturbed(self, question: dict[str, Any], answer: dict[str, Any]) -> tuple[int, bytes]:
        plan, chance, method = self._plan, self._plan.random, question["method"]
        if plan.strikes(Fault.ERROR):
            status, error = chance.choice(ERRORS)
            return status, b"<html>busy</html>" if error is None else _bytes(_error(question, error))
        key = json.dumps([method, question["params"]])
        older = self._old.setdefault(key, [])
        older.append(answer.get("result"))
        if "result" in answer and plan.strikes(Fault.STALE):
            answer = answer | {"result": chance.choice(older)}
        last, self._last = self._last, answer
        if last is not None and plan.strikes(Fault.CROSSED):
            answer = last
        if method == "eth_getTransactionReceipt" and plan.strikes(Fault.NULL_OUTCOME):
            answer = answer | {"result": None}
        if method == "eth_getTransactionCount" and "result" in answer and plan.strikes(Fault.NONCE):
            answer = answer | {"result": hex(max(0, int(answer["result"], 16) + chance.choice((-2, -1, 1, 2, 5))))}
        body = _bytes(answer)
        if plan.strikes(Fault.FLIPPED):
            body = flipped(body, chance.random())
        if plan.strikes(Fault.GARBAGE):
            body = chance.choice((body[: len(body) // 2], b"", b"[]", b"\xff\xfe" + body, b"[" * 100_000, b"{}"))
        return 200, body


def nonce_of(raw: bytes) -> int:
    """The nonce of a signed transaction, typed or legacy."""
    fields = rlp.decode(raw[1:] if raw[0] < 0x80 else raw)
    return int.from_bytes(fields[1] if raw[0] < 0x80 else fields[0], "big")


def flipped(body: bytes, where: float) -> bytes:
    """The body with another hexadecimal digit in one of its 0x-values."""
    text = body.decode()
    start = text.find('"result"')
    places = [
        place for place in range(max(0, start), len(text)) if text[place] in "0123456789abcdef" and _in_hex(text, place)
    ]
    if not places:
        return body
    place = places[int(where * len(places))]
    other = "0123456789abcdef"[(int(text[place], 16) + 1 + int(where * 1e6) % 15) % 16]
    return (text[:place] + other + text[place + 1 :]).encode()


def _in_hex(text: str, place: int) -> bool:
    opening = text.rfind('"', 0, place)
    return text.startswith('"0x', opening) and place > opening + 2


def _error(question: dict[str, Any], error: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": question["id"], "error": error}


def _bytes(answer: object) -> bytes:
    return json.dumps(answer).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            status, answer, late = self.server.proxy.answer(body)
        except Hangup:
            self.close_connection = True
            return
        if late:
            select.select([self.connection], [], [], SLOW_SECONDS)  # the client asks nothing more here: it hangs up
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
        except OSError:
            self.close_connection = True  # the client's patience ended

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: Proxy

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def serving(node: Node, plan: Plan) -> Iterator[Proxy]:
    """The proxy on a free port of loopback."""
    proxy = Proxy(node, plan)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.proxy = proxy
    proxy.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
