"""The firmware against the real gateway: its statements are taken, its confirmations come back and free the ring."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tally_edge import senml, wire
from tally_edge.device import Boundary, Settlement
from tally_edge.pinned_tls import client_context
from tally_edge.statement import NO_PREV, Kind
from tally_gateway.config import ListenerSection
from tally_gateway.log.reader import LogReader
from tests.firmware import fleet
from tests.firmware.build import Device
from tests.gateway.intake.support import Recorder, eventually
from tests.gateway.service.world import World, make_world
from tests.ports import free_port

THOUSAND = 1_000


def ca_of(world: World) -> Path:
    """What devices pin."""
    return world.folder / "tls" / "ca.pem"


async def _run(
    device: Device, folder: Path, count: int, *, statements: int
) -> tuple[World, list[fleet.Member], dict[str, object]]:
    world = make_world(folder / "gateway")
    world.change(listener=ListenerSection(port=0, tls=True))
    members = fleet.members(count)
    token = fleet.register(world, members, "office")
    async with world.running() as service:
        port = service.addresses["mqtt"][1]
        office = Recorder("office", token, client_context(ca_of(world)))
        await office.connect(port)
        await fleet.enrol(world, members, office)
        await office.close()
        report = await fleet.run(
            device, world, members, port, ca_file=ca_of(world), statements=statements, seconds=540, speed=60
        )
    return world, members, report


async def test_every_variant_end_to_end_over_tls(device: Device, tmp_path: Path) -> None:
    world, members, report = await _run(device, tmp_path, 5, statements=8)
    assert report["exit code"] == 0, report
    assert report["done"] == 5
    assert report["signed"] == report["confirmed"]
    assert report["waiting"] == report["not_believed"] == report["behind"] == report["refused"] == 0
    by_key = fleet.logged(world)
    for member in members:
        said = by_key[member.key.public_key.kid]
        assert len(said) >= 8
        prev = NO_PREV
        for seq, one in enumerate(said):
            one.verify(member.key.public_key)
            assert (one.claims.seq, one.claims.prev) == (seq, prev)
            assert (one.claims.issuer, one.claims.subject) == (member.uri, member.point)
            prev = one.id
        assert [one.claims.kind for one in said[:2]] == [Kind.READINGS, Kind.SETTLEMENT]
        assert wire.decode(Settlement, said[1].payload).boundary is Boundary.OPENING
        registers = senml.registers_of(
            reading for one in said if one.claims.kind is Kind.READINGS for reading in senml.decode(one.payload)
        )
        assert registers


async def test_a_gateway_that_goes_away_and_comes_back(device: Device, tmp_path: Path) -> None:
    """The devices come back by themselves, ask, and send what was not confirmed."""
    world = make_world(tmp_path / "gateway")
    port = free_port()
    world.change(listener=ListenerSection(port=port, tls=True))
    members = fleet.members(3)
    token = fleet.register(world, members, "office")
    async with world.running():
        office = Recorder("office", token, client_context(ca_of(world)))
        await office.connect(port)
        await fleet.enrol(world, members, office)
        await office.close()
        run = fleet.run(device, world, members, port, ca_file=ca_of(world), statements=16, seconds=300, speed=60)
        running = asyncio.create_task(run)
        await eventually(lambda: LogReader(world.folder).size > 1 + 3 + 9)
    async with world.running():
        report = await running
    assert report["exit code"] == 0, report
    assert report["connections"] >= 6
    assert report["not_believed"] == report["behind"] == report["refused"] == 0
    for member in members:
        said = fleet.logged(world)[member.key.public_key.kid]
        assert [one.claims.seq for one in said] == list(range(len(said)))


async def test_a_key_that_nobody_enrolled_is_refused_and_its_statements_stay(device: Device, tmp_path: Path) -> None:
    world = make_world(tmp_path / "gateway")
    world.change(listener=ListenerSection(port=0, tls=True))
    members = fleet.members(1)
    fleet.register(world, members, "office")
    async with world.running() as service:
        port = service.addresses["mqtt"][1]
        report = await fleet.run(
            device, world, members, port, ca_file=ca_of(world), statements=3, seconds=300, speed=60
        )
    assert report["exit code"] == 0, report
    assert report["refused"] == report["waiting"] == report["signed"] >= 3
    assert report["confirmed"] == report["not_believed"] == report["behind"] == 0


@pytest.mark.slow
async def test_a_thousand_devices_in_one_process(device: Device, tmp_path: Path) -> None:
    """Each with its own key, flash and connection."""
    world, members, report = await _run(device, tmp_path, THOUSAND, statements=3)
    print(report)
    assert report["exit code"] == 0, report
    assert report["devices"] == report["done"] == THOUSAND
    assert report["waiting"] == report["not_believed"] == report["behind"] == report["refused"] == 0
    by_key = fleet.logged(world)
    assert all(len(by_key[member.key.public_key.kid]) >= 3 for member in members)
