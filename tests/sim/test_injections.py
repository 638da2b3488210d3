"""Faults and physical attacks do to a plant what they say, where and when they say it, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from tally_sim.errors import InjectionError
from tally_sim.plant import attacks, faults, profile_file
from tally_sim.plant.attacks import ATTACKS
from tally_sim.plant.faults import FAULTS
from tally_sim.plant.injection import Injection, draw
from tally_sim.plant.interface import Record
from tally_sim.plant.opening import SimulatedPlant, open_plant
from tally_sim.plant.weighbridge import Weighbridge

BEGINS = int(datetime.fromisoformat("2026-03-02T00:00+08:00").timestamp())
DAY = 86_400
DAYS = 8
FROM, TO = BEGINS + 2 * DAY + 1200, BEGINS + 5 * DAY + 300
END = BEGINS + DAYS * DAY
PROFILES = profile_file.shipped()
KINDS = FAULTS | ATTACKS


def plant(name: str, *injected: Injection, seed: int = 3) -> SimulatedPlant:
    return open_plant(name, seed, BEGINS, DAYS, attacks=injected)


HONEST = {name: plant(name) for name in PROFILES}


def register(made: SimulatedPlant, name: str, at: int) -> Decimal:
    value = made.instruments[name].read(at)[-1].value
    assert isinstance(value, int | Decimal)
    return Decimal(value)


def grown(made: SimulatedPlant, name: str, since: int, until: int) -> Decimal:
    modulus = made.instruments[name].facts(since).modulus["energy_import"]
    return (register(made, name, until) - register(made, name, since)) % modulus


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PROFILES)
def test_it_changes_something_and_nothing_before_it_begins(name: str, kind: str) -> None:
    profile = profile_file.load(name)
    drawn = draw(KINDS[kind], profile, "7", BEGINS, DAYS)
    if drawn is None:
        assert not KINDS[kind].places(profile)
        with pytest.raises(InjectionError, match="has no place for it"):
            plant(name, KINDS[kind](where="anything", begins=FROM, ends=TO))
        return
    assert drawn == draw(KINDS[kind], profile, "7", BEGINS, DAYS)
    made, honest = plant(name, drawn), HONEST[name]
    assert made.happenings == [drawn.happening()]
    changed, eternal = False, kind in ("rollover", "two-names")  # they begin with the plant
    for at in range(BEGINS, END, 2 * 3600 + 900):
        for key, instrument in made.instruments.items():
            other = honest.instruments.get(key)
            same = other is not None and (instrument.read(at, at - 8100), instrument.facts(at)) == (
                other.read(at, at - 8100),
                other.facts(at),
            )
            changed |= not same
            if kind == "calibration-expiry" or eternal:
                continue
            assert same or at >= drawn.begins
        if at < drawn.begins:
            assert made.truth(at) == honest.truth(at)
    unseen = kind == "stones" and name == "textile-dyehouse"  # no sensor there tells cloth from stones
    assert changed != unseen
    assert (made.truth(END) != honest.truth(END)) == (kind in ("stones", "night-drive"))
    assert all(value >= 0 for value in made.truth(END).values())


def test_every_kind_has_a_place_somewhere_and_words() -> None:
    for kind, made in KINDS.items():
        assert made.name == kind
        assert made.help
        assert bool(made.fraud) == (kind in ATTACKS)
        assert any(made.places(profile_file.load(name)) for name in PROFILES), kind
    assert not FAULTS.keys() & ATTACKS.keys()


def test_the_truth_says_how_much() -> None:
    told = attacks.Magnet(where="incomer", begins=FROM, ends=TO, counts_ppm=7).happening().what
    assert told == "a magnet makes the meter count too little (counts_ppm 7)"
    assert faults.Dropout(where="incomer", begins=FROM, ends=TO).happening().what == "the instrument does not answer"


def energy(name: str, *injected: Injection, within: tuple[int, int] = (FROM, TO)) -> Fraction:
    """What the incomer counted, over what it counts in an honest plant."""
    made, honest = plant(name, *injected), HONEST[name]
    return Fraction(grown(made, "incomer", *within)) / Fraction(grown(honest, "incomer", *within))


AT = {"where": "incomer", "begins": FROM, "ends": TO}


def about(found: Fraction, expected: str) -> bool:
    return abs(found - Fraction(expected)) < Fraction("0.002")


def test_a_magnet_a_wrong_ratio_and_a_bypass_count_too_little() -> None:
    assert about(energy("steel-mill", attacks.Magnet(**AT, counts_ppm=600_000)), "0.6")
    assert about(energy("steel-mill", faults.WrongRatio(**AT, built_in=5, stated=4)), "0.8")
    past = energy("steel-mill", attacks.Bypass(**AT, past_ppm=400_000))
    assert Fraction("0.6") < past < Fraction("0.61")  # the losses of the line are still seen
    after = energy("steel-mill", attacks.Magnet(**AT), within=(TO, END))
    assert about(after, "1")


def test_a_bypass_passes_the_meters_above_too() -> None:
    made, honest = plant("steel-mill", attacks.Bypass(where="rolling", begins=FROM, ends=TO)), HONEST["steel-mill"]
    lost = {}
    for name in ("rolling", "incomer", "auxiliaries"):
        multiplier = made.instruments[name].facts(FROM).multiplier
        lost[name] = (grown(honest, name, FROM, TO) - grown(made, name, FROM, TO)) * multiplier
    assert lost["auxiliaries"] == 0
    assert lost["rolling"] > 1000
    assert abs(lost["incomer"] / lost["rolling"] - 1) < Decimal("0.02")
    assert made.truth(END) == honest.truth(END)


def test_a_drift_grows() -> None:
    drift = faults.Drift(where="incomer", begins=FROM, ends=TO, ppm_day=-100_000)
    first = energy("steel-mill", drift, within=(FROM, FROM + DAY // 2))
    last = energy("steel-mill", drift, within=(TO - DAY // 2, TO))
    assert Fraction("0.95") < first < 1
    assert last < Fraction("0.75")
    assert about(energy("steel-mill", drift, within=(TO, END)), "1")


def test_a_rollover_and_a_reset_fall_once() -> None:
    """A reset at once; a rollover with the next count, from all nines."""
    for injected, shows in (
        (faults.Rollover(where="incomer", begins=FROM, ends=TO), Decimal("999999.99")),
        (faults.Reset(where="incomer", begins=FROM, ends=TO), 0),
    ):
        made = plant("grain-silo", injected)
        shown = [register(made, "incomer", at) for at in range(BEGINS, END, 900)]
        falls = [number for number, (one, two) in enumerate(pairwise(shown)) if two < one]
        assert falls == [(FROM - BEGINS) // 900]
        assert register(made, "incomer", FROM) == shows
        assert (shown[0] == 0) == (shows == 0)
        expected = grown(HONEST["grain-silo"], "incomer", FROM, END)
        assert abs(register(made, "incomer", END) - expected) <= Decimal("0.02")


def test_an_exchanged_meter_has_another_plate_and_begins_elsewhere() -> None:
    made = plant("grain-silo", faults.MeterExchange(where="incomer", begins=FROM, ends=TO, opening=4_200))
    meter = made.instruments["incomer"]
    assert register(made, "incomer", FROM) == Decimal("42.00")
    assert meter.facts(FROM - 1).serial != meter.facts(FROM).serial == meter.facts(END).serial
    assert meter.facts(FROM).calibrated_until > meter.facts(FROM - 1).calibrated_until
    grew = grown(made, "incomer", FROM, END) / grown(HONEST["grain-silo"], "incomer", FROM, END)
    assert abs(grew - 1) < Decimal("0.02")
    assert grew != 1


@pytest.mark.parametrize("preset", [False, True])
def test_a_swapped_meter_comes_back_as_it_was(preset: bool) -> None:
    made, honest = plant("grain-silo", attacks.Swap(**AT, preset=preset)), HONEST["grain-silo"]
    meter = made.instruments["incomer"]
    serials = [meter.facts(at).serial for at in (FROM - 1, FROM, TO - 1, TO)]
    assert serials[0] == serials[3]
    assert (serials[0] == serials[1]) is preset
    before = register(made, "incomer", FROM - 1)
    assert register(made, "incomer", TO) - before <= Decimal("0.01")
    assert register(made, "incomer", FROM) == (before if preset else 0)
    assert abs(grown(made, "incomer", TO, END) - grown(honest, "incomer", TO, END)) <= Decimal("0.01")


def test_exchanges_one_after_the_other_and_not_at_once() -> None:
    first = faults.MeterExchange(where="incomer", begins=BEGINS + DAY, ends=BEGINS + DAY + 900, opening=100)
    then = attacks.Swap(where="incomer", begins=FROM, ends=TO)
    made = plant("grain-silo", then, first)
    meter = made.instruments["incomer"]
    assert meter.facts(TO) == meter.facts(FROM - 1) != meter.facts(BEGINS)
    assert register(made, "incomer", TO) - register(made, "incomer", FROM - 1) <= Decimal("0.01")
    with pytest.raises(InjectionError, match="reset: swap is not over yet at incomer"):
        plant("grain-silo", then, faults.Reset(where="incomer", begins=TO - 900, ends=TO))


def test_a_test_stand_is_even() -> None:
    made = plant("grain-silo", attacks.TestStand(where="incomer", begins=FROM, ends=TO, per_hour=3_600_000))
    hours = [grown(made, "incomer", at, at + 3600) for at in range(FROM, TO - 3600, 3600)]
    assert max(hours) - min(hours) <= Decimal("0.01")
    assert abs(sum(hours) / len(hours) - Decimal("3.6")) < Decimal("0.05")  # by its register: there is no transformer


def test_a_frozen_sensor_a_dead_line_and_a_certificate() -> None:
    frozen = plant("grain-silo", faults.FrozenSensor(where="level_a", begins=FROM, ends=TO)).instruments["level_a"]
    assert len({tuple((r.register, r.value) for r in frozen.read(at)) for at in range(FROM, TO, 900)}) == 1
    assert frozen.read(TO) == HONEST["grain-silo"].instruments["level_a"].read(TO)
    silent = plant("grain-silo", faults.Dropout(where="weighbridge", begins=FROM, ends=TO)).instruments["weighbridge"]
    assert not silent.read(FROM)
    assert not silent.read(TO - 1, BEGINS)
    assert silent.read(TO, FROM - 1) == HONEST["grain-silo"].instruments["weighbridge"].read(TO, FROM - 1)
    expired = plant("grain-silo", faults.CalibrationExpiry(where="weighbridge", begins=FROM, ends=TO))
    assert expired.instruments["weighbridge"].facts(FROM).calibrated_until == FROM


def tags(records: Sequence[Record], name: str) -> list[object]:
    return [record.value for record in records if record.register == name]


@pytest.mark.parametrize("repeat", [False, True])
def test_stones_weigh_right_and_have_no_serials_of_their_own(repeat: bool) -> None:
    stones = attacks.Stones(where="hall_a", begins=FROM, ends=TO, every=1, repeat_tags=repeat)
    made, honest = plant("metal-warehouse", stones), HONEST["metal-warehouse"]
    truth = made.truth(END)
    assert truth["stones/hall_a_kg"] > 20_000
    weighed = made.instruments["weighbridge"]
    assert isinstance(weighed, Weighbridge)
    fake = [ticket for ticket in weighed.tickets if not ticket.weighing.genuine]
    assert abs(sum(ticket.net_kg for ticket in fake) - truth["stones/hall_a_kg"]) <= 80 * len(fake)
    read = tags(made.instruments["gate_a"].read(END, BEGINS), "serial_in")
    bundles = [bundle for bundle in made.course.halls["hall_a"].bundles if bundle.came >= 0]
    fresh = [bundle.tag for bundle in bundles if bundle.genuine]
    assert set(fresh) <= set(read)
    assert len(read) == (len(bundles) if repeat else len(fresh))
    assert set(read) <= {bundle.tag for bundle in made.course.halls["hall_a"].bundles if bundle.genuine}
    shelf, passed = made.instruments["shelf_a"], made.instruments["gate_a"].read(END)
    present = shelf.read(END)[-1].value
    genuine = sum(bundle.genuine for bundle in made.course.halls["hall_a"].present(END - BEGINS))
    assert isinstance(present, int)
    assert present > genuine if repeat else present == genuine  # a copy goes on answering when its original has left
    assert [record.register for record in passed] == ["passed_in", "passed_out"]
    assert made.truth(FROM) == honest.truth(FROM)


def test_stones_in_a_silo_stand_lower_than_grain() -> None:
    made = plant("grain-silo", attacks.Stones(where="silo_a", begins=FROM, ends=TO, every=1))
    truth = made.truth(END)
    weighed = truth["stock/silo_a_kg"] + truth["stones/silo_a_kg"]
    level = made.instruments["level_a"].read(END)[0].value
    assert isinstance(level, Decimal)
    assert truth["stones/silo_a_kg"] > 100_000
    assert weighed / 3_000_000 - level > Decimal("0.015")


@pytest.mark.parametrize(
    ("name", "where", "other"), [("metal-warehouse", "hall_a", "shelf_a"), ("grain-silo", "silo_a", "level_a")]
)
def test_what_leaves_at_night_is_in_no_weighing_and_yet_is_gone(name: str, where: str, other: str) -> None:
    theft = attacks.NightDrive(where=where, begins=FROM, ends=TO, night_kg=40_000)
    made, honest = plant(name, theft), HONEST[name]
    taken = made.truth(END)[f"taken/{where}_kg"]
    assert 3 * 38_000 < taken <= 3 * 40_000
    night = BEGINS + 3 * DAY + 150 * 60
    fell = made.instruments[other].read(night - 1)[0].value - made.instruments[other].read(night)[0].value
    same = honest.instruments[other].read(night - 1)[0].value - honest.instruments[other].read(night)[0].value
    assert abs(same) < Decimal("0.004")
    assert fell > (30 if other == "shelf_a" else Decimal("0.009"))
    if other == "shelf_a":
        seen = [each for each in made.course.halls[where].bundles if each.left is not None and not each.unseen]
        assert made.instruments["gate_a"].read(END)[-1].value == len(seen)
    out = sum(value for key, value in made.truth(END).items() if key.startswith("out/"))
    weighed = made.instruments["weighbridge"].read(END)[-1].value
    assert isinstance(weighed, int)
    assert abs(weighed - out) < 80 * len(made.course.weighings)


def test_moved_sensors_and_two_names_show_another_pile() -> None:
    made = plant("metal-warehouse", attacks.MovedSensor(where="shelf_a", begins=FROM, ends=TO))
    a, b = made.instruments["shelf_a"], made.instruments["shelf_b"]
    assert a.read(TO - 1, FROM) == b.read(TO - 1, FROM)
    assert a.read(TO) == HONEST["metal-warehouse"].instruments["shelf_a"].read(TO)
    doubled = plant("metal-warehouse", attacks.TwoNames(where="shelf_a", begins=FROM, ends=TO, second_name="shelf_c"))
    one, two = doubled.instruments["shelf_a"], doubled.instruments["shelf_c"]
    assert one.read(END, BEGINS) == two.read(END, BEGINS)
    assert (two.name, one.facts(BEGINS).serial) == ("shelf_c", two.facts(BEGINS).serial.removesuffix("-2"))
    with pytest.raises(InjectionError, match="already"):
        plant("metal-warehouse", attacks.TwoNames(where="shelf_a", begins=FROM, ends=TO, second_name="shelf_b"))


def test_what_can_not_be_is_refused_by_name() -> None:
    with pytest.raises(InjectionError, match="magnet: not at 'weighbridge'; it can be at incomer, rolling"):
        plant("steel-mill", attacks.Magnet(where="weighbridge", begins=FROM, ends=TO))
    with pytest.raises(InjectionError, match="no time of this plant"):
        plant("steel-mill", attacks.Magnet(where="incomer", begins=FROM, ends=END + 1))
    with pytest.raises(InjectionError, match="no time of this plant"):
        plant("steel-mill", attacks.Magnet(where="incomer", begins=TO, ends=TO))
    with pytest.raises(InjectionError, match="every is at least 1"):
        plant("grain-silo", attacks.Stones(where="silo_a", begins=FROM, ends=TO, every=0))
    with pytest.raises(InjectionError, match="at least 1"):
        plant("steel-mill", faults.WrongRatio(where="incomer", begins=FROM, ends=TO, built_in=0))
