"""A real MQTT client, the real listener, the real log: what a device sees."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tally_edge import keys, proof
from tally_gateway import backup, control
from tally_gateway.errors import ConfirmationAhead
from tally_gateway.intake.clients import ClientFile
from tally_gateway.service import Service, first_error
from tests.gateway.intake.support import Recorder, eventually
from tests.gateway.service.client_side import ask, shown_of
from tests.gateway.service.world import World, device, make_world

PAYLOAD_FORMAT_INVALID = 0x99


async def connected(world: World, service: Service, name: str) -> Recorder:
    clients = ClientFile(world.folder / "clients.toml")
    if name in clients.names():
        clients.remove(name)
    recorder = Recorder(name, clients.add(name))
    await recorder.connect(service.addresses["mqtt"][1])
    recorder.client.subscribe(f"tally/1/{name}/down", qos=1)
    await eventually(lambda: bool(recorder.subacks))
    return recorder


async def test_publish_is_acknowledged_confirmed_and_verifiable(world: World) -> None:
    stream = device()
    async with world.running() as service:
        office = await connected(world, service, "office")
        plant = await connected(world, service, stream.kid.hex())
        enrolled = office.publish(world.enrolment(stream).encoded)
        await eventually(lambda: office.pubacks.get(enrolled) == 0)
        sent = [stream.readings() for _ in range(3)]
        for one in sent:
            plant.publish(one.encoded)
        await eventually(lambda: sum(len(proof.decode(body).paths) for _, body in plant.downs) == 3)
        for recorder in (office, plant):
            await recorder.close()
    key = keys.decode_public_key(bytes.fromhex(world.fingerprints.proof_public_key))
    for _, body in plant.downs:
        confirmed = proof.decode(body)
        assert confirmed.run is not None
        first = confirmed.run[1]
        confirmed.verify([one.encoded for one in sent[first : first + len(confirmed.paths)]], key)


async def test_nonsense_between_statements_is_refused_and_the_stream_goes_on(world: World) -> None:
    stream = device()
    async with world.running() as service:
        office = await connected(world, service, "office")
        office.publish(world.enrolment(stream).encoded)
        mids = []
        for _ in range(5):
            mids.append((office.publish(stream.readings().encoded), 0))
            mids.append((office.publish(b"\xd2nonsense"), PAYLOAD_FORMAT_INVALID))
            mids.append((office.publish(b""), PAYLOAD_FORMAT_INVALID))
        await eventually(lambda: all(office.pubacks.get(mid) == reason for mid, reason in mids))
        assert service.parts.log.size == 1 + 1 + 5
        await office.close()


async def test_an_ask_with_a_newer_confirmation_stops_the_service(tmp_path: Path) -> None:
    world = make_world(tmp_path / "gateway")
    stream = device()
    name = stream.kid.hex()
    async with world.running() as service:
        office = await connected(world, service, "office")
        office.publish(world.enrolment(stream).encoded)
        await eventually(lambda: service.parts.log.size == 2)
        copied = await asyncio.to_thread(control.ask, world.folder, {"do": "backup", "to": str(tmp_path / "copy")})
        assert copied is not None
        assert copied["ok"], copied
        plant = await connected(world, service, name)
        late = stream.readings()
        plant.publish(late.encoded)
        await eventually(lambda: bool(plant.downs))
        for recorder in (office, plant):
            await recorder.close()
    confirmed = plant.downs[0][1]
    world.folder.rename(tmp_path / "lost")
    backup.restore(tmp_path / "copy", world.folder)
    with pytest.raises(BaseExceptionGroup) as caught:
        await _ask(world, name, ask(stream, name, shown_of(proof.decode(confirmed), late.encoded)))
    assert isinstance(first_error(caught.value), ConfirmationAhead)


async def _ask(world: World, name: str, asked: bytes) -> None:
    async with world.running() as service:
        plant = await connected(world, service, name)
        plant.publish(asked)
        await eventually(lambda: bool(plant.disconnects))
        await plant.close()
