"""What went out for which order: every load once, and nothing unseen."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import ReleaseError
from tally_finance.quantity.tickets import weighed
from tally_finance.release.gate import LOADING_S, Passing, passings
from tally_finance.release.matching import Matched, Watched, match
from tally_finance.release.order import Floor
from tally_finance.release.remark import Name
from tests.finance.quantity import yard
from tests.finance.release.dock import BEGINS, ENDS, OTHER, TRUCK, load, matched, order, picker, seen, watched


def names(found: Matched) -> list[Name]:
    return [remark.name for remark in found.remarks]


def shares(found: Matched) -> dict[int, list[int]]:
    """Alibi numbers of the loads, by the order's number."""
    return {one.order.order[0]: [load.alibi for load in one.loads] for one in found.released}


def test_one_load_for_one_order() -> None:
    found = matched([order(1, 30_000)], [load(1, 29_980)])
    assert shares(found) == {1: [1]}
    assert found.remarks == found.unordered == ()
    assert (found.released[0].quantity_g, found.released[0].over_g, found.released[0].left_g) == (29_980_000, 0, 20_000)


def test_loads_of_one_order_are_added() -> None:
    loads = [load(1, 30_000, hour=1), load(2, 30_000, hour=3), load(3, 20_000, hour=5)]
    found = matched([order(1, 80_000)], loads)
    assert shares(found) == {1: [1, 2, 3]}
    assert found.remarks == ()


def test_more_than_the_order_is_gone_all_the_same() -> None:
    found = matched([order(1, 50_000)], [load(1, 30_000), load(2, 20_001, hour=2)])
    assert names(found) == [Name.OVER_PICK]
    assert found.released[0].over_g == 1_000
    assert found.released[0].quantity_g == 50_001_000
    assert [one.name for one in found.alarms] == [Name.OVER_PICK]


def test_what_comes_in_needs_no_order() -> None:
    found = matched([], [load(1, 30_000, came=True)])
    assert found == Matched((), None, (), ())


@pytest.mark.parametrize(
    ("loads", "name"),
    [
        ([load(1, 30_000, plate=OTHER)], Name.NO_ORDER),
        ([load(1, 30_000, plate=None)], Name.PLATE_UNKNOWN),
        ([load(1, 30_000, hour=13)], Name.OUTSIDE_WINDOW),
        ([load(1, 30_000, hour=7)], Name.OUTSIDE_WINDOW),
    ],
)
def test_goods_that_go_without_an_order(loads: list[object], name: Name) -> None:
    """Qinhuangdao 2022: the keeper let goods out on a phone call. Here the scale's own word shows it."""
    found = matched([order(1, 30_000, hours=(8, 12))], loads)
    assert names(found) == [name, Name.UNUSED]
    assert found.unordered == tuple(loads)
    assert len(found.alarms) == 1


def test_the_window_has_both_its_ends() -> None:
    grant = order(1, 90_000, hours=(8, 12))
    ends = [replace(load(1, 30_000), at=grant.from_at), replace(load(2, 30_000), at=grant.until_at)]
    assert matched([grant], ends).remarks == ()
    beyond = [replace(load(1, 30_000), at=grant.from_at - 1), replace(load(2, 30_000), at=grant.until_at + 1)]
    assert names(matched([grant], beyond))[:2] == [Name.OUTSIDE_WINDOW] * 2


def test_a_plate_that_nobody_opened_or_that_is_none() -> None:
    assert names(matched([order(1, 30_000)], [load(1, 1_000)], plates=())) == [Name.PLATE_UNKNOWN, Name.UNUSED]
    odd = load(1, 1_000, plate="no plate!")
    assert names(matched([], [odd], plates=("no plate!",))) == [Name.PLATE_UNKNOWN]


def test_a_plate_is_one_however_the_camera_writes_it() -> None:
    written = "沪A·123 45"
    found = matched([order(1, 30_000)], [load(1, 30_000, plate=written)], plates=(written,))
    assert shares(found) == {1: [1]}


