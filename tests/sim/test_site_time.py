"""The device's slots and boundaries beside the agent's, around the hours in which clocks are moved."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tally_edge.agent import settle
from tally_sim.device import site_time

YEAR = range(1_798_761_600, 1_798_761_600 + 366 * 86_400, 3600)


@pytest.mark.parametrize("cadence_s", [60, 900, 1800, 2400, 2700, 3600, 5400, 7200, 21_600, 86_400])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"])
def test_both_find_the_same_slots_and_boundaries(zone: str, cadence_s: int) -> None:
    agent, device = settle.SiteTime(ZoneInfo(zone), 25), site_time.SiteTime(ZoneInfo(zone), 25)
    moves = [at for at in YEAR if agent.offset_s(at) != agent.offset_s(at + 3600)] or [YEAR[4000]]
    for move in moves:
        for at in range(move - 30_000, move + 30_000, 700):
            assert device.next_slot(at, cadence_s) == agent.next_slot(at, cadence_s)
            assert device.next_boundary(at) == agent.next_boundary(at)
        first, end = move - 90_000, move + 90_000
        assert device.slots_between(first, end, cadence_s) == agent.slots_between(first, end, cadence_s)
