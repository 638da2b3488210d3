"""Site-local boundaries and slots: the firmware's rules beside the time zone tables that the agent uses."""

from __future__ import annotations

import random
from importlib import resources
from zoneinfo import ZoneInfo

import pytest

from tally_edge.agent.settle import SiteTime
from tests.firmware.build import Device

FROM, TO = 1_798_761_600, 2_114_380_800
"""2027 to 2036: the years for which a zone's last rule speaks."""

ZONES = (
    "Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "Africa/Cairo", "America/New_York", "America/Santiago",
    "Australia/Adelaide", "Australia/Lord_Howe",
)  # fmt: skip


def rule(zone: str) -> str:
    """The zone's last rule, as its table of the tzdata package ends with it."""
    area, name = zone.split("/")
    table = resources.files(f"tzdata.zoneinfo.{area}").joinpath(name).read_bytes()
    return table.rstrip(b"\n").rpartition(b"\n")[2].decode()


@pytest.mark.parametrize("zone", ZONES)
def test_boundaries_and_slots(device: Device, zone: str) -> None:
    chance = random.Random(zone)
    site = SiteTime(ZoneInfo(zone), reading_day=25)
    for cadence in (900, 3_600, 21_600, 86_400):
        instants = [chance.randrange(FROM, TO) for _ in range(150)]
        moves = [
            at for at in range(FROM, FROM + 2 * 366 * 86_400, 3_600) if site.offset_s(at) != site.offset_s(at + 3_600)
        ]
        instants += [at + step for at in moves for step in (-86_400, -3_600, -1, 0, 1, 1_800, 3_599, 3_600, 7_200)]
        lines = [str(at) for at in instants]
        for at, answer in zip(
            instants, device.answers("zone", rule(zone), "25", str(cadence), lines=lines), strict=True
        ):
            boundary, kind = site.next_boundary(at)
            expected = (
                site.offset_s(at), site.local_text(at), boundary, int(kind), site.next_slot(at, cadence),
                site.slots_between(at, boundary, cadence),
            )  # fmt: skip
            assert answer == " ".join(map(str, expected)), (zone, cadence, at)
