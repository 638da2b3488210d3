"""The service console of the firmware's runner: how a device stands, what was refused, and sending that again."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tally_edge.pinned_tls import client_context
from tally_gateway.config import ListenerSection
from tests.firmware import fleet
from tests.firmware.build import Device
from tests.firmware.test_gateway import ca_of
from tests.gateway.intake.support import Recorder
from tests.gateway.service.world import make_world

STATEMENTS = 4


class Console:
    """Whoever types orders at it."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout

    def order(self, line: str) -> None:
        """One order."""
        self._in.write(line.encode() + b"\n")

    async def answer(self) -> dict[str, Any]:
        """One line of what it says."""
        said: dict[str, Any] = json.loads(await self._out.readline())
        return said

    async def status(self, client: str) -> dict[str, Any]:
        """How one device stands."""
        self.order(f"status {client}")
        return await self.answer()

    async def until(self, client: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Asks until the status is as it should be."""
        while True:
            status = await self.status(client)
            if holds(status):
                return status
            await asyncio.sleep(0.1)


async def test_what_was_refused_is_listed_and_sent_again_on_an_order(device: Device, tmp_path: Path) -> None:
    """Nobody has enrolled the key; then somebody does, and orders."""
    world = make_world(tmp_path / "gateway")
    world.change(listener=ListenerSection(port=0, tls=True))
    enrolled, stranger = fleet.members(2)
    token = fleet.register(world, [enrolled, stranger], "office")
    async with world.running() as service, asyncio.timeout(120):
        port = service.addresses["mqtt"][1]
        office = Recorder("office", token, client_context(ca_of(world)))
        await office.connect(port)
        await fleet.enrol(world, [enrolled], office)
        process = await fleet.start(
            device, world, [enrolled, stranger], port, ca_file=ca_of(world), statements=STATEMENTS, seconds=110,
            speed=60, console=True,
        )  # fmt: skip
        console = Console(process)
        refused = await console.until(stranger.client, lambda status: status["dead"] >= STATEMENTS)
        assert refused["key"] == stranger.key.public_key.kid.hex()
        assert refused["next_seq"] == refused["waiting"] == refused["dead"]
        assert refused["ring_used_bytes"] > 0
        console.order(f"dead {stranger.client}")
        letters = [await console.answer() for _ in range(refused["dead"])]
        assert [letter["seq"] for letter in letters] == list(range(refused["dead"]))
        assert {letter["reason"] for letter in letters} == {"unknown-key"}
        assert [letter["kind"] for letter in letters[:2]] == ["readings", "settlement"]
        await fleet.enrol(world, [stranger], office)
        console.order("resend")
        counts = {said["client"]: said["resent"] for said in (await console.answer(), await console.answer())}
        assert counts == {enrolled.client: 0, stranger.client: refused["dead"]}
        mended = await console.until(stranger.client, lambda status: status["waiting"] == 0)
        assert mended["dead"] == 0
        console.order("dead")  # nothing: no line
        console.order("end")
        report = await console.answer()
        assert report["done"] == 2
        assert await process.wait() == 0
        await office.close()
    logged = fleet.logged(world)[stranger.key.public_key.kid]
    assert sorted(one.claims.seq for one in logged) == list(range(mended["next_seq"]))


async def test_status_of_a_device_that_reaches_nobody(device: Device, tmp_path: Path) -> None:
    """Nothing is signed before the log has answered; an order that is none is told to standard error."""
    world = make_world(tmp_path / "gateway")
    (member,) = fleet.members(1)
    process = await fleet.start(
        device, world, [member], 1, ca_file=tmp_path / "no-ca.pem", statements=1, seconds=60, speed=1, console=True
    )
    console = Console(process)
    console.order("stats")
    status = await console.status(member.client)
    console.order("resend")
    assert await console.answer() == {"client": member.client, "resent": 0}
    assert status == {
        "client": member.client, "key": member.key.public_key.kid.hex(), "boot_count": 1, "next_seq": 0, "waiting": 0,
        "ring_used_bytes": 0, "ring_free_bytes": 12 * 4096, "ring_pressure_permille": 0, "dead": 0, "damaged": 0,
        "clock": "synchronised", "may_sign": False, "behind": False, "gap_open": False, "not_believed": 0,
        "erases_least": 0, "erases_most": 0, "up_s": status["up_s"],
    }  # fmt: skip
    assert status["up_s"] in range(60)
    process.terminate()
    _, complaints = await process.communicate()
    assert b"stats: no such order: status, dead, resend, end" in complaints