def test_of_several_orders_the_one_with_room_that_ends_first() -> None:
    early, late = order(1, 20_000, hours=(0, 6)), order(2, 40_000, hours=(0, 12))
    found = matched([late, early], [load(1, 40_000), load(2, 20_000)])
    assert shares(found) == {1: [2], 2: [1]}
    assert found.remarks == ()
    found = matched([late, early], [load(1, 10_000)])
    assert shares(found) == {1: [1], 2: []}
    assert names(found) == [Name.SEVERAL_ORDERS, Name.UNUSED]
    assert found.alarms == ()


def test_the_same_vehicle_after_its_order_is_full() -> None:
    found = matched([order(1, 30_000)], [load(1, 30_000), load(2, 30_000, hour=2)])
    assert shares(found) == {1: [1, 2]}
    assert found.released[0].over_g == 30_000_000


def test_what_the_chain_accounts_for_is_left_aside() -> None:
    """A delivery of goods that are free, and an execution that was signed before."""
    known = load(1, 30_000, plate=OTHER)
    assert matched([], [known], accounted=frozenset({known.evidence})).remarks == ()


def test_what_no_ticket_says() -> None:
    assert names(matched([], [], unticketed=500)) == [Name.UNTICKETED]


def test_an_order_is_unused_only_where_all_its_time_was_watched() -> None:
    grant = order(1, 30_000, hours=(8, 12))
    assert names(matched([grant], [])) == [Name.UNUSED]
    assert names(matched([grant], [], to_at=grant.until_at - 1)) == []
    assert names(match([replace(grant, from_at=BEGINS)], watched([]))) == []


def test_an_order_that_stands_there_twice() -> None:
    with pytest.raises(ReleaseError, match="twice"):
        matched([order(1, 1), order(1, 2)], [])


def test_above_a_floor_goods_need_no_order() -> None:
    """Dynamic pledge: whatever vehicle, as long as what stays is enough; an order beside it takes its own loads."""
    loads = [load(1, 20_000, plate=None), load(2, 5_000), load(3, 10_000, plate=OTHER)]
    floor = Floor(b"\x77" * 32, 30_000_000, ENDS)
    found = match([order(1, 5_000)], watched(loads), floor)
    assert found.remarks == found.unordered == ()
    assert shares(found) == {1: [2]}
    assert found.rolled is not None
    assert ([one.alibi for one in found.rolled.loads], found.rolled.over_g) == ([1, 3], 0)
    assert found.rolled.execution(b"\x33" * 32, ENDS, {}) == {
        "receipt": b"\x77" * 32,
        "head": b"\x33" * 32,
        "quantity": 30_000_000,
        "evidence": [loads[0].evidence, loads[2].evidence],
        "serials": [],
        "leftAt": loads[2].at,
        "places": [],
        "deadline": ENDS,
    }


def test_below_a_floor() -> None:
    floor = Floor(b"\x77" * 32, 29_999_999, ENDS)
    found = match([], watched([load(1, 20_000), load(2, 10_000)]), floor)
    assert names(found) == [Name.UNDER_FLOOR]
    assert found.rolled is not None
    assert found.rolled.over_g == 1
    assert len(found.alarms) == 1


def test_a_floor_that_is_over_lets_nothing_go() -> None:
    late = load(1, 20_000)
    found = match([], watched([late]), Floor(b"\x77" * 32, 30_000_000, late.at - 1))
    assert names(found) == [Name.NO_ORDER]
    assert found.unordered == (late,)
    assert names(match([], watched([late]), Floor(b"\x77" * 32, 30_000_000, late.at))) == []


def test_serials_of_loads_above_a_floor() -> None:
    loads = [load(1, 20_000, hour=3), load(2, 20_000, hour=9)]
    gate = (passing("S1", 2), passing("S3", 8))
    found = match([order(1, 20_000, hours=(6, 12))], watched(loads, passed=gate), Floor(b"\x77" * 32, 10**9, ENDS))
    assert found.remarks == ()
    assert found.rolled is not None
    assert [one.serial for one in found.rolled.passed] == ["S1"]
    assert [one.serial for one in found.released[0].passed] == ["S3"]


@pytest.mark.parametrize(("receipt", "free_g"), [(b"1", 1), (bytes(32), -1)])
def test_what_is_no_floor(receipt: bytes, free_g: int) -> None:
    with pytest.raises(ReleaseError, match="not negative"):
        Floor(receipt, free_g, ENDS)


