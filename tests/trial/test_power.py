"""The thefts that are measured are those of the plant, and the measuring does not fool itself."""

from __future__ import annotations

from decimal import Decimal

from tally_chain.bundle import Bundle
from tally_finance.plausibility.observed import observe
from tally_sim.plant import profile_file
from tally_sim.plant.attacks import Magnet
from tally_sim.plant.opening import open_plant
from tally_trial import plants, power
from tally_trial.play import play
from tally_trial.power import Run, Theft
from tally_trial.scene import DAY_S, look_at, point_of
from tests.trial.yard import yard


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


def test_the_smallest_is_the_one_from_which_on_all_are_found() -> None:
    place = ("p", "energy_import")
    found = {Theft("magnet", place, size): None if size < 20 else 10 for size in power.PER_CENT}
    lucky = {**found, Theft("magnet", place, 5): 3}
    (least,) = power.smallest([Run(1, found, ()), Run(2, lucky, ())])
    assert least.by_days == {14: 20, 28: 20, 56: 20}
    late = {theft: None if at is None else 20 for theft, at in found.items()}
    (least,) = power.smallest([Run(1, late, ()), Run(2, late, ())])
    assert least.by_days == {14: None, 28: 20, 56: 20}
    unlucky = {**found, Theft("magnet", place, 40): None}
    (least,) = power.smallest([Run(1, found, ()), Run(2, unlucky, ())])
    assert least.by_days == {14: 50, 28: 50, 56: 50}
