"""Each plausibility check on readings that are made for it: what it doubts, and what it must leave alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import pytest

from tally_finance.plausibility import balance, goods, mass, ratio, sameness, site, stillness
from tally_finance.plausibility.cusum import BASELINE, Chart
from tally_finance.plausibility.daily import level_at, rises
from tally_finance.plausibility.mass import Stores
from tally_finance.plausibility.observed import DAY_S, Observed
from tally_finance.plausibility.ratio import Drive
from tally_finance.plausibility.site import Site
from tests.finance.plausible import (
    HOUR,
    KEEPS,
    QUARTER,
    START,
    doubts,
    midnights,
    observed,
    passed,
    series,
    summed,
    told,
    unjudged,
    wobble,
)

# -- the chart ---------------------------------------------------------------------------------------------------------


CHART = Chart(slack=Decimal("0.75"), limit=Decimal(8), floor=Decimal("0.01"))


def test_a_chart_is_silent_while_nothing_changes() -> None:
    assert CHART.alarm([100 + Decimal(wobble(n, 3)) for n in range(200)]) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_a_chart_finds_a_change_that_stays_and_says_which_way(sign: int) -> None:
    values = [100 + Decimal(wobble(n, 3)) + (4 * sign if n >= 40 else 0) for n in range(80)]
    alarm = CHART.alarm(values)
    assert alarm is not None
    assert 40 < alarm[0] < 60
    assert (alarm[1] > 0) is (sign > 0)


def test_one_odd_day_is_no_change() -> None:
    values = [100 + Decimal(wobble(n, 3)) + (1000 if n == 40 else 0) for n in range(80)]
    assert CHART.alarm(values) is None


def test_a_chart_needs_what_it_learns_from() -> None:
    assert CHART.alarm([Decimal(1)] * BASELINE) is None
    assert CHART.alarm([*[Decimal(1)] * BASELINE, Decimal(100), Decimal(100)]) is not None


# -- days --------------------------------------------------------------------------------------------------------------


def test_a_day_counts_from_midnight_to_midnight_times_the_multiplier() -> None:
    one = series([0, 1, 3, 6], step_s=DAY_S // 2, multiplier=80)
    assert rises(one, midnights(1)) == [240]


def test_a_day_without_its_edges_or_with_a_fall_is_none() -> None:
    times = midnights(2)
    assert rises(series([0, 5, 3], step_s=DAY_S), times) == [5, None]
    assert rises(series([1, 2], step_s=DAY_S + 60), times) == [1, None]
    assert rises(series([1, 2], step_s=DAY_S + HOUR), times) == [None, None]
    assert level_at(series([4, 9]), START - DAY_S) is None
    assert level_at(series([4, 9]), START + DAY_S + 5) == 9


# -- parent and sub-meters ---------------------------------------------------------------------------------------------


def metered(stolen: int, since: int, days: int = 60) -> Observed:
    below = [700 + wobble(day, 200) for day in range(days)]
    above = [amount + 60 + wobble(day, 4) for day, amount in enumerate(below)]
    shown = [amount * (100 - stolen if day >= since else 100) // 100 for day, amount in enumerate(below)]
    return observed(
        days, {"sub": "top"}, top__energy_import=series(summed(above)), sub__energy_import=series(summed(shown))
    )


def test_an_honest_balance_is_left_alone() -> None:
    assert doubts(balance.check(metered(0, 0))) == []


def test_a_sub_meter_that_is_held_back_leaves_more_unmetered() -> None:
    (doubt,) = doubts(balance.check(metered(30, 30)))
    assert (doubt.name, doubt.touches) == ("parent-balance", "top")
    assert START + 30 * DAY_S < doubt.to_at <= START + 44 * DAY_S


def test_sub_meters_can_not_show_more_than_their_parent() -> None:
    one = observed(3, {"sub": "top"}, top__volume=series([0, 10, 20, 30]), sub__volume=series([0, 10, 22, 33]))
    (doubt,) = doubts(balance.check(one))
    assert doubt.to_at == START + 2 * DAY_S
    small = observed(3, {"sub": "top"}, top__volume=series([0, 100, 200]), sub__volume=series([0, 102, 204]))
    assert doubts(balance.check(small)) == []


def test_a_parent_that_stands_still_while_its_sub_meters_count_is_doubted() -> None:
    one = observed(3, {"sub": "top"}, top__volume=series([0, 10, 10, 10]), sub__volume=series([0, 9, 18, 27]))
    (doubt,) = doubts(balance.check(one))
    assert doubt.to_at == START + 2 * DAY_S
    night = observed(2, {"sub": "top"}, top__volume=series([0, 1000, 1000]), sub__volume=series([0, 990, 999]))
    assert doubts(balance.check(night)) == []


# -- energy per output -------------------------------------------------------------------------------------------------


def worked(stolen: int, weeks: int = 20) -> Observed:
    made = [5000 + wobble(day, 1500) for day in range(weeks * 7)]
    used = [amount * 3 + wobble(day + 3, 300) for day, amount in enumerate(made)]
    shown = [amount * (100 - stolen if day >= 70 else 100) // 100 for day, amount in enumerate(used)]
    return observed(weeks * 7, mill__energy_import=series(summed(shown)), scale__kg_out=series(summed(made), unit="kg"))


DRIVES = (Drive(("mill", "energy_import"), (("scale", "kg_out"),)),)


def test_energy_that_follows_the_output_is_left_alone() -> None:
    assert doubts(ratio.check(worked(0), DRIVES)) == []
    nobody = Drive(("nobody", "energy_import"), (("scale", "kg_out"),))
    assert [one.touches for one in unjudged(ratio.check(worked(0), (nobody,)))] == ["nobody"]


def test_energy_too_low_for_the_output_is_doubted() -> None:
    (doubt,) = doubts(ratio.check(worked(20), DRIVES))
    assert (doubt.name, doubt.touches) == ("energy-per-output", "mill")
    assert "less" in doubt.sentence
    assert doubt.to_at > START + 70 * DAY_S


# -- mass --------------------------------------------------------------------------------------------------------------


def stored(stolen_kg: int, days: int = 60) -> Observed:
    capacity, held, levels, came, went = 1_000_000, 500_000, [], [0], [0]
    for day in range(days + 1):
        levels.append(Decimal(held + wobble(day, 500)) / capacity)
        came.append(came[-1] + 30_000)
        went.append(went[-1] + 29_000)
        held += 1_000 - (stolen_kg if day >= 30 else 0)
    return observed(
        days,
        silo__level=series([level.quantize(Decimal("0.0001")) for level in levels], unit="/"),
        scale__kg_in=series(came[: days + 1], unit="kg"),
        scale__kg_out=series(went[: days + 1], unit="kg"),
    )


STORES = (Stores(((("silo", "level"), Decimal(1_000_000)),), ("scale", "kg_in"), ("scale", "kg_out")),)


def test_a_store_that_changes_by_what_is_weighed_is_left_alone() -> None:
    assert doubts(mass.check(stored(0), STORES)) == []


def test_goods_that_leave_unweighed_are_missed() -> None:
    (doubt,) = doubts(mass.check(stored(4_000), STORES))
    assert (doubt.name, doubt.touches) == ("mass-balance", "silo")
    assert "went" in doubt.sentence
    assert doubt.to_at > START + 30 * DAY_S


# -- goods with serials ------------------------------------------------------------------------------------------------


TWO_IN: Sequence[tuple[int, str, str, object]] = (
    (1, "gate", "serial_in", "A-1"),
    (1, "gate", "serial_in", "A-2"),
    (1, "scale", "net", 2000),
)


def names(one: Observed) -> set[str]:
    return {doubt.name for doubt in doubts(goods.check(one, KEEPS))}


def test_what_gate_hall_and_scale_agree_on_is_left_alone() -> None:
    assert names(told(*passed((0, 0, 5), (2, 0, 7), (2, 3, 4)), *TWO_IN)) == set()


def test_what_leaves_without_the_gate_is_missed() -> None:
    assert names(told(*passed((0, 0, 5), (2, 0, 7), (2, 0, 4)), *TWO_IN)) == {"count-balance"}


def test_a_serial_comes_in_once() -> None:
    again = (2, "gate", "serial_in", "A-1")
    assert "serial-twice" in names(told(*passed((0, 0, 5), (2, 0, 7), (3, 0, 8)), *TWO_IN, again))
    out = (2, "gate", "serial_out", "A-1")
    back = (3, "gate", "serial_in", "A-1")
    assert "serial-twice" not in names(told(*passed((0, 0, 5), (2, 0, 7), (2, 1, 6), (3, 1, 7)), *TWO_IN, out, back))


def test_a_serial_lies_in_one_hall() -> None:
    one = told((4, "hall", "serial", "B-1"), (4, "other", "serial", "B-1"))
    assert names(one) == {"serial-twice"}
    moved = told((4, "hall", "serial", "B-1"), (8, "other", "serial", "B-1"))
    assert names(moved) == set()


@pytest.mark.parametrize(("net", "doubted"), [(2000, False), (1700, True), (2300, True), (-1700, False)])
def test_what_is_weighed_in_weighs_what_its_serials_weigh(net: int, doubted: bool) -> None:
    said = [*passed((0, 0, 5), (2, 0, 7)), *TWO_IN[:2], (1, "scale", "net", net)]
    assert ("mass-per-serial" in names(told(*said))) is doubted


def test_stones_have_no_serial() -> None:
    assert names(told(*passed((0, 0, 5), (0, 0, 5)), (1, "scale", "net", 24_000))) == {"mass-per-serial"}


# -- too still, and too alike ------------------------------------------------------------------------------------------


def quarters(steps: Iterable[int]) -> Observed:
    values = [amount / 100 for amount in summed(steps)]
    return observed(20, m__energy_import=series(values, step_s=QUARTER))


def working(number: int) -> list[int]:
    """Days of a works: an idle load at night, which is even, and a day that is not."""
    night = [40] * 40
    return [step for day in range(number) for step in (*night, *(300 + wobble(day + n, 90) for n in range(56)))]


def test_a_works_and_its_stops_are_left_alone() -> None:
    assert doubts(stillness.check(quarters(working(18)))) == []
    stop = [*working(8), *[0] * 96, *working(8)]
    assert doubts(stillness.check(quarters(stop))) == []


def test_a_meter_that_hangs_and_leaps_is_frozen() -> None:
    steps = working(4)
    frozen = [*steps[:140], *[0] * 40, sum(steps[140:181]), *steps[181:]]
    (doubt,) = doubts(stillness.check(quarters(frozen)))
    assert (doubt.name, doubt.touches) == ("frozen", "m")
    assert doubt.to_at - doubt.from_at == 40 * QUARTER


def test_a_lamp_on_a_test_stand_is_too_even() -> None:
    steps = [*working(8), *[250] * 96, *working(9)]
    (doubt,) = doubts(stillness.check(quarters(steps)))
    assert doubt.name == "too-even"
    assert doubt.to_at - doubt.from_at >= 95 * QUARTER


def test_a_gauge_that_does_not_flicker_is_frozen() -> None:
    alive = [Decimal(500 + wobble(n, 5)).scaleb(-3) for n in range(96)]
    assert doubts(stillness.check(observed(1, s__level=series(alive, step_s=QUARTER, unit="/")))) == []
    dead = [*alive[:30], *[alive[30]] * 30, *alive[60:]]
    (doubt,) = doubts(stillness.check(observed(1, s__level=series(dead, step_s=QUARTER, unit="/"))))
    assert doubt.name == "frozen"


def test_one_series_on_two_meters_is_doubted_and_one_temperature_is_not() -> None:
    values = [Decimal(n * n % 17) for n in range(60)]
    one = observed(1, a__level=series(values, HOUR, "/"), b__level=series(values, HOUR, "/"))
    (doubt,) = sameness.check(one)
    assert (doubt.name, doubt.touches) == ("same-series", "b")
    other = observed(1, a__level=series(values, HOUR, "/"), b__level=series([value + 1 for value in values], HOUR, "/"))
    assert sameness.check(other) == []
    still = observed(1, a__level=series([5] * 60, HOUR, "/"), b__level=series([5] * 60, HOUR, "/"))
    assert sameness.check(still) == []
    warm = observed(1, a__temperature=series(values, HOUR, "Cel"), b__temperature=series(values, HOUR, "Cel"))
    assert sameness.check(warm) == []


def test_a_meter_and_the_one_that_feeds_it_may_show_the_same() -> None:
    """All that flows through the first flows through the other two; behind transformers even less may look alike."""
    values = [Decimal(n * n) for n in range(60)]
    three = {f"{point}__energy_import": series(values, HOUR, "kWh") for point in ("a", "b", "c")}
    assert sameness.check(observed(1, parents={"a": "b", "b": "c"}, **three)) == []
    assert [doubt.touches for doubt in sameness.check(observed(1, parents={"a": "b", "c": "b"}, **three))] == ["c"]


def test_piles_and_halls_are_not_alike_because_a_plan_puts_one_above_the_other() -> None:
    values = [Decimal(n * n % 17) for n in range(60)]
    for register in ("level", "present", "kg_in"):
        two = {f"{point}__{register}": series(values, HOUR, "/") for point in ("a", "b")}
        assert [doubt.touches for doubt in sameness.check(observed(1, parents={"a": "b"}, **two))] == ["b"]


# -- together ----------------------------------------------------------------------------------------------------------


def test_every_doubt_has_a_name_of_the_list() -> None:
    everything = Site(DRIVES, STORES, KEEPS)
    found = [
        *site.weigh(metered(30, 30), everything),
        *site.weigh(worked(20), everything),
        *site.weigh(stored(4_000), everything),
        *site.weigh(told(*passed((0, 0, 5), (0, 0, 4)), (1, "scale", "net", 24_000)), everything),
    ]
    assert {doubt.name for doubt in found} <= set(site.NAMES)
    assert len({doubt.name for doubt in found}) == 5
    assert {*site.STATISTICAL} < {*site.NAMES}
