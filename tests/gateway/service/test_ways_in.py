"""The whole service through a real broker, and through its listener with the TLS files that `init` made."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import pytest

from tally_edge import keys, proof
from tally_edge.pinned_tls import client_context
from tally_gateway.config import BrokerSection, ListenerSection
from tally_gateway.intake.clients import ClientFile
from tally_gateway.tls import TlsFiles, create_ca, issue_server
from tests.gateway.intake.support import Recorder, eventually
from tests.gateway.service.world import World, device
from tests.mosquitto import Mosquitto
from tests.mosquitto import mosquitto as mosquitto  # noqa: PLC0414  a fixture, exported to this file


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    files = TlsFiles(tmp_path_factory.mktemp("broker-tls"))
    now = datetime.datetime.now(datetime.UTC)
    create_ca(files, now)
    issue_server(files, [], now)
    return files


async def _confirmed(world: World, recorder: Recorder) -> None:
    """Enrol a device and send three readings; the confirmations that come down verify."""
    stream = device()
    sent = [stream.readings() for _ in range(3)]
    recorder.client.subscribe(f"tally/1/{recorder.client._client_id.decode()}/down", qos=1)
    await eventually(lambda: bool(recorder.subacks))
    for one in (world.enrolment(stream), *sent):
        recorder.publish(one.encoded)

    def runs() -> list[proof.Proof]:
        found = [proof.decode(body) for _, body in recorder.downs]
        return [a_proof for a_proof in found if a_proof.run is not None and a_proof.run[0] == stream.kid]

    await eventually(lambda: sum(len(one.paths) for one in runs()) == len(sent))
    key = keys.decode_public_key(bytes.fromhex(world.fingerprints.proof_public_key))
    for confirmed in runs():
        assert confirmed.run is not None
        first = confirmed.run[1]
        confirmed.verify([one.encoded for one in sent[first : first + len(confirmed.paths)]], key)


async def test_the_listener_serves_tls_with_the_files_of_the_founding(world: World) -> None:
    world.change(listener=ListenerSection(port=0, tls=True))
    token = ClientFile(world.folder / "clients.toml").add("plant-7")
    async with world.running() as service:
        recorder = Recorder("plant-7", token, client_context(world.folder / "tls" / "ca.pem"))
        await recorder.connect(service.addresses["mqtt"][1])
        await _confirmed(world, recorder)
        await recorder.close()


@pytest.mark.mosquitto
async def test_a_broker_is_a_way_in_like_the_listener(world: World, mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.add_user("plant-7", "word")
    mosquitto.start("max_inflight_messages 0", "max_queued_messages 0")
    secret = tmp_path / "broker-password"
    secret.write_text("gateway-password\n")
    secret.chmod(0o600)
    broker = BrokerSection(
        enabled=True,
        port=mosquitto.port,
        tls_ca_file=str(mosquitto.tls_files.ca_cert),
        username="gateway",
        password_file=str(secret),
    )
    world.change(broker=broker, listener=dataclasses.replace(world.config.listener, enabled=False))
    async with world.running() as service:
        assert "mqtt" not in service.addresses
        recorder = Recorder("plant-7", "word", client_context(mosquitto.tls_files.ca_cert))
        await recorder.connect(mosquitto.port)
        await _confirmed(world, recorder)
        await recorder.close()
