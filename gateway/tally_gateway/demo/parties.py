"""The parties of a demonstration, each with keys of its own: the owner's device, an authority, a second person.

DIR/secret            the passphrase of every key here (a demonstration has one machine and one person)
DIR/authority/        the authority's key and stream
DIR/person.key        the second person's key
DIR/edge/             the agent: key, settings, outbox
DIR/gateway/          the gateway and its log
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_edge import durable, signer
from tally_edge.agent.config import secret
from tally_edge.authority import Enrolment, NamedLog, Person, SigningPlace, SitePlan
from tally_edge.office import authority_stream
from tally_edge.office.authority_stream import AuthorityStream
from tally_edge.proof import log_id_of
from tally_edge.signer import FileSigner
from tally_edge.statement import Statement
from tally_gateway.demo.site import Site

AUTHORITY_ISSUER: Final = "urn:dev:org:32473-metering-office"
AUTHORITY: Final = "Metering Office 计量所"
INSPECTION: Final = "Inspection Ltd 检验公司"
PLAN_TERM_S: Final = 2 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Folders:
    """Where everything of a demonstration lies."""

    root: Path

    @property
    def secret(self) -> Path:
        """The passphrase file."""
        return self.root / "secret"

    @property
    def authority(self) -> Path:
        """The authority's folder."""
        return self.root / "authority"

    @property
    def person_key(self) -> Path:
        """The second person's key."""
        return self.root / "person.key"

    @property
    def edge(self) -> Path:
        """The agent's folder."""
        return self.root / "edge"

    @property
    def device_key(self) -> Path:
        """The agent's key."""
        return self.edge / "device.key"

    @property
    def gateway(self) -> Path:
        """The gateway's folder."""
        return self.root / "gateway"

    @property
    def policy(self) -> Path:
        """The reader's policy."""
        return self.root / "policy.toml"

    @property
    def bundle(self) -> Path:
        """The full bundle."""
        return self.root / "bundle.tally"

    @property
    def totals(self) -> Path:
        """The totals-only bundle."""
        return self.root / "totals.tally"


@dataclass(frozen=True, slots=True)
class Parties:
    """The opened keys."""

    passphrase: str
    authority: FileSigner
    person: FileSigner
    device: FileSigner


def make(folders: Folders) -> Parties:
    """Make every party's key. The folder must be empty of them. Raises ConfigError, KeyStoreError."""
    passphrase = secrets.token_urlsafe(24)
    durable.make_folder(folders.root)
    durable.make_folder(folders.edge, mode=0o700)
    durable.write_file(folders.secret, passphrase.encode() + b"\n", mode=0o600)
    parties = Parties(passphrase, signer.generate(), signer.generate(), signer.generate())
    authority_stream.create(folders.authority, AUTHORITY_ISSUER, parties.authority, passphrase)
    parties.person.save(folders.person_key, passphrase)
    parties.device.save(folders.device_key, passphrase)
    return parties


def device_of(folders: Folders) -> FileSigner:
    """The agent's key, opened again."""
    return signer.load(folders.device_key, secret(folders.secret))


@dataclass(frozen=True, slots=True)
class Stated:
    """What the authority said, in order, and the id of the meter facts of each metering point."""

    statements: tuple[Statement, ...]
    facts: dict[str, bytes]


def state_site(folders: Folders, parties: Parties, site: Site, now: int) -> Stated:
    """The authority states the site plan, every meter's facts and the device's enrolment, countersigned."""
    plan = SitePlan(
        site=site.uri,
        owner=site.owner,
        timezone=site.timezone,
        reading_day=1,
        logs=(NamedLog(log_id_of(site.origin), site.origin),),
        points=tuple(point.planned() for point in site.points),
        persons=(Person(parties.person.public_key.kid, INSPECTION),),
        renew_by=max(now, site.to_at) + PLAN_TERM_S,
    )
    enrolment = Enrolment(
        device=site.device,
        public_key=parties.device.public_key.encode(),
        points=tuple(point.uri for point in site.points),
        place=SigningPlace.SIMULATED,
        model="tallystick edge agent, simulated meters",
    )
    with AuthorityStream(folders.authority) as stream:
        said = [stream.state(plan, now, parties.authority, parties.person)]
        facts = {}
        for point in site.points:
            stated = stream.state(point.facts(site.from_at), now, parties.authority, parties.person)
            facts[point.uri] = stated.id
            said.append(stated)
        said.append(stream.state(enrolment, now, parties.authority, parties.person))
    return Stated(tuple(said), facts)
