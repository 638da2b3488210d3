"""An aggregator in a folder, gateways that hand their heads to it, and ways to run them inside a test."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tally_chain import note
from tally_chain.head_entry import HeadEntry
from tally_edge import keys, proof, signer
from tally_edge.proof import log_id_of
from tally_edge.signer import FileSigner
from tally_gateway.aggregate.registered import LogsFile, registered_log
from tally_gateway.aggregate.service import HeadsService
from tally_gateway.config import (
    AggregatorSection,
    AnchorSection,
    GatewayConfig,
    GatewaySection,
    HeadsSection,
    HttpSection,
    ListenerSection,
    LogSection,
    ProjectionSection,
    load,
)
from tally_gateway.founding import Fingerprints, found
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.service import Service
from tests.gateway.service.world import PASSPHRASE, SCRYPT_FAST, World, make_world

HEADS_ORIGIN = "tallystick.example/heads/1"


@dataclass
class Aggregator:
    """A founded aggregator."""

    folder: Path
    fingerprints: Fingerprints

    @property
    def config(self) -> GatewayConfig:
        return load(self.folder)

    @property
    def log_id(self) -> bytes:
        return log_id_of(HEADS_ORIGIN)

    def register(self, name: str, origin: str, proof_key: str, checkpoint_key: str) -> str:
        """Register a log; the token of its gateway."""
        LogsFile(self.folder / "logs.toml").add(registered_log(name, origin, proof_key, checkpoint_key))
        return TokenFile(self.folder / "api-tokens.toml").add(name, frozenset({Scope.HEADS}))

    @contextlib.asynccontextmanager
    async def running(self, port: int = 0, *, tls: bool = False) -> AsyncIterator[tuple[HeadsService, int]]:
        """The service and its port, ready; stopped in order at the end."""
        config = dataclasses.replace(self.config, http=HttpSection(port=port, tls=tls))
        service = HeadsService(config)
        async with _running(service):
            yield service, service.addresses["http"][1]


@contextlib.asynccontextmanager
async def at_work(world: World) -> AsyncIterator[Service]:
    """A gateway's service, made in a thread: while it starts it asks the aggregator, which runs in this loop."""
    service = await asyncio.to_thread(Service, world.config)
    async with _running(service):
        yield service


@contextlib.asynccontextmanager
async def _running(service: HeadsService | Service) -> AsyncIterator[None]:
    task = asyncio.create_task(service.run())
    ready = asyncio.create_task(service.ready.wait())
    try:
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        yield
    finally:
        ready.cancel()
        service.stop()
        await asyncio.wait_for(task, 30)


def make_aggregator(folder: Path, *, engine: str = "embedded", seal_ms: int = 50) -> Aggregator:
    """Found one without TLS on a free loopback port."""
    passphrase_file = folder.parent / f"{folder.name}.passphrase"
    passphrase_file.parent.mkdir(parents=True, exist_ok=True)
    passphrase_file.write_text(PASSPHRASE)
    passphrase_file.chmod(0o600)
    config = GatewayConfig(
        folder,
        GatewaySection(HEADS_ORIGIN, str(passphrase_file)),
        log=LogSection(seal_every_ms=seal_ms, min_free_mb=1),
        listener=ListenerSection(enabled=False),
        http=HttpSection(port=0),
        anchor=AnchorSection(engine=engine, every_minutes=1, every_entries=1),
        heads=HeadsSection(enabled=True),
        projection=ProjectionSection(enabled=False),
    )
    return Aggregator(folder, found(config, PASSPHRASE, lambda: int(time.time()), keystore_work_factor=SCRYPT_FAST))


def make_member(folder: Path, aggregator: Aggregator, port: int, name: str, origin: str) -> World:
    """A gateway that anchors through the aggregator at `port`, registered there."""
    world = make_world(folder, origin=origin)
    made = world.fingerprints
    token = aggregator.register(name, origin, made.proof_public_key, made.checkpoint_key)
    (world.folder / "aggregator.token").write_text(token)
    (world.folder / "aggregator.token").chmod(0o600)
    world.change(
        anchor=AnchorSection(engine="aggregator", every_minutes=1, every_entries=1),
        aggregator=AggregatorSection(
            url=f"http://127.0.0.1:{port}",
            origin=HEADS_ORIGIN,
            proof_key=aggregator.fingerprints.proof_public_key,
            checkpoint_key=aggregator.fingerprints.checkpoint_key,
        ),
    )
    return world


def signed(origin: str, size: int, root: bytes, key: FileSigner, at: int = 1_770_000_000) -> HeadEntry:
    """A head that `key` signed."""
    return HeadEntry(proof.sign_head(origin, size, root, at, key), root)


def client(port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10)


def registered_key(origin: str, key: FileSigner) -> tuple[str, str]:
    """The proof key and a checkpoint key of a synthetic log, as texts."""
    checkpoint_key = note.verifier_key_of(origin, signer.generate(keys.EDDSA)).encode()
    return key.public_key.encode().hex(), checkpoint_key
