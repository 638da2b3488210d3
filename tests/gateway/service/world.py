"""A whole gateway in a folder, an authority, devices, and a way to run the service inside a test."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tally_edge import countersign, senml, signer, statement, wire
from tally_edge.authority import Enrolment, Rotation, SigningPlace, StreamPlace
from tally_edge.device import Gap, GapReason
from tally_edge.senml import Reading
from tally_edge.signer import FileSigner
from tally_edge.statement import NO_PREV, Claims, Clock, Kind, Statement
from tally_gateway.config import (
    AnchorSection,
    AuthorityKey,
    GatewayConfig,
    GatewaySection,
    HttpSection,
    ListenerSection,
    LogSection,
    ProjectionSection,
    load,
    render,
)
from tally_gateway.founding import Fingerprints, found
from tally_gateway.service import Service

PASSPHRASE = "correct horse battery staple"
ORIGIN = "tallystick.example/test/1"
ISSUER = "urn:dev:org:32473-authority"
POINT = "urn:dev:org:32473-steel:m1"
START = 1_770_000_000
SCRYPT_FAST = 4


def fixed_clock() -> int:
    return START


@dataclass
class Stream:
    """A key with its chain of statements."""

    key: FileSigner
    issuer: str
    seq: int = 0
    prev: bytes = NO_PREV
    sent: list[Statement] = field(default_factory=list)

    @property
    def kid(self) -> bytes:
        return self.key.public_key.kid

    def _next(self, made: Statement) -> Statement:
        self.seq += 1
        self.prev = made.id
        self.sent.append(made)
        return made

    def readings(self, value: Decimal | int | None = None, *, at: int | None = None, advance: bool = True) -> Statement:
        """The next pack, of one reading; with `advance` False the stream does not move on (to make a fork)."""
        taken = START + 900 * self.seq if at is None else at
        shown = Decimal(self.seq).scaleb(-2) if value is None else value
        payload = senml.encode([Reading(POINT, "energy_import", taken, shown, "kWh")])
        made = self._sign(Kind.READINGS, POINT, payload)
        return self._next(made) if advance else made

    def gap(self) -> Statement:
        payload = wire.encode(Gap(START, START + 60, GapReason.METER_SILENT, (), 1))
        return self._next(self._sign(Kind.GAP, POINT, payload))

    def _sign(self, kind: Kind, subject: str, payload: bytes) -> Statement:
        claims = Claims(
            kind, self.kid, self.issuer, subject, START + self.seq, self.seq, self.prev, 1, Clock.SYNCHRONISED
        )
        return statement.sign(claims, payload, self.key)

    def authority(self, kind: Kind, subject: str, payload: Enrolment | Rotation, person: FileSigner) -> Statement:
        claims = Claims(kind, self.kid, self.issuer, subject, START + self.seq, self.seq, self.prev)
        return self._next(countersign.sign(claims, payload, self.key, person))


def device() -> Stream:
    return Stream(signer.generate(), "urn:dev:org:32473-agent")


@dataclass
class World:
    """A founded gateway and the keys around it."""

    folder: Path
    fingerprints: Fingerprints
    authority: Stream
    person: FileSigner

    @property
    def config(self) -> GatewayConfig:
        return load(self.folder)

    def change(self, **sections: object) -> None:
        """Write the settings anew with these sections."""
        changed = dataclasses.replace(self.config, **sections)  # type: ignore[arg-type]
        (self.folder / "gateway.toml").write_text(render(changed))

    def enrolment(self, stream: Stream) -> Statement:
        payload = Enrolment(stream.issuer, stream.key.public_key.encode(), (POINT,), SigningPlace.SIMULATED, "test")
        return self.authority.authority(Kind.ENROLMENT, stream.issuer, payload, self.person)

    def rotation(self, old: Stream, new: Stream) -> Statement:
        last = StreamPlace(old.kid, old.seq - 1, old.prev)
        payload = Rotation(old.issuer, last, new.key.public_key.encode())
        return self.authority.authority(Kind.ROTATION, old.issuer, payload, self.person)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Service]:
        """The service, ready; stopped in order at the end. What made it stop by itself is raised."""
        service = Service(self.config)
        task = asyncio.create_task(service.run())
        ready = asyncio.create_task(service.ready.wait())
        try:
            await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
            yield service
        finally:
            ready.cancel()
            service.stop()
            await asyncio.wait_for(task, 30)


def make_world(
    folder: Path, *, engine: str = "none", workers: int = 0, seal_ms: int = 50, origin: str = ORIGIN
) -> World:
    """Found a gateway without TLS on free loopback ports."""
    authority = Stream(signer.generate(), ISSUER)
    passphrase_file = folder.parent / f"{folder.name}.passphrase"
    passphrase_file.parent.mkdir(parents=True, exist_ok=True)
    passphrase_file.write_text(PASSPHRASE)
    passphrase_file.chmod(0o600)
    config = GatewayConfig(
        folder,
        GatewaySection(origin, str(passphrase_file)),
        log=LogSection(seal_every_ms=seal_ms, workers=workers, min_free_mb=1),
        listener=ListenerSection(port=0, tls=False),
        http=HttpSection(port=0),
        anchor=AnchorSection(engine=engine, every_minutes=1, every_entries=1),
        projection=ProjectionSection(every_s=1, every_entries=1),
        authorities=(AuthorityKey(ISSUER, authority.key.public_key),),
    )
    made = found(config, PASSPHRASE, lambda: int(time.time()), keystore_work_factor=SCRYPT_FAST)
    return World(folder, made, authority, signer.generate())
