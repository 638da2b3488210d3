"""The simulated works: registers only rise, an exchange loses nothing, the main meter is the sum of what it feeds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tally_trial.footprint_demo import works
from tally_trial.footprint_demo.works import BEGINS, DAY_S, HOUR_S, Meter, Works

DAYS = 10


@pytest.fixture(scope="module")
def plant() -> Works:
    return works.opened("a seed", DAYS)


def shown(meter: Meter, at: int) -> dict[str, Decimal]:
    return {one.register: Decimal(str(one.value)) for one in meter.read(at)}


def test_what_comes_in_is_what_is_used_less_what_is_made(plant: Works) -> None:
    for hour in range(DAYS * 24):
        at, then = (BEGINS + (hour + more) * HOUR_S for more in (0, 1))
        before, after = plant.truth(at), plant.truth(then)
        passed = {name: after[name] - before[name] for name in after}
        net = passed["grid/energy_import"] - passed["grid/energy_export"] + passed["solar/energy_import"]
        below = passed["rolling/energy_import"] + passed["furnace/energy_import"]
        assert 0 < net - below < 11, hour  # the rest, which no sub-meter sees
        assert 0 in (passed["grid/energy_import"], passed["grid/energy_export"]), hour


def test_an_exchange_loses_nothing(plant: Works) -> None:
    meter = plant.meters["rolling"]
    at = meter.exchanged_at
    assert at is not None
    assert (meter.facts(at - 1).serial, meter.facts(at).serial) == ("ROLLING-1", "ROLLING-2")
    opening, closing = shown(meter, BEGINS)["energy_import"], shown(meter, at - 1)["energy_import"]
    second = shown(meter, plant.ends)["energy_import"] - shown(meter, at)["energy_import"]
    assert closing - opening + second == plant.truth(plant.ends)["rolling/energy_import"]


def test_registers_only_rise_and_silence_is_silent(plant: Works) -> None:
    for meter in plant.meters.values():
        silent = [at for at in range(BEGINS, plant.ends, HOUR_S) if not meter.read(at)]
        assert len(silent) * HOUR_S == meter.silent[1] - meter.silent[0]
        if meter.plate.by_interval or meter.exchanged_at is not None:
            continue
        times = [at for at in range(BEGINS, plant.ends, 1800) if meter.read(at)]
        for name in meter.registers:
            values = [shown(meter, at)[name] for at in times]
            assert values == sorted(values), name


def test_an_interval_is_what_passed_in_the_hour_before(plant: Works) -> None:
    steam = plant.meters["steam"]
    at = BEGINS + DAY_S
    assert shown(steam, at)["mass"] == plant.truth(at)["steam/mass"] - plant.truth(at - HOUR_S)["steam/mass"]


def test_a_longer_run_begins_like_a_shorter_one(plant: Works) -> None:
    longer = works.opened("a seed", DAYS + 3)
    assert longer.truth(plant.ends) == plant.truth(plant.ends)
    assert works.opened("another", DAYS).truth(plant.ends) != plant.truth(plant.ends)
