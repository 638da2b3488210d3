"""What a site passes on: taken off by what registers prove, never more than came in, and told."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tally_chain.verify.verifier import examine
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.statement import Kind
from tally_finance.errors import FootprintError
from tally_finance.factors.shipping import shipped
from tally_finance.footprint.replay import decode, replay
from tally_finance.report import opening
from tally_finance.report.making import report_of
from tests.finance.activity import works
from tests.finance.activity.test_site import exchanged
from tests.finance.report import mill
from tests.world import START, World

LESS = """
[[use.less]]
meter = "{meter}"
to = "Tenant 1"
reason = "let since 2021"
"""
PLAIN = mill.INVENTORY.partition("[products]")[0]
SUNLESS = {(works.SOLAR, "energy_import"): [0] * mill.DAYS}
"""Nothing is made at the site."""
TENANT = """
[[version.meter]]
name = "tenant"
medium = "electricity"
role = "sub"
parent = "{parent}"
point = "urn:dev:org:32473-mill:m9"
register = "energy_import"
unit = "kWh"
"""


def less(*meters: str) -> str:
    """The inventory with what is passed on."""
    return PLAIN.replace("[market]", "".join(LESS.format(meter=one) for one in meters) + "\n[market]")


def told(world: World, folder: Path, text: str, days: int = mill.DAYS, boundary: str = works.SHEET) -> dict[str, Any]:
    return dict(json.loads(mill.made(world, folder, days, text, boundary).encode()))


def test_what_is_passed_on_is_taken_off(tmp_path: Path) -> None:
    """5,900 kWh bought, 4,720 of them a tenant's."""
    world = works.run(works.opened(), mill.DAYS, SUNLESS)
    whole, found = (told(world, tmp_path, text) for text in (PLAIN, less("furnace")))
    value = next(Decimal(one["value"]) for one in found["factors"] if one["basis"] == "location")
    line = next(one for one in found["lines"] if one["scope"] == "2 location-based")
    assert Decimal(line["gas_kg"]) == 1180 * value
    (passed,) = found["passed_on"]
    assert (passed["amount"], passed["unit"], passed["left_out"]) == ("4720", "kWh", "0")
    assert set(passed["opens"]) < set(line["opens"])
    check = next(one for one in found["checks"] if one["kind"] == "passed-on")
    assert (check["holds"], check["text"]) == (True, "0 of 2 months pass on more than was bought")
    assert opening.steps_down(found, check["id"]) <= opening.MOST_STEPS
    assert found["media"] == whole["media"]  # what was bought is what was bought
    assert found["instruments"]["remainder_kwh"] == "180"
    assert whole["passed_on"] == []


def test_what_is_passed_on_by_hand_leaves_no_line_to_devices(tmp_path: Path) -> None:
    """Devices signed what came in; somebody types what went on, and so what is left."""
    found = works.examined(works.run(works.opened(), 3), 3)
    (known,) = found.facts.keys.values()
    logged, enrolment = known.enrolments[0]
    form = replace(enrolment, points=(works.FURNACE,), place=SigningPlace.BY_HAND)
    found.facts.keys[b"form"] = replace(known, enrolments=[(logged, form)])
    for text, rests in ((PLAIN, "devices"), (less("furnace"), "stated")):
        sheets, boundary = mill.inventory(tmp_path, text), works.boundary()
        report = mill.report_of(found, sheets, boundary, mill.shipped(), (b"\1" * 32,))
        assert {part.rests for part in report.emitted.parts} == {rests}


def test_two_meters_are_wrong_by_themselves_and_one_transformer_by_the_difference(tmp_path: Path) -> None:
    """Class 0.5S without a certificate is held to 1 % each; behind one transformer of 0.5 only 1,180 kWh are wrong."""
    world = works.run(works.opened(), mill.DAYS)
    shared = "".join(f'\n[[meter]]\nname = "{name}"\ntransformers = ["TA-1 0.5"]\n' for name in ("grid", "furnace"))
    apart, together = (told(world, tmp_path, less("furnace") + more) for more in ("", shared))
    value = next(Decimal(one["value"]) for one in apart["factors"] if one["basis"] == "location")
    third = Decimal(1) / 3
    classes = third * (Decimal("0.01") * value) ** 2 * (5900**2 + 4720**2)
    of_transformer = third * (Decimal("0.005") * value * 1180) ** 2
    for found, variance in ((apart, classes), (together, classes + of_transformer)):
        u95 = Decimal(found["figures"]["scope-2-location"]["u95_kg"])
        assert 2 * variance.sqrt() <= u95 < 2 * variance.sqrt() + 2  # rounded up once, to a kilogram, times two


