"""The site of a run: who signs, what the authority states, what the settings say, and whom the reader trusts.

Keys come from the seed. They are for tests and worth nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eth_account import Account

from tally_chain import note
from tally_chain.anchoring.keys import LocalSigner
from tally_chain.policy import Accept, PinnedRoot, Policy, TrustedKey, TrustedLog
from tally_edge import countersign
from tally_edge.agent import config
from tally_edge.agent.config import PointConfig
from tally_edge.authority import (
    AuthorityPayload,
    Enrolment,
    FactsEvent,
    MeterFacts,
    NamedLog,
    Person,
    PlannedPoint,
    RegisterFacts,
    SigningPlace,
    SitePlan,
)
from tally_edge.proof import log_id_of
from tally_edge.signer import FileSigner
from tally_edge.statement import NO_PREV, Claims, Kind, Statement
from tally_gateway.config import (
    AnchorSection,
    AuthorityKey,
    GatewayConfig,
    GatewaySection,
    HttpSection,
    ListenerSection,
    LogSection,
    ProjectionSection,
)
from tally_gateway.keys_on_disk import LogSigners
from tests.simulation.plant import REGISTER
from tests.simulation.swarm import Swarm
from tests.world import ed, p256

MIDNIGHT = 1_791_043_200
START = MIDNIGHT - 700
"""Some minutes before a midnight in Shanghai (2026-10-04), so that every run settles a day."""

ORIGIN = "tallystick.example/simulated/1"
SITE = "urn:example:site:simulated"
OWNER = "Mill"
TIMEZONE = "Asia/Shanghai"

_SETTINGS = """
[device]
uri = "{device}"
model = "simulated"
place = "polled-bus"
[site]
timezone = "{timezone}"
[[point]]
uri = "{point}"
driver = "simulated"
cadence_s = {cadence_s}
pack_readings = {pack_readings}
pack_seconds = 900
serial = "{serial}"
facts = "{facts}"
[[point.register]]
name = "{register}"
unit = "kWh"
"""


@dataclass(frozen=True)
class DeviceOfSite:
    """A device, its key, its one metering point."""

    name: str
    uri: str
    signer: FileSigner
    point: PointConfig

    @property
    def kid(self) -> bytes:
        """Its key's id, and its name to the gateway."""
        return self.signer.public_key.kid


@dataclass
class SiteOfRun:
    """Everything that stands before the run begins."""

    seed: int
    swarm: Swarm
    signers: LogSigners = field(init=False)
    authority: FileSigner = field(init=False)
    person: FileSigner = field(init=False)
    transaction_key: LocalSigner = field(init=False)
    owner_key: LocalSigner = field(init=False)
    devices: list[DeviceOfSite] = field(default_factory=list)
    stated: list[Statement] = field(default_factory=list)
    """What the authority said, in its order."""

    def __post_init__(self) -> None:
        self.signers = LogSigners(ed(f"{self.seed}/checkpoint"), p256(f"{self.seed}/proof"))
        self.authority, self.person = p256(f"{self.seed}/authority"), p256(f"{self.seed}/person")
        self.transaction_key = _account(f"{self.seed}/transaction")
        self.owner_key = _account(f"{self.seed}/owner")
        names = [f"device{number}" for number in range(self.swarm.devices)]
        self._state(Kind.SITE_PLAN, SITE, self._plan(names))
        for name in names:
            signer, uri, point = p256(f"{self.seed}/{name}"), f"urn:dev:org:32473-sim:{name}", _point(name)
            self._state(
                Kind.ENROLMENT,
                uri,
                Enrolment(uri, signer.public_key.encode(), (point,), SigningPlace.POLLED_BUS, "simulated"),
            )
            facts = self._state(Kind.METER_FACTS, point, _facts(name))
            self.devices.append(DeviceOfSite(name, uri, signer, self._point_config(name, uri, facts.id)))

    def _plan(self, names: Sequence[str]) -> SitePlan:
        return SitePlan(
            site=SITE,
            owner=OWNER,
            timezone=TIMEZONE,
            reading_day=1,
            logs=(NamedLog(log_id_of(ORIGIN), ORIGIN),),
            points=tuple(PlannedPoint(_point(name), self.swarm.cadence_s) for name in names),
            persons=(Person(self.person.public_key.kid, "Inspection"),),
            renew_by=START + 400 * 86_400,
        )

    def _state(self, kind: Kind, subject: str, payload: AuthorityPayload) -> Statement:
        prev = self.stated[-1].id if self.stated else NO_PREV
        claims = Claims(
            kind=kind,
            kid=self.authority.public_key.kid,
            issuer="urn:example:office",
            subject=subject,
            issued_at=START - 600,
            seq=len(self.stated),
            prev=prev,
        )
        self.stated.append(countersign.sign(claims, payload, self.authority, self.person))
        return self.stated[-1]

    def _point_config(self, name: str, uri: str, facts: bytes) -> PointConfig:
        text = _SETTINGS.format(
            device=uri,
            point=_point(name),
            timezone=TIMEZONE,
            cadence_s=self.swarm.cadence_s,
            pack_readings=self.swarm.pack_readings,
            serial=name,
            facts=facts.hex(),
            register=REGISTER,
        )
        return config.parse(text, Path("edge.toml")).points[0]

    def gateway_config(self, folder: Path) -> GatewayConfig:
        """The gateway's settings, with its files in `folder`."""
        profile = "geth-clique" if self.swarm.final_after_blocks else "anvil"
        return GatewayConfig(
            folder,
            GatewaySection(ORIGIN),
            log=LogSection(seal_every_ms=self.swarm.seal_every_ms, min_free_mb=1),
            listener=ListenerSection(enabled=False),
            http=HttpSection(enabled=False),
            anchor=AnchorSection(
                engine="jsonrpc",
                profile=profile,
                every_minutes=self.swarm.anchor_every_minutes,
                every_entries=100,
            ),
            projection=ProjectionSection(enabled=False),
            authorities=(AuthorityKey("urn:example:office", self.authority.public_key),),
        )

    def policy(self, roots: tuple[PinnedRoot, ...]) -> Policy:
        """A reader that knows the authority, the person and the log, and holds these heads of it."""
        checkpoint_key = note.verifier_key_of(ORIGIN, self.signers.checkpoint).encode()
        return Policy(
            authorities=(TrustedKey(self.authority.public_key, "Office", "urn:example:office"),),
            persons=(TrustedKey(self.person.public_key, "Inspection"),),
            owners=(),
            logs=(TrustedLog(ORIGIN, self.signers.proof.public_key, checkpoint_key, roots),),
            accept=Accept(),
            audited=OWNER,
        )


def _account(seed: str) -> LocalSigner:
    return LocalSigner(Account.from_key(hashlib.sha256(seed.encode()).digest()))


def _point(name: str) -> str:
    return f"urn:dev:org:32473-sim:{name}-m1"


def _facts(name: str) -> MeterFacts:
    return MeterFacts(
        point=_point(name),
        event=FactsEvent.INSTALL,
        effective_at=START - 600,
        serial=name,
        accuracy_class="0.5S",
        multiplier=1,
        registers=(RegisterFacts(REGISTER, "kWh", cumulative=True),),
    )
