"""SIGKILL in the middle of the stream. A killed process leaves the page cache, so this says nothing about fsync."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tally_edge.pinned_tls import client_context
from tally_gateway.intake.clients import ClientFile
from tally_gateway.tls import TlsFiles
from tests.gateway.intake.gateway_process import stored
from tests.gateway.intake.support import Recorder, eventually
from tests.mosquitto import Mosquitto
from tests.ports import free_port

ROUNDS = 3


class Gateway:
    """The gateway process of gateway_process.py."""

    def __init__(self, kind: str, folder: Path, port: int) -> None:
        self._arguments = [sys.executable, "-m", "tests.gateway.intake.gateway_process", kind, str(folder), str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        assert await asyncio.to_thread(self._start) == b"UP\n"

    def _start(self) -> bytes:
        self._process = subprocess.Popen(self._arguments, stdout=subprocess.PIPE, env=os.environ.copy())
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def kill(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
            self._process.stdout.close()
            self._process = None


Spawn = Callable[[str, Path, int], Gateway]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Makes gateway processes, and ends them also when the test has failed."""
    made: list[Gateway] = []

    def make(kind: str, folder: Path, port: int) -> Gateway:
        made.append(Gateway(kind, folder, port))
        return made[-1]

    yield make
    for gateway in made:
        gateway.kill()


@pytest.fixture
def folder(tmp_path: Path, tls_files: TlsFiles) -> Path:
    shutil.copytree(tls_files.folder, tmp_path / "gateway")
    return tmp_path / "gateway"


async def test_whatever_the_killed_listener_acknowledged_is_stored(
    folder: Path, tls_files: TlsFiles, spawn: Spawn
) -> None:
    token = ClientFile(folder / "clients.toml").add("plant-7")
    port = free_port()
    gateway = spawn("listener", folder, port)
    acknowledged: set[bytes] = set()
    for round_number in range(ROUNDS):
        await gateway.start()
        client = await Recorder("plant-7", token, client_context(tls_files.ca_cert)).connect(port)
        mids: dict[int, bytes] = {}
        for number in range(4000):
            payload = b"%d-%d" % (round_number, number)
            mids[client.publish(payload)] = payload
        await eventually(lambda client=client: len(client.pubacks) > 300 + random.randrange(1500))
        gateway.kill()
        await client.close()
        assert set(client.pubacks.values()) == {0}
        acknowledged |= {mids[mid] for mid in client.pubacks}
    have = stored(folder / "inbox.db")
    print(f"acknowledged {len(acknowledged)}, stored {len(have)}")
    assert len(acknowledged) > 300 * ROUNDS
    assert acknowledged - have.keys() == set()


@pytest.mark.mosquitto
@pytest.mark.parametrize("library", ["paho", "aiomqtt"])
async def test_a_killed_consumer_loses_nothing_that_the_broker_has(
    library: str, folder: Path, mosquitto: Mosquitto, spawn: Spawn
) -> None:
    mosquitto.add_user("plant-7", "word")
    mosquitto.start("max_inflight_messages 0", "max_queued_messages 0")
    gateway = spawn(library, folder, mosquitto.port)
    await gateway.start()
    tls = client_context(mosquitto.tls_files.ca_cert)
    publisher = await Recorder("plant-7", "word", tls).connect(mosquitto.port)
    first = publisher.publish(b"first")
    await eventually(lambda: publisher.pubacks.get(first) is not None)
    sent: dict[int, bytes] = {}
    for round_number in range(ROUNDS):
        for number in range(1500):
            payload = b"%d-%d" % (round_number, number)
            sent[publisher.publish(payload)] = payload
        before = len(stored(folder / "inbox.db"))
        await eventually(lambda before=before: len(stored(folder / "inbox.db")) > before + 100)
        gateway.kill()
        await gateway.start()
    await eventually(lambda: sent.keys() <= publisher.pubacks.keys())
    taken = {sent[mid] for mid in sent if publisher.pubacks[mid] == 0}
    await eventually(lambda: taken <= stored(folder / "inbox.db").keys())
    have = stored(folder / "inbox.db")
    print(f"taken {len(taken)}, stored {len(have)}, offered again {sum(have.values()) - len(have)}")
    assert len(taken) > 1500
    gateway.kill()
    await publisher.close()
