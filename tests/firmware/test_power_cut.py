"""The power goes away at every single write and erase of a scripted run, in four ways of tearing it.

The firmware judges each run itself (nothing signed that the log never got, one row of numbers, links, nothing left);
the logs of some runs are judged again here, by tally_edge and by what a reader expects of the readings.
"""

from __future__ import annotations

import random
import re

import pytest

from tally_edge import senml, statement, wire
from tally_edge.device import NO_SETTLEMENT, Boundary, Gap, GapReason, Settlement
from tally_edge.keys import PublicKey
from tally_edge.statement import NO_PREV, Kind, Statement
from tests.firmware.build import Device

CADENCE_S = 900
STEPS = 24
TORN = 4
SUMMARY = re.compile(
    r"(\d+) flash operations, (\d+) sectors erased, (\d+) statements; "
    r"each operation cut in 4 ways: (\d+) runs, (\d+) wrong"
)


def read_log(output: str) -> list[Statement]:
    """The statements of a run's log, each with its signature checked."""
    lines = output.splitlines()
    both = bytes.fromhex(lines[1])
    key = PublicKey(1, both[:32], both[32:])
    found = [statement.decode(bytes.fromhex(line)) for line in lines[2:]]
    for one in found:
        assert one.claims.kid == key.kid
        one.verify(key)
    return found


def judge(log: list[Statement], *, has_room: bool = True) -> set[GapReason]:
    """Rows, links, counts; every slot was read, or lies in one gap that counts it; every serial opens; a settlement
    stands behind its reading, where readings had room. Returns the reasons of the gaps.
    """
    prev, settled, boots = NO_PREV, NO_SETTLEMENT, 0
    read: set[int] = set()
    gaps: list[Gap] = []
    serials: list[str] = []
    for seq, said in enumerate(log):
        assert said.claims.seq == seq
        assert said.claims.prev == prev
        assert said.claims.boot_count is not None
        assert said.claims.boot_count >= boots
        prev, boots = said.id, said.claims.boot_count
        if said.claims.kind is Kind.READINGS:
            times = {reading.taken_at for reading in senml.decode(said.payload)}
            assert not times & read, "a reading was said twice"
            read |= times
        elif said.claims.kind is Kind.GAP:
            gaps.append(wire.decode(Gap, said.payload))
        else:
            settlement = wire.decode(Settlement, said.payload)
            assert settlement.counts.gaps == len(gaps)
            assert settlement.previous == settled
            settled = said.id
            opens = settlement.boundary is Boundary.OPENING
            assert opens == (settlement.serial not in serials[-1:]), "a meter opens once, and first"
            serials.append(settlement.serial)
            if has_room:
                assert (settlement.read_at or settlement.at) in read, "a settlement before its reading"
    _judge_gaps(gaps, read)
    assert len(set(serials)) == 1 + settlement.counts.exchanges
    return {gap.reason for gap in gaps}


def _judge_gaps(gaps: list[Gap], read: set[int]) -> None:
    """Every slot was read, or is counted by one gap. What was kept in a thinned gap and then lost is counted by a
    second one that lies in it.
    """
    declared: set[int] = set()
    left_out = 0
    for gap in gaps:
        kept = {at // CADENCE_S * CADENCE_S for at in read if gap.after < at < gap.before}
        assert not kept or gap.kept_every_s, gap
        slots = set(range(gap.after // CADENCE_S * CADENCE_S + CADENCE_S, gap.before, CADENCE_S)) - kept
        if slots & declared:
            assert slots <= declared, ("a slot lies in two gaps", gap)
            assert gap.reason is GapReason.AGENT_DOWN
            assert any(gap.after < one.before and one.after < gap.before and one.kept_every_s for one in gaps), gap
        else:
            assert gap.missing == len(slots) or (gap.kept_every_s and gap.missing < len(slots)), gap
        declared |= slots
        left_out += gap.missing
    told = max(*read, *(gap.before for gap in gaps))
    missed = [slot for slot in range(min(read), told, CADENCE_S) if slot not in read]
    assert declared.issuperset(missed)
    assert left_out == len(missed)


@pytest.mark.slow
def test_at_every_write_and_erase(device: Device) -> None:
    found = SUMMARY.search(device.run("powercut", str(STEPS), "electricity", "2"))
    assert found is not None
    operations, erased, statements, runs, wrong = map(int, found.groups())
    assert wrong == 0
    assert runs == TORN * operations
    assert operations > 150
    assert erased >= 1
    assert statements > 15


@pytest.mark.slow
@pytest.mark.parametrize("facts", [(), ("11" * 32,)], ids=["a bad day", "a calm evening"])
def test_a_reader_finds_nothing_at_any_cut(device: Device, facts: tuple[str, ...]) -> None:
    """An exchange, gaps, a settlement: wherever the power goes away, everything is opened, read or declared once. On
    the bad day a sector whose write was torn may be the one that readings needed before their settlement.
    """
    run = ("powercut", str(STEPS + 6), "electricity")
    operations = int(re.findall(r"operations (\d+)", device.run(*run, "0", "0", *facts))[0])
    for cut in range(1, operations + 1):
        judge(read_log(device.run(*run, str(cut), str(cut % TORN), *facts)), has_room=bool(facts))


@pytest.mark.parametrize("variant", ["electricity", "water", "weighbridge", "silo", "rfid-gate"])
def test_logs_of_some_cuts_as_a_reader_sees_them(device: Device, variant: str) -> None:
    chance = random.Random(variant)
    output = device.run("powercut", str(STEPS), variant, "0", "0")
    operations = int(re.findall(r"operations (\d+)", output)[0])
    judge(read_log(output))
    for _ in range(12):
        cut, torn = chance.randrange(1, operations + 1), chance.randrange(TORN)
        output = device.run("powercut", str(STEPS), variant, str(cut), str(torn))
        assert int(re.findall(r"starts (\d+)", output)[0]) >= 2
        judge(read_log(output))


def test_a_long_outage_of_the_line_thins_and_is_declared(device: Device) -> None:
    output = device.run("powercut", "200", "electricity", "0", "0")
    log = read_log(output)
    assert judge(log, has_room=False) == {GapReason.METER_SILENT, GapReason.OUTBOX_FULL, GapReason.CLOCK_UNSET}
    # For most of the second day one reading in sixteen was kept; its settlement is as ever.
    settlements = [wire.decode(Settlement, one.payload) for one in log if one.claims.kind is Kind.SETTLEMENT]
    nights = [one for one in settlements if one.boundary is Boundary.DAY]
    assert [one.local for one in nights] == ["2026-01-02T00:00:00+08:00", "2026-01-03T00:00:00+08:00"]
    assert [one.read_at for one in nights] == [None, None]


def test_the_oracle_sees_a_reading_that_is_gone(device: Device) -> None:
    log = read_log(device.run("powercut", str(STEPS), "electricity", "0", "0"))
    packs = [one for one in log if one.claims.kind is Kind.READINGS]
    with pytest.raises(AssertionError):
        judge([one for one in log if one is not packs[2]])
