"""What the agent says of a metering point, and what it says when there is nothing to say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tally_chain.verify.coverage import holes
from tally_edge.agent.telling import Telling
from tally_edge.device import Boundary, Counts, GapReason
from tally_edge.statement import NO_PREV, Clock, Kind
from tests.edge.agent.rig import POINT, START, FreezingMeter, Rig, ScriptedMeter, assert_one_stream, point_config

DAY = 86_400


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "outbox")


def test_a_day_of_readings_in_packs_between_an_opening_and_a_day_settlement(rig: Rig) -> None:
    rig.run_to(START + DAY)
    rig.stop()
    readings = rig.readings()
    assert [reading.taken_at for reading in readings] == [START + 900 * slot for slot in range(97)]
    assert [reading.value for reading in readings] == [1000 + slot for slot in range(97)]
    opening, day = rig.settlements()
    assert (opening.boundary, opening.at, opening.previous) == (Boundary.OPENING, START, NO_PREV)
    assert (day.boundary, day.at, day.read_at) == (Boundary.DAY, START + DAY, None)
    assert day.local == "2026-01-02T00:00:00+00:00"
    assert day.registers[0].value == 1096
    assert day.previous == rig.said(Kind.SETTLEMENT)[0].id
    assert day.counts == Counts(0, 0, 0, 0)
    assert rig.gaps() == []
    assert_one_stream(rig.gateway.statements())
    assert all(len(signed.payload) for signed in rig.said(Kind.READINGS))


def test_packs_hold_at_most_what_is_configured(tmp_path: Path) -> None:
    rig = Rig(tmp_path, point=point_config(pack_readings=3, pack_s=DAY))
    rig.run_to(START + 900 * 8)
    sizes = [signed.claims.seq for signed in rig.said(Kind.READINGS)]
    assert len(sizes) == 3  # the opening's reading alone, then 3 and 3; two more wait
    rig.stop()
    assert len(rig.readings()) == 9


def test_a_silent_meter_is_a_declared_gap_with_its_count(rig: Rig) -> None:
    rig.run_to(START + 3600)
    rig.meter.silent = True
    rig.run_to(START + 2 * 3600)
    rig.meter.silent = False
    rig.run_to(START + 3 * 3600)
    (gap,) = rig.gaps()
    assert (gap.after, gap.before) == (START + 3600, START + 2 * 3600 + 900)
    assert (gap.reason, gap.missing, gap.kept_every_s) == (GapReason.METER_SILENT, 4, None)
    rig.run_to(START + DAY)
    assert rig.settlements()[-1].counts.gaps == 1


def test_an_impossible_reading_is_left_out_and_declared(rig: Rig) -> None:
    rig.meter.values[START + 900] = -5
    rig.meter.values[START + 1800] = 100_000  # the modulus itself
    rig.run_to(START + 3600)
    (gap,) = rig.gaps()
    assert (gap.reason, gap.missing) == (GapReason.READING_INVALID, 2)
    assert {reading.value for reading in rig.readings()} == {1000}  # the last two wait in the pack
    assert rig.meter.reads == [START + 900 * slot for slot in range(5)]


def test_a_change_of_reason_makes_two_gaps_that_leave_nothing_open(rig: Rig) -> None:
    rig.run_to(START + 1800)
    rig.meter.silent = True
    rig.run_to(START + 3600)
    rig.clock.set(START + 4500, Clock.UNSET)
    rig.run_to(START + 5400)
    rig.meter.silent = False
    rig.clock.set(START + 6299, Clock.INFORMATIVE)
    rig.run_to(START + 6300)
    silent, unset = rig.gaps()
    assert (silent.reason, silent.after, silent.before, silent.missing) == (
        GapReason.METER_SILENT,
        START + 1800,
        START + 4500,
        2,
    )
    assert (unset.reason, unset.after, unset.before, unset.missing) == (
        GapReason.CLOCK_UNSET,
        START + 4499,
        START + 6300,
        2,
    )


def test_what_is_declared_before_a_crash_is_not_declared_after_it_again(rig: Rig) -> None:
    rig.run_to(START + 1800)
    rig.meter.silent = True
    rig.run_to(START + 3600)
    rig.clock.set(START + 4500, Clock.UNSET)
    rig.run_to(START + 4500)  # another reason: the silence is declared
    rig.kill()
    rig.meter.silent = False
    rig.clock.set(START + 8999, Clock.INFORMATIVE)
    rig.restart()
    rig.run_to(START + 9000)
    silent, down = rig.gaps()
    assert (silent.reason, silent.after, silent.before, silent.missing) == (
        GapReason.METER_SILENT,
        START + 1800,
        START + 4500,
        2,
    )
    assert (down.reason, down.after, down.before, down.missing) == (
        GapReason.AGENT_DOWN,
        START + 4499,
        START + 9000,
        5,
    )


def test_nothing_is_said_while_the_clock_was_never_set(tmp_path: Path) -> None:
    rig = Rig(tmp_path, now=1000)
    rig.clock.set(1000, Clock.UNSET)
    rig.run_to(1000 + 3600)
    assert rig.gateway.log == []
    rig.clock.set(START, Clock.SYNCHRONISED)
    rig.run_to(START + 900)
    assert rig.settlements()[0].boundary is Boundary.OPENING
    assert rig.gaps() == []


def test_what_a_killed_agent_missed_is_declared_at_its_next_start(rig: Rig) -> None:
    rig.run_to(START + 900 * 6)  # 0 | 1 2 3 4 | 5 6 are packed and lost
    rig.kill()
    rig.clock.set(START + 900 * 20 + 5)
    rig.restart()
    rig.run_to(START + 900 * 21)
    rig.stop()
    (gap,) = rig.gaps()
    assert (gap.reason, gap.after, gap.before) == (GapReason.AGENT_DOWN, START + 900 * 4, START + 900 * 21)
    assert gap.missing == 16
    assert_one_stream(rig.gateway.statements())
    assert {signed.claims.boot_count for signed in rig.gateway.statements()} == {1, 2}


def test_a_clean_stop_loses_nothing(rig: Rig) -> None:
    rig.run_to(START + 900 * 6)
    rig.stop()
    rig.clock.set(START + 900 * 6 + 100)
    rig.restart()
    rig.run_to(START + 900 * 8)
    rig.stop()
    assert rig.gaps() == []
    assert [reading.taken_at for reading in rig.readings()] == [START + 900 * slot for slot in range(9)]


def test_boundaries_missed_are_settled_from_the_meters_own_freezes(tmp_path: Path) -> None:
    rig = Rig(tmp_path, meter=FreezingMeter())
    rig.run_to(START + 3600)
    rig.kill()
    now = START + 3 * DAY + 7 * 3600
    rig.clock.set(now)
    rig.restart()
    rig.run_to(now)
    late = rig.settlements()[1:]
    assert [settled.at for settled in late] == [START + DAY * day for day in (1, 2, 3)]
    assert {settled.read_at for settled in late} == {now}
    assert [settled.registers[0].value for settled in late] == [1000 + 96 * day for day in (1, 2, 3)]
    assert {settled.counts.gaps for settled in late} == {1}


def test_without_freezes_only_the_last_boundary_is_settled_late_and_says_so(rig: Rig) -> None:
    rig.run_to(START + 3600)
    rig.kill()
    now = START + 3 * DAY + 7 * 3600
    rig.clock.set(now)
    rig.restart()
    rig.run_to(now)
    (late,) = rig.settlements()[1:]
    assert (late.at, late.read_at) == (START + 3 * DAY, now)
    assert late.registers[0].value == 1000 + 3 * 96 + 28


def test_rollovers_and_resets_are_counted(tmp_path: Path) -> None:
    rig = Rig(tmp_path, point=point_config(modulus=2000), meter=ScriptedMeter(offset=1990))
    for slot in range(10, 97):
        rig.meter.values[START + 900 * slot] = slot - 10 if slot < 50 else slot - 50
    rig.run_to(START + DAY)
    assert rig.settlements()[-1].counts == Counts(exchanges=0, resets=1, rollovers=1, gaps=0)


def test_another_serial_is_an_exchange_and_opens_anew(rig: Rig) -> None:
    rig.run_to(START + 3600)
    rig.stop()
    rig.point = point_config(serial="B2")
    rig.meter = ScriptedMeter(offset=0)
    rig.clock.set(START + 3700)
    rig.restart()
    rig.run_to(START + 2 * 3600)
    last = rig.settlements()[-1]
    assert (last.boundary, last.serial, last.counts.exchanges, last.counts.resets) == (Boundary.OPENING, "B2", 1, 0)


class PowerWentError(Exception):
    """The agent falls here."""


def fall_before_a_settlement(rig: Rig, monkeypatch: pytest.MonkeyPatch, until: int) -> None:
    """Run until a settlement is due: the reading before it is said, and then the power goes."""

    def fall(telling: Telling, said: object, state: object) -> None:
        raise PowerWentError

    with monkeypatch.context() as patch:
        patch.setattr(Telling, "aside", fall)
        with pytest.raises(PowerWentError):
            rig.run_to(until)
    rig.kill()


def test_a_fall_between_a_midnights_reading_and_its_settlement(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settlement shows what was read then, not what the meter shows later (finding 512)."""
    rig.run_to(START + DAY - 900)
    fall_before_a_settlement(rig, monkeypatch, START + DAY)
    rig.clock.set(START + DAY + 3600)
    rig.restart()
    rig.run_to(START + DAY + 7200)
    rig.stop()
    shown = {reading.taken_at: reading.value for reading in rig.readings()}
    settled = rig.settlements()[-1]
    assert (settled.boundary, settled.at, settled.read_at) == (Boundary.DAY, START + DAY, None)
    assert settled.registers[0].value == shown[START + DAY]
    # The gap of the fall lies behind midnight: counted here, the day that holds it would look whole.
    assert [gap.after for gap in rig.gaps()] == [START + DAY]
    assert settled.counts.gaps == 0
    assert_one_stream(rig.gateway.statements())


