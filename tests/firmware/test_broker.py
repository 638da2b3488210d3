"""The firmware through a real broker: a PUBACK of Mosquitto frees nothing, the gateway's proof does."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from tally_edge.pinned_tls import client_context
from tally_gateway.config import BrokerSection, ListenerSection
from tally_gateway.tls import TlsFiles, create_ca, issue_server
from tests.firmware import fleet
from tests.firmware.build import Device
from tests.gateway.intake.support import Recorder
from tests.gateway.service.world import make_world
from tests.mosquitto import Mosquitto
from tests.mosquitto import mosquitto as mosquitto  # noqa: PLC0414  a fixture, exported to this file


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    files = TlsFiles(tmp_path_factory.mktemp("broker-tls"))
    now = datetime.datetime.now(datetime.UTC)
    create_ca(files, now)
    issue_server(files, [], now)
    return files


@pytest.mark.mosquitto
async def test_through_mosquitto(device: Device, mosquitto: Mosquitto, tmp_path: Path) -> None:
    members = fleet.members(3)
    for member in members:
        mosquitto.add_user(member.client, member.token)
    mosquitto.add_user("office", "word")
    mosquitto.start("max_inflight_messages 0", "max_queued_messages 0")
    secret = tmp_path / "broker-password"
    secret.write_text("gateway-password\n")
    secret.chmod(0o600)
    world = make_world(tmp_path / "gateway")
    broker = BrokerSection(
        enabled=True,
        port=mosquitto.port,
        tls_ca_file=str(mosquitto.tls_files.ca_cert),
        username="gateway",
        password_file=str(secret),
    )
    world.change(broker=broker, listener=ListenerSection(enabled=False))
    async with world.running():
        office = Recorder("office", "word", client_context(mosquitto.tls_files.ca_cert))
        await office.connect(mosquitto.port)
        await fleet.enrol(world, members, office)
        await office.close()
        report = await fleet.run(
            device,
            world,
            members,
            mosquitto.port,
            ca_file=mosquitto.tls_files.ca_cert,
            statements=6,
            seconds=300,
            speed=60,
        )
    assert report["exit code"] == 0, report
    assert report["signed"] == report["confirmed"] >= 18
    assert report["not_believed"] == report["behind"] == report["refused"] == 0
