"""A fleet says one statement a device and minute, each in its own stream, and is much faster than time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tally_edge import senml, statement
from tally_edge.keys import decode_public_key
from tally_sim.device.signing import Kind
from tally_sim.errors import DeviceError
from tally_sim.fleet import Fleet, SmallMeter

BEGINS = 1_772_380_800
ZONE = ZoneInfo("Asia/Shanghai")


def test_each_device_says_one_statement_a_minute() -> None:
    fleet = Fleet(130, "f", BEGINS, ZONE)
    said = [each for at in range(BEGINS, BEGINS + 600) for each in fleet.turn(at)]
    streams: dict[int, list[statement.Statement]] = {}
    for number, one in said:
        streams.setdefault(number, []).append(statement.decode(one.encoded))
    assert sorted(streams) == list(range(130))
    for number, stream in streams.items():
        key = decode_public_key(fleet.devices[number].stream.key.public)
        assert [each.claims.seq for each in stream] == list(range(len(stream)))
        for before, after in pairwise(stream):
            assert after.claims.prev == before.id
        stream[-1].verify(key)
        readings = [senml.decode(each.payload)[0] for each in stream if each.claims.kind is statement.Kind.READINGS]
        assert [each.taken_at for each in readings[1:]] == [BEGINS + 60 * minute for minute in range(1, 10)]
        values = [each.value for each in readings]
        assert values == sorted(values)  # type: ignore[type-var]
    kinds = Counter(one.kind for _, one in said)
    assert kinds == {Kind.READINGS: 130 * 10, Kind.SETTLEMENT: 130}
    assert len({fleet.devices[number].stream.key.kid for number in streams}) == 130


def test_a_day_of_a_device_is_settled() -> None:
    fleet = Fleet(1, "f", BEGINS, ZONE)
    said = [each for minute in range(24 * 60 + 1) for each in fleet.turn(BEGINS + 60 * minute)]
    kinds = Counter(one.kind for _, one in said)
    assert kinds == {Kind.READINGS: 24 * 60 + 1, Kind.SETTLEMENT: 2}


def test_the_small_meter_is_an_integral() -> None:
    meter = SmallMeter(BEGINS, 500, 36_000)
    day = [meter.read(BEGINS + hour * 3600)[0].value for hour in range(49)]
    assert day[0] == 5
    assert day[24] - day[0] == day[48] - day[24] == 36 * 24  # type: ignore[operator]
    grown = [after - before for before, after in pairwise(day)]  # type: ignore[operator]
    assert grown[:12] == sorted(grown[:12])
    assert grown[12:24] == sorted(grown[12:24], reverse=True)
    assert abs(grown[0] - grown[23]) <= 1


def test_a_fleet_begins_at_a_full_minute() -> None:
    with pytest.raises(DeviceError, match="full minute"):
        Fleet(1, "f", BEGINS + 1, ZONE)
