"""A simulated device says, byte for byte, what the edge's own agent says of the same meters."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Context, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tally_edge import cbor, device, senml, statement, wire
from tally_edge.agent import counting
from tally_edge.senml import Reading
from tally_edge.statement import Claims, Clock
from tally_sim.device import encoding, payloads
from tally_sim.device.clock import DeviceClock, Wrong
from tally_sim.device.device import Device, DeviceSetup
from tally_sim.device.metering import Memory, Point, Register, moved, point_of
from tally_sim.device.payloads import Boundary, Counts, Reason
from tally_sim.device.signing import ClockState, Key, Kind, Moment, Said, Stream
from tally_sim.errors import DeviceError
from tally_sim.plant.faults import Dropout, Reset, Rollover
from tally_sim.plant.injection import Injection
from tally_sim.plant.interface import Record
from tally_sim.plant.opening import open_plant
from tests.sim.agent_double import AgentDouble
from tests.world import p256

SHANGHAI = ZoneInfo("Asia/Shanghai")
URI = "urn:dev:org:32473-mill"
BEGINS = int(datetime.fromisoformat("2026-02-27T09:07:30+08:00").timestamp())
QUARTER = BEGINS - BEGINS % 900
DAY = 86_400


def plant_points(name: str, seed: int, days: int, faults: Sequence[Injection] = ()) -> list[Point]:
    plant = open_plant(name, seed, QUARTER, days, faults=faults)
    return [
        point_of(f"{URI}:{key}", each, QUARTER, hashlib.sha256(key.encode()).digest(), pack_readings=400 - 40 * turn)
        for turn, (key, each) in enumerate(plant.instruments.items())
    ]


@pytest.mark.parametrize("name", ["steel-mill", "metal-warehouse"])
@pytest.mark.parametrize("seed", range(2))
def test_a_plant_is_said_byte_for_byte_as_the_edge_says_it(tmp_path: Path, name: str, seed: int) -> None:
    days = 4
    first = "incomer"
    faults = [
        Reset(where=first, begins=QUARTER + DAY + 1000, ends=QUARTER + DAY + 1900),
        Rollover(where=first, begins=QUARTER + DAY // 2, ends=QUARTER + DAY),
        Dropout(where=first, begins=QUARTER + 2 * DAY, ends=QUARTER + 2 * DAY + 5000 * (1 + seed)),
        Dropout(where="weighbridge", begins=QUARTER + 53_000, ends=QUARTER + 60_000),
    ]
    points = plant_points(name, seed, days + 1, faults)
    setup = DeviceSetup(f"{URI}:a1", SHANGHAI, reading_day=2)
    ours = Device(setup, Key.of_seed("a1"), points)
    ours.start(BEGINS)
    said = ours.run(BEGINS + 20_000)
    said += ours.run(BEGINS + days * DAY)
    said += ours.stop(BEGINS + days * DAY)
    theirs = AgentDouble(setup, "a1", points, tmp_path)
    theirs.start(BEGINS)
    theirs.run(BEGINS, BEGINS + days * DAY)
    theirs.stop()
    same(said, theirs)
    kinds = Counter(each.kind for each in said)
    assert kinds[Kind.GAP] >= 2
    assert kinds[Kind.SETTLEMENT] == len(points) * (days + 1)
    counts = wire.decode(device.Settlement, statement.decode(last_settlement(said, f"{URI}:{first}")).payload).counts
    assert (counts.rollovers, counts.resets, counts.gaps, counts.exchanges) == (1, 1, 1, 0)


def same(said: Sequence[Said], theirs: AgentDouble) -> None:
    """Byte for byte; where not, the first difference as people read it."""
    other = theirs.said()
    theirs.close()
    for mine, encoded in zip(said, other, strict=False):
        if mine.encoded != encoded:
            assert told(mine.encoded) == told(encoded)
    assert [each.encoded for each in said] == other


def told(encoded: bytes) -> object:
    signed = statement.decode(encoded)
    if signed.claims.kind is statement.Kind.READINGS:
        return signed.claims, senml.decode(signed.payload)
    form = device.Gap if signed.claims.kind is statement.Kind.GAP else device.Settlement
    return signed.claims, wire.decode(form, signed.payload)


def last_settlement(said: Sequence[Said], point: str) -> bytes:
    return [each for each in said if each.kind is Kind.SETTLEMENT and each.subject == point][-1].encoded


def stubborn(at: int, since: int | None = None) -> list[Record]:
    """A meter that is silent for a while, shows nonsense for a while, and then is right again."""
    hour = (at - QUARTER) // 3600
    value: int | Decimal = Decimal(at - QUARTER).scaleb(-2)
    if hour in (5, 6, 20):
        return []
    if hour in (7, 8):
        value = Decimal("-1.00")
    return [Record("energy_import", value, "kWh", at)]


METER = Point(
    f"{URI}:m1", stubborn, "SN-1", (Register("energy_import", "kWh", Decimal(10**6), 400),), cadence_s=600
)  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "begins", "cadences"),
    [
        ("Asia/Shanghai", "2026-02-27T09:07:30+08:00", (300, 3600)),
        ("Europe/Berlin", "2026-03-28T09:07:30+01:00", (86_400, 5400)),
        ("Europe/Berlin", "2026-10-24T09:07:30+02:00", (86_400, 5400)),
        ("Asia/Beirut", "2026-03-28T09:07:30+02:00", (900, 7200)),
        ("Australia/Lord_Howe", "2026-04-04T09:07:30+11:00", (600, 14_400)),
    ],
)
@pytest.mark.parametrize(
    "clock",
    [
        DeviceClock(),
        DeviceClock(ClockState.INFORMATIVE, (Wrong(QUARTER + DAY, QUARTER + 2 * DAY, ahead_s=30_000),)),
        DeviceClock(ClockState.SYNCHRONISED, (Wrong(QUARTER + DAY, QUARTER + 2 * DAY, ahead_s=-90_000),)),
        DeviceClock(
            ClockState.SYNCHRONISED,
            (Wrong(QUARTER + DAY, QUARTER + 2 * DAY, state=ClockState.UNSET), Wrong(QUARTER, QUARTER + DAY, ppm=300)),
        ),
    ],
    ids=["right", "ahead", "back", "unset"],
)  # fmt: skip
def test_power_and_clocks_come_and_go_as_for_the_edge(
    tmp_path: Path, zone: str, begins: str, cadences: tuple[int, int], clock: DeviceClock
) -> None:
    start = int(datetime.fromisoformat(begins).timestamp())
    moved = start - BEGINS
    spans = tuple(replace(each, begins=each.begins + moved, ends=each.ends + moved) for each in clock.wrong)
    setup = DeviceSetup(f"{URI}:a1", ZoneInfo(zone), clock=replace(clock, wrong=spans), lost_since=start - 5000)

    def read(at: int, since: int | None = None) -> list[Record]:
        return [replace(each, at=at) for each in stubborn(at - moved, since)]

    points = [
        replace(METER, uri=f"{URI}:m{number}", cadence_s=cadence, read=read) for number, cadence in enumerate(cadences)
    ]
    ours = Device(setup, Key.of_seed("a1"), points)
    theirs = AgentDouble(setup, "a1", points, tmp_path)
    said, at = [], start
    for run, length in enumerate((30_000, 99_990, 90_000)):
        ours.start(at)
        theirs.start(at)
        said += ours.run(at + length)
        theirs.run(at, at + length)
        if run == 1:
            theirs.stop()
            said += ours.stop(at + length)
        else:
            ours.cut(at + length)
        at += length + 20_010
    same(said, theirs)
    assert len(said) > 20


EXACT = Context(prec=40)
numbers = st.one_of(
    st.integers(-(2**64), 2**64 - 1),
    st.builds(
        lambda mantissa, places: EXACT.scaleb(Decimal(mantissa), -places),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(1, 18),
    ),
)
texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=20)
values = st.one_of(
    st.tuples(numbers, st.sampled_from(["kWh", "m3", "kg", "/", "count", "Cel"])),
    st.tuples(st.one_of(texts, st.binary(max_size=40), st.booleans()), st.just("")),
)
packs = st.lists(
    st.tuples(st.sampled_from(["energy_import", "volume", "ticket", "stable"]), values, st.integers(0, 2**31)),
    min_size=1,
    max_size=12,
)


@given(packs)
def test_any_pack_is_the_edges(drawn: list[tuple[str, tuple[int | Decimal | str | bytes | bool, str], int]]) -> None:
    rows = sorted(((name, value, unit, BEGINS + at) for name, (value, unit), at in drawn), key=lambda row: row[3])
    ours = payloads.pack(f"{URI}:m1", [Record(*row) for row in rows])
    theirs = senml.encode([Reading(f"{URI}:m1", name, at, value, unit) for name, value, unit, at in rows])
    assert ours == theirs


@given(numbers)
def test_any_number_is_the_edges(value: int | Decimal) -> None:
    assert encoding.number(value) == cbor.encode(value)


@pytest.mark.parametrize("value", [Decimal(1), Decimal("1e3"), Decimal("NaN"), Decimal("0." + "1" * 19), 2**64])
def test_a_number_that_no_statement_carries_is_refused(value: int | Decimal) -> None:
    with pytest.raises(DeviceError):
        encoding.number(value)


@given(
    st.sampled_from(list(Kind)), st.binary(max_size=300), st.integers(0, 2**40), st.sampled_from(list(ClockState)),
    st.integers(0, 2**53 - 1), st.integers(1, 2**32), st.none() | st.binary(min_size=32, max_size=32),
)  # fmt: skip
def test_any_statement_is_the_edges(
    kind: Kind, payload: bytes, at: int, clock: ClockState, seq: int, boots: int, beacon: bytes | None
) -> None:
    prev = hashlib.sha256(payload).digest() if seq else bytes(32)
    ours = Stream(f"{URI}:a1", Key.of_seed("a1"), seq, prev, boots, beacon).say(
        kind, f"{URI}:m1", payload, Moment(at, clock, at)
    )
    signer = p256("a1")
    claims = Claims(
        statement.Kind(kind.value), signer.public_key.kid, f"{URI}:a1", f"{URI}:m1", at, seq, prev, boots,
        Clock(int(clock)), beacon,
    )  # fmt: skip
    theirs = statement.sign(claims, payload, signer)
    assert (ours.encoded, ours.id) == (theirs.encoded, theirs.id)
    assert Key.of_seed("a1").public == signer.public_key.encode()


@given(
    st.integers(0, 10_000), st.integers(0, 10_000), st.none() | st.integers(1, 20_000),
    st.none() | st.integers(0, 9_000), st.integers(0, 7_200),
)  # fmt: skip
@example(9_500, 500, 10_000, None, 0)  # a tenth of the modulus, to the last step
@example(9_000, 1, 10_000, 1_000, 3_600)
def test_a_register_moves_as_for_the_edge(
    before: int, after: int, modulus: int | None, per_hour: int | None, elapsed: int
) -> None:
    register = Register("r", "kWh", modulus, per_hour)
    memory = Memory("S", shown={"r": before}, read_at=BEGINS)
    found = moved(memory, {"r": after}, BEGINS + elapsed, replace(METER, registers=(register,))).counts
    most = None if per_hour is None else -(-per_hour * elapsed // 3600) + 1
    how = counting.step(before, after, modulus, most)
    assert (found.resets, found.rollovers) == (how is counting.Step.RESET, how is counting.Step.ROLLOVER)


counts = st.integers(0, 2**53 - 1)


@given(
    st.sampled_from(list(Boundary)), st.integers(2**28, 2**40 - 10), st.tuples(counts, counts, counts, counts),
    st.none() | st.integers(2**28, 2**40), st.lists(st.tuples(st.sampled_from("abc"), numbers), max_size=5),
)  # fmt: skip
def test_any_settlement_and_gap_are_the_edges(
    boundary: Boundary,
    at: int,
    counted: tuple[int, int, int, int],
    read_at: int | None,
    registers: list[tuple[str, int | Decimal]],
) -> None:
    shown = tuple((name, value, "kWh") for name, value in registers)
    ours = payloads.Settlement(
        boundary, at, "2026-01-02T00:00:00+08:00", shown, "SN-1", 80, bytes(32), Counts(*counted), bytes(32), read_at
    )
    theirs = device.Settlement(
        device.Boundary(int(boundary)), at, "2026-01-02T00:00:00+08:00",
        tuple(device.RegisterValue(*each) for each in shown), "SN-1", 80, bytes(32), device.Counts(*counted),
        bytes(32), read_at,
    )  # fmt: skip
    assert payloads.settlement(ours) == wire.encode(theirs)
    for reason in Reason:
        gap = device.Gap(at, at + 5, device.GapReason(int(reason)), (), counted[0])
        assert payloads.gap(at, at + 5, reason, counted[0]) == wire.encode(gap)


def test_a_pack_is_of_one_span_and_of_bounded_size() -> None:
    with pytest.raises(DeviceError, match="1 to 1024"):
        payloads.pack(URI, [])
    with pytest.raises(DeviceError, match="1 to 1024"):
        payloads.pack(URI, [Record("a", 1, "kWh", BEGINS)] * 1025)
    with pytest.raises(DeviceError, match="before the pack's first"):
        payloads.pack(URI, [Record("a", 1, "kWh", BEGINS), Record("a", 1, "kWh", BEGINS - 1)])


def test_an_exchange_and_a_closing_are_settled() -> None:
    ours = Device(DeviceSetup(f"{URI}:a1", SHANGHAI), Key.of_seed("a1"), [METER])
    ours.start(BEGINS)
    said = ours.run(BEGINS + 3000)
    said += ours.exchange(BEGINS + 3001, METER.uri, "SN-2", bytes(32), 7)
    said += ours.close(BEGINS + 7000)
    assert not ours.is_on
    assert not ours.run(BEGINS + DAY)
    ours.start(BEGINS + DAY)
    assert not ours.run(BEGINS + 2 * DAY)
    settlements = [statement.decode(each.encoded).payload for each in said if each.kind is Kind.SETTLEMENT]
    payload = [wire.decode(device.Settlement, each) for each in settlements]
    assert [(each.boundary.name, each.serial, each.multiplier, each.counts.exchanges) for each in payload] == [
        ("OPENING", "SN-1", 1, 0), ("OPENING", "SN-2", 7, 1), ("CLOSING", "SN-2", 7, 1),
    ]  # fmt: skip
    fresh = Device(DeviceSetup(f"{URI}:a1", SHANGHAI), Key.of_seed("a1"), [METER])
    fresh.start(BEGINS)
    with pytest.raises(DeviceError, match="on already"):
        fresh.start(BEGINS)
