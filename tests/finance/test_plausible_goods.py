"""Goods with serials: silent gates, trucks that can not be told apart, readers that miss tags."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge.senml import Reading
from tally_finance.plausibility import goods, unloading
from tally_finance.plausibility.gate import Keep
from tally_finance.plausibility.observed import DAY_S, Observed, gather
from tally_finance.plausibility.unread import CHANCE, _bound, _quantile, most_unread
from tests.finance.plausible import KEEPS, QUARTER, START, doubts, unjudged

KG = (Decimal(900), Decimal(1100))
CLOSED: Iterable[int] = ()


def yard(
    trucks: dict[int, int],
    silent: Iterable[int] = CLOSED,
    lose_serials: bool = True,
    quarters: int = 96,
    net: int | None = None,
    hall_offset_s: int = 0,
) -> Observed:
    """`trucks`: the second of the second weighing, and how many bundles of a tonne had come in, ten seconds apart.

    In the quarters `silent` the gate is not read; with `lose_serials` what passed then is not told of afterwards.
    """
    quiet = set(silent)
    passages = sorted(at - 60 - 10 * n for at, count in trucks.items() for n in range(count))
    readings = []
    for number in range(quarters + 1):
        at = START + number * QUARTER
        came = sum(START + second <= at for second in passages)
        if number not in quiet:
            readings += [Reading("gate", "passed_in", at, came, "count"), Reading("gate", "passed_out", at, 0, "count")]
        seen = sum(START + second <= at + hall_offset_s for second in passages)
        readings.append(Reading("hall", "present", at + hall_offset_s, 5 + seen, "count"))
    for number, second in enumerate(passages):
        if not (lose_serials and -(-second // QUARTER) in quiet):
            readings.append(Reading("gate", "serial_in", START + second, f"S-{number}"))
    readings += [
        Reading("scale", "net", START + at, count * 1000 if net is None else net, "kg") for at, count in trucks.items()
    ]
    readings.append(Reading("scale", "kg_in", START, 0, "kg"))
    return gather(readings, {}, {}, (START, START + quarters * QUARTER))


def said(one: Observed) -> list[str]:
    return [doubt.name for doubt in doubts(goods.check(one, KEEPS))]


def reasons(one: Observed) -> set[str]:
    return {each.reason for each in unjudged(goods.check(one, KEEPS))}


# -- trucks ------------------------------------------------------------------------------------------------------------


def test_two_trucks_within_minutes_are_weighed_together() -> None:
    """The serials of the first passed within the quarter hour before the second one's weighing, too."""
    assert said(yard({20_000: 8, 20_300: 9})) == []
    assert said(yard({20_000: 8, 20_300: 9}, net=30_000)) == ["mass-per-serial"]


def test_trucks_that_can_be_told_apart_are_weighed_apart() -> None:
    """Stones among honest trucks: together they would weigh little more than their serials may.

    They are weighed within a quarter hour of one another, but no serial passed while two could have brought it.
    """
    one = yard(dict.fromkeys(range(9000, 20000, 880), 10))
    stones = [Reading("scale", "net", START + 20_440, 10_000, "kg")]
    readings = [
        Reading(place[0], place[1], at, value, each.unit)
        for place, each in one.series.items()
        for at, value in each.points
    ]
    told = [Reading(place[0], place[1], at, text) for place, events in one.events.items() for at, text in events]
    assert said(gather([*readings, *told], {}, {}, (one.from_at, one.to_at))) == []
    assert said(gather([*readings, *told, *stones], {}, {}, (one.from_at, one.to_at))) == ["mass-per-serial"]


# -- a gate that was silent --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lose_serials", [True, False])
def test_what_passed_a_gate_that_was_silent_is_known_by_its_count(lose_serials: bool) -> None:
    one = yard({20_000: 8, 24_000: 9, 40_000: 7}, silent=range(20, 30), lose_serials=lose_serials)
    assert said(one) == []
    assert ("serials that passed the gate meanwhile are not known" in reasons(one)) is lose_serials


def test_a_silence_does_not_join_the_trucks_of_the_whole_day() -> None:
    """The gate is silent in the morning; in the afternoon stones come within a quarter hour of goods."""
    trucks = dict.fromkeys(range(20_000, 40_000, 880), 10)
    quiet, stones = range(22, 26), {40_240: 0}
    assert said(yard(trucks, silent=quiet)) == []
    one = yard({**trucks, **stones}, silent=quiet)
    nets = one.series["scale", "net"]
    heavy = replace(nets, points=tuple((at, value or Decimal(10_000)) for at, value in nets.points))
    assert said(replace(one, series={**one.series, ("scale", "net"): heavy})) == ["mass-per-serial"]
    assert "trucks that can not be told apart were only weighed together" in reasons(one)


