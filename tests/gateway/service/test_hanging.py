"""A call to the chain that does not return: an alarm sounds from outside, and the service ends all the same."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tally_chain.anchoring.alarms import Alarm
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_gateway import anchor_feed, anchor_link, assembly
from tally_gateway.anchor_feed import AnchorFeed
from tally_gateway.anchor_link import ChainAnchoring
from tally_gateway.config import AnchorSection
from tests.gateway.intake.support import eventually
from tests.gateway.service.world import PASSPHRASE, World, make_world


async def test_the_alarm_sounds_while_the_step_hangs_and_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, hanging, free = make_world(tmp_path / "g", engine="embedded"), threading.Event(), threading.Event()

    def step(_: ChainAnchoring) -> list[AnchorEvent]:
        hanging.set()
        free.wait(60)
        return []

    monkeypatch.setattr(ChainAnchoring, "step", step)
    monkeypatch.setattr(anchor_link, "alarm_after_s", lambda _: 0.2)
    async with world.running() as service:
        feed = service.parts.feed
        assert feed is not None
        await eventually(hanging.is_set)
        await eventually(lambda: Alarm.UNREACHABLE in feed.counters.alarms)
        assert any("has not returned" in fault for fault in service.parts.standing().faults())
        free.set()
        await eventually(lambda: not feed.counters.alarms)
        assert service.parts.standing().faults() == []


async def test_an_alarm_of_the_step_itself_outlives_the_watch(world: World) -> None:
    parts = assembly.assemble(world.config)

    class Slow:
        def history(self) -> list[object]:
            return []

        def newest(self) -> None:
            return None

        def base_size(self) -> int:
            return 0

        def is_idle(self) -> bool:
            return True

        def submit_head(self, *_: object) -> None:
            return None

        def step(self) -> list[AnchorEvent]:
            time.sleep(0.4)
            return [AnchorEvent(AnchorEventKind.ALARM, 0, b"", "the chain is gone", alarm=Alarm.UNREACHABLE)]

        def close(self) -> None:
            return None

    feed = AnchorFeed(Slow(), parts.lane, every_s=60, every_entries=9, alarm_after_s=0.1)  # type: ignore[arg-type]
    task = asyncio.create_task(feed.run())
    try:
        await eventually(lambda: "not returned" in feed.counters.alarms.get(Alarm.UNREACHABLE, ""))
        await eventually(lambda: feed.counters.alarms.get(Alarm.UNREACHABLE) == "the chain is gone")
    finally:
        task.cancel()
        feed.close()
        await asyncio.to_thread(parts.close)


def test_the_watch_waits_as_long_as_the_profile_says(world: World) -> None:
    for engine, profile, seconds in (("embedded", "", 300), ("jsonrpc", "geth-clique", 900), ("aggregator", "", 600)):
        world.change(anchor=AnchorSection(engine="none"))
        config = world.config
        object.__setattr__(config, "anchor", AnchorSection(engine=engine, profile=profile))
        assert anchor_link.alarm_after_s(config) == seconds


@pytest.mark.slow
def test_the_process_ends_in_order_though_a_call_never_returns(tmp_path: Path) -> None:
    """SIGTERM, a step that hangs for ever, and code 0 soon after: nothing at the end waits for the thread."""
    world = make_world(tmp_path / "g", engine="embedded")
    program = f"""
import sys, threading
from tally_edge.command import main
from tally_gateway import anchor_feed, anchor_link
anchor_feed.CLOSE_S = 1.0
def step(_):
    print("hanging", flush=True)
    threading.Event().wait()
anchor_link.ChainAnchoring.step = step
sys.exit(main(["gateway", "run", "--dir", {str(world.folder)!r}]))
"""
    environment = {**os.environ, "TALLYSTICK_PASSPHRASE": PASSPHRASE}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        said = {run.stdout.readline().split()[0] for _ in range(2)}
        assert said == {"READY", "hanging"}
        run.send_signal(signal.SIGTERM)
        assert run.wait(30) == 0
    assembly.assemble(world.config).close()
    assert anchor_feed.CLOSE_S == 10
