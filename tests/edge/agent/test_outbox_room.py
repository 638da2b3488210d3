"""Bounds: what the agent does when nobody takes its statements, and when the disk takes no more."""

from __future__ import annotations

import resource
from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge.agent import outbox, outbox_tables
from tally_edge.agent.outbox import MIN_MAX_BYTES, Outbox
from tally_edge.agent.stream import Stream
from tally_edge.device import GapReason
from tally_edge.drivers.interface import RegisterReading
from tally_edge.errors import OutboxError, OutboxFullError
from tally_edge.statement import Kind
from tests.edge.agent.rig import POINT, START, Rig, ScriptedMeter, assert_one_stream, point_config

DAY = 86_400


def test_a_second_process_is_refused_by_name(tmp_path: Path) -> None:
    first = Outbox(tmp_path, bytes(32))
    with pytest.raises(OutboxError, match="pid"):
        Outbox(tmp_path, bytes(32))
    first.close()
    Outbox(tmp_path, bytes(32)).close()


def test_an_outbox_belongs_to_one_key(tmp_path: Path) -> None:
    Outbox(tmp_path, bytes(32)).close()
    with pytest.raises(OutboxError, match="a new key needs a new outbox"):
        Outbox(tmp_path, b"\x01" * 32)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / outbox_tables.DATABASE).write_bytes(b"not a database" * 500)
    with pytest.raises(OutboxError, match="cannot open"):
        Outbox(tmp_path, bytes(32))


def test_sampling_thins_stops_and_comes_back_with_every_gap_declared(tmp_path: Path) -> None:
    point = point_config(pack_readings=1, pack_s=0)
    rig = Rig(tmp_path, point=point, max_bytes=MIN_MAX_BYTES)
    rig.gateway.disconnect()
    rig.serve()
    rig.run_to(START + 40 * DAY, serve=False)
    assert rig.outbox.pressure() > 0.99
    assert rig.gateway.log == []
    assert outbox.look(tmp_path).last_seq > 500
    assert (tmp_path / outbox_tables.DATABASE).stat().st_size < 4 * MIN_MAX_BYTES
    rig.gateway.connect()
    rig.serve(20)
    rig.run_to(START + 41 * DAY)
    rig.stop()
    statements = rig.gateway.statements()
    assert_one_stream(statements)
    thinned = [gap for gap in rig.gaps() if gap.reason is GapReason.OUTBOX_FULL]
    assert {gap.kept_every_s for gap in thinned} == {3600, 14_400}
    stopped = [gap for gap in rig.gaps() if gap.reason is GapReason.STORAGE_FULL]
    assert stopped
    assert all(gap.kept_every_s is None for gap in stopped)
    _assert_every_slot_is_accounted_for(rig)
    days = {settled.at for settled in rig.settlements()}
    assert {START + DAY * day for day in range(1, 41)} <= days  # settled to the end of their own share of room


def _assert_every_slot_is_accounted_for(rig: Rig) -> None:
    """Each slot was read or lies inside a declared gap, and the gaps' counts add up to what is missing."""
    taken = {reading.taken_at for reading in rig.readings()}
    slots = range(START, START + 41 * DAY + 1, 900)
    missing = [slot for slot in slots if slot not in taken]
    gaps = rig.gaps()
    for slot in missing:
        assert len([gap for gap in gaps if gap.after < slot < gap.before]) == 1, slot
    assert sum(gap.missing for gap in gaps) == len(missing)


@pytest.mark.parametrize("refused", range(1, 12))
def test_a_moment_without_room_hides_nothing_that_was_thinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    """For an hour of a night of thinning nothing can be said: what is thinned is still declared."""
    rig = Rig(tmp_path, point=point_config(pack_readings=4, pack_s=3600))
    rig.run_to(START + 3600)
    monkeypatch.setattr(Outbox, "pressure", lambda _box: Decimal("0.6"))
    until = START + DAY - 3600 + 900 * refused
    rig.run_to(until - 3600)
    with monkeypatch.context() as full:

        def say(*_: object) -> None:
            raise OutboxFullError("no room")

        full.setattr(Stream, "say", say)
        rig.run_to(until)
    monkeypatch.setattr(Outbox, "pressure", lambda _box: Decimal(0))
    rig.run_to(START + DAY + 7200)
    rig.stop()
    taken = {reading.taken_at for reading in rig.readings()}
    missing = [slot for slot in range(START, START + DAY + 7201, 900) if slot not in taken]
    assert missing
    for slot in missing:
        assert len([gap for gap in rig.gaps() if gap.after < slot < gap.before]) == 1, slot


