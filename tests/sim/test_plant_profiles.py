"""A profile is read strictly: what is wrong names its file and its key. The page tells of every key."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tally_sim.device.faults import DEVICE_FAULTS, DeviceFault
from tally_sim.errors import ProfileError
from tally_sim.plant import profile_file
from tally_sim.plant.attacks import ATTACKS
from tally_sim.plant.faults import FAULTS
from tally_sim.plant.injection import Injection
from tally_sim.plant.opening import open_plant

PAGE = Path(__file__).parents[2] / "docs/plant-profiles.md"
BEGINS = 1_772_380_800

SMALL = """
[site]
title = "A mill"
timezone = "Asia/Shanghai"

[[stock]]
name = "ore"
opening_kg = 5000
capacity_kg = 9000
density_kg_m3 = 2000

[[stock]]
name = "metal"
capacity_kg = 9000
density_kg_m3 = 7000

[[consumer]]
name = "oven"
medium = "electricity"

[[process]]
name = "smelting"
kind = "batch"
takes = "ore"
makes = "metal"
batch_kg = [1000, 1000]
batch_minutes = [60, 60]
yield_ppm = 600001
scrap_ppm = 0
uses = { oven = 500.5 }

[[meter]]
name = "power"
kind = "electricity"
measures = ["site"]
"""


def parse(text: str) -> object:
    return profile_file.parse(text, "small.toml", "small")


def test_a_small_plant_is_what_one_computes_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    plant = open_plant(path, 1, BEGINS, 1)
    half = plant.truth(BEGINS + 1800)
    assert {key: str(value) for key, value in half.items() if value} == {
        "stock/ore_kg": "4000.000", "wip/smelting_kg": "1000.000", "charged/smelting_kg": "1000.000",
        "drawn/oven_kwh": "250.250000", "site_kwh": "250.250000",
    }  # fmt: skip
    end = plant.truth(plant.ends)
    assert {key: str(value) for key, value in end.items() if value} == {
        "stock/metal_kg": "3000.005", "charged/smelting_kg": "5000.000", "made/smelting_kg": "3000.005",
        "waste/smelting_kg": "1999.995", "drawn/oven_kwh": "2502.500000", "site_kwh": "2502.500000",
    }  # fmt: skip


def test_losses_are_what_one_computes_by_hand() -> None:
    """A line that loses 1 % at 500.5 kW; 20 t of water of which a thousandth dries off in a quarter hour."""
    lines = "[line_loss]\nppm = 10000\nat_kw = 1001\n[[consumer]]"
    made = open_plant(profile_file.parse(SMALL.replace("[[consumer]]", lines), "s", "s"), 1, BEGINS, 1)
    # Half of the reference load: half of 1 % of it.
    assert made.truth(BEGINS + 3600)["line_loss_kwh"] == Decimal("500.5") * Decimal("0.005")
    grain = """
[[stock]]
name = "grain"
opening_kg = 100000
capacity_kg = 100000
density_kg_m3 = 740
moisture_ppm = [200000, 200000]
drying_ppm_day = 96000
loss_ppm_year = 35040
"""
    made = open_plant(profile_file.parse(SMALL + grain, "s", "s"), 1, BEGINS, 1)
    first, second = made.truth(BEGINS + 900), made.truth(BEGINS + 1800)
    assert (first["dried/grain_kg"], first["lost/grain_kg"]) == (Decimal("20.000"), Decimal("0.080"))
    assert second["dried/grain_kg"] == Decimal("39.980")
    assert second["stock/grain_kg"] == 100_000 - Decimal("39.980") - second["lost/grain_kg"]
    assert made.truth(BEGINS + 450)["dried/grain_kg"] == 10


SCARCE = """
[[stock]]
name = "wire"
capacity_kg = 9000
density_kg_m3 = 7000