def test_a_gap_of_a_tenants_meter_takes_nothing_off(tmp_path: Path) -> None:
    """An exchange that nobody read: the tenant's ceiling would make the site's own part smaller."""
    ceiling = 'register = "energy_import"\nunit = "kWh"\nceiling_per_h = 40\nceiling_stated = "fuse"\n'
    at = works.SHEET.index('name = "furnace"')
    sheet = works.SHEET[:at] + works.SHEET[at:].replace('register = "energy_import"\nunit = "kWh"\n', ceiling, 1)
    found = told(exchanged(works.FURNACE, "energy_import", "kWh"), tmp_path, less("furnace"), 31, sheet)
    (passed,) = found["passed_on"]
    row = next(one for one in found["meters"] if one["name"] == "furnace")
    assert Decimal(row["estimated"]) > 0
    assert passed["left_out"] == row["estimated"]
    assert Decimal(passed["amount"]) == Decimal(row["measured"]) + Decimal(row["bridged"])
    line = next(one for one in found["lines"] if one["scope"] == "2 location-based")
    value = next(Decimal(one["value"]) for one in found["factors"] if one["basis"] == "location")
    assert Decimal(line["gas_kg"]) == (3100 - Decimal(passed["amount"])) * value


def test_a_month_that_passes_on_more_than_it_brought_is_told(tmp_path: Path) -> None:
    per_day = {**SUNLESS, (works.GRID, "energy_import"): [200] * 31 + [10] * 28}
    world = works.run(works.opened(), mill.DAYS, per_day)
    found = told(world, tmp_path, less("furnace"))
    check = next(one for one in found["checks"] if one["kind"] == "passed-on")
    assert (check["holds"], check["text"]) == (False, "1 of 2 months pass on more than was bought")


def test_what_two_meters_pass_on_is_held_against_a_month_together(tmp_path: Path) -> None:
    """80 and 10 kWh a day; 85 were bought in January."""
    solar, furnace = (works.SHEET.index(f'[[version.meter]]\nname = "{name}"') for name in ("solar", "furnace"))
    sheet = works.SHEET[:solar] + works.SHEET[furnace:]
    world = works.run(works.opened(), mill.DAYS, {(works.GRID, "energy_import"): [85] * 31 + [200] * 28})
    found = told(world, tmp_path, less("furnace", "fed in"), boundary=sheet)
    checks = [one for one in found["checks"] if one["kind"] == "passed-on"]
    assert [one["text"] for one in checks] == ["1 of 2 months pass on more than was bought"] * 2
    assert not any(one["holds"] for one in checks)


def test_where_a_site_makes_some_itself_nobody_sees_what_was_passed_on_of_it(tmp_path: Path) -> None:
    found = told(works.run(works.opened(), mill.DAYS), tmp_path, less("furnace"))
    check = next(one for one in found["checks"] if one["kind"] == "passed-on")
    assert not check["holds"]
    assert check["text"].endswith("the site makes 2360 kWh itself, and how much of those was passed on is not shown")


def test_another_name_for_what_a_site_makes_changes_nothing(tmp_path: Path) -> None:
    """Sun that is fed in is no less bought, whatever medium the sheet calls the panels' meter."""
    at = works.SHEET.index('name = "solar"')
    panels = (
        works.SHEET[at:].replace('medium = "electricity"', 'medium = "panels"', 1).replace('parent = "grid"\n', "", 1)
    )
    world, sheet = works.run(works.opened(), mill.DAYS), works.SHEET[:at] + panels
    with pytest.raises(FootprintError, match="what fed in feeds in may be of the site's own making"):
        told(world, tmp_path, less("fed in"), boundary=sheet)
    found = told(world, tmp_path, less("furnace"), boundary=sheet)
    check = next(one for one in found["checks"] if one["kind"] == "passed-on")
    assert (check["holds"], "makes 2360 kWh itself" in check["text"]) == (False, True)