def test_a_start_without_room_goes_on_and_declares_what_was_thinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path, point=point_config(pack_readings=1, pack_s=0))
    rig.run_to(START + 3600)
    with monkeypatch.context() as pressed:
        pressed.setattr(Outbox, "pressure", lambda _box: Decimal("0.6"))
        rig.run_to(START + 10 * 3600)
    rig.kill()
    rig.clock.set(START + 12 * 3600)
    rig.restart()
    with monkeypatch.context() as full:

        def say(*_: object) -> None:
            raise OutboxFullError("no room")

        full.setattr(Stream, "say", say)
        rig.run_to(START + 12 * 3600 + 900)
    rig.run_to(START + 14 * 3600)
    rig.stop()
    taken = {reading.taken_at for reading in rig.readings()}
    for slot in range(START, START + 14 * 3600 + 1, 900):
        assert slot in taken or any(gap.after < slot < gap.before for gap in rig.gaps()), slot


def test_confirmed_entries_stay_until_their_room_is_needed_oldest_first(tmp_path: Path) -> None:
    rig = Rig(tmp_path, point=point_config(pack_readings=1, pack_s=0), max_bytes=MIN_MAX_BYTES)
    rig.run_to(START + 12 * DAY)
    status = outbox.look(tmp_path)
    assert status.waiting == 0
    assert 0 < status.confirmed_kept < status.last_seq
    kept = sorted(rig.outbox.entries(0, status.last_seq + 1))
    assert kept == list(range(kept[0], status.last_seq + 1))
    assert rig.outbox.release(status.last_seq - 10) == len(kept) - 10
    assert outbox.look(tmp_path).confirmed_kept == 10


def test_a_full_database_stops_readings_and_loses_no_statement(tmp_path: Path) -> None:
    rig = Rig(tmp_path, point=point_config(pack_readings=1, pack_s=0))
    rig.run_to(START + 7200)
    database = rig.outbox._db
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count={pages}")
    rig.gateway.disconnect()
    rig.serve()
    rig.run_to(START + 2 * DAY, serve=False)
    before = outbox.look(tmp_path).last_seq
    rig.run_to(START + 2 * DAY + 3600, serve=False)
    assert outbox.look(tmp_path).last_seq == before
    database.execute("PRAGMA max_page_count=100000")
    rig.gateway.connect()
    rig.run_to(START + 3 * DAY)
    rig.stop()
    assert_one_stream(rig.gateway.statements())
    assert any(gap.reason is GapReason.STORAGE_FULL for gap in rig.gaps())
    taken = {reading.taken_at for reading in rig.readings()}
    for slot in range(START, START + 3 * DAY + 1, 900):
        assert slot in taken or any(gap.after < slot < gap.before for gap in rig.gaps())


def test_a_disk_that_takes_no_more_is_told_apart_from_damage(tmp_path: Path) -> None:
    box = Outbox(tmp_path, bytes(32))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, hard))
        with pytest.raises(OutboxFullError):
            _fill(box)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with box.transaction():
        box.hold(Kind.READINGS, "urn:x", b"room again")
    box.close()


