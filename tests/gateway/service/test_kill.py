"""kill -9 of the whole service at random moments: every statement that was acknowledged is in the log, exactly once."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tally_gateway import keys_on_disk
from tally_gateway.intake.clients import ClientFile
from tally_gateway.log.writer import Log
from tests.gateway.intake.support import Recorder, eventually
from tests.gateway.service.world import PASSPHRASE, World, device, fixed_clock, make_world

ROUNDS = int(os.environ.get("TALLYSTICK_KILL_ROUNDS", "3"))
SEED = int(os.environ.get("TALLYSTICK_SEED", "20261121"))


def _start(world: World) -> tuple[subprocess.Popen[bytes], int]:
    """The process and its MQTT port, once it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.service.gateway_process", str(world.folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    assert line.startswith("READY"), line
    places = dict(part.split("=", 1) for part in line.split()[1:])
    return process, int(places["mqtt"].rsplit(":", 1)[1])


def _end(process: subprocess.Popen[bytes], number: int) -> int:
    process.send_signal(number)
    code = process.wait(20)
    assert process.stdout is not None
    process.stdout.close()
    return code


def _status(world: World) -> bytes:
    call = "from tally_edge.command import main; raise SystemExit(main())"
    command = [sys.executable, "-c", call, "gateway", "status", "--json", "--dir", str(world.folder)]
    return subprocess.run(command, capture_output=True, check=False).stdout


def _entries(world: World) -> list[bytes]:
    """Everything committed, read by whoever opens the log next."""
    signers = keys_on_disk.load(world.folder, PASSPHRASE)
    log = Log.open(world.folder, signers.checkpoint, signers.proof, fixed_clock, None)
    try:
        return [log.entry(index) for index in range(log.size)]
    finally:
        log.close()


@pytest.mark.slow
async def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9(tmp_path: Path) -> None:
    print(f"seed {SEED}, {ROUNDS} rounds")
    chance = random.Random(SEED)
    world = make_world(tmp_path / "gateway")
    stream = device()
    token = ClientFile(world.folder / "clients.toml").add("plant")
    unsent = [world.enrolment(stream).encoded]
    acknowledged: list[bytes] = []
    for _ in range(ROUNDS):
        process, port = await asyncio.to_thread(_start, world)
        recorder = await Recorder("plant", token).connect(port)
        unsent += [stream.readings().encoded for _ in range(60)]
        mids = {recorder.publish(payload): payload for payload in unsent}
        wanted = chance.randrange(1, len(mids))
        await eventually(lambda r=recorder, w=wanted: len(r.pubacks) >= w)  # type: ignore[misc]
        await asyncio.to_thread(_end, process, signal.SIGKILL)
        await recorder.close()
        done = {mids[mid] for mid, reason in recorder.pubacks.items() if reason == 0}
        acknowledged += [payload for payload in unsent if payload in done]
        unsent = [payload for payload in unsent if payload not in done]
        held = _entries(world)
        assert not set(acknowledged) - set(held), "acknowledged statements are missing"
        assert len(held) == len(set(held)), "a statement stands in the log twice"
    assert len(acknowledged) >= ROUNDS


@pytest.mark.slow
async def test_sigterm_ends_in_order_with_code_0_and_everything_sealed(tmp_path: Path) -> None:
    world = make_world(tmp_path / "gateway", seal_ms=60_000)
    stream = device()
    token = ClientFile(world.folder / "clients.toml").add("plant")
    process, port = await asyncio.to_thread(_start, world)
    recorder = await Recorder("plant", token).connect(port)
    mids = [recorder.publish(payload.encoded) for payload in (world.enrolment(stream), stream.readings())]
    await eventually(lambda: all(recorder.pubacks.get(mid) == 0 for mid in mids))
    shown = await asyncio.to_thread(_status, world)
    status = json.loads(shown)
    assert (status["running"], status["size"], status["sealed_size"]) == (True, 3, 1)
    assert await asyncio.to_thread(_end, process, signal.SIGTERM) == 0
    await recorder.close()
    assert not (world.folder / "control.sock").exists()
    assert (world.folder / "log" / "checkpoint").read_text().splitlines()[1] == "3"