def test_stones_do_not_pass_because_the_gate_was_silent() -> None:
    assert said(yard({20_000: 0}, silent=range(20, 30), net=24_000)) == ["mass-per-serial"]


@pytest.mark.parametrize("silent", [range(15), range(80, 97)])
def test_before_a_gates_first_and_after_its_last_word_nothing_is_known(silent: range) -> None:
    one = yard({8_000: 8, 75_000: 9}, silent=silent)
    assert said(one) == []
    assert "goods came while a gate was silent, and its count from before or after is not known" in reasons(one)


def test_a_truck_that_came_before_the_period_is_not_judged() -> None:
    one = yard({500: 3})
    early = replace(one, events={})
    assert doubts(unloading.check(early, KEEPS)) == []
    assert [each.from_at for each in unjudged(unloading.check(early, KEEPS))] == [START]


@given(
    trucks=st.lists(st.tuples(st.integers(2, 80), st.integers(1, 12)), max_size=8, unique_by=lambda truck: truck[0]),
    silence=st.tuples(st.integers(1, 90), st.integers(1, 20)),
    lose=st.booleans(),
)
def test_an_honest_gate_may_be_silent_at_any_time(
    trucks: list[tuple[int, int]], silence: tuple[int, int], lose: bool
) -> None:
    quiet = range(silence[0], min(95, sum(silence)))
    one = yard({quarter * QUARTER + 840: count for quarter, count in trucks}, silent=quiet, lose_serials=lose)
    assert said(one) == []


def test_a_serial_that_left_unheard_may_come_back() -> None:
    def told(*lost: tuple[int, str, str]) -> Observed:
        counted = [(0, 0, 0), (1, 1, 0), (9, 1, 1), (10, 2, 1)]
        readings = [
            Reading("gate", name, START + q * QUARTER, n, "count")
            for q, *both in counted
            for name, n in zip(("passed_in", "passed_out"), both, strict=True)
        ]
        events = [(10, "serial_in", "A"), (610, "serial_in", "B"), (9_000, "serial_in", "A"), *lost]
        readings += [Reading("gate", name, START + at, text) for at, name, text in events]
        return gather(readings, {}, {}, (START, START + DAY_S))

    assert said(told((4_000, "serial_out", "A"))) == []
    assert said(told()) == []
    assert said(told((4_000, "serial_out", "B"))) == ["serial-twice"]


def test_a_report_of_the_hall_begins_the_list_anew() -> None:
    def told(reported: str) -> list[str]:
        events = [("gate", "serial_in", 10, "A"), ("hall", "serial", 500, reported), ("gate", "serial_in", 800, "A")]
        counts = [
            Reading("gate", name, START + n * QUARTER, n, "count")
            for n in range(3)
            for name in ("passed_in", "passed_out")
        ]
        readings = [*counts, *(Reading(point, name, START + at, text) for point, name, at, text in events)]
        return said(gather(readings, {}, {}, (START, START + 2 * QUARTER)))

    assert told("A") == ["serial-twice"]
    assert told("B") == []


def test_halls_that_are_never_reported_together_are_said_to_be() -> None:
    readings = [Reading("hall", "serial", START + 5, "A"), Reading("other", "serial", START + 6, "A")]
    one = gather(readings, {}, {}, (START, START + DAY_S))
    assert said(one) == []
    assert "it and hall were never reported at one time" in reasons(one)


# -- counts ------------------------------------------------------------------------------------------------------------


def test_a_hall_that_is_read_at_other_times_is_judged_while_nothing_passes() -> None:
    honest = yard({20_000: 8, 40_000: 9}, hall_offset_s=420)
    assert said(honest) == []
    hall = honest.series["hall", "present"]
    gone = tuple((at, value - 3 if at > START + 50_000 else value) for at, value in hall.points)
    stolen = replace(honest, series={**honest.series, ("hall", "present"): replace(hall, points=gone)})
    assert said(stolen) == ["count-balance"]


def test_gate_and_hall_that_never_meet_are_not_judged_and_that_is_said() -> None:
    readings = [
        *(
            Reading("gate", name, START + n * QUARTER, n, "count")
            for n in range(9)
            for name in ("passed_in", "passed_out")
        ),
        *(Reading("hall", "present", START + n * QUARTER + 400, 5, "count") for n in range(8)),
    ]
    assert "gate and hall were never read at one time, nor while nothing passed" in reasons(
        gather(readings, {}, {}, (START, START + DAY_S))
    )


def test_a_gate_whose_count_begins_anew_is_counted_anew() -> None:
    honest = yard({20_000: 8, 40_000: 9})
    came = honest.series["gate", "passed_in"]
    anew = tuple((at, value - 8 if at > START + 30_000 else value) for at, value in came.points)
    one = replace(honest, series={**honest.series, ("gate", "passed_in"): replace(came, points=anew)})
    assert said(one) == []
    assert "the register of gate fell, or was exchanged and not read" in reasons(one)


