"""One go-ethereum node of the test network: its files, its ports, and what can be done to its process."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account
from eth_keys.datatypes import PrivateKey

from tests.chain.contracts.stage import ask
from tests.ports import free_port

START_S = 60.0
STOP_S = 30.0
# A process that is stopped takes connections and says nothing, so silence has to end somewhere.
ASK_S = 5.0
# Of its peers a node dials a third at most, which of two is one; here it may dial all.
_SETTINGS = "[Node.P2P]\nDialRatio = 1\n"
_PASSWORD = "a test network"
_FAST = 4_096


class NodeError(Exception):
    """The node does not do as it is told, or does not answer."""


class Node:
    """A signer of the network. Its key and its ports stay the same however often it is started."""

    def __init__(self, name: str, binary: Path, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None
        self.life = 0
        """How often it was started."""
        self.p2p_port, self.http_port = free_port(), free_port()
        self.account = Account.from_key(hashlib.sha256(f"tallystick test signer {name}".encode()).digest())
        self._peer_key = hashlib.sha256(f"tallystick test peer {name}".encode()).digest()

    @property
    def address(self) -> str:
        """The signer's address."""
        return str(self.account.address)

    @property
    def endpoint(self) -> str:
        """Its JSON-RPC interface."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def enode(self) -> str:
        """What other nodes dial."""
        public = PrivateKey(self._peer_key).public_key.to_bytes()
        return f"enode://{public.hex()}@127.0.0.1:{self.p2p_port}"

    def prepare(self, genesis: dict[str, Any]) -> None:
        """Makes the node's files and its first block."""
        (self.folder / "keystore").mkdir(parents=True)
        sealed = Account.encrypt(self.account.key, _PASSWORD, kdf="scrypt", iterations=_FAST)
        (self.folder / "keystore" / "signer").write_text(json.dumps(sealed), "utf-8")
        (self.folder / "password").write_text(_PASSWORD, "utf-8")
        (self.folder / "nodekey").write_text(self._peer_key.hex(), "utf-8")
        (self.folder / "settings.toml").write_text(_SETTINGS, "utf-8")
        (self.folder / "genesis.json").write_text(json.dumps(genesis), "utf-8")
        command = [str(self._binary), "--datadir", str(self.folder), "init", "--state.scheme", "hash"]
        done = subprocess.run(
            [*command, str(self.folder / "genesis.json")], capture_output=True, text=True, timeout=START_S, check=False
        )
        if done.returncode != 0:
            raise NodeError(f"{self.name}: geth init failed: {done.stderr[-500:]}")

    def start(self) -> None:
        """Starts it, and waits until it answers; it knows no other node yet."""
        assert self._process is None, f"{self.name} runs"
        self.life += 1
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_ends_with_the_test(), str(self._binary), *self._options()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self._is_up, f"{self.name} being up", START_S)

    def stop(self) -> None:
        """SIGTERM: the node writes down what it knows."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: it does not."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """SIGSTOP: every connection stands, and nothing is said any more."""
        os.kill(self._running().pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        os.kill(self._running().pid, signal.SIGCONT)

    @property
    def runs(self) -> bool:
        """Whether its process was started and not ended."""
        return self._process is not None

    def ask(self, method: str, *parameters: object) -> Any:
        """The answer to a JSON-RPC request. Raises NodeError."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        try:
            answer = ask(self.endpoint, request, timeout_s=ASK_S)
        except httpx.HTTPError as error:
            raise NodeError(f"{self.name}: {method}: {error!r}") from error
        if "error" in answer:
            raise NodeError(f"{self.name}: {method}: {answer['error']}")
        return answer["result"]

    def height(self) -> int:
        """The number of its newest block."""
        return int(self.ask("eth_blockNumber"), 16)

    def block_hash(self, number: int) -> str | None:
        """The hash of its canonical block of that number."""
        block = self.ask("eth_getBlockByNumber", hex(number), False)
        return None if block is None else str(block["hash"])

    def seals(self, *, wanted: bool) -> None:
        """Takes part in sealing, or only follows."""
        self.ask("miner_start" if wanted else "miner_stop")

    def knows(self, other: Node) -> bool:
        """Whether it is connected with `other`."""
        return any(peer["enode"].startswith(other.enode.partition("@")[0]) for peer in self.ask("admin_peers"))

    def peers(self) -> int:
        """How many nodes it is connected with."""
        return int(self.ask("net_peerCount"), 16)

    def tail(self) -> str:
        """The end of its log."""
        return (self.folder / "log").read_text("utf-8", "replace")[-2_000:]

    def _options(self) -> list[str]:
        return [
            *("--config", str(self.folder / "settings.toml")),
            *("--datadir", str(self.folder), "--networkid", "7700003", "--verbosity", "3"),
            *("--port", str(self.p2p_port), "--nodekey", str(self.folder / "nodekey")),
            # Nodes are told of each other by the test alone, and two peers are all there are: with fewer allowed than
            # geth would like, it follows a peer at once instead of waiting for more.
            *("--nodiscover", "--nat", "none", "--netrestrict", "127.0.0.0/8", "--maxpeers", "2"),
            *("--http", "--http.addr", "127.0.0.1", "--http.port", str(self.http_port)),
            *("--http.api", "eth,net,web3,admin,clique,miner,txpool", "--ipcdisable"),
            *("--authrpc.addr", "127.0.0.1", "--authrpc.port", "0"),
            *("--mine", "--miner.etherbase", self.address, "--unlock", self.address, "--allow-insecure-unlock"),
            *("--password", str(self.folder / "password")),
            # Archive: the state of each block goes to disk with it. Otherwise a killed node starts from far behind.
            *("--syncmode", "full", "--gcmode", "archive", "--state.scheme", "hash", "--snapshot=false"),
            *("--cache", "64", "--txlookuplimit", "0"),
        ]

    def _is_up(self) -> bool:
        code = self._running().poll()
        if code is not None:
            self._process = None
            raise NodeError(f"{self.name} ended with {code}:\n{self.tail()}")
        try:
            return self.height() >= 0
        except NodeError:
            return False

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, f"{self.name} does not run"
        return self._process

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)  # one that is frozen would never hear the first
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_S)


def _ends_with_the_test() -> list[str]:
    """What to put before a command, so that a node does not seal for ever where the test run is killed."""
    setpriv = shutil.which("setpriv")
    return [] if setpriv is None else [setpriv, "--pdeathsig", "KILL"]


def wait_until(holds: Callable[[], object], what: str, within_s: float = 60.0) -> None:
    """Returns once `holds()`; fails after `within_s`. A node that does not answer does not hold."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if holds():
                return
            said = ""
        except NodeError as error:
            if "ended with" in str(error):
                raise
            said = f" ({error})"
        assert time.monotonic() < deadline, f"no {what} within {within_s:.0f} s{said}"
        time.sleep(0.1)