def passing(serial: str, hour: int, minute: int = 0) -> Passing:
    return Passing(serial, BEGINS + hour * 3_600 + minute * 60, yard.source(99))


def test_serials_go_with_the_load_weighed_after_them() -> None:
    loads = [load(1, 20_000, hour=3), load(2, 20_000, hour=9)]
    gate = [passing("S1", 2), passing("S2", 2, 30), passing("S3", 8)]
    found = matched([order(1, 20_000, hours=(0, 5)), order(2, 20_000, hours=(6, 12))], loads, passed=gate)
    assert found.remarks == ()
    assert [[one.serial for one in released.passed] for released in found.released] == [["S1", "S2"], ["S3"]]


def test_loads_of_one_order_may_be_loaded_at_once() -> None:
    found = matched([order(1, 40_000)], [load(1, 20_000, hour=3), load(2, 20_000, hour=3, minute=5)],
                    passed=[passing("S1", 2)])  # fmt: skip
    assert found.remarks == ()
    assert [one.serial for one in found.released[0].passed] == ["S1"]


def test_serials_between_two_orders_are_nobodys() -> None:
    found = matched(
        [order(1, 20_000), order(2, 20_000, plate=OTHER)],
        [load(1, 20_000, hour=3), load(2, 20_000, hour=3, minute=5, plate=OTHER)],
        passed=[passing("S1", 2)],
    )
    assert names(found) == [Name.SERIALS_SHARED]
    assert [released.passed for released in found.released] == [(), ()]


def test_serials_before_a_load_without_an_order_are_nobodys() -> None:
    found = matched([], [load(1, 20_000, hour=3)], passed=[passing("S1", 2)])
    assert names(found) == [Name.NO_ORDER]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(LOADING_S, []), (LOADING_S + 1, [Name.GATE_ALONE, Name.NOT_PASSED])]
)
def test_serials_that_nobody_weighed(seconds: int, expected: list[Name]) -> None:
    weighed_at = load(1, 20_000, hour=9)
    gate = [Passing("S1", weighed_at.at - seconds, yard.source(99))]
    assert names(matched([order(1, 20_000)], [weighed_at], passed=gate)) == expected


def test_goods_without_serials_need_no_gate() -> None:
    assert matched([order(1, 20_000)], [load(1, 20_000)], passed=None).remarks == ()
    assert names(matched([order(1, 20_000)], [load(1, 20_000)], passed=())) == [Name.NOT_PASSED]


def test_from_what_scale_and_gate_signed() -> None:
    """Packs as a verified bundle hands them out: a truck in, a truck out with its plate, serials at the gate."""
    out_at = yard.BEGINS + 7_200
    plate = seen(TRUCK, 5).commitment
    scale = [
        yard.sums(yard.BEGINS, 0, 0),
        yard.weighing(yard.BEGINS + 3_600, 1, 47_000, 15_000),
        [*yard.weighing(out_at, 2, 15_000, 45_000, plate=plate), *yard.sums(yard.ENDS, 32_000, 30_000)],
    ]
    gate = "urn:example:gate"
    made = yard.evidence(scale)
    serials = [yard.Reading(gate, "serial_out", out_at - 60 * n, f"S{n}", "") for n in (1, 2)]
    inward = yard.Reading(gate, "serial_in", out_at - 90, "S3", "")
    made = replace(made, packs={**made.packs, gate: [yard.Pack(yard.source(50), (*serials, inward))]})
    out = weighed(made, yard.SCALE)
    assert out.tickets[1].plate == plate
    grant = replace(order(1, 30_000), from_at=out_at - 60, until_at=out_at)
    found = match([grant], Watched(out, (seen(TRUCK, 5),), made.from_at, made.to_at, tuple(passings(made, gate))))
    assert found.remarks == ()
    assert found.released[0].loads == out.tickets[1:]
    assert [one.serial for one in found.released[0].passed] == ["S2", "S1"]


