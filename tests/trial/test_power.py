"""The thefts that are measured are those of the plant, and the measuring does not fool itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tally_chain.bundle import Bundle
from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.mass import Stores
from tally_finance.plausibility.observed import Observed, Series, observe
from tally_finance.plausibility.site import Site, statistics
from tally_sim.plant import profile_file
from tally_sim.plant.attacks import Magnet
from tally_sim.plant.opening import open_plant
from tally_trial import plants, power
from tally_trial.play import play
from tally_trial.power import Run, Share, Theft
from tally_trial.scene import DAY_S, look_at, point_of
from tests.trial.yard import yard

SINCE = plants.BEGINS + power.BEFORE_DAYS * DAY_S


def test_what_is_measured_is_what_a_verified_bundle_shows() -> None:
    scene = yard(3)
    shown: Bundle = play(scene).bundle
    assert observe(shown) == power.observed_of(scene)


def test_a_theft_done_to_the_readings_is_what_the_plants_own_magnet_does() -> None:
    days, begins = 4, plants.BEGINS
    since = begins + 2 * DAY_S
    profile = profile_file.load("metal-warehouse")
    place = (point_of("incomer"), "energy_import")
    honest = power.observed_of(look_at(open_plant(profile, 1, begins, days), 1, only={"incomer"}))
    magnet = Magnet(where="incomer", begins=since, ends=begins + days * DAY_S, counts_ppm=700_000)
    real = power.observed_of(look_at(open_plant(profile, 1, begins, days, attacks=[magnet]), 1, only={"incomer"}))
    played = power.stolen(honest, Theft("magnet", place, 30), since, plants.site_of(profile))
    # Registers are cut to their last digit, once before and once after.
    assert max(
        abs(one[1] - other[1])
        for one, other in zip(played.series[place].points, real.series[place].points, strict=True)
    ) <= Decimal("0.02")


def test_a_dead_meter_stands_still_and_what_was_before_the_theft_stays() -> None:
    place = ("p", "energy_import")
    points = tuple((plants.BEGINS + day * DAY_S, Decimal(day * 10)) for day in range(5))
    observed = Observed(points[0][0], points[-1][0], {place: Series("kWh", points)}, {}, {})
    dead = power.stolen(observed, Theft("magnet", place, 100), points[2][0], Site())
    assert [value for _, value in dead.series[place].points] == [0, 10, 20, 20, 20]
    assert power.PER_CENT[-1] == 100


def test_midnights_alone_say_what_all_readings_say_to_the_checks_that_learn() -> None:
    plant = open_plant("metal-warehouse", 1, plants.BEGINS, 30)
    site = plants.site_of(plant.profile)
    whole = power.observed_of(look_at(plant, 1))
    theft = Theft("magnet", (point_of("cranes"), "energy_import"), 50)
    stolen = power.stolen(whole, theft, plants.BEGINS + 20 * DAY_S, site)
    assert statistics(stolen, site)
    assert statistics(power.at_midnights(stolen), site) == statistics(stolen, site)


def _doubt(day: int, name: str = "parent-balance", touches: str = "parent") -> Doubt:
    return Doubt(name, touches, plants.BEGINS, SINCE + day * DAY_S, "")


MINE = frozenset({"meter", "parent"})


@pytest.mark.parametrize(
    ("honest", "doubts", "found"),
    [
        ([], [], None),
        ([], [_doubt(3)], 3),
        ([], [_doubt(9), _doubt(3, "energy-per-output", "meter")], 3),
        ([], [_doubt(-1)], None),
        ([_doubt(3)], [_doubt(3)], None),
        ([_doubt(2)], [_doubt(3)], None),
        ([_doubt(-5)], [_doubt(3)], None),
        ([_doubt(4)], [_doubt(3)], 3),
        ([_doubt(2)], [_doubt(3), _doubt(5, "energy-per-output", "meter")], 5),
        ([_doubt(2, touches="meter")], [_doubt(3)], 3),
        ([], [_doubt(3, touches="elsewhere")], None),
        ([], [_doubt(3, touches="elsewhere, meter")], 3),
    ],
    ids=[
        "nothing alarms",
        "an alarm",
        "the first of two",
        "an alarm before it",
        "the honest plant alarms at once",
        "the honest plant alarms earlier",
        "the honest chart has alarmed before the theft",
        "the honest plant alarms later",
        "another chart sees it",
        "another place alarms in the honest plant",
        "an alarm elsewhere",
        "an alarm at several places",
    ],
)
def test_a_theft_is_found_by_an_alarm_that_came_through_it(
    honest: list[Doubt], doubts: list[Doubt], found: int | None
) -> None:
    assert power.found_on(SINCE, power.first_alarms(honest), doubts, MINE) == found


def test_an_alarm_in_the_middle_of_a_day_is_found_when_the_day_is_over() -> None:
    doubt = replace(_doubt(3), to_at=SINCE + 3 * DAY_S + 1)
    assert power.found_on(SINCE, {}, [doubt], MINE) == 4


def test_a_theft_touches_its_meter_and_those_above_it_or_the_stores_of_its_scale() -> None:
    observed = Observed(0, 1, {}, {}, {"meter": "feeder", "feeder": "incomer", "other": "incomer"})
    scale = (("scale", "kg_in"), ("scale", "kg_out"))
    stores = Stores(((("a", "level"), Decimal(1)), (("b", "level"), Decimal(1))), *scale)
    site = Site(stores=(stores, Stores(((("c", "level"), Decimal(1)),), *scale)))
    assert power.touched(Theft("magnet", ("meter", "volume"), 5), observed, site) == {"meter", "feeder", "incomer"}
    assert power.touched(Theft("bypass", ("incomer", "volume"), 5), observed, site) == {"incomer"}
    assert power.touched(Theft("night-drive", ("b", "level"), 5), observed, site) == {"a", "b"}


def test_only_days_on_which_every_chart_can_alarm_count_as_watched() -> None:
    honest = Run(1, {}, ())
    assert honest.watched_days == power.DAYS - power.LEARNING_DAYS
    assert replace(honest, false_alarms=(_doubt(2), _doubt(-1))).watched_days == power.BEFORE_DAYS - 1 - 42
    learning = Doubt("frozen", "p", plants.BEGINS, plants.BEGINS + 5 * DAY_S, "")
    assert replace(honest, false_alarms=(learning,)).watched_days == 0


def test_a_whole_run_judges_the_honest_plant_and_finds_what_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "PER_CENT", (2, 100))
    monkeypatch.setattr(power, "TONNES", ())
    run = power.measure("metal-warehouse", power.TUNING_SEEDS.start)
    assert run.false_alarms == ()
    assert {theft.size: day for theft, day in run.found.items() if day is None} == {2: None}
    assert all(0 < day <= 28 for theft, day in run.found.items() if theft.size == 100 and day is not None)


def test_what_was_found_too_late_does_not_count() -> None:
    theft = Theft("magnet", ("p", "energy_import"), 10)
    runs = [Run(seed, {theft: day}, ()) for seed, day in enumerate((3, 14, 15, None))]
    assert [power.share(runs, theft, days) for days in (14, 28)] == [Share(2, 4), Share(3, 4)]


def test_enough_is_nineteen_of_twenty() -> None:
    assert Share(19, 20).enough
    assert not Share(18, 20).enough
    assert Share(60, 60).at_least > power.WANTED > Share(59, 60).at_least


@pytest.mark.parametrize(
    ("found", "least"),
    [
        ({2: 0, 5: 20, 10: 20}, 5),
        ({2: 20, 5: 18, 10: 20}, 10),
        ({2: 20, 5: 20, 10: 18}, None),
        ({2: 19, 5: 19, 10: 19}, 2),
        ({}, None),
    ],
)
def test_the_smallest_is_the_one_from_which_on_all_are_found(found: dict[int, int], least: int | None) -> None:
    assert power.smallest({size: Share(count, 20) for size, count in found.items()}) == least
