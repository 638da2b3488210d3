"""The service's own socket: who may use it, and what it says when something does not go."""

from __future__ import annotations

import asyncio
import os
import socket
import stat

import pytest

from tally_chain.errors import AnchorError
from tally_gateway import control
from tally_gateway.anchor_feed import AnchorCounters
from tally_gateway.service import Service
from tests.gateway.intake.support import eventually
from tests.gateway.service.world import World


async def test_only_the_owner_may_use_the_socket_and_no_other_thread_sees_it_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A umask belongs to the whole process: a folder that another thread makes meanwhile could not be entered."""

    def refuse(_: int) -> int:
        raise AssertionError("the umask was changed")

    monkeypatch.setattr(os, "umask", refuse)
    path = world.folder / control.SOCKET_NAME
    async with world.running():
        await eventually(path.exists)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        answer = await asyncio.to_thread(control.ask, world.folder, {"do": "status"})
        assert answer is not None
        assert answer["ok"]


class _Feed:
    counters = AnchorCounters()

    async def anchor_now(self) -> None:
        raise AnchorError("the contract is another one")


async def test_what_the_chain_refuses_is_told(world: World) -> None:
    async with world.running() as service:
        await eventually((world.folder / control.SOCKET_NAME).exists)
        feed, service.parts.feed = service.parts.feed, _Feed()  # type: ignore[assignment]
        try:
            answer = await asyncio.to_thread(control.ask, world.folder, {"do": "anchor"})
        finally:
            service.parts.feed = feed
        assert answer == {"ok": False, "error": "the contract is another one"}


async def test_who_is_told_that_it_runs_finds_the_socket(world: World) -> None:
    """READY is what scripts wait for: a command that follows at once must not say that no gateway runs."""
    service = Service(world.config)
    found: list[bool] = []
    announce = service._announce

    def look_then_announce() -> None:
        with socket.socket(socket.AF_UNIX) as channel, control._short_path(world.folder) as path:
            channel.connect(path)
            found.append(True)
        announce()

    service._announce = look_then_announce  # type: ignore[method-assign]
    task = asyncio.create_task(service.run())
    ready = asyncio.create_task(service.ready.wait())
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    service.stop()
    await asyncio.wait_for(task, 30)
    assert found
