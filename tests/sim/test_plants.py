"""Plants: exact to the last digit in truth, deterministic, and seen by honest instruments within their class."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from tally_sim import csv_load, generated
from tally_sim.csv_load import Source
from tally_sim.errors import LoadError, ProfileError
from tally_sim.plant import profile_file
from tally_sim.plant.attacks import NightDrive, Stones
from tally_sim.plant.calendar import TICK_S
from tally_sim.plant.flow_meter import measured_flows
from tally_sim.plant.flows import OUTSIDE
from tally_sim.plant.opening import SimulatedPlant, open_plant

BEGINS = int(datetime.fromisoformat("2026-03-02T00:00+08:00").timestamp())
PROFILES = profile_file.shipped()
DAYS = 6
STEEL = Path(__file__).parents[3] / "shared/data/meters/Steel_industry_data.csv"


@pytest.fixture(scope="module", params=PROFILES)
def plant(request: pytest.FixtureRequest) -> SimulatedPlant:
    return open_plant(request.param, 1, BEGINS, DAYS)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("seed", range(12))
def test_mass_and_energy_balance_to_the_last_digit(name: str, seed: int) -> None:
    span = {"begins": BEGINS + 86_400, "ends": BEGINS + 4 * 86_400}
    profile = profile_file.load(name)
    thefts = [NightDrive(where=where, **span) for where in NightDrive.places(profile)]
    stones = [Stones(where=where, **span) for where in Stones.places(profile)]
    plant = open_plant(profile, seed, BEGINS, DAYS, attacks=[*thefts, *stones] if seed % 3 == 2 else [])
    books = plant.course.books
    for number in range(DAYS * 96 + 1):
        second = number * TICK_S + (seed * 577 + number * 131) % TICK_S  # no special second
        mass = 0
        for account, held in books.accounts.items():
            holds = books.holds(account, second)
            assert holds >= 0, (account, second)
            mass += holds - held.opening
        crossed = 0
        for flow in books.flows.values():
            if flow.medium == "mass":
                crossed += flow.cumulative.at(second) * ((flow.source == OUTSIDE) - (flow.sink == OUTSIDE))
        assert mass == crossed
        check_truth(plant, plant.begins + second)


def check_truth(plant: SimulatedPlant, at: int) -> None:
    """What the names of the quantities promise, each side from other names."""
    truth, profile = plant.truth(at), plant.profile
    opening = plant.truth(plant.begins)
    assert all(value >= 0 for value in truth.values())
    for unit, site in (("kwh", truth["site_kwh"]), ("m3", truth["site_m3"])):
        drawn = sum(truth[f"drawn/{c.name}_{unit}"] for c in profile.consumers if f"drawn/{c.name}_{unit}" in truth)
        assert site == drawn + (truth["line_loss_kwh"] if unit == "kwh" else 0)
    for stock in profile.stocks:
        name = stock.name
        came = sum(truth[f"in/{t.name}_kg"] for t in profile.traffic if t.inbound and t.stock == name)
        came += sum(truth[f"made/{p.name}_kg"] for p in profile.processes if p.makes == name)
        went = sum(truth[f"out/{t.name}_kg"] for t in profile.traffic if not t.inbound and t.stock == name)
        went += sum(truth[f"charged/{p.name}_kg"] for p in profile.processes if p.takes == name)
        went += sum(truth[f"{kind}/{name}_kg"] for kind in ("dried", "lost", "taken"))
        assert truth[f"stock/{name}_kg"] == opening[f"stock/{name}_kg"] + came - went, (name, at)
        assert truth[f"stock/{name}_kg"] <= Decimal(stock.capacity_g) / 1000
    for process in profile.processes:
        name = process.name
        parts = sum(truth[f"{kind}/{name}_kg"] for kind in ("made", "scrap", "waste", "wip"))
        assert truth[f"charged/{name}_kg"] == parts


def test_a_plant_is_a_function_of_profile_and_seed(plant: SimulatedPlant) -> None:
    again, other = open_plant(plant.name, 1, BEGINS, DAYS), open_plant(plant.name, 2, BEGINS, DAYS)
    longer = open_plant(plant.name, 1, BEGINS, DAYS + 3)

    def seen(made: SimulatedPlant) -> list[object]:
        at = BEGINS + DAYS * 86_400
        return [(each.facts(at), each.read(at, BEGINS)) for each in made.instruments.values()]

    assert seen(plant) == seen(again) == seen(longer) != seen(other)
    assert plant.truth(plant.ends) == again.truth(plant.ends)


def test_reading_changes_nothing(plant: SimulatedPlant) -> None:
    fresh = open_plant(plant.name, 1, BEGINS, DAYS)
    middle = BEGINS + 3 * 86_400 + 77
    for name, instrument in fresh.instruments.items():
        backwards = instrument.read(fresh.ends, BEGINS), instrument.read(middle, BEGINS)
        forwards = plant.instruments[name]
        assert (forwards.read(middle, BEGINS), forwards.read(plant.ends, BEGINS)) == backwards[::-1]
        assert backwards[0] == instrument.read(fresh.ends, BEGINS)


def test_events_are_told_once_and_in_time(plant: SimulatedPlant) -> None:
    for instrument in plant.instruments.values():
        registers = instrument.facts(BEGINS).registers
        told = []
        for since, at in pairwise(range(BEGINS, plant.ends + 1, 3_700)):
            records = instrument.read(at, since)
            assert all(since < each.at <= at for each in records)
            assert [each.register for each in records[-len(registers) :]] == list(registers)
            told += records[: -len(registers)]
        whole = instrument.read(told[-1].at, BEGINS)[: -len(registers)] if told else ()
        assert told == list(whole)


def test_honest_meters_stay_within_their_class(plant: SimulatedPlant) -> None:
    measured = 0
    for name, instrument in plant.instruments.items():
        facts, meter = instrument.facts(BEGINS), plant.profile.meter(name)
        if meter.kind not in ("electricity", "water"):
            continue
        measured += 1
        for since, until in ((BEGINS, plant.ends), (BEGINS + 50_000, BEGINS + 400_000)):
            first, last = (number(plant, name, at) for at in (since, until))
            shown = (last - first) % facts.modulus[facts.registers[0]] * facts.multiplier
            really = what_flowed(plant, name, until) - what_flowed(plant, name, since)
            assert really > 0
            assert abs(Fraction(shown) - Fraction(really)) <= Fraction(facts.relative_error) * Fraction(
                really
            ) + Fraction(facts.absolute_error)
            assert shown != really  # a meter that shows the truth to the digit would be no meter
    assert measured


def number(plant: SimulatedPlant, name: str, at: int) -> Decimal:
    value = plant.instruments[name].read(at)[-1].value
    assert isinstance(value, int | Decimal)
    return Decimal(value)


def what_flowed(plant: SimulatedPlant, name: str, at: int) -> Decimal:
    """What a meter should have counted since the beginning."""
    meter, truth = plant.profile.meter(name), plant.truth(at)
    unit = "kwh" if meter.kind == "electricity" else "m3"
    if meter.effluent:
        return sum((v for k, v in truth.items() if k.startswith("drained/")), Decimal(0))
    if meter.measures == ("site",):
        return truth[f"site_{unit}"]
    return sum((truth[f"drawn/{consumer}_{unit}"] for consumer in meter.measures), Decimal(0))


def test_a_parent_shows_its_children_and_the_losses(plant: SimulatedPlant) -> None:
    children = defaultdict(list)
    for meter in plant.profile.meters:
        if meter.parent:
            children[meter.parent].append(meter.name)
    assert children or plant.name == "grain-silo"
    for parent, names in children.items():
        assert what_flowed(plant, parent, plant.ends) >= sum(what_flowed(plant, name, plant.ends) for name in names)


def test_transformers_carry_the_highest_quarter_hour(plant: SimulatedPlant) -> None:
    """At 400 V and a power factor of 0.9; behind no transformer a meter carries 100 A."""
    check_currents(plant)


def check_currents(plant: SimulatedPlant) -> None:
    consumers = [(consumer.name, consumer.medium) for consumer in plant.profile.consumers]
    for meter in plant.profile.meters:
        if meter.kind != "electricity":
            continue
        flows = measured_flows(meter, plant.course, consumers).values()
        sums = [sum(flow.at(number * TICK_S) for flow in flows) for number in range(plant.course.ticks + 1)]
        highest_kw = Fraction(max(after - before for before, after in pairwise(sums)) * 4, 10**6)
        rated_a = 5 * meter.multiplier if meter.multiplier > 1 else 100
        assert highest_kw <= rated_a * Fraction("0.6235"), (plant.name, meter.name)  # sqrt(3) * 400 V * 0.9


def test_weighings_are_within_what_a_scale_may_show(plant: SimulatedPlant) -> None:
    weighbridge = plant.instruments["weighbridge"]
    facts = weighbridge.facts(BEGINS)
    records = weighbridge.read(plant.ends, BEGINS)
    nets = [each for each in records if each.register == "net"]
    assert len(nets) == len(plant.course.weighings) > 5
    for record, weighing in zip(nets, plant.course.weighings, strict=True):
        assert isinstance(record.value, int)
        assert abs(1000 * abs(record.value) - weighing.load_g) <= 2 * 1000 * facts.absolute_error
        assert record.at == BEGINS + weighing.second
    into, out = (sum(each.value for each in nets if (each.value > 0) is way) for way in (True, False))
    assert [each.value for each in records[-2:]] == [into, -out]
    interval = plant.profile.meter("weighbridge").interval_g // 1000
    assert {each.value % interval for each in records if each.register in ("first", "second")} == {0}


def test_pieces_are_weighed_as_they_come(tmp_path: Path) -> None:
    """Under what their tags say, within what a scale of one kilogram may show; one without a tag has no serial."""
    text = (Path(profile_file.__file__).with_name("profiles") / "metal-warehouse.toml").read_text("utf-8")
    path = tmp_path / "metal-warehouse.toml"
    scale = 'name = "door_a"\nkind = "piece-scale"\nmeasures = ["hall_a"]\ninterval_kg = 1\ncalibrated_days = 365\n'
    path.write_text(f"{text}\n[[meter]]\n{scale}")
    untagged = Stones(where="hall_a", begins=BEGINS, ends=BEGINS + 2 * 86_400, every=2)
    plant = open_plant(path, 4, BEGINS, DAYS, attacks=[untagged])
    door = plant.instruments["door_a"]
    came = sorted(
        (one for one in plant.course.halls["hall_a"].bundles if one.came >= 0), key=lambda one: (one.came, one.number)
    )
    *records, into, out = door.read(plant.ends, BEGINS)
    nets = [each for each in records if each.register == "net"]
    assert len(nets) == len(came) > 20
    for record, bundle in zip(nets, came, strict=True):
        assert isinstance(record.value, int)
        assert abs(1000 * record.value - bundle.mass_g) <= 2000
        assert record.at == BEGINS + bundle.came
    assert [each.value for each in records if each.register == "piece"] == [one.tag for one in came if one.tag]
    assert 0 < sum(not one.tag for one in came) < len(came)
    assert (into.value, out.value) == (sum(each.value for each in nets), 0)
    assert [each.value for each in records if each.register == "alibi"] == list(range(1, len(came) + 1))
    facts = door.facts(BEGINS)
    assert (facts.registers, facts.absolute_error, facts.calibrated_until) == (
        ("kg_in", "kg_out"),
        3,
        BEGINS + 365 * 86_400,
    )
    half = BEGINS + DAYS * 43_200
    assert (*door.read(half, BEGINS)[:-2], *door.read(plant.ends, half)) == (*records, into, out)


def test_a_hall_reports_as_many_serials_as_answer() -> None:
    plant = open_plant("metal-warehouse", 4, BEGINS, DAYS)
    for name in ("shelf_a", "shelf_b"):
        seen = set()
        for at in range(BEGINS + 43_200, plant.ends, 43_200):
            *serials, present = plant.instruments[name].read(at, at - 1)
            assert present.value == len(serials) > 50
            assert all(each.register == "serial" and each.at == at for each in serials)
            seen |= {each.value for each in serials}
        mass = plant.truth(plant.ends)[f"stock/{plant.profile.meter(name).measures[0]}_kg"]
        assert isinstance(present.value, int)
        assert 940 < mass / plant.instruments[name].read(plant.ends)[0].value < 1080
        assert len(seen) > present.value


def test_gates_read_what_trucks_bring_and_take() -> None:
    plant = open_plant("metal-warehouse", 4, BEGINS, DAYS)
    for gate, hall in (("gate_a", "hall_a"), ("gate_b", "hall_b")):
        *records, into, out = plant.instruments[gate].read(plant.ends, BEGINS)
        serials = [each.value for each in records if each.register == "serial_in"]
        gone = [each.value for each in records if each.register == "serial_out"]
        assert (into.value, out.value) == (len(serials), len(gone))
        assert len(set(serials)) == len(serials)
        brought = [each for each in plant.course.weighings if each.stock == hall and each.inbound]
        assert sum(each.load_g for each in brought) == sum(
            bundle.mass_g for bundle in plant.course.halls[hall].bundles if bundle.came >= 0
        )
        slots = [each.value for each in records if each.register == "slot"]
        assert len(slots) == len(serials) + len(gone)


def test_readers_miss_tags_where_a_profile_says_so(tmp_path: Path) -> None:
    text = (Path(profile_file.__file__).with_name("profiles") / "metal-warehouse.toml").read_text("utf-8")
    path = tmp_path / "metal-warehouse.toml"
    path.write_text(re.sub(r'(kind = "rfid-\w+")', r"\1\nunread_ppm = 100000", text))
    missing, whole = open_plant(path, 4, BEGINS, DAYS), open_plant("metal-warehouse", 4, BEGINS, DAYS)
    for name, low in (("gate_a", 0.8), ("shelf_a", 0.8)):
        found = len(missing.instruments[name].read(missing.ends, BEGINS))
        every = len(whole.instruments[name].read(whole.ends, BEGINS))
        assert low * every < found < every
        assert missing.instruments[name].read(missing.ends) == missing.instruments[name].read(missing.ends)
    shelf = missing.instruments["shelf_a"]
    *serials, present = shelf.read(BEGINS + 43_200, BEGINS + 1)
    assert present.value == len(serials)
    assert missing.truth(missing.ends) == whole.truth(whole.ends)


def test_a_plant_begins_on_a_quarter_hour_and_lasts_some_days() -> None:
    with pytest.raises(ProfileError, match="quarter hour"):
        open_plant("steel-mill", 1, BEGINS + 1, 3)
    with pytest.raises(ProfileError, match="1 to 3660 days"):
        open_plant("steel-mill", 1, BEGINS, 0)
    with pytest.raises(ProfileError, match=r"there are .*steel-mill"):
        open_plant("steal-mill", 1, BEGINS, 1)


@pytest.mark.shared
def test_the_steel_mill_follows_the_recorded_year() -> None:
    if not STEEL.exists():
        pytest.skip(f"{STEEL.name} is not here")
    plant = open_plant("steel-mill", 1, BEGINS, 14, load_file=STEEL)
    (load,) = csv_load.read(STEEL, Source(("Usage_kWh",), "Asia/Seoul"))
    assert plant.notes == (f"the recorded load is {STEEL.name}",)
    for days in (1, 5, 13):  # the plant begins on a Monday, as the year of the file did
        drawn = plant.truth(BEGINS + days * 86_400 + 7 * 900)["drawn/rolling_kwh"]
        assert drawn == load.register_at(load.starts_at + days * 86_400 + 7 * 900)
    assert plant.truth(plant.ends)["made/slitting_kg"] > 100_000
    check_currents(plant)


def test_without_a_file_a_load_is_generated_and_said_so() -> None:
    one, other = (open_plant("steel-mill", seed, BEGINS, 3) for seed in (1, 2))
    assert "generated from the seed" in one.notes[0]
    assert one.truth(one.ends)["drawn/rolling_kwh"] != other.truth(other.ends)["drawn/rolling_kwh"]
    assert open_plant("grain-silo", 1, BEGINS, 1).notes == ()


def test_a_load_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_bytes(generated.csv_bytes(1, days=30))
    with pytest.raises(LoadError, match="is not 52 weeks of quarter hours"):
        open_plant("steel-mill", 1, BEGINS, 1, load_file=path)
    with pytest.raises(LoadError, match="cannot be read"):
        open_plant("steel-mill", 1, BEGINS, 1, load_file=tmp_path / "absent.csv")