# -- tags that are not read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("read", "unread"), [(0, "0.02"), (30, "0.02"), (200, "0.005"), (12, "0.1")])
def test_so_many_tags_are_missed_by_chance_and_one_fewer_would_not_do(read: int, unread: str) -> None:
    """The binomial tail again, by binomial coefficients."""

    def more_than(number: int, there: int) -> Decimal:
        p = Decimal(unread)
        return sum((comb(there, k) * p**k * (1 - p) ** (there - k) for k in range(number + 1, there + 1)), Decimal(0))

    most = most_unread(read, Decimal(unread))
    assert more_than(most, read + most + 1) < CHANCE
    assert more_than(most - 1, read + most) >= CHANCE


@pytest.mark.parametrize(("read", "unread"), [(100_000, "0.01"), (100_000, "0.00001"), (40_000, "0.3")])
def test_above_many_tags_the_bound_is_no_smaller_than_the_quantile_and_hardly_larger(read: int, unread: str) -> None:
    chance = Decimal(unread)
    exact, bound = _quantile(read, chance, CHANCE), _bound(read, chance, CHANCE)
    spread = (read * chance / (1 - chance) ** 2).sqrt()
    assert exact <= bound <= exact + spread + 12


@pytest.mark.parametrize("present", [2**64, -(2**64), 10**9, -(10**9)])
def test_a_hall_that_says_anything_at_all_is_judged_in_the_end(present: int) -> None:
    assert most_unread(-5, Decimal("0.02")) == most_unread(0, Decimal("0.02"))
    assert len(balance_of(kept([10, 10, present], [0, 0, 0]), "0.02", "0")) == 1
    assert len(balance_of(kept([10] * 12 + [present] * 12, [0] * 24), "0", "0.02")) == 1
    assert balance_of(kept([present] * 12, [0] * 12), "0.02", "0.02") == []


def test_a_reader_that_misses_none_explains_none() -> None:
    assert most_unread(1000, Decimal(0)) == 0


@pytest.mark.parametrize(("missed", "doubted"), [(0, []), (3, []), (12, ["mass-per-serial"])])
def test_missed_tags_are_explained_and_what_chance_does_not_explain_is_doubted(missed: int, doubted: list[str]) -> None:
    misses = (Keep("gate", "hall", "scale", KG, Decimal("0.02"), Decimal("0.02")),)
    one = yard({20_000: 28 - missed}, net=28_000)
    assert [doubt.name for doubt in doubts(unloading.check(one, misses))] == doubted
    perfect = [doubt.name for doubt in doubts(unloading.check(one, KEEPS))]
    assert perfect == ["mass-per-serial"] * bool(missed)


def kept(present: list[int], went: list[int]) -> Observed:
    """A hall and its gate by the quarter hour; nothing comes in."""
    readings = []
    for number, (there, gone) in enumerate(zip(present, went, strict=True)):
        at = START + number * QUARTER
        readings += [Reading("gate", "passed_in", at, 0, "count"), Reading("gate", "passed_out", at, gone, "count")]
        readings.append(Reading("hall", "present", at, there, "count"))
    return gather(readings, {}, {}, (START, START + len(present) * QUARTER))


def balance_of(one: Observed, gate_unread: str, hall_unread: str) -> list[str]:
    keep = (Keep("gate", "hall", "scale", KG, Decimal(gate_unread), Decimal(hall_unread)),)
    return [doubt.sentence for doubt in doubts(goods.check(one, keep))]


def test_of_several_looks_at_a_hall_the_fullest_counts() -> None:
    """Every other look misses two of 200 and now and then six: that is chance. Eight that no look shows are gone."""
    looks = [200 - (6 if number % 13 == 5 else number % 2 * 2) for number in range(192)]
    assert balance_of(kept(looks, [0] * 192), "0", "0.01") == []
    stolen = [there - 8 * (number >= 150) for number, there in enumerate(looks)]
    (sentence,) = balance_of(kept(stolen, [0] * 192), "0", "0.01")
    assert sentence.startswith("8 less than the gate counted, where unread tags explain ")


def test_what_the_gate_missed_over_months_does_not_hide_a_night() -> None:
    """400 bundles left in three days, of which the gate may have missed two dozen; fifteen are gone of a sudden."""
    went = [min(400, number * 400 // 288) for number in range(576)]
    honest = [1000 - gone for gone in went]
    assert most_unread(400, Decimal("0.02")) > 15
    assert balance_of(kept(honest, went), "0.02", "0") == []
    stolen = [there - 15 * (number >= 450) for number, there in enumerate(honest)]
    assert len(balance_of(kept(stolen, went), "0.02", "0")) == 1
