"""Parties who use the registries by command alone: a chain, key files, and short ways to say a command."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import create_keystore, open_keystore
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import BlockTag, Engine
from tally_chain.registry import administration
from tally_chain.registry.operations import Operation
from tally_edge.command import main
from tests.chain.contracts.stage import Stage
from tests.chain.faults.embedded_node import EmbeddedNode
from tests.chain.faults.mischief import Plan
from tests.chain.faults.proxy import serving
from tests.chain.registry.parties import fresh

PASSPHRASE = "correct horse battery"
DELAY_SECONDS = 60
NAMES = ("deployer", "alice", "bob", "revoker", "registrar", "bank-a", "bank-b", "keeper", "stranger")
UNTIL = "2040-01-01T00:00:00Z"
QUIET = Plan(random.Random(0), {}, frozenset(), {})
"""Nothing goes wrong on the way."""

Shown = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Consortium:
    """Two proposers, a revoker, a registrar, two banks and a keeper on a chain; `stage` is set for a real node."""

    folder: Path
    stage: Stage | None = None
    address: dict[str, str] = field(default_factory=dict)
    organisation: dict[str, str] = field(default_factory=dict)
    endpoints: tuple[str, ...] = ()
    """Other nodes than the chain's own."""

    @property
    def where(self) -> list[str]:
        if self.endpoints:
            return [*(word for url in self.endpoints for word in ("--endpoint", url)), "--profile", "anvil"]
        if self.stage is None:
            return ["--embedded", str(self.folder / "chain")]
        return ["--endpoint", self.stage.endpoint, "--profile", "anvil"]

    @property
    def pins(self) -> Path:
        return self.folder / "registries.json"

    @property
    def contracts(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.pins.read_text("utf-8"))["contracts"]
        return found

    def key(self, who: str) -> Path:
        return self.folder / f"{who}.json"

    def run(self, *words: object, by: str | None = None, pinned: bool = True) -> Said:
        """`tallystick registry …` on this chain, under somebody's key."""
        line = ["registry", *map(str, words), *self.where, *(["--pins", str(self.pins)] if pinned else [])]
        return say(*line, *(["--key", str(self.key(by))] if by else []))

    def did(self, *words: object, by: str | None = None) -> Any:
        """The JSON of a command that must succeed."""
        said = self.run(*words, "--json", by=by)
        assert said.code == 0, said.err or said.out
        return said.json

    def decided(self, *words: object) -> Any:
        """A proposal of alice that waits and is executed by a stranger."""
        made = self.did("propose", *words, by="alice")
        self.wait()
        return self.did("execute", made["operation"], by="stranger")

    def wait(self, seconds: int = DELAY_SECONDS) -> None:
        """Until so much time is over by the chain's clock."""
        if self.stage is not None:
            self.stage.rpc("evm_increaseTime", seconds + 1)
            self.stage.rpc("evm_mine")
            return
        # Only a transaction makes a block; a chain whose own clock is told to be later makes it later.
        with self.engine(ahead_seconds=seconds + 1) as engine:
            key = open_keystore(self.key("deployer"), lambda: PASSPHRASE)
            setup.transact(engine, key, EMBEDDED, key.address, b"")

    @contextmanager
    def engine(self, ahead_seconds: int = 0) -> Iterator[Engine]:
        if self.stage is not None:
            yield self.stage.engine
            return
        now = EmbeddedEngine.open_reader(self.folder / "chain")
        newest = now.block(BlockTag.LATEST)
        now.close()
        assert newest is not None
        later = newest.time_seconds + ahead_seconds
        engine = EmbeddedEngine.open(self.folder / "chain", clock=lambda: later)
        try:
            yield engine
        finally:
            engine.close()

    def propose_directly(self, operation: Operation) -> str:
        """As another program than the command would; the operation's id."""
        with self.engine() as engine:
            alice = open_keystore(self.key("alice"), lambda: PASSPHRASE)
            administration.propose(engine, alice, EMBEDDED, self.contracts["TimelockController"], operation)
        return "0x" + operation.operation_id.hex()

    @contextmanager
    def through(self, *shown: Shown) -> Iterator[Consortium]:
        """The same chain behind one node for each of these, which says what events the node shows."""
        with self.engine() as engine, ExitStack() as nodes:
            served = [nodes.enter_context(serving(showing(EmbeddedNode(engine), one), QUIET)) for one in shown]
            yield replace(self, endpoints=tuple(proxy.endpoint for proxy in served))

    def now(self) -> int:
        with self.engine() as engine:
            newest = engine.block(BlockTag.LATEST)
        assert newest is not None
        return newest.time_seconds


def showing(honest: EmbeddedNode, shown: Shown) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A node that answers as the honest one, but for events."""

    def node(question: dict[str, Any]) -> dict[str, Any]:
        answer = honest(question)
        if question["method"] == "eth_getLogs":
            answer["result"] = shown(answer["result"])
        return answer

    return node


def say(*words: str) -> Said:
    """`tallystick …`; usage errors are exit code 2 as a shell sees them."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def found_on(folder: Path, stage: Stage | None) -> Consortium:
    """A consortium that has deployed its contracts, and registered nobody yet."""
    made = Consortium(folder, stage)
    for name in NAMES:
        made.address[name] = create_keystore(made.key(name), lambda: PASSPHRASE, work_factor=1 << 10)
    if stage is None:
        EmbeddedEngine.create(folder / "chain", list(made.address.values())).close()
    else:
        for address in made.address.values():
            stage.rpc("anvil_setBalance", address, hex(10**24))
    deployed = say(
        "chain", "deploy", "registries", *made.where, "--key", str(made.key("deployer")), "--json",
        "--proposer", made.address["alice"], "--proposer", made.address["bob"],
        "--revoker", made.address["revoker"], "--delay", str(DELAY_SECONDS),
    )  # fmt: skip
    assert deployed.code == 0, deployed.err
    made.pins.write_text(deployed.out, "utf-8")
    return made


def populate(made: Consortium) -> None:
    """Everybody's organisation and key, by one proposal."""
    lines = []
    for name, role in (
        ("registrar", "registry-admin"),
        ("bank-a", "lender"),
        ("bank-b", "lender"),
        ("keeper", "keeper"),
    ):
        made.organisation[name] = "0x" + fresh("organisation").hex()
        lines.append(f"register-organisation {made.organisation[name]} 0x{fresh('commitment').hex()}  # {name}")
        lines.append(f"bind-key {made.organisation[name]} {made.address[name]} {role} --until {UNTIL}")
    batch = made.folder / "parties.txt"
    batch.write_text("# who takes part\n\n" + "\n".join(lines) + "\n", "utf-8")
    made.decided("batch", batch)
