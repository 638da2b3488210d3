"""Site-local boundaries and slots, across the days on which clocks are changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge.agent.settle import SiteTime
from tally_edge.device import Boundary
from tally_edge.statement import Kind
from tests.edge.agent.rig import Rig, ScriptedMeter, assert_one_stream, point_config

BERLIN = SiteTime(ZoneInfo("Europe/Berlin"), 15)
SHANGHAI = SiteTime(ZoneInfo("Asia/Shanghai"), 1)
KATHMANDU = SiteTime(ZoneInfo("Asia/Kathmandu"), 1)
LORD_HOWE = SiteTime(ZoneInfo("Australia/Lord_Howe"), 1)  # moves its clock by half an hour


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_the_day_on_which_summer_time_begins_has_23_hours() -> None:
    first, kind = BERLIN.next_boundary(at("2026-03-29T00:00:00+01:00"))
    assert (first, kind) == (at("2026-03-30T00:00:00+02:00"), Boundary.DAY)
    assert first - at("2026-03-29T00:00:00+01:00") == 23 * 3600


def test_the_day_on_which_summer_time_ends_has_25_hours() -> None:
    first, _ = BERLIN.next_boundary(at("2026-10-25T00:00:00+02:00"))
    assert first - at("2026-10-25T00:00:00+02:00") == 25 * 3600
    assert BERLIN.local_text(first) == "2026-10-26T00:00:00+01:00"


def test_a_midnight_that_is_skipped_is_the_first_instant_of_its_day() -> None:
    cairo = SiteTime(ZoneInfo("Africa/Cairo"))  # 2024-04-26 begins at 01:00
    boundary, _ = cairo.next_boundary(at("2024-04-25T12:00:00+02:00"))
    assert cairo.local_text(boundary) == "2024-04-26T01:00:00+03:00"
    assert cairo.local_text(boundary - 1) == "2024-04-25T23:59:59+02:00"


def test_a_midnight_that_comes_twice_counts_once() -> None:
    cairo = SiteTime(ZoneInfo("Africa/Cairo"))  # on 2024-10-31 at 24:00 the clock goes back to 23:00
    found = cairo.boundaries(at("2024-10-30T12:00:00+03:00"), at("2024-11-02T12:00:00+02:00"))
    assert [cairo.local_text(boundary)[:16] for boundary, _ in found] == [
        "2024-10-31T00:00",
        "2024-11-01T00:00",
        "2024-11-02T00:00",
    ]


def test_the_widest_boundary_wins() -> None:
    kinds = dict(BERLIN.boundaries(at("2025-12-31T12:00:00+01:00"), at("2026-02-01T00:00:00+01:00")))
    assert kinds[at("2026-01-01T00:00:00+01:00")] is Boundary.MONTH
    assert kinds[at("2026-01-15T00:00:00+01:00")] is Boundary.READING_DAY
    assert kinds[at("2026-01-16T00:00:00+01:00")] is Boundary.DAY
    assert dict(SHANGHAI.boundaries(0, 86_400 * 40))[at("1970-02-01T00:00:00+08:00")] is Boundary.READING_DAY


def test_slots_stand_on_local_multiples() -> None:
    assert SHANGHAI.next_slot(at("2026-01-01T10:00:00+08:00"), 4 * 3600) == at("2026-01-01T12:00:00+08:00")
    assert KATHMANDU.next_slot(at("2026-01-01T10:00:00+05:45"), 3600) == at("2026-01-01T11:00:00+05:45")
    day = BERLIN.next_slot(at("2026-03-28T12:00:00+01:00"), 86_400)
    assert [BERLIN.local_text(day), BERLIN.local_text(BERLIN.next_slot(day, 86_400))] == [
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
    ]


@given(
    st.integers(1_700_000_000, 1_900_000_000),
    st.sampled_from([1, 60, 300, 450, 900, 1800, 2700, 3600, 5400, 7200, 14_400, 86_400]),
    st.integers(0, 40),
)
def test_counting_slots_is_the_same_as_walking_them(after: int, cadence_s: int, steps: int) -> None:
    for zone in (BERLIN, SHANGHAI, KATHMANDU, LORD_HOWE):
        slot, walked = after, 0
        for _ in range(steps):
            following = zone.next_slot(slot, cadence_s)
            assert slot < following <= slot + cadence_s + 3600
            slot, walked = following, walked + 1
        assert zone.slots_between(after, slot + 1, cadence_s) == walked
        assert zone.slots_between(after, max(slot, after + 1), cadence_s) == max(0, walked - 1)


@pytest.mark.parametrize("cadence_s", [1800, 2700, 3600, 5400, 7200, 21_600, 86_400])
@pytest.mark.parametrize("zone", [BERLIN, LORD_HOWE], ids=["Berlin", "Lord Howe"])
def test_where_clocks_are_moved_slots_are_as_by_looking_at_every_instant(zone: SiteTime, cadence_s: int) -> None:
    year = range(1_798_761_600, 1_798_761_600 + 366 * 86_400, 3600)
    moves = [hour for hour in year if zone.offset_s(hour) != zone.offset_s(hour + 3600)]
    assert len(moves) == 2
    for move in moves:
        first, end = move - 99_900, move + 99_900
        slots = [
            at
            for at in range(first, end, 300)
            # On a multiple, or the clock reads past one that it had not reached a moment ago.
            if (at + zone.offset_s(at)) // cadence_s > (at - 1 + zone.offset_s(at - 1)) // cadence_s
            or (at + zone.offset_s(at)) % cadence_s == 0
        ]
        for before, after in pairwise(slots):
            assert zone.next_slot(before, cadence_s) == zone.next_slot(after - 1, cadence_s) == after
        assert zone.slots_between(first - 1, end, cadence_s) == len(slots)


@pytest.mark.parametrize("name", ["Europe/Berlin", "Asia/Shanghai", "Asia/Seoul"])
def test_a_year_of_settlements_falls_on_every_local_midnight(name: str, tmp_path: Path) -> None:
    zone = ZoneInfo(name)
    start = datetime(2026, 1, 1, tzinfo=zone)
    meter = ScriptedMeter(offset=50_000)
    rig = Rig(
        tmp_path,
        point=point_config(timezone=name, cadence_s=14_400, pack_readings=50, pack_s=86_400),
        meter=meter,
        now=int(start.timestamp()),
        max_bytes=2**24,
    )
    rig.run_to(int(datetime(2027, 1, 1, tzinfo=zone).timestamp()))
    rig.stop()
    settled = rig.settlements()[1:]
    midnights = [
        datetime.combine((start + timedelta(days=day)).date(), datetime.min.time(), zone) for day in range(1, 366)
    ]
    assert [one.at for one in settled] == [int(midnight.timestamp()) for midnight in midnights]
    assert [one.local for one in settled] == [midnight.isoformat() for midnight in midnights]
    assert all(one.read_at is None for one in settled)
    assert [one.boundary for one in settled].count(Boundary.MONTH) == 12
    assert [one.boundary for one in settled].count(Boundary.READING_DAY) == 12
    chain = rig.said(Kind.SETTLEMENT)
    assert [one.previous for one in settled] == [signed.id for signed in chain[:-1]]
    assert rig.gaps() == []
    assert_one_stream(rig.gateway.statements())
