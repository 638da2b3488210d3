"""Plausibility over time: exchanges, ratios, local days, silences, and what is said not to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge.authority import FactsEvent, MeterFacts, PlannedPoint, SitePlan
from tally_edge.device import RegisterValue
from tally_edge.senml import Reading
from tally_finance.plausibility import balance, ratio, stillness
from tally_finance.plausibility.cusum import BASELINE
from tally_finance.plausibility.daily import course, rises
from tally_finance.plausibility.doubt import weighed
from tally_finance.plausibility.observed import DAY_S, Break, Observed, Series, Stated, gather
from tally_finance.plausibility.ratio import Drive
from tally_finance.plausibility.site import Site, weigh
from tally_finance.plausibility.stated import MOST_DAYS, changes_of, hierarchies, midnights_of, multiplier_of
from tests.finance.plausible import HOUR, QUARTER, START, doubts, midnights, observed, series, summed, unjudged, wobble


def facts(
    at: int,
    serial: str,
    multiplier: int,
    event: FactsEvent = FactsEvent.EXCHANGE,
    closing: int | None = None,
    opening: int | None = None,
) -> MeterFacts:
    def read(value: int | None) -> tuple[RegisterValue, ...] | None:
        return None if value is None else (RegisterValue("energy_import", value, "kWh"),)

    return MeterFacts("m", event, at, serial, "1", multiplier, (), closing=read(closing), opening=read(opening))


def metered(points: list[tuple[int, int]], of_meter: list[MeterFacts], days: int = 4) -> Series:
    """The series of the meter m: (hour, register)."""
    end = START + days * DAY_S
    readings = [Reading("m", "energy_import", START + hour * HOUR, value, "kWh") for hour, value in points]
    stated = Stated(changes={"m": changes_of(of_meter, START, end)})
    found = gather(readings, {"m": multiplier_of(of_meter, end)}, {}, (START, end), stated).of("m", "energy_import")
    assert found is not None
    return found


INSTALLED = facts(START - DAY_S, "old", 1, FactsEvent.INSTALL)

# -- another meter, another ratio --------------------------------------------------------------------------------------


def test_over_an_exchange_the_old_register_closes_and_the_new_one_opens() -> None:
    """990 to 1000 on the old meter, 5000 to 5007 on the new one: 17, not 4017."""
    changed = facts(START + 6 * HOUR, "new", 1, closing=1000, opening=5000)
    assert rises(metered([(0, 990), (12, 5003), (24, 5007)], [INSTALLED, changed]), midnights(1)) == [17]


def test_a_ratio_counts_from_its_time_on() -> None:
    """10 at a ratio of 1, then 10 at a ratio of 80: 810, neither 20 nor 1,600. The register goes on."""
    changed = facts(START + 12 * HOUR, "old", 80, FactsEvent.RATIO, closing=110)
    one = metered([(0, 100), (12, 110), (24, 120), (48, 130)], [INSTALLED, changed])
    assert rises(one, midnights(2)) == [10 + 800, 800]


@pytest.mark.parametrize(("closing", "opening"), [(None, None), (1000, None), (None, 5000), (980, 5000)])
def test_an_exchange_that_nobody_read_leaves_its_day_unknown(closing: int | None, opening: int | None) -> None:
    changed = facts(START + 6 * HOUR, "new", 1, closing=closing, opening=opening)
    one = metered([(0, 990), (12, 5003), (24, 5007), (48, 5017)], [INSTALLED, changed])
    assert rises(one, midnights(2)) == [None, 10]


def test_what_is_read_in_the_second_of_an_exchange_is_of_either_meter() -> None:
    changed = facts(START + 12 * HOUR, "new", 1, closing=1000, opening=500)
    for shown in (1000, 500):
        assert rises(metered([(0, 990), (12, shown), (24, 507)], [INSTALLED, changed]), midnights(1)) == [17]
    higher = facts(START + 12 * HOUR, "new", 1, closing=1000, opening=5000)
    assert rises(metered([(0, 990), (12, 5000), (24, 5007)], [INSTALLED, higher]), midnights(1)) == [17]
    begun = facts(START, "new", 1, closing=1000, opening=500)
    assert rises(metered([(0, 500), (24, 507)], [INSTALLED, begun]), midnights(1)) == [7]


def test_a_unit_that_is_another_reads_nothing() -> None:
    changed = replace(
        facts(START + HOUR, "new", 1, closing=1000, opening=0),
        closing=(RegisterValue("energy_import", 1000, "MWh"),),
    )
    assert rises(metered([(0, 990), (24, 7)], [INSTALLED, changed]), midnights(1)) == [None]


def test_facts_that_are_stated_twice_are_one_exchange() -> None:
    """The authority states an exchange again, to name its certificate: 1,000 was closed once."""
    changed = facts(START + 6 * HOUR, "new", 1, closing=1000, opening=500)
    again = replace(changed, certificate="CERT-7")
    one = metered([(0, 990), (12, 503), (24, 507)], [INSTALLED, changed, again])
    assert rises(one, midnights(1)) == [17]


def test_a_calibration_breaks_nothing_and_an_unstated_ratio_is_no_ratio_of_one() -> None:
    calibrated = facts(START + HOUR, "old", 1, FactsEvent.CALIBRATION)
    assert metered([(0, 1), (24, 5)], [INSTALLED, calibrated]).breaks == ()
    nobody = replace(series([0, 5, 9]), stated=False)
    assert rises(nobody, midnights(2)) == [None, None]
    one = observed(2, {"sub": "top"}, top__volume=nobody, sub__volume=series([0, 50, 90]))
    assert doubts(balance.check(one)) == []
    assert [said.reason for said in unjudged(balance.check(one))] == ["nobody stated the multiplier of top"]


@given(
    flows=st.lists(st.integers(0, 50), min_size=8, max_size=60),
    cuts=st.lists(st.tuples(st.integers(1, 55), st.integers(1, 9), st.integers(0, 10_000)), max_size=3),
)
def test_what_is_counted_is_what_flowed_whatever_meters_hang_there(
    flows: list[int], cuts: list[tuple[int, int, int]]
) -> None:
    """Exchanges between readings, each with another ratio and opening, all read by the fitter."""
    at_step = {step: (multiplier, opening) for step, multiplier, opening in cuts if step < len(flows)}
    register, multiplier, points, breaks = 100, 1, [(START, Decimal(100))], []
    for step, flow in enumerate(flows):
        if step in at_step:
            before, (multiplier, opening) = multiplier, at_step[step]
            at = START + step * HOUR + 1800
            breaks.append(Break(at, Decimal(before), Decimal(register), Decimal(opening)))
            register = opening
        register += flow
        points.append((START + (step + 1) * HOUR, Decimal(register)))
    last, ends = Decimal(multiplier), [START + (step + 1) * HOUR for step in range(len(flows))]
    ratios = [next((change.before for change in breaks if change.at > end), last) for end in ends]
    whole = course(Series("kWh", tuple(points), Decimal(multiplier), HOUR, tuple(breaks)))
    assert set(whole.threads) == {0}
    assert whole.totals[-1] == sum((flow * by for flow, by in zip(flows, ratios, strict=True)), Decimal(0))


def metered_below(other_from: int, off: str, days: int = 60) -> Observed:
    """A sub-meter that shows 90 % of its parent, and from a day on, with another meter there, `off` more or less."""
    below = [900 + wobble(day, 200) for day in range(days)]
    above = [amount * 10 / Decimal(9) + wobble(day, 3) for day, amount in enumerate(below)]
    shown = [amount * (1 + Decimal(off)) if day >= other_from else Decimal(amount) for day, amount in enumerate(below)]
    register = summed([str(one) for one in shown])
    cut = register[other_from]
    there = series(register)
    points = tuple((at, value - cut if at > START + other_from * DAY_S else value) for at, value in there.points)
    change = Break(START + other_from * DAY_S, Decimal(1), cut, Decimal(0), other_meter=True)
    return observed(
        days,
        {"sub": "top"},
        top__energy_import=series(summed([str(one) for one in above])),
        sub__energy_import=replace(there, points=points, breaks=(change,)),
    )


@pytest.mark.parametrize("other_from", [5, 20, 40])
@pytest.mark.parametrize("off", ["0", "0.01", "-0.01", "0.02", "-0.02"])
def test_another_meter_errs_otherwise_and_that_is_no_theft(other_from: int, off: str) -> None:
    assert doubts(balance.check(metered_below(other_from, off))) == []


def test_a_meter_that_is_exchanged_for_a_tampered_one_is_no_new_normal() -> None:
    (doubt,) = doubts(balance.check(metered_below(20, "-0.15")))
    assert START + 20 * DAY_S < doubt.to_at <= START + 40 * DAY_S


def two_below(changed: str, other_meter: bool, off: str = "0.03", days: int = 60) -> Observed:
    """A large sub-meter that shows `off` less from day 30 on, beside a small one. On day 20 `changed` changes."""
    flows = {
        "small": [100 + wobble(day, 9) for day in range(days)],
        "large": [800 + wobble(day, 90) for day in range(days)],
    }
    above = [sum(amounts) + 100 + wobble(day, 3) for day, amounts in enumerate(zip(*flows.values(), strict=True))]
    less = 1 - Decimal(off)
    large = [amount * less if day >= 30 else amount for day, amount in enumerate(flows["large"])]
    shown: dict[str, Sequence[Decimal | int]] = {**flows, "large": large}
    of = {f"{point}__energy_import": series(summed([str(one) for one in each])) for point, each in shown.items()}
    place = f"{changed}__energy_import"
    register = of[place].points[20][1]
    change = Break(START + 20 * DAY_S, Decimal(1), register, register, other_meter)
    of[place] = replace(of[place], breaks=(change,))
    parents = {"small": "top", "large": "top"}
    return observed(days, parents, top__energy_import=series(summed(above)), **of)


@pytest.mark.parametrize(
    ("changed", "other_meter", "doubted"),
    [("small", True, 1), ("large", True, 0), ("large", False, 1), ("small", False, 1)],
)
def test_another_meter_may_be_off_by_its_own_share_and_another_ratio_by_nothing(
    changed: str, other_meter: bool, doubted: int
) -> None:
    assert len(doubts(balance.check(two_below(changed, other_meter)))) == doubted
    assert doubts(balance.check(two_below(changed, other_meter, off="0"))) == []


def test_a_meter_is_another_one_where_its_serial_number_is() -> None:
    changed = facts(START + 6 * HOUR, "new", 1, closing=1000, opening=0)
    ratio_only = facts(START + 12 * HOUR, "new", 80, FactsEvent.RATIO, closing=5)
    one = metered([(0, 990), (12, 5), (24, 7)], [INSTALLED, changed, ratio_only])
    assert [change.other_meter for change in one.breaks] == [True, False]


@pytest.mark.parametrize(("register", "doubted"), [("volume", 0), ("energy_import", 1)])
def test_two_water_meters_of_class_2_may_show_four_hundredths_more(register: str, doubted: int) -> None:
    """-2 % above, +2 % below."""
    of = {f"top__{register}": series(summed([98] * 20)), f"sub__{register}": series(summed([102] * 20))}
    assert len(doubts(balance.check(observed(20, {"sub": "top"}, **of)))) == doubted
    stolen = {**of, f"sub__{register}": series(summed([104] * 20))}
    assert len(doubts(balance.check(observed(20, {"sub": "top"}, **stolen)))) == 1


# -- what is above what ------------------------------------------------------------------------------------------------


def plan(parents: dict[str, str], timezone: str = "Asia/Shanghai", site: str = "urn:site") -> SitePlan:
    points = tuple(PlannedPoint(point, 900, parents.get(point)) for point in ("top", "a", "b", "m"))
    return SitePlan(site, "owner", timezone, 1, (), points, (), START + 400 * DAY_S)


def test_a_plan_holds_until_the_next_and_what_that_drops_is_gone() -> None:
    first, second = plan({"a": "top", "b": "top"}), plan({"a": "b"})
    parents, earlier = hierarchies([(START - 5, first), (START + 50, second)])
    assert parents == {"a": "b"}
    assert earlier == ((START + 50, {"a": "top", "b": "top"}),)
    assert hierarchies([(START + 50, first)]) == ({"a": "top", "b": "top"}, ())
    assert hierarchies([]) == ({}, ())
    renewed = [(START, first), (START + 9, first)]
    assert hierarchies(renewed)[1] == ()


def test_plans_of_two_sites_stand_beside_one_another() -> None:
    first, other = plan({"a": "top"}), plan({"b": "top"}, site="urn:other")
    assert hierarchies([(START, first), (START, other)])[0] == {"a": "top", "b": "top"}


def test_a_sub_meter_that_was_moved_is_held_to_its_parent_while_it_was_one() -> None:
    """It counts more than its parent of old from the day on which it is none of its sub-meters any more."""
    top, sub = series(summed([100] * 40)), series(summed([*[60] * 20, *[170] * 20]))
    one = observed(40, {}, top__energy_import=top, sub__energy_import=sub)
    moved = replace(one, earlier=((START + 20 * DAY_S, {"sub": "top"}),))
    assert doubts(balance.check(moved)) == []
    assert [said.to_at for said in doubts(balance.check(replace(one, parents={"sub": "top"})))] == [START + 21 * DAY_S]


def test_another_hierarchy_is_learnt_anew() -> None:
    """Half of what was below goes to another parent: the share that no sub-meter sees jumps, and nobody stole."""
    top = series(summed([100 + wobble(day, 9) for day in range(60)]))
    half = series(summed([48 + wobble(day, 4) for day in range(60)]))
    one = observed(60, {"a": "top"}, top__volume=top, a__volume=half, b__volume=half)
    changed = replace(one, earlier=((START + 30 * DAY_S, {"a": "top", "b": "top"}),))
    assert doubts(balance.check(changed)) == []
    learnt = [said.from_at for said in unjudged(balance.check(changed)) if "learnt" in said.reason]
    assert learnt == [START, START + 30 * DAY_S]
    assert [said for said in unjudged(balance.check(changed)) if "no whole" in said.reason] == []


def test_a_sub_meter_that_says_nothing_is_said_to() -> None:
    one = observed(3, {"a": "top", "b": "top"}, top__volume=series([0, 9, 18, 27]), a__volume=series([0, 4, 8, 12]))
    assert "b" in {said.touches for said in unjudged(balance.check(one))}
    headless = observed(3, {"a": "top"}, a__volume=series([0, 4, 8, 12]))
    assert [said.touches for said in unjudged(balance.check(headless))] == ["top"]


# -- the site's own days -----------------------------------------------------------------------------------------------


def local(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def test_midnights_are_the_sites_own_over_summer_time_too() -> None:
    zone = "Europe/Berlin"
    begins, ends = local("2026-03-28T15:30:00", zone), local("2026-03-30T12:00:00", zone)
    found = midnights_of([(START, plan({}, zone))], begins, ends)
    assert found == (local("2026-03-29T00:00:00", zone), local("2026-03-30T00:00:00", zone))
    assert found[1] - found[0] == 23 * HOUR


@pytest.mark.parametrize("zones", [[], ["Nowhere/At_All"], ["Asia"], ["Asia/Shanghai", "Europe/Berlin"]])
def test_without_one_time_zone_there_are_no_days_and_that_is_said(zones: list[str]) -> None:
    plans = [(START, plan({}, zone, f"urn:{zone}")) for zone in zones]
    assert midnights_of(plans, START, START + DAY_S) == ()
    one = observed(3, {"sub": "top"}, top__volume=series([0, 1, 2, 3]), sub__volume=series([0, 9, 18, 27]))
    lost = replace(one, midnights=())
    assert doubts(balance.check(lost)) == []
    assert [(said.from_at, said.to_at) for said in unjudged(balance.check(lost))] == [(START, START + 3 * DAY_S)]


@pytest.mark.parametrize("period", [(0, 2**40), (2**40 - DAY_S, 2**40), (253_402_300_799 - DAY_S, 253_402_300_799)])
def test_a_period_that_no_calendar_has_or_nobody_lives_through_has_no_days(period: tuple[int, int]) -> None:
    assert midnights_of([(START, plan({}))], *period) == ()
    assert midnights_of([(START, plan({}))], START, START + MOST_DAYS * DAY_S)[-1] > START + (MOST_DAYS - 1) * DAY_S


def test_a_period_that_begins_at_noon_has_whole_days_and_edges_that_are_said() -> None:
    one = observed(3, {"sub": "top"}, top__volume=series([0, 10, 20, 30]), sub__volume=series([0, 9, 19, 32]))
    noon = replace(one, from_at=START + DAY_S // 2, midnights=one.midnights[1:])
    assert [said.to_at for said in doubts(balance.check(noon))] == [START + 3 * DAY_S]
    assert (START + DAY_S // 2, START + DAY_S) in {(said.from_at, said.to_at) for said in unjudged(balance.check(noon))}


def test_readings_beside_midnight_stand_for_it_and_far_ones_do_not() -> None:
    """Read at seven minutes past the quarters: 00:07 stands for midnight. Nothing is interpolated."""
    points = tuple((START + n * QUARTER + 420, Decimal(n)) for n in range(-1, 200))
    assert rises(Series("kWh", points, cadence_s=QUARTER), midnights(2)) == [96, 96]
    silent = tuple(point for point in points if not 0 < point[0] - START - DAY_S + 2 * QUARTER < 4 * QUARTER)
    assert rises(Series("kWh", silent, cadence_s=QUARTER), midnights(2)) == [None, None]


def test_a_settlement_stands_for_the_midnight_that_no_reading_is_of() -> None:
    late = [Reading("m", "energy_import", START + 7 * HOUR + day * DAY_S, 100 + 10 * day, "kWh") for day in range(3)]
    settled = [Reading("m", "energy_import", START + day * DAY_S, 95 + 11 * day, "kWh") for day in range(3)]
    found = gather(late, {"m": Decimal(2)}, {}, (START, START + 2 * DAY_S), Stated(settled=settled))
    one = found.of("m", "energy_import")
    assert one is not None
    assert rises(one, found.midnights) == [22, 22]
    assert one.points == tuple((reading.taken_at, Decimal(reading.value)) for reading in late)


def test_meters_that_are_read_at_other_times_are_not_held_to_the_same_minute() -> None:
    """100 flow in one minute after a midnight, which the sub-meter was read before and its parent after."""
    quarters = range(3 * 96)
    top = tuple((START + n * QUARTER + 300, Decimal(100 if n >= 96 else 0)) for n in quarters)
    sub = tuple((START + n * QUARTER - 300, Decimal(99 if n > 96 else 0)) for n in quarters)
    parent, shown = Series("m3", top, cadence_s=QUARTER), Series("m3", sub, cadence_s=QUARTER)
    assert rises(parent, midnights(2)) == [100, 0]
    assert rises(shown, midnights(2)) == [0, 99]
    assert doubts(balance.check(observed(2, {"sub": "top"}, top__volume=parent, sub__volume=shown))) == []
    more = replace(shown, points=tuple((at, value * 3) for at, value in sub))
    assert len(doubts(balance.check(observed(2, {"sub": "top"}, top__volume=parent, sub__volume=more)))) == 1


# -- dead, and silent --------------------------------------------------------------------------------------------------

DRIVES = (Drive(("mill", "energy_import"), (("scale", "kg_out"),)),)


@pytest.mark.parametrize(("dead", "doubted"), [(1, False), (2, True)])
def test_a_meter_that_is_dead_for_whole_days_is_doubted_in_the_first_week(dead: int, doubted: bool) -> None:
    steps = [50 if not 2 <= day < 2 + dead else 0 for day in range(7)]
    one = observed(7, mill__energy_import=series(summed(steps)), scale__kg_out=series(summed([9] * 7), unit="kg"))
    found = doubts(ratio.check(one, DRIVES))
    assert [(said.from_at, said.to_at) for said in found] == [(START + 2 * DAY_S, START + 4 * DAY_S)] * doubted
    stopped = observed(7, mill__energy_import=series(summed(steps)), scale__kg_out=series(summed([0] * 7), unit="kg"))
    assert doubts(ratio.check(stopped, DRIVES)) == []


def test_output_that_is_not_counted_is_said() -> None:
    one = observed(60, mill__energy_import=series(summed([5] * 60)))
    assert [said.reason for said in unjudged(ratio.check(one, DRIVES))] == ["there are no readings of scale"]
    idle = observed(14, mill__energy_import=series(summed([5] * 14)), scale__kg_out=series(summed([0] * 14), unit="kg"))
    assert [said.reason for said in unjudged(ratio.check(idle, DRIVES))] == ["no output was counted"]


def test_days_that_are_learnt_from_are_said_not_to_be_judged() -> None:
    one = metered_below(40, "0")
    learnt = weighed(balance.check(one)).unjudged
    assert [(said.from_at, said.to_at) for said in learnt] == [(START, START + BASELINE * DAY_S)]
    assert list(weigh(one, Site())) == []
    assert weigh(one, Site()).unjudged


# -- too still ---------------------------------------------------------------------------------------------------------


def counter(steps: list[int], drop: range = range(0), cadence_s: int = QUARTER) -> Observed:
    """A counter by its steps, hundredths; the readings numbered `drop` are missing."""
    values = [amount / 100 for amount in summed(steps)]
    points = tuple((START + n * cadence_s, value) for n, value in enumerate(values) if n not in drop)
    return observed(20, m__energy_import=Series("kWh", points, cadence_s=cadence_s))


BUSY = [300 + wobble(n, 90) for n in range(96)]


def test_a_silence_after_a_stop_owes_what_flowed_in_it() -> None:
    """Eight hours of standing, then five hours of silence in which as much flowed as always."""
    steps = [*BUSY, *[0] * 32, *BUSY, *BUSY]
    assert doubts(stillness.check(counter(steps, drop=range(96 + 33, 96 + 53)))) == []


def test_equal_registers_on_both_sides_of_a_silence_prove_that_a_counter_stood() -> None:
    """It hangs for twenty hours, and one reading is left out every five."""
    hung = [*BUSY, *[0] * 80, 80 * 300, *BUSY, *BUSY]
    whole = doubts(stillness.check(counter(hung)))
    assert [said.name for said in whole] == ["frozen"]
    assert doubts(stillness.check(counter(hung, drop=range(96 + 10, 96 + 70, 20)))) == whole
    assert doubts(stillness.check(counter(hung, drop=range(96 + 10, 96 + 20)))) == whole


def test_a_missing_reading_does_not_hide_an_even_stretch() -> None:
    busy = [300 + wobble(n, 90) for n in range(8 * 96)]
    lamp = [*busy, *[250] * 60, *busy]
    (whole,) = doubts(stillness.check(counter(lamp)))
    assert whole.name == "too-even"
    for left_out in (20, 0):
        (doubt,) = doubts(stillness.check(counter(lamp, drop=range(8 * 96 + left_out, 8 * 96 + 40, 20))))
        assert doubt.to_at - doubt.from_at >= 36 * QUARTER


def test_a_vessel_that_is_filled_after_a_nights_stop_is_not_frozen() -> None:
    refilled = [*BUSY, *[0] * 40, 6 * 300, *BUSY, *BUSY]
    assert doubts(stillness.check(counter(refilled))) == []
    hung = [*BUSY, *[0] * 40, 40 * 300, *BUSY, *BUSY]
    assert len(doubts(stillness.check(counter(hung)))) == 1


def test_a_meter_that_stands_and_is_exchanged_upwards_has_not_leapt() -> None:
    values = [amount / 100 for amount in summed([*BUSY, *[0] * 40, *BUSY])]
    cut = START + 136 * QUARTER
    points = tuple((START + n * QUARTER, value + (9_000 if n > 136 else 0)) for n, value in enumerate(values))
    change = Break(cut, Decimal(1), values[136], values[136] + 9_000)
    one = Series("kWh", points, cadence_s=QUARTER, breaks=(change,))
    assert doubts(stillness.check(observed(3, m__energy_import=one))) == []
    assert len(doubts(stillness.check(observed(3, m__energy_import=replace(one, breaks=()))))) == 1


def test_an_idle_load_under_another_ratio_is_not_a_lamp() -> None:
    """The same idle load, but eighty times as many digits: it has no history under this ratio yet."""
    days = [[*[4_000] * 40, *(30_000 + wobble(day + n, 9_000) for n in range(56))] for day in range(17)]
    plain = summed([step for day in days for step in day])
    cut = START + 16 * DAY_S
    last = plain[16 * 96]
    points = tuple(
        (START + n * QUARTER, value if n <= 16 * 96 else last + (value - last) / 80) for n, value in enumerate(plain)
    )
    change = Break(cut, Decimal(1), last, last)
    one = Series("kWh", points, Decimal(80), QUARTER, (change,))
    said = list(stillness.check(observed(17, m__energy_import=one)))
    assert doubts(said) == []
    assert [each.from_at for each in unjudged(said)] == [cut + QUARTER]


def level(values: list[int], drop: range = range(0), unit: str = "/") -> Observed:
    points = tuple((START + n * QUARTER, Decimal(value).scaleb(-3)) for n, value in enumerate(values) if n not in drop)
    return observed(2, s__level=Series(unit, points, cadence_s=QUARTER))


ALIVE = [500 + wobble(n, 5) for n in range(48)]


@pytest.mark.parametrize(
    ("end", "unit", "frozen"), [(0, "/", 0), (1000, "/", 0), (0, "m", 0), (1000, "m", 1), (999, "/", 1)]
)
def test_a_silo_that_is_empty_or_full_stands_and_that_is_said(end: int, unit: str, frozen: int) -> None:
    one = level([*ALIVE, *[end] * 40, *ALIVE], unit=unit)
    assert len(doubts(stillness.check(one))) == frozen
    assert len(unjudged(stillness.check(one))) == 1 - frozen


def test_equal_levels_across_a_silence_are_two_readings() -> None:
    stuck = [*ALIVE, *[500] * 30, *ALIVE]
    assert len(doubts(stillness.check(level(stuck)))) == 1
    assert doubts(stillness.check(level(stuck, drop=range(60, 64)))) == []