def test_a_fall_before_the_opening_settlement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A metering point that was read and never opened is opened by the next life, and settles its days."""
    with monkeypatch.context() as patch:
        patch.setattr(Rig, "serve", lambda _rig, rounds=4: None)
        rig = Rig(tmp_path / "outbox", lost_since=START - DAY)
    rig.serve()
    fall_before_a_settlement(rig, monkeypatch, START + 900)
    rig.clock.set(START + 900)
    rig.restart()
    rig.run_to(START + DAY + 900)
    rig.stop()
    assert [settled.boundary for settled in rig.settlements()] == [Boundary.OPENING, Boundary.DAY]
    assert [gap.reason for gap in rig.gaps() if gap.reason is GapReason.STATE_LOST] == [GapReason.STATE_LOST]


def test_closing_in_the_second_of_a_reading_settles_on_that_reading(rig: Rig) -> None:
    """The register goes on counting: read again, it would show two values at one time (finding 515)."""
    rig.run_to(START + 3600)
    rig.meter.offset += 1
    rig.agent.run_due(closing=True)
    rig.serve()
    assert rig.settlements()[-1].boundary is Boundary.CLOSING
    assert rig.settlements()[-1].registers[0].value == rig.meter.offset - 1 + 4
    shown = [(reading.taken_at, reading.value) for reading in rig.readings() if reading.register == "energy_import"]
    assert len({at for at, _ in shown}) == len(shown)


def test_a_meter_that_is_exchanged_after_its_closing_is_read(rig: Rig) -> None:
    rig.run_to(START + 3600)
    rig.agent.run_due(closing=True)
    rig.serve()
    rig.kill()
    rig.point = replace(rig.point, serial="B2")
    rig.restart()
    rig.run_to(START + 7200)
    rig.stop()
    assert [settled.boundary for settled in rig.settlements()][-2:] == [Boundary.CLOSING, Boundary.OPENING]
    assert max(reading.taken_at for reading in rig.readings()) == START + 7200


def test_closing_is_the_last_word(rig: Rig) -> None:
    rig.run_to(START + 3600)
    rig.agent.run_due(closing=True)
    rig.run_to(START + 2 * 3600)
    rig.serve()
    last = rig.settlements()[-1]
    assert (last.boundary, last.at) == (Boundary.CLOSING, START + 3600)
    assert rig.gateway.statements()[-1].claims.kind is Kind.SETTLEMENT
    rig.stop()
    rig.restart()
    rig.run_to(START + 3 * 3600)
    assert rig.gateway.statements()[-1].claims.kind is Kind.SETTLEMENT


@pytest.mark.parametrize("restarted", [False, True])
def test_what_went_by_unread_before_the_closing_is_declared(rig: Rig, restarted: bool) -> None:
    rig.run_to(START + 3600)
    if restarted:
        rig.stop()
    rig.clock.set(START + 3600 + 2 * 900 + 100)
    if restarted:
        rig.restart()
    rig.agent.run_due(closing=True)
    rig.serve()
    (gap,) = rig.gaps()
    assert (gap.after, gap.before) == (START + 3600, START + 3600 + 2 * 900 + 100)
    assert (gap.reason, gap.missing) == (GapReason.AGENT_DOWN, 2)
    last = rig.settlements()[-1]
    assert (last.boundary, last.at, last.counts.gaps) == (Boundary.CLOSING, gap.before, 1)


def test_a_clock_set_back_goes_on_from_the_time_that_it_shows(rig: Rig) -> None:
    rig.run_to(START + 5 * DAY)
    rig.clock.set(START + 2 * DAY)
    rig.run_to(START + 2 * DAY + 3600)
    rig.stop()
    assert rig.readings()[-1].taken_at == START + 2 * DAY + 3600
    assert_one_stream(rig.gateway.statements())


def test_a_clock_that_was_years_ahead_does_not_end_the_settlements(rig: Rig) -> None:
    rig.run_to(START + 3600)
    rig.clock.set(START + 700 * DAY + 900)  # a receiver that counts its weeks wrongly
    rig.agent.run_due()
    rig.serve()
    ahead = rig.settlements()[-1]
    assert ahead.at == START + 700 * DAY
    rig.clock.set(START + 2 * 3600)
    rig.run_to(START + 2 * DAY + 900)
    rig.stop()
    assert [settled.at for settled in rig.settlements()][-2:] == [START + DAY, START + 2 * DAY]
    assert_one_stream(rig.gateway.statements())


@pytest.mark.parametrize("shown", [Decimal(2**64 - 1).scaleb(-2), Decimal("1E+30"), 2**64])
def test_a_number_that_no_statement_can_carry_is_a_gap_and_not_the_end(tmp_path: Path, shown: Decimal | int) -> None:
    """Meters mark a register as invalid with all ones."""
    meter = ScriptedMeter(values={START + 1800: shown})
    rig = Rig(tmp_path / "outbox", meter=meter, point=point_config(modulus=10**18 * 10**18))
    rig.run_to(START + 2 * 3600)
    (gap,) = rig.gaps()
    assert (gap.reason, gap.missing) == (GapReason.READING_INVALID, 1)
    assert (gap.after, gap.before) == (START + 900, START + 2700)


def test_a_clock_set_ahead_is_a_gap(rig: Rig) -> None:
    rig.run_to(START + 3600)
    rig.clock.set(START + 5 * 3600 + 10)
    rig.agent.run_due()
    rig.serve()
    (gap,) = rig.gaps()
    assert (gap.reason, gap.after, gap.missing) == (GapReason.AGENT_DOWN, START + 3600, 16)


@pytest.mark.parametrize(("late_s", "gaps"), [(450, 0), (451, 1), (899, 1)])
def test_a_slot_that_is_read_too_late_is_a_gap(rig: Rig, late_s: int, gaps: int) -> None:
    """A reader finds a hole where two readings lie more than one and a half cadences apart (finding 505)."""
    rig.run_to(START + 3600)
    rig.clock.set(START + 3600 + 900 + late_s)
    rig.agent.run_due()
    rig.serve()
    rig.stop()
    declared = [(gap.reason, gap.after, gap.before, gap.missing) for gap in rig.gaps()]
    assert declared == [(GapReason.AGENT_DOWN, START + 3600, START + 3600 + 900 + late_s, 1)] * gaps
    times = sorted({reading.taken_at for reading in rig.readings()})
    assert len(holes(times, 900)) == gaps


def test_a_lost_stream_is_declared_by_its_successor(tmp_path: Path) -> None:
    rig = Rig(tmp_path, lost_since=START - 3 * DAY)
    rig.run_to(START + 900)
    (gap,) = rig.gaps()
    assert (gap.reason, gap.after, gap.before) == (GapReason.STATE_LOST, START - 3 * DAY, START)
    assert rig.settlements()[0].counts.gaps == 1
    assert rig.said(Kind.GAP)[0].claims.subject == POINT
