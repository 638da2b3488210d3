"""kill -9 of aggregator and gateway between push and answer: nothing acknowledged is lost, nothing stands twice."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tally_chain import head_entry
from tally_chain.tree import LeafNodes, consistency_path, leaf_hash, root_of
from tally_edge import signer
from tally_edge.proof import log_id_of
from tally_gateway import keys_on_disk
from tally_gateway.aggregate.journal import HeadsJournal, HeadState
from tally_gateway.config import HttpSection, render
from tally_gateway.log.writer import Log
from tests.gateway.aggregate.stage import (
    HEADS_ORIGIN,
    Aggregator,
    client,
    make_aggregator,
    make_member,
    registered_key,
    signed,
)
from tests.gateway.intake.support import eventually
from tests.gateway.service.world import PASSPHRASE, fixed_clock

ROUNDS = min(int(os.environ.get("TALLYSTICK_KILL_ROUNDS", "3")), 100)
ORIGIN = "tallystick.example/steel/1"
LEAVES = [leaf_hash(b"%d" % number) for number in range(10_000)]


_STARTED: list[subprocess.Popen[bytes]] = []


class Withholding:
    """A way to the aggregator that passes requests on, and keeps back the answers to POST while it is told to."""

    def __init__(self) -> None:
        self.to = 0
        self.withholds = False
        self.withheld = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
            for writer in list(self._open):
                writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.close()
            return
        self._open.add(far_writer)
        back = asyncio.create_task(self._back(far_reader, writer))
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                far_writer.write(data)
        far_writer.close()
        writer.close()
        await back

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.withholds and b'"repeated"' in data:
                    self.withheld.set()
                    return
                writer.write(data)


def _start(kind: str, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """`tallystick KIND run` in a process of its own, and its HTTP port."""
    call = "from tally_edge.command import main; raise SystemExit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", call, kind, "run", "--dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    _STARTED.append(process)
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    assert line.startswith("READY"), line
    places = dict(part.split("=", 1) for part in line.split()[1:])
    return process, int(places["http"].rsplit(":", 1)[1])


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(20)
    assert process.stdout is not None
    process.stdout.close()


def _heads(aggregator: Aggregator) -> list[tuple[str, int]]:
    """(origin, size) of every head that the log of heads holds, read by whoever opens it next."""
    signers = keys_on_disk.load(aggregator.folder, PASSPHRASE)
    log = Log.open(aggregator.folder, signers.checkpoint, signers.proof, fixed_clock, None)
    try:
        heads = [head_entry.decode(log.entry(index)).head for index in range(1, log.size)]
    finally:
        log.close()
    return [(head.origin, head.size) for head in heads]


@pytest.fixture
def ended() -> Iterator[None]:
    """Whatever a failing test leaves running is ended."""
    yield
    for process in _STARTED:
        if process.poll() is None:
            _kill(process)
    _STARTED.clear()


@pytest.mark.slow
@pytest.mark.usefixtures("ended")
async def test_what_the_aggregator_acknowledged_stands_once_after_kill_9(tmp_path: Path) -> None:
    """Heads are pushed as fast as it answers; it is killed in the middle; the one in doubt is pushed again."""
    aggregator, key = make_aggregator(tmp_path / "heads", engine="none"), signer.generate()
    token = aggregator.register("steel", ORIGIN, *registered_key(ORIGIN, key))
    headers = {"authorization": f"Bearer {token}"}
    nodes, acknowledged, size = LeafNodes(LEAVES), [], 0

    async def push(port: int) -> None:
        nonlocal size
        async with client(port) as way:
            while True:
                entry = signed(ORIGIN, size + 1, root_of(LEAVES[: size + 1]), key)
                path = consistency_path(nodes, size, size + 1) if size else []
                body = {"head": base64.b64encode(entry.encode()).decode(), "path": [node.hex() for node in path]}
                answer = await way.post("/v1/heads", json=body, headers=headers)
                assert answer.status_code == 200, answer.text
                size += 1
                acknowledged.append((ORIGIN, size))

    for number in range(ROUNDS):
        process, port = await asyncio.to_thread(_start, "heads", aggregator.folder)
        pushing = asyncio.create_task(push(port))
        before = len(acknowledged)
        await eventually(lambda b=before, p=pushing: p.done() or len(acknowledged) > b + 3)  # type: ignore[misc]
        await asyncio.sleep(0.01 * (number % 20))  # a hundred rounds need some 2,000 heads
        await asyncio.to_thread(_kill, process)
        with pytest.raises(httpx.HTTPError):
            await pushing
        held = _heads(aggregator)
        assert held[: len(acknowledged)] == acknowledged
        assert len(held) - len(acknowledged) in (0, 1)
    print(f"{len(acknowledged)} heads acknowledged over {ROUNDS} kills")


@pytest.mark.slow
@pytest.mark.usefixtures("ended")
async def test_a_gateway_killed_between_push_and_answer_asks_again_and_stands_once(tmp_path: Path) -> None:
    """The aggregator took the head, the answer never came, kill -9; and the aggregator dies before the gateway is back.

    The gateway comes back, sends the same bytes, and learns the place that they have.
    """
    aggregator, way = make_aggregator(tmp_path / "heads"), Withholding()
    fixed = dataclasses.replace(aggregator.config, http=HttpSection(port=0))
    (aggregator.folder / "gateway.toml").write_text(render(fixed))
    async with way.listening() as port:
        steel = make_member(tmp_path / "steel", aggregator, port, "steel", ORIGIN)
        heads, way.to = await asyncio.to_thread(_start, "heads", aggregator.folder)
        way.withholds = True
        gateway, _ = await asyncio.to_thread(_start, "gateway", steel.folder)
        await asyncio.wait_for(way.withheld.wait(), 60)
        await asyncio.to_thread(_kill, gateway)
        journal = HeadsJournal(steel.folder / "heads.sqlite", HEADS_ORIGIN)
        ((waiting,), finals) = journal.waiting(), journal.final()
        journal.close()
        assert (waiting.state, waiting.size, finals) == (HeadState.BUILT, 1, [])
        await asyncio.to_thread(_kill, heads)
        assert _heads(aggregator) == [(ORIGIN, 1)]
        heads, way.to = await asyncio.to_thread(_start, "heads", aggregator.folder)
        way.withholds = False
        gateway, gateway_port = await asyncio.to_thread(_start, "gateway", steel.folder)
        async with client(gateway_port) as reader, asyncio.timeout(60):
            anchors: list[dict[str, object]] = []
            for _ in range(100):  # the list is costly, and an address may ask for it every half second
                anchors = anchors or (await reader.get("/v1/anchors")).raise_for_status().json()
                await asyncio.sleep(0 if anchors else 0.6)
            (anchor,) = anchors
        async with client(way.to) as reader:
            shown = (await reader.get(f"/v1/heads/{log_id_of(ORIGIN).hex()}/1")).json()
        assert (anchor["size"], anchor["tx_hash"]) == (1, shown["anchor"]["transaction"])
        await asyncio.to_thread(_kill, gateway)
        await asyncio.to_thread(_kill, heads)
    assert _heads(aggregator) == [(ORIGIN, 1)]