[[process]]
name = "drawing"
kind = "batch"
takes = "metal"
makes = "wire"
batch_kg = [600, 600]
batch_minutes = [30, 30]
yield_ppm = 1000000
scrap_ppm = 0

[[traffic]]
name = "wire_out"
way = "out"
stock = "wire"
load_kg = [600, 600]
hours = [0, 24]
per_day = 96
while_kg = 0

[[meter]]
name = "weighbridge"
kind = "weighbridge"
"""


def test_nothing_is_touched_in_the_quarter_hour_in_which_it_came() -> None:
    """Everything is used up as soon as it is there: never is there less than nothing, and nothing waits longer."""
    made = open_plant(profile_file.parse(SMALL + SCARCE, "s", "s"), 1, BEGINS, 1)
    for at in range(BEGINS, made.ends, 100):
        assert all(value >= 0 for value in made.truth(at).values()), at
    end = made.truth(made.ends)
    assert end["made/smelting_kg"] == Decimal("3000.005")
    assert end["out/wire_out_kg"] == end["made/drawing_kg"] == 3000
    # A batch of ore is done every hour; drawing begins in the quarter after, lasts for two, and then a truck comes.
    assert made.truth(BEGINS + 4500)["charged/drawing_kg"] == 600
    assert made.truth(BEGINS + 3600)["charged/drawing_kg"] == 0
    assert made.truth(BEGINS + 5400)["made/drawing_kg"] == 600
    assert made.truth(BEGINS + 6300)["out/wire_out_kg"] == 600
    assert made.truth(BEGINS + 5400)["out/wire_out_kg"] == 0


def test_trucks_come_on_the_days_of_their_appointment() -> None:
    """The wire of two days waits for the third day's trucks, and what is made later stays."""
    text = (SMALL + SCARCE).replace("while_kg = 0\n", "while_kg = 0\nduring_days = [2, 3]\n")
    made = open_plant(profile_file.parse(text, "s", "s"), 1, BEGINS, 5)
    days = {one.second // 86_400 for one in made.course.weighings if one.traffic == "wire_out"}
    assert days == {2}


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('title = "A mill"', "", r"small\.toml: site\.title: is missing"),
        ('title = "A mill"', "title = 7", r"site\.title: 7 is not a text"),
        ('title = "A mill"', 'title = "A mill"\nowner = "x"', r"site\.owner: is not known"),
        ("[site]", "[weather]\nrain = 1\n[site]", r"small\.toml: weather: is not known"),
        ('"Asia/Shanghai"', '"Asia/Nowhere"', r"site\.timezone: 'Asia/Nowhere' is not a time zone"),
        ("opening_kg = 5000", "opening_kg = 9001", r"stock\[0\]\.opening_kg: is more than capacity_kg"),
        ("opening_kg = 5000", "opening_kg = 5.5", r"stock\[0\]\.opening_kg: 5\.5 is not a whole number"),
        ("opening_kg = 5000", "opening_kg = true", r"stock\[0\]\.opening_kg: True is not a whole number"),
        ("opening_kg = 5000", "bundle_kg = [0, 5]", r"stock\[0\]\.bundle_kg: a bundle has a mass"),
        ("opening_kg = 5000", "bundle_kg = [4, 5]", r"process\[0\]\.takes: 'ore' is moist or bundled"),
        ('name = "ore"', 'name = "Ore"', r"stock\[0\]\.name: 'Ore' is not 1 to 48 of a-z"),
        (
            "[[process]]",
            '[[consumer]]\nname = "oven"\nmedium = "electricity"\n[[process]]',
            "consumer: 'oven' stands twice",
        ),
        ('takes = "ore"', 'takes = "oar"', r"process\[0\]\.takes: 'oar' is not one of 'ore', 'metal'"),
        ("[1000, 1000]", "[1000, 900]", r"process\[0\]\.batch_kg: is not a pair"),
        ("[1000, 1000]", "1000", r"process\[0\]\.batch_kg: is not a list"),
        ("scrap_ppm = 0", "scrap_ppm = 400000", r"scrap_ppm: yield and scrap are more than the whole"),
        ("oven = 500.5", "oven = 0.0000001", r"uses\.oven: 1E-7 is not a number .* six places"),
        ("oven = 500.5", "stove = 1", r"uses\.stove: is not known"),
        ("oven = 500.5", 'oven = "much"', r"uses\.oven: 'much' is not a number"),
        ('measures = ["site"]', 'measures = ["stove"]', r"meter\[0\]\.measures: 'stove' is not one of site, oven"),
        ('measures = ["site"]', 'measures = ["site"]\nparent = "x"', "power: there is no electricity meter 'x' above"),
        ('measures = ["site"]', 'measures = ["site"]\nparent = "power"', "meter: power: stands above itself"),
        (
            'measures = ["site"]',
            'measures = ["site"]\nparent = "upper"\n[[meter]]\nname = "upper"\nkind = "electricity"\n'
            'measures = ["site"]\nparent = "power"',
            "meter: power: stands above itself",
        ),
        ('measures = ["site"]', 'measures = ["site"]\nclass = "III"', r"class: 'III' is not one of '0.5S'"),
        ("[[meter]]", "[line_loss]\nat_kw = 0\n[[meter]]", r"line_loss\.at_kw: must not be 0"),
        ("[[meter]]", "[schedule]\nshifts = [8, 4]\n[[meter]]", r"schedule\.shifts: is not a list of pairs"),
        (
            "[[meter]]",
            '[[traffic]]\nname = "t"\nway = "in"\nstock = "ore"\nload_kg = [1, 2]\nper_day = 1\nwhile_kg = 1\n'
            "[[meter]]",
            "meter: trucks need a weighbridge",
        ),
        (
            "[[meter]]",
            '[[traffic]]\nname = "t"\nway = "in"\nstock = "ore"\nload_kg = [1, 2]\nhours = [8, 9]\nper_day = 5\n'
            "while_kg = 1\n[[meter]]",
            r"traffic\[0\]\.per_day: is more than one truck",
        ),
        ("[site]", "[site", r"small\.toml: .*line 2"),
        ("[[stock]]", "[stock]", r"small\.toml: "),
    ],
)
def test_what_is_wrong_names_file_and_key(was: str, becomes: str, says: str) -> None:
    assert was in SMALL
    with pytest.raises(ProfileError, match=says) as caught:
        parse(SMALL.replace(was, becomes, 1))
    assert str(caught.value).startswith("small.toml: ")


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"absent\.toml: cannot be read"):
        open_plant(tmp_path / "absent.toml", 1, BEGINS, 1)


def test_the_page_names_every_key_and_every_profile() -> None:
    text = PAGE.read_text("utf-8")
    source = Path(profile_file.__file__).read_text("utf-8")
    keys = set(re.findall(r'\b(?:root|site|loss|table)\.\w+\(\s*"(\w+)"', source)) | {"class", "takes", "makes", "name"}
    assert len(keys) > 50
    missing = {
        key for key in keys if f"`{key}`" not in text and f"`[{key}]`" not in text and f"`[[{key}]]`" not in text
    }
    assert missing == set()
    assert all(f"`{name}`" in text for name in profile_file.shipped())


def test_the_page_lists_every_fault_and_attack() -> None:
    text = PAGE.read_text("utf-8")
    kinds: list[type[Injection] | type[DeviceFault]] = [*FAULTS.values(), *DEVICE_FAULTS.values()]
    for kind in kinds:
        assert f"| `{kind.name}` | {kind.help} |\n" in text
    for attack in ATTACKS.values():
        assert f"| `{attack.name}` | {attack.help} | {attack.fraud} |\n" in text
    assert text.count("\n| `") > len(FAULTS) + len(DEVICE_FAULTS) + len(ATTACKS)
