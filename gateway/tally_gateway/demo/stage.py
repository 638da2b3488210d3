"""A demonstration from the founding of the gateway to the reader's verdict: real processes, real files, one machine.

1  the parties make their keys; the gateway is founded with an embedded chain
2  the gateway runs; the authority states plan, meters and enrolment, and sends them in
3  the agent runs through the period on a virtual clock, until everything is confirmed
4  the newest head is anchored, the gateway stops
5  both bundles are made, and the reader's policy with the roots that the chain holds
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tally_chain import bundle, note, policy_text
from tally_chain.bundle import Content
from tally_chain.policy import Accept, PinnedChain, PinnedRoot, Policy, RootSource, TrustedKey, TrustedLog
from tally_edge import durable
from tally_edge.office import authority_send
from tally_edge.proof import log_id_of
from tally_edge.statement import Statement
from tally_gateway import anchor_link, config, control, keys_on_disk, service
from tally_gateway.anchored_log import wall_clock
from tally_gateway.config import AuthorityKey, GatewayConfig, GatewaySection
from tally_gateway.demo import agent_settings, parties
from tally_gateway.demo.agent_settings import Uplink
from tally_gateway.demo.parties import Folders, Parties, Stated
from tally_gateway.demo.processes import Process
from tally_gateway.demo.site import Site
from tally_gateway.errors import DemoError, DemoUsageError
from tally_gateway.export import LogKeys, Wanted, make_bundle
from tally_gateway.founding import found
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.intake.clients import ClientFile
from tally_gateway.log.reader import LogReader

AGENT: Final = "agent-1"
READY_S: Final = 60
ANCHOR_S: Final = 60
_SEAL_MS: Final = 200
_ANCHOR_ENTRIES: Final = 2_000

Say = Callable[[str], None]
Progress = Callable[[str, int, int], None]
"""Called with (what, done, whole)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A site, where it is played, and how its progress is told."""

    site: Site
    folders: Folders
    say: Say
    progress: Progress
    broker: BrokerAccess | None = None
    closes: bool = True
    """Whether the period ends with a closing settlement; what goes on live afterwards has none."""

    def prepare(self) -> tuple[Parties, GatewayConfig]:
        """Step 1. Raises DemoUsageError where the folder is not empty."""
        require_empty(self.folders.root)
        people = parties.make(self.folders)
        settings = self._settings(people)
        found(settings, people.passphrase, wall_clock)
        return people, config.load(self.folders.gateway)

    def _settings(self, people: Parties) -> GatewayConfig:
        authority = AuthorityKey(parties.AUTHORITY_ISSUER, people.authority.public_key)
        settings = GatewayConfig(
            self.folders.gateway, GatewaySection(self.site.origin, "../secret"), authorities=(authority,)
        )
        settings = dataclasses.replace(
            settings,
            log=dataclasses.replace(settings.log, seal_every_ms=_SEAL_MS),
            listener=dataclasses.replace(settings.listener, port=0, enabled=self.broker is None),
            http=dataclasses.replace(settings.http, port=0),
            anchor=dataclasses.replace(settings.anchor, every_minutes=1, every_entries=_ANCHOR_ENTRIES),
        )
        return settings if self.broker is None else dataclasses.replace(settings, broker=self.broker.section)

    def run(self, people: Parties, settings: GatewayConfig) -> Stated:
        """Steps 2 to 4."""
        with self.running(people, settings) as (stated, _):
            return stated

    @contextmanager
    def running(self, people: Parties, settings: GatewayConfig) -> Iterator[tuple[Stated, dict[str, object]]]:
        """Steps 2 to 4, and the gateway runs on meanwhile; with where it listens."""
        passphrase = people.passphrase
        submit = TokenFile(settings.path(settings.http.tokens_file)).add("authority", frozenset({Scope.SUBMIT}))
        with self._gateway(passphrase) as gateway:
            running = self._running() or {}
            self.say(f"gateway {gateway.pid} listens: {_places(running)}")
            stated = parties.state_site(self.folders, people, self.site, wall_clock())
            self.submit(stated.statements, running, submit)
            self._write_agent(settings, running, stated)
            self._run_agent(passphrase)
            self._anchor(gateway)
            yield stated, running

    @contextmanager
    def live(
        self, people: Parties, settings: GatewayConfig, stated: Stated, running: dict[str, object]
    ) -> Iterator[Process]:
        """The agent goes on from where its period ended, by the clock of this machine."""
        self._write_agent(settings, running, stated, live=True)
        command = ["edge", "run", "--config", str(self.folders.edge / "edge.toml")]
        with Process.tallystick("agent", command, self.folders.root / "agent-live.log", people.passphrase) as agent:
            yield agent

    @contextmanager
    def _gateway(self, passphrase: str) -> Iterator[Process]:
        """The gateway's process, ready."""
        listening = ["gateway", "run", "--dir", str(self.folders.gateway)]
        with Process.tallystick("gateway", listening, self.folders.root / "gateway.log", passphrase) as gateway:
            gateway.wait_for(lambda: self._running() is not None, "being ready", READY_S)
            yield gateway

    def offer(self, people: Parties, settings: GatewayConfig, statements: Sequence[Statement]) -> list[dict[str, Any]]:
        """Run the gateway again, send it `statements`, and anchor what became of them; its outcomes."""
        token = TokenFile(settings.path(settings.http.tokens_file)).add("stranger", frozenset({Scope.SUBMIT}))
        with self._gateway(people.passphrase) as gateway:
            outcomes = self.submit(statements, self._running() or {}, token)
            self._anchor(gateway)
        return outcomes

    def _running(self) -> dict[str, object] | None:
        return service.run_file(self.folders.gateway)

    def submit(self, statements: Sequence[Statement], running: dict[str, object], token: str) -> list[dict[str, Any]]:
        """Send statements to the running gateway over HTTP; its outcomes. Raises DemoError for a refusal."""
        outcomes = authority_send.send(authority_send.Gateway(f"http://{running['http']}", token), statements)
        for outcome in outcomes:
            if not authority_send.is_taken(outcome):
                raise DemoError(f"the gateway refused a statement: {authority_send.explanation(outcome)}")
        return outcomes

    def _write_agent(
        self, settings: GatewayConfig, running: dict[str, object], stated: Stated, *, live: bool = False
    ) -> None:
        opening = keys_on_disk.load(self.folders.gateway, settings.passphrase())
        if self.broker is None:
            host, _, port = str(running["mqtt"]).rpartition(":")
            token = None if live else ClientFile(settings.path(settings.listener.clients_file)).add(AGENT)
            ca_file = self.folders.gateway / "tls" / "ca.pem"
        else:
            host, port, token, ca_file = self.broker.host, str(self.broker.port), self.broker.token, self.broker.ca_file
        if token is not None:
            durable.write_file(self.folders.edge / "token", token.encode() + b"\n", mode=0o600)
        uplink = Uplink(host, int(port), AGENT, "token", str(ca_file), opening.proof.public_key.encode())
        text = agent_settings.render(self.site, uplink, stated.facts, live=live, closes=self.closes)
        durable.write_file(self.folders.edge / "edge.toml", text.encode(), mode=0o600)

    def _run_agent(self, passphrase: str) -> None:
        command = ["edge", "run", "--config", str(self.folders.edge / "edge.toml")]
        with Process.tallystick("agent", command, self.folders.root / "agent.log", passphrase) as agent:
            expected = self._expected_statements()
            while agent.code is None:
                standing = control.ask(self.folders.gateway, {"do": "status"})
                if standing is None:
                    raise DemoError("the gateway stopped while the agent ran; see gateway.log")
                self.progress("statements confirmed", min(int(standing["sealed_size"]), expected), expected)
                time.sleep(0.2)
            if agent.code != 0:
                raise DemoError(f"the agent ended with {agent.code}:\n{agent.tail()}")
            self.progress("statements confirmed", expected, expected)

    def _expected_statements(self) -> int:
        """About how many entries the log will hold: packs, daily settlements, and what the authority says."""
        seconds = self.site.to_at - self.site.from_at
        days = seconds // 86_400
        total = 3 + len(self.site.points)
        for point in self.site.points:
            registers = sum(1 for register in point.registers if not register.per_event)
            total += seconds // point.cadence_s * registers // point.pack_readings + days
        return total

    def _anchor(self, gateway: Process) -> None:
        """Anchor the newest head, and wait until the chain has it."""

        def anchored() -> bool:
            standing = control.ask(self.folders.gateway, {"do": "anchor"})
            return (
                standing is not None
                and bool(standing.get("ok"))
                and standing["anchored_size"] >= standing["sealed_size"]
            )

        gateway.wait_for(anchored, "anchor of the newest head", ANCHOR_S)

    # Step 5

    def export(self, settings: GatewayConfig, content: Content, path: Path, to_at: int | None = None) -> int:
        """Make a bundle at the newest anchored head and write it; its size in bytes."""
        opened = keys_on_disk.load(self.folders.gateway, settings.passphrase())
        claims = anchor_link.claims_of(settings)
        made = make_bundle(
            self.folders.gateway,
            LogKeys(opened.checkpoint, opened.proof),
            Wanted(content, self.site.from_at, self.site.to_at if to_at is None else to_at),
            size=claims[-1].size,
            anchors=claims,
            now=wall_clock(),
        )
        encoded = bundle.encode(made)
        durable.write_file(path, encoded)
        return len(encoded)

    def reader_policy(self, people: Parties, settings: GatewayConfig) -> Policy:
        """What a reader of a demonstration trusts, and accepts: simulated, anchored on the operator's chain."""
        opened = keys_on_disk.load(self.folders.gateway, settings.passphrase())
        target = anchor_link.target_of(settings, log_id_of(self.site.origin))
        own = RootSource.SELF_ANCHORED
        # One head for every bundle that lies here: heads of the operator's own chain do not vouch for each other.
        sizes = {bundle.decode(path.read_bytes()).sections[0].size for path in self.folders.root.glob("*.tally")}
        roots = tuple(
            PinnedRoot(anchor.size, anchor.root, own, anchor.block_time_seconds, target.chain_id)
            for anchor in anchor_link.anchors_of(settings)
            if anchor.size in sizes
        )
        owner = json.loads(settings.path(anchor_link.OWNER_KEY).read_text("utf-8"))["address"]
        log = TrustedLog(
            self.site.origin,
            opened.proof.public_key,
            note.verifier_key_of(self.site.origin, opened.checkpoint).encode(),
            roots,
            bytes.fromhex(owner.removeprefix("0x")),
        )
        contract = bytes.fromhex(target.contract.removeprefix("0x"))
        return Policy(
            authorities=(TrustedKey(people.authority.public_key, parties.AUTHORITY, parties.AUTHORITY_ISSUER),),
            persons=(TrustedKey(people.person.public_key, parties.INSPECTION),),
            owners=(),
            logs=(log,),
            accept=Accept(simulated=True, self_anchored=True),
            audited=self.site.owner,
            chain=PinnedChain(target.chain_id, target.genesis_hash, contract, own),
        )

    def write_policy(self, people: Parties, settings: GatewayConfig) -> None:
        """Write the reader's policy beside the bundles."""
        durable.write_file(self.folders.policy, policy_text.write(self.reader_policy(people, settings)).encode())

    def tree(self) -> LogReader:
        """The log's files, for whoever wants to look."""
        return LogReader(self.folders.gateway)


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """A broker between agent and gateway: how each of them gets in."""

    host: str
    port: int
    ca_file: Path
    token: str
    section: config.BrokerSection


def require_empty(folder: Path) -> None:
    """Raises DemoUsageError where a demonstration would write over something."""
    if folder.exists() and not folder.is_dir():
        raise DemoUsageError(f"{folder} is a file; name a folder")
    if folder.exists() and any(folder.iterdir()):
        raise DemoUsageError(f"{folder} is not empty; name another folder")


def _places(running: dict[str, object]) -> str:
    return json.dumps({key: value for key, value in running.items() if key != "pid"})
