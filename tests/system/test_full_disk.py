"""A disk that runs full under the gateway, and one under the agent: said, counted, nothing lost, and on it goes.

Needs a small file system of its own (a tmpfs), which only root may mount.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tally_chain import note
from tally_edge.device import GapReason
from tally_edge.errors import UnreachableError
from tests.system import reading
from tests.system.asking import health, metric
from tests.system.command import independent_check, tallystick
from tests.system.oracle import Seen, box_of, judge
from tests.system.plant import Plant, meters, site, wait_until

pytestmark = pytest.mark.slow

DAY = 86_400
JANUARY = 1_767_225_600
Mount = Callable[[Path, int], Path]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mounts a tmpfs of so many kilobytes on a folder."""
    mounted: list[Path] = []

    def on(folder: Path, kilobytes: int) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0700", "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"a small file system can not be mounted here (only root may): {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield on
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Ballast:
    """A file that takes a disk's space, and gives it back."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ballast"

    def leave(self, kilobytes: int) -> None:
        """Take all but so much."""
        with self._path.open("ab") as file, contextlib.suppress(OSError):
            while (free := shutil.disk_usage(self._path.parent).free - kilobytes * 1024) > 0:
                file.write(bytes(min(free, 1 << 16)))
                file.flush()

    def give_back(self) -> None:
        """All of it."""
        self._path.unlink()


def test_a_gateway_on_a_full_disk_says_so_loses_nothing_and_goes_on(tmp_path: Path, mount: Mount) -> None:
    disk = mount(tmp_path / "disk", 24 * 1024)
    plant = Plant(
        tmp_path / "plant",
        site(meters(4, 2, cadence_s=900, pack_readings=4, first_at=JANUARY), JANUARY, JANUARY + 12 * DAY),
        live=False,
        gateway_folder=disk / "gateway",
    )
    ballast = Ballast(disk)
    try:
        plant.start_gateway()
        plant.state_site()
        ballast.leave(2_600)
        plant.start_agent()
        wait_until(lambda: not plant.status()["has_space"], "full disk")
        full_size = plant.status()["size"]
        said = tallystick("gateway", "status", "--dir", plant.settings.folder)
        assert said.code == 1
        assert "nearly full" in said.out
        assert health(plant) == 503
        with pytest.raises(UnreachableError, match="full"):
            plant.submit(plant.stated.statements)
        wait_until(lambda: metric(plant, "tallystick_batches_unavailable_total") > 1, "counted refusal")
        ballast.leave(0)
        time.sleep(1.5)
        assert plant.status()["size"] - full_size < 1_000

        ballast.give_back()
        wait_until(lambda: plant.status()["size"] > full_size, "growth after space returned")
        for _ in range(3):  # now to the last byte, faster than the gateway looks
            ballast.leave(0)
            time.sleep(1.2)
            ballast.give_back()
            size = plant.status()["size"]
            wait_until(lambda s=size: plant.status()["size"] > s or plant.agent_ended(), "growth")  # type: ignore[misc]
        plant.finish_agent()
        assert health(plant) == 200
        gateway = plant.gateway
        assert gateway is not None
        assert gateway.stop() == 0, gateway.tail()
    finally:
        plant.stop()
    opened = plant.opened()
    vkey = note.verifier_key_of(plant.settings.gateway.origin, opened.checkpoint)
    box = box_of(plant.folders.edge / "outbox")
    tally = judge(plant.settings.folder / "log", box, Seen(), vkey, opened.proof.public_key)
    assert not tally.faults, tally.faults
    assert tally.confirmed == tally.signed == tally.logged == box.next_seq
    verdict = reading.read(plant, (JANUARY, JANUARY + 12 * DAY))
    assert verdict.holds
    assert {figure.basis.value for figure in verdict.figures} == {"complete"}
    independent_check(plant.settings.folder / "log")


def test_an_agent_on_a_full_disk_declares_the_gap_and_goes_on(tmp_path: Path, mount: Mount) -> None:
    now = int(time.time())
    plant = Plant(
        tmp_path / "plant",
        site(meters(2, 1, cadence_s=1, pack_readings=2), now - 60, now + DAY),
        anchored=False,
    )
    disk = mount(plant.folders.edge / "outbox", 6 * 1024)
    ballast = Ballast(disk)
    try:
        plant.start_gateway()
        plant.state_site()
        plant.start_agent()
        wait_until(lambda: plant.has_signed(20), "life")
        ballast.leave(0)
        agent = plant.agent
        assert agent is not None
        wait_until(lambda: "disk" in agent.tail(), "word about the full disk")
        time.sleep(4)
        assert agent.code is None, agent.tail()
        assert "Traceback" not in agent.tail()
        ballast.give_back()
        reached = plant.look().last_seq
        wait_until(lambda: plant.look().last_seq > reached + 20, "statements after space returned")
        ballast.leave(0)
        agent.stop()
        plant.start_agent()  # on a disk that is full already: it may end with a clear word, or wait for space
        time.sleep(3)
        if plant.agent_ended():
            assert plant.agent is not None
            assert "Traceback" not in plant.agent.tail()
        ballast.give_back()
        if plant.agent_ended():
            plant.start_agent()
        reached = plant.look().last_seq
        wait_until(lambda: plant.look().confirmed_through > reached + 20, "confirmations after space returned")
        plant.stop()
        box = box_of(disk)
    finally:
        plant.stop()
    opened = plant.opened()
    vkey = note.verifier_key_of(plant.settings.gateway.origin, opened.checkpoint)
    tally = judge(plant.settings.folder / "log", box, Seen(), vkey, opened.proof.public_key)
    assert not tally.faults, tally.faults
    gaps = reading.gaps_of(reading.statements_of(plant.settings.folder))
    assert {point.uri for point in plant.site.points} == set(gaps)
    assert any(gap.reason is GapReason.STORAGE_FULL for of_point in gaps.values() for gap in of_point)
    assert os.path.ismount(disk)
