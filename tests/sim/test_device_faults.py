"""What breaks a device or its way to the gateway shows in its statements, and in nothing else."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tally_edge import device, senml, statement, wire
from tally_edge.keys import decode_public_key
from tally_edge.statement import Clock, Statement
from tally_sim.device.device import DeviceSetup
from tally_sim.device.faults import (
    DEVICE_FAULTS,
    BrownOut,
    ClockSkew,
    ClockStep,
    ClockUnset,
    Delay,
    DeviceFault,
    Duplicate,
    LostPage,
    Reorder,
    StateLost,
)
from tally_sim.device.life import Life, live
from tally_sim.device.metering import Point, Register
from tally_sim.errors import InjectionError
from tally_sim.plant.interface import Record

BEGINS = 1_772_380_800
DAY = 86_400
ENDS = BEGINS + 4 * DAY
SETUP = DeviceSetup("urn:dev:org:32473-mill:a1", ZoneInfo("Asia/Shanghai"))
FROM, TO = BEGINS + DAY + 700, BEGINS + 2 * DAY + 300


def read(at: int, since: int | None = None) -> list[Record]:
    return [Record("energy_import", Decimal(at - BEGINS).scaleb(-2), "kWh", at)]


POINT = Point("urn:dev:org:32473-mill:m1", read, "SN-1", (Register("energy_import", "kWh", Decimal(10**6)),))


def lived(*faults: DeviceFault) -> Life:
    return live(SETUP, "a1", [POINT], (BEGINS, ENDS), faults)


def decoded(life: Life) -> list[Statement]:
    """Every statement, its signature verified with the key that signed then."""
    keys = {key.kid: decode_public_key(key.public) for _, key in life.keys}
    found = [statement.decode(each.encoded) for each in life.said]
    for each in found:
        each.verify(keys[each.claims.kid])
    for before, after in pairwise(found):
        if before.claims.kid == after.claims.kid:
            assert (after.claims.seq, after.claims.prev) == ((before.claims.seq or 0) + 1, before.id)
        else:
            assert after.claims.seq == 0
    return found


def gaps(life: Life) -> list[device.Gap]:
    return [wire.decode(device.Gap, s.payload) for s in decoded(life) if s.claims.kind is statement.Kind.GAP]


HONEST = lived()


def test_without_a_fault_everything_arrives_when_it_is_signed() -> None:
    assert [each.said for each in HONEST.deliveries] == list(HONEST.said)
    assert all(each.at == each.said.signed_at == each.said.issued_at for each in HONEST.deliveries)
    assert not gaps(HONEST)
    assert not HONEST.happenings


def test_a_brown_out_is_a_start_and_a_declared_gap() -> None:
    life = lived(BrownOut(begins=FROM, ends=TO))
    (gap,) = gaps(life)
    assert gap.reason is device.GapReason.AGENT_DOWN
    assert gap.after <= FROM
    assert gap.before >= TO
    boots = [each.claims.boot_count for each in decoded(life)]
    assert boots == sorted(boots, key=lambda count: count or 0)
    assert set(boots) == {1, 2}
    assert not any(FROM <= each.signed_at < TO for each in life.said)


def test_a_lost_state_is_another_key_that_says_since_when() -> None:
    life = lived(StateLost(begins=FROM, ends=TO))
    (gap,) = gaps(life)
    assert (gap.reason, gap.after) == (device.GapReason.STATE_LOST, FROM)
    assert len({each.claims.kid for each in decoded(life)}) == 2
    assert [at for at, _ in life.keys] == [BEGINS, TO]


def test_a_lost_page_is_missing_numbers_and_nothing_else() -> None:
    life = lived(LostPage(begins=FROM, ends=TO))
    assert [each.encoded for each in life.said] == [each.encoded for each in HONEST.said]
    arrived = [each.said.seq for each in life.deliveries]
    missing = set(range(len(HONEST.said))) - set(arrived)
    assert missing == {each.seq for each in HONEST.said if FROM <= each.signed_at < TO}
    assert len(missing) > 5


@pytest.mark.parametrize("ahead", [7_200, -7_200])
def test_a_stepped_clock_dates_what_it_reads(ahead: int) -> None:
    life = lived(ClockStep(begins=FROM, ends=TO, ahead_s=ahead))
    within = [each for each in life.said if FROM + 900 <= each.signed_at < TO]
    assert within
    assert {each.issued_at - each.signed_at for each in within} == {ahead}
    readings = [each for each in decoded(life) if each.claims.kind is statement.Kind.READINGS]
    for one in readings:
        for reading in senml.decode(one.payload):
            true_at = int(Decimal(reading.value) * 100) + BEGINS  # type: ignore[arg-type]
            assert reading.taken_at - true_at in (0, ahead)


def test_a_skewed_clock_is_off_more_and_more() -> None:
    life = lived(ClockSkew(begins=FROM, ends=TO, ppm=2000))
    off = [each.issued_at - each.signed_at for each in life.said if FROM <= each.signed_at < TO]
    assert off == sorted(off)
    assert off[0] < 5
    assert off[-1] > 100


def test_an_unset_clock_reads_nothing_and_declares_it() -> None:
    life = lived(ClockUnset(begins=FROM, ends=TO))
    (gap,) = gaps(life)
    assert gap.reason is device.GapReason.CLOCK_UNSET
    assert {each.claims.clock for each in decoded(life)} <= {Clock.SYNCHRONISED, Clock.UNSET}


def test_deliveries_are_doubled_mixed_and_late_and_the_bytes_the_same() -> None:
    honest = Counter(each.encoded for each in HONEST.said)
    doubled = lived(Duplicate(begins=FROM, ends=TO))
    assert set(Counter(each.said.encoded for each in doubled.deliveries).values()) == {1, 2}
    mixed = lived(Reorder(begins=FROM, ends=TO))
    assert Counter(each.said.encoded for each in mixed.deliveries) == honest
    order = [each.said.seq for each in mixed.deliveries]
    assert order != sorted(order)
    late = lived(Delay(begins=FROM, ends=TO))
    assert [each.said.seq for each in late.deliveries] == list(range(len(HONEST.said)))
    assert all(each.at >= TO for each in late.deliveries if FROM <= each.said.signed_at < TO)
    for life in (doubled, mixed, late):
        assert [each.at for each in life.deliveries] == sorted(each.at for each in life.deliveries)
        assert [each.encoded for each in life.said] == [each.encoded for each in HONEST.said]


@pytest.mark.parametrize("name", DEVICE_FAULTS)
def test_every_fault_changes_something_and_is_told_of(name: str) -> None:
    fault = DEVICE_FAULTS[name](begins=FROM, ends=TO)
    life = lived(fault)
    assert [(each.at, each.said.encoded) for each in life.deliveries] != [
        (each.at, each.said.encoded) for each in HONEST.deliveries
    ]
    (told,) = life.happenings
    assert (told.name, told.where, told.begins, told.ends) == (name, SETUP.uri, FROM, TO)
    assert told.what == fault.help
    assert life.deliveries == lived(fault).deliveries


def test_all_at_once_still_makes_one_stream_a_key() -> None:
    life = lived(
        BrownOut(begins=FROM, ends=FROM + 5000),
        StateLost(begins=FROM + 9000, ends=FROM + 20_000),
        ClockSkew(begins=BEGINS, ends=ENDS, ppm=100),
        ClockStep(begins=TO, ends=TO + 9000, ahead_s=-3000),
        Delay(begins=FROM, ends=TO),
        Duplicate(begins=TO, ends=ENDS),
        Reorder(begins=TO, ends=ENDS),
    )
    assert len(decoded(life)) > 150
    assert len(life.happenings) == 7


def test_what_can_not_be_is_refused() -> None:
    with pytest.raises(InjectionError, match="no time of this device"):
        lived(Delay(begins=FROM, ends=ENDS + 1))
    with pytest.raises(InjectionError, match="no power yet from brown-out"):
        lived(BrownOut(begins=FROM, ends=TO), StateLost(begins=TO - 1, ends=TO + 900))
