"""A plant that lives: parties, gateway and agent as processes of their own on fixed ports, to be killed and restarted.

What `tally_gateway.demo.stage` plays once from beginning to end is here under the test's hand, step by step.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tally_edge import durable
from tally_edge.agent import outbox
from tally_edge.agent.outbox import OutboxStatus
from tally_edge.errors import OutboxError
from tally_edge.office import authority_send
from tally_edge.statement import Statement
from tally_gateway import config, control, keys_on_disk, service
from tally_gateway.anchored_log import wall_clock
from tally_gateway.config import AuthorityKey, BrokerSection, GatewayConfig, GatewaySection
from tally_gateway.demo import agent_settings, parties
from tally_gateway.demo.agent_settings import Uplink
from tally_gateway.demo.parties import Folders, Parties, Stated
from tally_gateway.demo.processes import Process
from tally_gateway.demo.site import Point, Register, Site
from tally_gateway.founding import found
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.intake.clients import ClientFile
from tests.mosquitto import Mosquitto
from tests.ports import free_port

AGENT = "agent-1"
AGENT_PASSWORD = "agent-password"
READY_S = 60.0
"""A start takes three seconds alone, and several times that on a busy machine."""
FAST_KEYSTORE = 1_024
"""scrypt's work for the keys of a world that is thrown away."""
ORIGIN = "tallystick.example/plant/1"
BASE = "urn:dev:org:32473-plant"

Tune = Callable[[GatewayConfig], GatewayConfig]


def meters(
    electricity: int, water: int, *, cadence_s: int, pack_readings: int, first_at: int | None = None
) -> tuple[Point, ...]:
    """Simulated meters, a month old at `first_at` (now)."""
    started = (int(time.time()) if first_at is None else first_at) // 86_400 * 86_400 - 30 * 86_400
    kinds = [("electricity", "energy_import", "kWh", "0.5S")] * electricity + [("water", "volume", "m3", "2")] * water
    return tuple(
        Point(
            uri=f"{BASE}:m{number}",
            title=kind,
            driver="simulated",
            cadence_s=cadence_s,
            pack_readings=pack_readings,
            serial=f"M-{number}",
            accuracy_class=accuracy_class,
            registers=(Register(register, unit),) + ((Register("energy_export", unit),) if unit == "kWh" else ()),
            meter={"kind": kind, "seed": f"plant {number}", "start": started},
        )
        for number, (kind, register, unit, accuracy_class) in enumerate(kinds)
    )


def site(points: tuple[Point, ...], from_at: int, to_at: int, timezone: str = "UTC") -> Site:
    """A site over [from_at, to_at)."""
    return Site(f"{BASE}:site", "Plant Ltd", timezone, ORIGIN, f"{BASE}:agent-1", points, from_at, to_at)


