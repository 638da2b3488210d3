"""The agent over its own uplink against the real gateway: MQTT, the log, confirmations, refusals, asks."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tally_edge import keys, statement
from tally_edge.agent import outbox
from tally_edge.agent.agent import Agent, Identity
from tally_edge.agent.clock import VirtualClock
from tally_edge.agent.outbox import Outbox
from tally_edge.agent.uplink import UplinkSettings
from tally_edge.agent.uplink_transport import UplinkTransport
from tally_gateway.intake.clients import ClientFile
from tally_gateway.service import Service
from tests.edge.agent.rig import POINT, START, FreezingMeter, assert_one_stream, point_config
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_listener_end_to_end import connected
from tests.gateway.service.world import Stream, World, device, make_world

DAY = 86_400


def live(world: World, service: Service, stream: Stream, token: str, folder: Path, until: int) -> None:
    """One life of an agent, up to `until`."""
    proof_key = keys.decode_public_key(bytes.fromhex(world.fingerprints.proof_public_key))
    client = stream.kid.hex()
    settings = UplinkSettings("127.0.0.1", service.addresses["mqtt"][1], client, token)
    box = Outbox(folder, stream.kid, 2**22)
    clock = VirtualClock(START)
    agent = Agent(
        Identity(stream.issuer, stream.key, client, proof_key), [point_config(pack_readings=20)],
        {POINT: FreezingMeter()}, box, transport=UplinkTransport(settings), clock=clock, waits_for_gateway=True,
    )  # fmt: skip
    agent.run_accelerated(clock, START, until, close=False)


async def test_two_lives_of_an_agent_and_a_key_that_was_enrolled_late(tmp_path: Path) -> None:
    world = make_world(tmp_path / "gateway")
    stream, folder = device(), tmp_path / "outbox"
    async with world.running() as service:
        token = ClientFile(world.folder / "clients.toml").add(stream.kid.hex())
        await asyncio.to_thread(live, world, service, stream, token, folder, START + DAY)
        refused = outbox.look(folder)
        assert len(refused.dead) == refused.last_seq + 1 > 10
        assert "UNKNOWN_KEY" in refused.dead[0].refusal
        office = await connected(world, service, "office")
        mid = office.publish(world.enrolment(stream).encoded)
        await eventually(lambda: office.pubacks.get(mid) == 0)
        box = Outbox(folder, stream.kid, 2**22)
        box.resend()
        box.close()
        await asyncio.to_thread(live, world, service, stream, token, folder, START + 3 * DAY)
        await asyncio.to_thread(live, world, service, stream, token, folder, START + 4 * DAY)
        await office.close()
        log = service.parts.log
        told = service.parts.watch.copies()[stream.kid].told
        entries = [log.entry(index) for _, index in log.indexes_of(stream.kid, 0, 10_000)]
    status = outbox.look(folder)
    assert (status.waiting, status.dead, status.boot_count, status.counters) == (0, [], 3, {})
    assert len(entries) == status.last_seq + 1
    assert told is not None
    assert told[0] == status.last_seq
    assert_one_stream([statement.decode(entry) for entry in entries])