def test_what_happens_inside_a_transaction_happens_together(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.run_to(START + 3600)
    before = rig.outbox.stream()
    known = rig.outbox.point(POINT)
    pressure = rig.outbox.pressure()
    with pytest.raises(ZeroDivisionError):
        _break_off(rig.outbox)
    assert (rig.outbox.stream(), rig.outbox.point(POINT)) == (before, known)
    assert (rig.outbox.next_held(), rig.outbox.pressure()) == (None, pressure)


def _fill(box: Outbox) -> None:
    for n in range(200):
        with box.transaction():
            box.hold(Kind.READINGS, "urn:x", bytes(4000) + bytes([n]))


def _break_off(box: Outbox) -> None:
    with box.transaction():
        box.set_settlement(POINT, b"\x07" * 32)
        box.hold(Kind.GAP, POINT, b"x")
        raise ZeroDivisionError


def _thinning(rig: Rig, monkeypatch: pytest.MonkeyPatch, hours: int = 2) -> None:
    """From an hour after the start on one slot in four is kept."""
    rig.run_to(START + 3600)
    monkeypatch.setattr(Outbox, "pressure", lambda _box: Decimal("0.6"))
    rig.run_to(START + 3600 * (1 + hours))


def _each_slot_once(rig: Rig, until: int) -> None:
    taken = {reading.taken_at for reading in rig.readings()}
    for slot in range(START, until + 1, 900):
        inside = [gap for gap in rig.gaps() if gap.after < slot < gap.before]
        assert (slot in taken and all(gap.kept_every_s for gap in inside)) or len(inside) == 1, slot
    assert sum(gap.missing for gap in rig.gaps()) == sum(slot not in taken for slot in range(START, until + 1, 900))


def test_a_silent_meter_ends_what_is_thinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers to nothing at a slot that thinning keeps: those behind it lie in the silence, and in it alone."""
    rig = Rig(tmp_path, point=point_config(pack_readings=1, pack_s=0))
    _thinning(rig, monkeypatch)
    rig.meter.silent = True
    rig.run_to(START + 4 * 3600 + 1800)
    rig.meter.silent = False
    rig.run_to(START + 6 * 3600)
    monkeypatch.setattr(Outbox, "pressure", lambda _box: Decimal(0))
    rig.run_to(START + 7 * 3600)
    rig.stop()
    reasons = [(gap.reason, gap.after, gap.before, gap.missing) for gap in rig.gaps()]
    hour = 3600
    assert reasons == [
        (GapReason.OUTBOX_FULL, START + hour, START + 4 * hour, 9),
        (GapReason.METER_SILENT, START + 4 * hour - 1, START + 5 * hour, 4),
        (GapReason.OUTBOX_FULL, START + 5 * hour, START + 6 * hour + 900, 3),
    ]
    _each_slot_once(rig, START + 7 * hour)


def test_closed_in_the_second_of_a_kept_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was thinned before it is declared before the closing settlement."""
    rig = Rig(tmp_path, point=point_config(pack_readings=1, pack_s=0))
    _thinning(rig, monkeypatch)
    rig.agent.run_due(closing=True)
    rig.serve()
    assert [(gap.reason, gap.before, gap.missing) for gap in rig.gaps()] == [
        (GapReason.OUTBOX_FULL, START + 3 * 3600, 6)
    ]
    assert rig.settlements()[-1].counts.gaps == 1
    _each_slot_once(rig, START + 3 * 3600)


def test_the_clock_set_back_while_thinning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was thinned by the wrong clock is told by it."""
    rig = Rig(tmp_path, point=point_config(pack_readings=1, pack_s=0))
    _thinning(rig, monkeypatch)
    rig.run_to(START + 3 * 3600 + 1800)
    rig.clock.set(START + 600)
    monkeypatch.setattr(Outbox, "pressure", lambda _box: Decimal(0))
    rig.run_to(START + 3600)
    rig.stop()
    assert [(gap.reason, gap.before, gap.missing) for gap in rig.gaps()] == [
        (GapReason.OUTBOX_FULL, START + 3 * 3600 + 1801, 8)
    ]


class RecordingMeter(ScriptedMeter):
    """Stores every quarter of an hour by itself."""

    keeps_records = True

    def recorded(self, after: int, before: int) -> list[list[RegisterReading]]:
        times = range(after - after % 900 + 900, before, 900)
        return [[RegisterReading("energy_import", self.offset + (at - START) // 900, "kWh", at)] for at in times]


def test_what_the_meter_recorded_is_fetched_under_pressure_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent was down, and its first slot is one that thinning keeps."""
    rig = Rig(tmp_path, point=point_config(pack_readings=1, pack_s=0), meter=RecordingMeter())
    rig.run_to(START + 3600)
    rig.kill()
    monkeypatch.setattr(Outbox, "pressure", lambda _box: Decimal("0.6"))
    rig.clock.set(START + 4 * 3600)
    rig.restart()
    rig.run_to(START + 4 * 3600)
    rig.stop()
    assert rig.gaps() == []
    assert {reading.taken_at for reading in rig.readings()} >= set(range(START, START + 4 * 3600 + 1, 900))


def test_a_boundary_read_late_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Midnight is looked at three seconds late and there is no room for what it shows: its slot lies in one gap."""
    rig = Rig(tmp_path, point=point_config(pack_readings=1, pack_s=0))
    rig.run_to(START + DAY - 3600)
    say = Stream.say

    def no_readings(stream: Stream, point: str, said: object, state: object) -> None:
        if isinstance(said, bytes):
            raise OutboxFullError("no room")
        say(stream, point, said, state)

    with monkeypatch.context() as full:
        full.setattr(Stream, "say", no_readings)
        rig.run_to(START + DAY - 900)
        rig.clock.set(START + DAY + 3)
        rig.agent.run_due()
        rig.run_to(START + DAY + 1800)
    rig.run_to(START + DAY + 7200)
    rig.stop()
    _each_slot_once(rig, START + DAY + 7200)