def wait_until(holds: Callable[[], object], what: str, within_s: float = READY_S) -> None:
    """Return once `holds()`; fail after `within_s`."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"no {what} within {within_s:.0f} s"
        time.sleep(0.05)


@dataclass
class Plant:
    """See the module's text. `live`: the agent runs on the system's clock instead of a virtual one."""

    root: Path
    site: Site
    broker: Mosquitto | None = None
    tune: Tune = lambda settings: settings
    live: bool = True
    anchored: bool = True
    library: str = "paho"
    outbox_bytes: int | None = None
    gateway_folder: Path | None = None
    people: Parties = field(init=False)
    settings: GatewayConfig = field(init=False)
    stated: Stated = field(init=False)
    gateway: Process | None = field(default=None, init=False)
    agent: Process | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Make parties and gateway; nothing runs yet."""
        self.folders = Folders(self.root)
        self.people = parties.make(self.folders)
        durable.make_folder(self.root / "logs")
        self.settings = self.settings_for(self.gateway_folder or self.folders.gateway)
        found(self.settings, self.people.passphrase, wall_clock, keystore_work_factor=FAST_KEYSTORE)
        self.settings = config.load(self.settings.folder)
        self.entitle()

    def settings_for(self, folder: Path) -> GatewayConfig:
        """The settings of a gateway of this plant in `folder`, on ports that stay."""
        authority = AuthorityKey(parties.AUTHORITY_ISSUER, self.people.authority.public_key)
        made = GatewayConfig(
            folder, GatewaySection(self.site.origin, str(self.folders.secret)), authorities=(authority,)
        )
        made = dataclasses.replace(
            made,
            log=dataclasses.replace(made.log, seal_every_ms=150, min_free_mb=1),
            listener=dataclasses.replace(made.listener, port=free_port(), enabled=self.broker is None),
            http=dataclasses.replace(made.http, port=free_port()),
            anchor=dataclasses.replace(
                made.anchor, engine="embedded" if self.anchored else "none", every_minutes=1, every_entries=200
            ),
            projection=dataclasses.replace(made.projection, enabled=False),
            broker=self._broker_section(),
        )
        return self.tune(made)

    def _broker_section(self) -> BrokerSection:
        if self.broker is None:
            return BrokerSection()
        word = self.root / "broker-password"
        durable.write_file(word, b"gateway-password\n", mode=0o600)
        return BrokerSection(
            enabled=True,
            port=self.broker.port,
            tls_ca_file=str(self.broker.tls_files.ca_cert),
            username="gateway",
            password_file=str(word),
            library=self.library,
        )

    def entitle(self) -> None:
        """Tokens of whoever talks to the gateway; they lie in its folder, so a new folder needs them anew."""
        self.token = TokenFile(self.settings.path(self.settings.http.tokens_file)).add(
            "test", frozenset({Scope.SUBMIT, Scope.ENTRIES})
        )
        self.agent_token = (
            AGENT_PASSWORD
            if self.broker is not None
            else ClientFile(self.settings.path(self.settings.listener.clients_file)).add(AGENT)
        )

    # The gateway

    @property
    def url(self) -> str:
        """The gateway's HTTP address."""
        return f"http://127.0.0.1:{self.settings.http.port}"

    def start_gateway(self, *, wait: bool = True, **environment: str) -> None:
        """Start it; `wait` until it is ready."""
        command = ["gateway", "run", "--dir", str(self.settings.folder)]
        before = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        try:
            self.gateway = Process.tallystick(
                "gateway", command, self.root / "logs" / "gateway.log", self.people.passphrase
            )
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
        if wait:
            self.gateway.wait_for(self.is_ready, "being ready", READY_S)

    def is_ready(self) -> bool:
        """Whether the process that was started last says so."""
        running = service.run_file(self.settings.folder)
        return running is not None and self.gateway is not None and running["pid"] == self.gateway.pid

    def status(self) -> dict[str, Any]:
        """What the running gateway says of itself; empty where it does not run."""
        return control.ask(self.settings.folder, {"do": "status"}) or {}

    def anchor(self) -> None:
        """Seal, and anchor the newest head."""
        wait_until(
            lambda: (
                (said := control.ask(self.settings.folder, {"do": "anchor"}) or {})
                and said.get("anchored_size", 0) >= said.get("sealed_size", 1)
            ),
            "anchor of the newest head",
        )

    def submit(self, statements: Sequence[Statement]) -> list[dict[str, Any]]:
        """Send statements over HTTP; the outcomes."""
        return authority_send.send(authority_send.Gateway(self.url, self.token), statements)

    def state_site(self) -> None:
        """The authority states plan, meters and enrolment, and the gateway takes them."""
        self.stated = parties.state_site(self.folders, self.people, self.site, wall_clock())
        self.state_again()
        self.write_agent()

    def state_again(self) -> None:
        """Send what the authority stated to the gateway that runs now."""
        outcomes = self.submit(self.stated.statements)
        assert all(authority_send.is_taken(outcome) for outcome in outcomes), outcomes

    def opened(self) -> keys_on_disk.LogSigners:
        """The gateway's keys."""
        return keys_on_disk.load(self.settings.folder, self.people.passphrase)

    # The agent

    def write_agent(self) -> None:
        """Write the agent's settings for the gateway as it is now."""
        durable.write_file(self.folders.edge / "token", self.agent_token.encode() + b"\n", mode=0o600)
        if self.broker is None:
            port, ca_file = self.settings.listener.port, self.settings.folder / "tls" / "ca.pem"
        else:
            port, ca_file = self.broker.port, self.broker.tls_files.ca_cert
        uplink = Uplink("127.0.0.1", port, AGENT, "token", str(ca_file), self.opened().proof.public_key.encode())
        text = agent_settings.render(self.site, uplink, self.stated.facts)
        if self.live:
            text = re.sub(r"\[run\]\n(.+\n)*", '[run]\nmode = "live"\n', text)
        if self.outbox_bytes is not None:
            text = text.replace("[outbox]\n", f"[outbox]\nmax_bytes = {self.outbox_bytes}\n")
        durable.write_file(self.folders.edge / "edge.toml", text.encode(), mode=0o600)

    @property
    def edge_settings(self) -> Path:
        """The agent's settings file."""
        return self.folders.edge / "edge.toml"

    def start_agent(self) -> None:
        """Start it."""
        command = ["edge", "run", "--config", str(self.edge_settings)]
        self.agent = Process.tallystick("agent", command, self.root / "logs" / "agent.log", self.people.passphrase)

    def look(self) -> OutboxStatus:
        """The agent's outbox."""
        return outbox.look(self.folders.edge / "outbox")

    def has_signed(self, number: int) -> bool:
        """Whether the agent has signed so many statements."""
        try:
            return self.look().last_seq + 1 >= number
        except OutboxError:
            return False  # there is no outbox yet

    def is_drained(self) -> bool:
        """Whether everything that was signed is confirmed or refused."""
        status = self.look()
        return status.last_seq >= 0 and status.waiting == 0 and status.held == 0

    def finish_agent(self, within_s: float = 90.0) -> None:
        """Wait for the end of an accelerated run."""
        agent = self.agent
        assert agent is not None
        wait_until(lambda: agent.code is not None, "end of the agent's run", within_s)
        assert agent.code == 0, agent.tail()

    def agent_ended(self) -> bool:
        """Whether the agent's process has ended."""
        return self.agent is not None and self.agent.code is not None

    # Ends

    def kill(self, victim: str) -> None:
        """SIGKILL `gateway` or `agent`, and wait."""
        process = self.gateway if victim == "gateway" else self.agent
        assert process is not None
        if process.code is None:
            os.kill(process.pid, signal.SIGKILL)
        process.stop()

    def stop(self) -> None:
        """End agent and gateway in order."""
        for process in (self.agent, self.gateway):
            if process is not None:
                process.stop()


def tail_of(plant: Plant) -> str:
    """The ends of both logs, for a failing test."""
    return "\n".join(
        f"--- {path.name}\n{path.read_text('utf-8', 'replace')[-2000:]}"
        for path in sorted((plant.root / "logs").glob("*.log"))
    )


def verdict_of(text: str) -> dict[str, Any]:
    """What `verify --json` printed."""
    return dict(json.loads(text))