@pytest.mark.parametrize("plate", [b"short", "沪A12345", 7])
def test_a_plate_in_the_clear_or_malformed_says_nothing_and_takes_no_mass(plate: object) -> None:
    packs = [yard.sums(yard.BEGINS, 0, 0), yard.weighing(yard.BEGINS + 60, 1, 47_000, 15_000, plate=plate),
             yard.sums(yard.ENDS, 32_000, 0)]  # fmt: skip
    (ticket,) = weighed(yard.evidence(packs), yard.SCALE).tickets
    assert (ticket.plate, ticket.net_kg) == (None, 32_000)


def test_the_evidence_id_is_of_one_weighing() -> None:
    one, other = load(1, 20_000), load(2, 20_000)
    same_statement = replace(other, source=one.source)
    assert len({one.evidence, other.evidence, same_statement.evidence}) == 3
    assert one.evidence == replace(load(1, 5_000), number="other").evidence


orders_of = st.lists(
    st.tuples(st.integers(1, 60_000), st.sampled_from([TRUCK, OTHER]), st.integers(0, 20), st.integers(1, 24)),
    max_size=5,
)
loads_of = st.lists(
    st.tuples(
        st.integers(1, 40_000), st.sampled_from([TRUCK, OTHER, "粤B00001", None]), st.integers(0, 23), st.booleans()
    ),
    max_size=10,
)


@given(orders_of, loads_of, st.randoms(use_true_random=False))
def test_every_load_counts_once_or_is_told(grants: list[tuple], trucks: list[tuple], chance: Random) -> None:
    orders = [
        order(n, kg, plate=plate, hours=(first, first + lasts)) for n, (kg, plate, first, lasts) in enumerate(grants, 1)
    ]
    loads = [load(n, kg, plate=plate, hour=hour, came=came) for n, (kg, plate, hour, came) in enumerate(trucks, 1)]
    found = matched(orders, loads)
    out = [one for one in loads if not one.came]
    taken = [one for released in found.released for one in released.loads]
    assert sorted(one.alibi for one in (*taken, *found.unordered)) == [one.alibi for one in out]
    for released in found.released:
        assert all(released.order.is_good_at(one.at) for one in released.loads)
        assert all(one.plate == seen(released.order.picker.plate, one.alibi).commitment for one in released.loads)
        assert released.quantity_g - released.over_g + released.left_g == released.order.quantity_g
    told = {remark.touches for remark in found.remarks if remark.name in WITHOUT}
    assert told == {f"ticket {one.number}" for one in found.unordered}
    mixed = list(orders)
    chance.shuffle(mixed)
    assert matched(mixed, loads) == found


WITHOUT = (Name.NO_ORDER, Name.OUTSIDE_WINDOW, Name.PLATE_UNKNOWN)


def test_what_keeper_and_verifier_sign() -> None:
    loads = [load(1, 20_000, hour=3), load(2, 10_000, hour=3, minute=9)]
    found = matched([order(1, 30_000)], loads, passed=[passing("S1", 2), passing("S2", 2), passing("S1", 2, 5)])
    known = {"S1": b"\x02" * 32, "S2": b"\x01" * 32}
    assert found.released[0].execution(b"\x33" * 32, 1_090_000, known) == {
        "order": b"\x01" * 32,
        "receipt": b"\x77" * 32,
        "head": b"\x33" * 32,
        "quantity": 30_000_000,
        "picker": picker().digest,
        "evidence": [one.evidence for one in loads],
        "serials": [b"\x01" * 32, b"\x02" * 32],
        "leftAt": loads[1].at,
        "places": [],
        "deadline": 1_090_000,
    }
    with pytest.raises(ReleaseError, match="serials that never came in: S2"):
        found.released[0].execution(b"\x33" * 32, 1_090_000, {"S1": b"\x02" * 32})


def test_what_can_not_be_executed() -> None:
    empty = matched([order(1, 30_000)], []).released[0]
    with pytest.raises(ReleaseError, match="nothing went out"):
        empty.execution(bytes(32), ENDS, {})
    many = matched([order(1, 65_000)], [load(n, 1_000) for n in range(1, 66)]).released[0]
    with pytest.raises(ReleaseError, match="65 loads and 0 serials are too many"):
        many.execution(bytes(32), ENDS, {})
    fine = replace(load(1, 1), second_kg=Decimal("15000.0001"))
    with pytest.raises(ReleaseError, match="no whole grams"):
        matched([order(1, 30_000)], [fine])
