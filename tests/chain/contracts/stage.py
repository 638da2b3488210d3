"""A chain with the contract on it, keys that pay, and short ways to call it."""

from __future__ import annotations

import hashlib
import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import LocalSigner
from tally_chain.anchoring.profile import ANVIL, EMBEDDED, ChainProfile
from tally_chain.anchoring.reading import AnchorTarget
from tally_chain.anchoring.transacting import without_waiting
from tally_chain.engine.embedded import FUNDING_WEI, EmbeddedEngine
from tally_chain.engine.interface import Engine, Outcome
from tally_chain.engine.jsonrpc import JsonRpcEngine
from tally_chain.errors import CallRevertedError
from tests.chain.contracts import npm, oracle
from tests.ports import free_port, give_back


def signer(name: str) -> LocalSigner:
    """A key that follows from a name; for tests only."""
    return LocalSigner(Account.from_key(hashlib.sha256(f"tallystick test key {name}".encode()).digest()))


OWNER = signer("owner")
TX_KEY = signer("transactions")
STRANGER = signer("stranger")
PEOPLE = tuple(signer(f"person {number}") for number in range(8))
"""Keys of the parties in the tests of the registries."""
ALL = (OWNER, TX_KEY, STRANGER, *PEOPLE)

_numbers = itertools.count(1)


def fresh_log_id() -> bytes:
    return hashlib.sha256(f"log {next(_numbers)}".encode()).digest()


@dataclass
class Stage:
    """The contract at `contract` on `engine`."""

    engine: Engine
    profile: ChainProfile
    contract: str
    endpoint: str = ""

    @property
    def setting_up(self) -> ChainProfile:
        """The profile for what a test prepares: the first block that holds it is believed."""
        return without_waiting(self.profile)

    def send(self, key: LocalSigner, function: str, *arguments: object) -> Outcome:
        return setup.transact(self.engine, key, self.setting_up, self.contract, abi.call_data(function, *arguments))

    def ask(self, key: LocalSigner, function: str, *arguments: object) -> bytes:
        return self.engine.call(self.contract, abi.call_data(function, *arguments), sender=key.address)

    def revert(self, key: LocalSigner, function: str, *arguments: object) -> str:
        """The contract's reason in words; fails the test when the call goes through."""
        try:
            output = self.ask(key, function, *arguments)
        except CallRevertedError as error:
            return abi.explain_revert(error.data)
        raise AssertionError(f"{function} went through and answered {output.hex()}")

    def accepts(self, log_id: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
        """Whether the contract would take a head; any reason but inconsistency fails the test."""
        try:
            output = self.ask(TX_KEY, "anchor", log_id, size, root, proof)
        except CallRevertedError as error:
            reason = abi.explain_revert(error.data)
            assert reason.startswith("LogAnchorInconsistent("), reason
            return False
        assert output == (1).to_bytes(32, "big")
        return True

    def registered(self, tx_key: LocalSigner = TX_KEY, log_id: bytes = b"") -> AnchorTarget:
        """A new log of OWNER."""
        return setup.register(
            self.engine,
            OWNER,
            self.setting_up,
            contract=self.contract,
            log_id=log_id or fresh_log_id(),
            tx_key=tx_key.address,
        )

    def anchored(self, size: int, root: bytes | None = None) -> bytes:
        """A new log with one anchored head; its id."""
        log_id = self.registered().log_id
        self.send(TX_KEY, "anchor", log_id, size, oracle.root(0, size) if root is None else root, [])
        return log_id

    def rpc(self, method: str, *parameters: object) -> object:
        """A request to the node itself, for what only test nodes can do."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        answer = ask(self.endpoint, request, timeout_s=10)
        assert "error" not in answer, answer
        return answer["result"]


@contextmanager
def embedded_stage(directory: Path, clock: Callable[[], float] = time.time) -> Iterator[Stage]:
    engine = EmbeddedEngine.create(directory, [key.address for key in ALL], clock=lambda: int(clock()))
    try:
        yield Stage(engine, EMBEDDED, setup.deploy(engine, STRANGER, EMBEDDED))
    finally:
        engine.close()


@contextmanager
def anvil_stage() -> Iterator[Stage]:
    """A fresh anvil of its own on a free port, with none of its well-known accounts in use."""
    port = free_port()
    command = [str(npm.anvil()), "--port", str(port), "--host", "127.0.0.1", "--accounts", "1", "--silent"]
    with subprocess.Popen([*command, "--chain-id", "7700001"], stdout=subprocess.DEVNULL) as process:
        endpoint = f"http://127.0.0.1:{port}"
        engine = JsonRpcEngine(endpoint, event_page_blocks=1000)
        try:
            _wait_for(endpoint)
            stage = Stage(engine, ANVIL, "", endpoint)
            for key in ALL:
                stage.rpc("anvil_setBalance", key.address, hex(FUNDING_WEI))
            stage.contract = setup.deploy(engine, STRANGER, ANVIL)
            yield stage
        finally:
            engine.close()
            process.terminate()
            process.wait()
            give_back(port)


def ask(endpoint: str, request: dict[str, Any], *, timeout_s: float) -> dict[str, Any]:
    """The answer of a node on this machine. Certificates, which it has none of, would take longer to load than it does
    to answer. Raises httpx.HTTPError.
    """
    return dict(httpx.post(endpoint, json=request, timeout=timeout_s, verify=False).json())


def _wait_for(endpoint: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            ask(endpoint, {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}, timeout_s=5)
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
