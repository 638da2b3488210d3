"""Site-local boundaries and slots: the firmware's rules beside the time zone tables, and slots beside looking at every
instant at which there could be one.
"""

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


CADENCES = (60, 900, 1_800, 2_700, 3_600, 5_400, 7_200, 10_800, 21_600, 43_200, 86_400)
GRAIN_S = 60
"""Of offsets and moves of the clock, and of every cadence here: a slot lies on a whole minute."""


def moves_of(site: SiteTime) -> list[int]:
    """About when the clock is moved, in two years."""
    return [at for at in range(FROM, FROM + 2 * 366 * 86_400, 3_600) if site.offset_s(at) != site.offset_s(at + 3_600)]


@pytest.mark.parametrize("zone", ZONES)
def test_boundaries(device: Device, zone: str) -> None:
    chance = random.Random(zone)
    site = SiteTime(ZoneInfo(zone), reading_day=25)
    instants = [chance.randrange(FROM, TO) for _ in range(300)]
    instants += [at + step for at in moves_of(site) for step in (-86_400, -3_600, -1, 0, 1, 1_800, 3_599, 3_600, 7_200)]
    lines = [str(at) for at in instants]
    for at, answer in zip(instants, device.answers("zone", rule(zone), "25", "900", lines=lines), strict=True):
        boundary, kind = site.next_boundary(at)
        expected = (site.offset_s(at), site.local_text(at), boundary, int(kind))
        assert answer.split()[:4] == [str(one) for one in expected], (zone, at)


@pytest.mark.parametrize("zone", ZONES)
def test_slots_are_the_multiples_that_local_time_reaches_or_is_set_over(device: Device, zone: str) -> None:
    """Around every move of the clock, and at other times: by looking at each minute's local time."""
    chance = random.Random(zone)
    site = SiteTime(ZoneInfo(zone), reading_day=25)
    begins = [at - 2 * 86_400 for at in moves_of(site)] + [chance.randrange(FROM, TO) for _ in range(2)]
    for near in begins:
        begin = near - near % GRAIN_S
        local = {at: at + site.offset_s(at) for at in range(begin, begin + 6 * 86_400, GRAIN_S)}
        instants = [begin + chance.randrange(3 * 86_400) for _ in range(25)]
        for cadence in CADENCES:
            slots = [
                at
                for at, shown in local.items()
                # On a multiple, or set ahead over one that was not reached a second ago.
                if shown % cadence == 0 or shown // cadence > (at - 1 + site.offset_s(at - 1)) // cadence
            ]
            answers = device.answers("zone", rule(zone), "25", str(cadence), lines=[str(at) for at in instants])
            for at, answer in zip(instants, answers, strict=True):
                boundary, slot, count = (int(answer.split()[place]) for place in (2, 4, 5))
                assert slot == next(one for one in slots if one > at), (zone, cadence, at)
                assert count == sum(at < one < boundary for one in slots), (zone, cadence, at)
