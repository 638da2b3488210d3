"""Plausibility from the log on: simulated plants, signed, verified, and weighed."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tally_finance.plausibility import goods
from tally_finance.plausibility.daily import rises
from tally_finance.plausibility.doubt import Doubt, Weighed
from tally_finance.plausibility.observed import Break, observe
from tally_finance.plausibility.site import weigh
from tally_sim.plant import profile_file
from tally_sim.plant.attacks import NightDrive, Stones
from tally_sim.plant.injection import Injection
from tally_sim.plant.interface import Facts, Record
from tally_sim.plant.opening import open_plant
from tally_trial import kinds, plants, power
from tally_trial.injection import KINDS
from tally_trial.plants import BEGINS
from tally_trial.play import play
from tally_trial.scene import DAY_S, look_at, point_of
from tests.trial.yard import Counter, Yard

MEDIA = {"electricity", "water"}


@dataclass
class Changed(Counter):
    """Another meter hangs there from `at` on: its register begins higher, and its quantities count eighty times."""

    at: int = 0
    higher: int = 0
    serial: str = ""
    multiplier: int = 1

    def facts(self, at: int) -> Facts:
        facts = super().facts(at)
        if at < self.at:
            return facts
        return Facts(
            self.serial or facts.serial, facts.kind, facts.registers, facts.cadence_s, facts.modulus, self.multiplier
        )

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        (record,) = super().read(at, since)
        assert isinstance(record.value, Decimal)
        return [Record(record.register, record.value + (self.higher if at >= self.at else 0), record.unit, at)]


@pytest.mark.parametrize(("higher", "serial", "multiplier"), [(5000, "S-2", 1), (0, "", 80), (700, "S-2", 80)])
def test_exchanges_and_ratios_come_from_the_authoritys_statements(higher: int, serial: str, multiplier: int) -> None:
    """The quantity of each day is that of the readings on either side of the change, each by its own ratio."""
    at = BEGINS + DAY_S + 40 * 900
    meter = Changed("m1", 900, at=at, higher=higher, serial=serial, multiplier=multiplier)
    one = observe(play(look_at(Yard(instruments={"m1": meter}), 1)).bundle).of(point_of("m1"), "energy_import")
    assert one is not None

    def plain(when: int) -> Decimal:
        (record,) = Counter("m1", 900).read(when)
        assert isinstance(record.value, Decimal)
        return record.value

    closing, opening = plain(at - 1), plain(at) + higher
    assert one.breaks == (Break(at - 1, Decimal(1), closing, opening, other_meter=bool(serial)),)
    ends = [BEGINS + day * DAY_S for day in range(4)]
    after = [(plain(end) + higher - opening) * multiplier for end in ends]
    assert rises(one, ends) == [
        plain(ends[1]) - plain(ends[0]),
        closing - plain(ends[1]) + after[2],
        after[3] - after[2],
    ]


def test_the_sites_zone_and_what_a_failure_touches_come_from_the_bundle() -> None:
    bundle = play(look_at(Yard(), 1)).bundle
    assert observe(bundle).midnights == tuple(BEGINS + day * DAY_S for day in range(4))
    without = observe(bundle, frozenset({point_of("m1")}))
    assert not without.speaks(point_of("m1"))
    assert without.speaks(point_of("m2"))


def weighed(profile: str | Path, seed: int, days: int, attacks: Sequence[Injection] = ()) -> Weighed:
    """What is said of a plant whose instruments are read and believed."""
    plant = open_plant(profile, seed, BEGINS, days, attacks=attacks)
    return weigh(power.observed_of(look_at(plant, seed)), plants.site_of(plant.profile))


@pytest.mark.parametrize("profile", profile_file.shipped())
def test_an_honest_plant_is_not_doubted_and_what_is_learnt_from_it_is_said(profile: str) -> None:
    found = weighed(profile, 2, 9)
    assert found.doubts == ()
    assert {"energy-per-output", "too-even"} <= {said.name for said in found.unjudged}


@pytest.mark.parametrize("seed", [25, 31, 50])
def test_a_device_that_starts_again_at_a_gate_is_no_theft(seed: int) -> None:
    """Seed 50: what 27 t were weighed in with passed the gate while its device was down."""
    plant, scene = plants.stage("metal-warehouse", seed, 4)
    (fault,) = kinds.injections([KINDS["brown-out"]], scene)
    assert fault.where.startswith("gate")
    assert weigh(observe(play(scene, [fault]).bundle), plants.site_of(plant.profile)).doubts == ()


@pytest.mark.parametrize("name", ["meter-exchange", "reset", "rollover", "dropout"])
@pytest.mark.parametrize("profile", ["metal-warehouse", "steel-mill"])
def test_a_fault_that_explains_itself_is_not_doubted(profile: str, name: str) -> None:
    plant = plants.opened(profile, 3, 17, [name])
    some = {meter.name for meter in plant.profile.meters if meter.kind == "electricity"} | {plant.happenings[0].where}
    found = weigh(observe(play(look_at(plant, 3, only=some)).bundle), plants.site_of(plant.profile))
    assert found.doubts == ()


def test_a_silo_that_is_emptied_in_one_night_is_missed() -> None:
    since = BEGINS + 2 * DAY_S
    night = NightDrive(where="silo_a", begins=since, ends=since + DAY_S, night_kg=1_500_000)
    (doubt,) = weighed("grain-silo", 1, 5, [night]).doubts
    assert doubt.name == "mass-balance"
    assert (doubt.from_at, doubt.to_at) == (since, since + DAY_S)
    assert doubt.touches == f"{point_of('level_a')}, {point_of('level_b')}"


@pytest.fixture(scope="module")
def missing_tags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse, with readers that miss one tag in two hundred."""
    text = (Path(profile_file.__file__).with_name("profiles") / "metal-warehouse.toml").read_text("utf-8")
    path = tmp_path_factory.mktemp("profile") / "metal-warehouse.toml"
    path.write_text(re.sub(r'(kind = "rfid-\w+")', r"\1\nunread_ppm = 5000", text))
    return path


def of_goods(profile: Path, seed: int, attacks: Collection[Injection] = ()) -> set[str]:
    plant = open_plant(profile, seed, BEGINS, 8, attacks=list(attacks))
    some = {meter.name for meter in plant.profile.meters if meter.kind not in MEDIA}
    observed = power.observed_of(look_at(plant, seed, only=some))
    said = goods.check(observed, plants.site_of(plant.profile).keeps)
    return {one.name for one in said if isinstance(one, Doubt)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tags_that_are_not_read_are_no_theft_and_hide_none(missing_tags: Path, seed: int) -> None:
    since, ends = BEGINS + 4 * DAY_S, BEGINS + 8 * DAY_S
    assert of_goods(missing_tags, seed) == set()
    assert of_goods(missing_tags, seed, [NightDrive(where="hall_a", begins=since, ends=ends)]) == {"count-balance"}
    assert "mass-per-serial" in of_goods(missing_tags, seed, [Stones(where="hall_a", begins=since, ends=ends)])