@pytest.mark.parametrize("role", ["generation", "export"])
def test_a_part_of_what_was_not_bought_takes_nothing_off(role: str, tmp_path: Path) -> None:
    above = "solar" if role == "generation" else "fed in"
    sheet = works.SHEET + TENANT.format(parent=above)
    with pytest.raises(FootprintError, match=f"tenant takes nothing off: {above} is {role}"):
        told(works.run(works.opened(), mill.DAYS), tmp_path, less("tenant"), boundary=sheet)


def test_a_tenants_meter_that_people_read_is_no_devices_word(tmp_path: Path) -> None:
    """The main meter is a device's: what is taken off it is what somebody entered."""
    world = works.opened()
    key = world.device.signer.public_key.encode()
    for points, place in (((works.GRID,), world.place), ((works.FURNACE,), SigningPlace.BY_HAND)):
        world.state(Kind.ENROLMENT, world.device.issuer, Enrolment(world.device.issuer, key, points, place, "a form"))
    enrolled = Enrolment(world.device.issuer, key, tuple(works.REGISTERS), world.place, "test meter")
    world.state(Kind.ENROLMENT, world.device.issuer, enrolled)
    works.run(world, mill.DAYS)
    policy = works.policy_of(world)
    policy = replace(policy, accept=replace(policy.accept, by_hand=True))
    examined = examine(world.bundle(hours=mill.DAYS * works.DAY_H), policy, now=START + 395 * works.DAY_S)

    def of(text: str) -> dict[str, Any]:
        read = mill.inventory(tmp_path, text)
        return dict(json.loads(report_of(examined, read, works.boundary(), shipped(), (bytes(32),)).encode()))

    whole, found = of(PLAIN), of(less("furnace"))
    assert {one["rests"] for one in whole["lines"]} == {"devices"}
    assert {one["rests"] for one in found["lines"]} == {"stated"}
    for one in (whole, found):
        assert {row["name"] for row in one["meters"] if row["by_hand"]} == {"furnace"}
        assert "furnace: its readings are entered by hand (人工录入)" in one["marks"]


def test_never_more_than_came_in(tmp_path: Path) -> None:
    per_day = {(works.GRID, "energy_import"): [10] * mill.DAYS}
    world = works.run(works.opened(), mill.DAYS, per_day)
    with pytest.raises(FootprintError, match=r"4720\.000 kWh are passed on, and 590\.000 came in"):
        told(world, tmp_path, less("furnace"))


@pytest.mark.parametrize(
    ("meters", "error"),
    [
        (("grid",), "grid is main of electricity, and a sub-meter or an export meter of electricity passes on"),
        (("water",), "water is main of water"),
        (("solar",), "solar is generation of electricity"),
        (("fed in",), "what fed in feeds in may be of the site's own making"),
        (("nowhere",), "names meter 'nowhere', which the boundary sheet does not have"),
        (("furnace", "tenant"), "tenant is part of furnace, and both are taken off"),
    ],
)
def test_what_passes_nothing_on_is_refused(meters: tuple[str, ...], error: str, tmp_path: Path) -> None:
    sheet = works.SHEET + TENANT.format(parent="furnace")
    with pytest.raises(FootprintError, match=error):
        told(works.run(works.opened(), mill.DAYS), tmp_path, less(*meters), boundary=sheet)


def test_coal_equivalent_and_water_are_told_beside_the_emissions(tmp_path: Path) -> None:
    """0.1229 kgce/kWh (GB/T 2589-2020), of what was not passed on."""
    text = less("furnace").replace('as = "electricity"\n', 'as = "electricity"\ncoal = "energy.electricity"\n')
    world = works.run(works.opened(), mill.DAYS)
    report = mill.made(world, tmp_path, text=text)
    found = json.loads(report.encode())
    coal = found["resources"]["coal"]
    assert (coal["amount"], coal["unit"], coal["tce"]) == ("145.022", "kgce", "0.145022")
    assert Decimal(coal["conservative"]) == Decimal(coal["amount"]) + Decimal(coal["u95"])
    assert found["figures"] == json.loads(mill.made(world, tmp_path, text=less("furnace")).encode())["figures"]
    assert opening.steps_down(found, "coal") <= opening.MOST_STEPS
    assert replay(decode(report.trace.encode()))["coal"] == report.emitted.resources[0].amount.number
    assert "water" not in found["resources"]  # water is in no line of this inventory
