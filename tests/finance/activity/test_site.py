"""A site from its meters: bought, made, fed in, used; versions, balances, invoices, comparisons, corrections."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_edge.authority import Correction, CorrectionReason, FactsEvent
from tally_edge.device import RegisterValue
from tally_edge.statement import Kind
from tally_finance.activity import telling_json
from tally_finance.activity.remark import Name
from tally_finance.activity.report import report_of
from tally_finance.activity.state import State
from tally_finance.activity.totals import shares
from tally_finance.errors import ActivityError
from tests.finance.activity import works
from tests.finance.activity.works import DAY_H, DAY_S, FURNACE, GRID, SCALE, SHEET, SOLAR, WATER
from tests.world import START

INVOICE = """
[[invoice]]
number = "2026-01"
meter = "grid"
from = 2026-01-01T00:00:00+00:00
to = 2026-02-01T00:00:00+00:00
quantity = 3100
opening = 1000
closing = 4100
"""
COMPARISON = """
[[comparison]]
name = "energy per coil"
used = ["grid"]
made = ["coils"]
"""


def test_what_is_used_is_bought_and_made_and_not_fed_in() -> None:
    found = works.report(works.run(works.opened(), 59), 59)
    assert works.names(found) == set()
    electricity, water = found.media
    assert (electricity.name, water.name) == ("electricity", "water")
    total = electricity.total
    assert (total.bought, total.made, total.fed_in, total.used) == (5900, 2360, 590, 7670)
    assert total.is_bounded
    assert [(row.used, row.state) for row in electricity.months] == [
        (31 * 130, State.MEASURED),
        (28 * 130, State.MEASURED),
    ]
    assert water.total.used == 295
    assert shares(found.site, "electricity")[State.MEASURED].quantity == 5900 + 2360
    grid = found.site.terms[0].meters["grid"]
    assert grid.facts is not None
    assert grid.facts.accuracy_class == "0.5S"


MIXED = (works.examined(works.run(works.opened(), 59), 59), works.boundary(SHEET + INVOICE + COMPARISON))


def exchanged(point: str, register: str, unit: str, days: int = 31) -> works.World:
    """One meter was exchanged at noon of day 10, and nobody read it; everything else is as always."""
    world = works.opened()
    place = (point, register)
    others = {one: [works.PER_DAY[one]] * days for one in works.PER_DAY}
    for at, registers in works.REGISTERS.items():
        for name, of in registers.items():
            if (at, name) != place:
                values = [(day * DAY_H, 1000 + day * works.PER_DAY[at, name]) for day in range(days + 1)]
                works.say(world, at, name, of, values)
    step = others[place][0]
    works.say(world, point, register, unit, [(day * DAY_H, 1000 + day * step) for day in range(11)])
    at = START + 10 * DAY_S + DAY_S // 2
    world.state(Kind.METER_FACTS, point, works.facts_of(point, FactsEvent.EXCHANGE, at, serial="new"), at=at)
    works.say(world, point, register, unit, [(day * DAY_H, day * step) for day in range(11, days + 1)])
    return world


def test_what_adds_is_filled_with_its_ceiling() -> None:
    found = works.report(exchanged(SOLAR, "energy_import", "kWh"), 31)
    total = found.media[0].total
    assert total.made == 30 * 40 + 24 * 20
    assert total.bought == 3100
    assert total.state is State.ESTIMATED
    assert works.names(found) == {"estimated"}
    assert found.is_bounded


def test_what_is_taken_off_is_filled_with_nothing() -> None:
    """Both registers of the grid meter are lost for a day: bought counts its ceiling, fed in counts nothing."""
    found = works.report(exchanged(GRID, "energy_import", "kWh"), 31)
    total = found.media[0].total
    assert (total.bought, total.fed_in) == (30 * 100 + 24 * 50, 30 * 10)
    assert total.used >= 31 * 130
    estimated = [one.sentence for one in found.remarks if one.name is Name.ESTIMATED and one.touches == "fed in"]
    assert "with nothing" in estimated[0]


def test_without_a_ceiling_the_sum_is_open() -> None:
    found = works.report(exchanged(WATER, "volume", "m3"), 31)
    assert works.names(found) == {"missing"}
    assert not found.is_bounded
    assert not found.media[1].total.is_bounded
    assert found.media[0].total.is_bounded


def test_a_ceiling_below_what_was_measured_is_none() -> None:
    text = SHEET.replace("ceiling_per_h = 20", "ceiling_per_h = 1.5")
    found = works.report(exchanged(SOLAR, "energy_import", "kWh"), 31, text)
    assert works.names(found) == {"ceiling-exceeded", "missing"}


def test_a_meter_that_the_bundle_does_not_show_counts_its_ceiling_all_the_time() -> None:
    text = SHEET.replace("mill:m3", "mill:m9")
    found = works.report(works.run(works.opened(), 31), 31, text)
    assert found.media[0].total.made == 31 * 24 * 20
    assert works.names(found) == {"not-believed", "estimated", "left-out"}
    assert not found.is_bounded


def test_versions_of_the_boundary() -> None:
    """Solar is no part of the site in the second month."""
    head, solar, rest = SHEET.partition('[[version.meter]]\nname = "solar"')
    _, _, after = (solar + rest).partition('[[version.meter]]\nname = "furnace"')
    second = (head[head.index("[[version]]") :] + '[[version.meter]]\nname = "furnace"' + after).replace(
        "01-01T", "02-01T"
    )
    text = SHEET + second.replace("first sheet", "solar was sold")
    found = works.report(works.run(works.opened(), 59), 59, text)
    electricity = found.media[0]
    assert electricity.total.made == 31 * 40
    assert electricity.total.bought == 5900
    assert [row.made for row in electricity.months] == [31 * 40, 0]
    told = [one for one in found.remarks if one.name is Name.LEFT_OUT]
    assert {one.touches for one in told} == {"solar", SOLAR}
    assert "solar was sold" in "".join(one.sentence for one in told)


def two_versions(name: str) -> str:
    """The sheet, its meter `name` a part of the site from February on alone."""
    meters = SHEET.split("[[version.meter]]")
    first = "[[version.meter]]".join(one for one in meters if f'name = "{name}"' not in one)
    second = SHEET[SHEET.index("[[version]]") :].replace("01-01T", "02-01T").replace("first sheet", "found")
    return first + second


@pytest.mark.parametrize(("installed_day", "left_out"), [(0, 1), (30, 1), (31, 0)])
def test_a_meter_that_a_first_version_leaves_out_is_told(installed_day: int, left_out: int) -> None:
    """The last version is whole; what January leaves out is in no sum. A meter that came later is no part of it."""
    world = works.run(works.opened(installed={SOLAR: START + installed_day * DAY_S}), 59)
    found = works.report(world, 59, two_versions("solar"))
    told = [one for one in found.remarks if one.name is Name.LEFT_OUT]
    assert [(one.touches, str(START) in one.sentence) for one in told] == [(SOLAR, True)] * left_out


def test_a_part_that_the_plan_puts_below_nothing_differs() -> None:
    """A second incomer that is called a part of the first adds nothing to what was bought."""
    text = SHEET.replace(
        'name = "solar"\nmedium = "electricity"\nrole = "generation"',
        'name = "solar"\nmedium = "electricity"\nrole = "sub"',
    )
    found = works.report(works.run(works.opened(), 31), 31, text)
    (told,) = (one for one in found.remarks if one.name is Name.PARENT_DIFFERS)
    assert (told.touches, told.sentence) == ("solar", "the site plan puts it below no other")


def test_a_period_before_the_boundary_is_refused() -> None:
    with pytest.raises(ActivityError, match="the boundary begins only"):
        works.report(works.run(works.opened(), 2), 2, SHEET.replace("2026-01-01T", "2026-01-02T"))


def test_units_must_be_those_of_the_sheet() -> None:
    with pytest.raises(ActivityError, match="is read in 'm3', and stands in the sheet in 'l'"):
        works.report(works.run(works.opened(), 2), 2, SHEET.replace('unit = "m3"', 'unit = "l"'))


def test_a_register_that_counts_on_has_no_intervals() -> None:
    with pytest.raises(ActivityError, match="counts on, and has no intervals"):
        works.report(works.run(works.opened(), 2), 2, SHEET.replace('unit = "m3"', 'unit = "m3"\ninterval_s = 900'))


def test_sub_meters_are_held_against_what_went_in() -> None:
    found = works.report(works.run(works.opened(), 59), 59)
    first = found.balances[0]
    assert (first.meter, first.went_in, first.sub_metered) == ("grid", 31 * 130, 31 * 80)
    assert first.unmetered_share == Fraction(5, 13)
    much = {(FURNACE, "energy_import"): [80] * 31 + [135] * 28}
    found = works.report(works.run(works.opened(), 59, much), 59)
    assert works.names(found) == {"subs-exceed"}
    little = {(FURNACE, "energy_import"): [60] * 59}
    assert works.names(works.report(works.run(works.opened(), 59, little), 59)) == {"unmetered"}


def test_a_balance_of_estimates_is_not_judged() -> None:
    found = works.report(exchanged(FURNACE, "energy_import", "kWh"), 31)
    assert [one.judged for one in found.balances] == [False]
    assert works.names(found) == {"unseen"}


def test_an_invoice_that_agrees() -> None:
    found = works.report(works.run(works.opened(), 59), 59, SHEET + INVOICE)
    (held,) = found.invoices
    assert (held.metered, held.difference, held.agrees) == (3100, 0, True)
    assert (held.opening, held.closing) == (1000, 4100)
    assert works.names(found) == set()


@pytest.mark.parametrize(
    ("was", "now", "name"),
    [
        ("quantity = 3100", "quantity = 3102", {"invoice-differs", "invoice-arithmetic"}),
        ("quantity = 3100", "quantity = 3101", set()),
        ("closing = 4100", "closing = 4099", {"invoice-register"}),
        ("closing = 4100", "closing = 4000", {"invoice-register", "invoice-arithmetic"}),
        ("from = 2026-01-01T", "from = 2025-12-01T", {"invoice-unheld"}),
        ("to = 2026-02-01T", "to = 2026-04-01T", {"invoice-unheld"}),
        ("to = 2026-02-01T", "to = 2026-02-01T12:", {"invoice-differs"}),
    ],
)
def test_what_an_invoice_is_told_of(was: str, now: str, name: set[str]) -> None:
    changed = INVOICE.replace(was, now).replace("T12:00:00:00", "T12:00:00")
    assert changed != INVOICE
    assert works.names(works.report(works.run(works.opened(), 59), 59, SHEET + changed)) == name


def test_invoices_that_leave_a_time_out_or_charge_it_twice() -> None:
    second = (
        INVOICE.replace("2026-01-01T", "2026-02-0{}T").replace("2026-02-01T", "2026-02-20T").replace('"2026-01"', '"2"')
    )
    second = second[: second.index("opening")]
    world = works.run(works.opened(), 59)
    apart = second.format(3).replace("quantity = 3100", "quantity = 1700")
    assert works.names(works.report(world, 59, SHEET + INVOICE + apart)) == {"invoices-apart"}
    twice = second.replace("02-0{}", "01-31").replace("quantity = 3100", "quantity = 2000")
    found = works.report(world, 59, SHEET + INVOICE + twice)
    assert works.names(found) == {"invoices-apart"}
    assert any("charge twice" in one.sentence for one in found.remarks)


def test_an_invoice_over_an_estimate_is_not_held() -> None:
    found = works.report(exchanged(GRID, "energy_import", "kWh"), 31, SHEET + INVOICE)
    assert "invoice-unheld" in works.names(found)
    assert not found.invoices[0].agrees


def test_a_ratio_outside_its_usual_range() -> None:
    stated = COMPARISON + "usual = [0.09, 0.11]\n"
    quiet = works.report(works.run(works.opened(), 59), 59, SHEET + stated)
    assert [one.ratio for one in quiet.compared[0].months] == [Fraction(1, 10)] * 2
    assert works.names(quiet) == set()
    held_back = {(SCALE, "mass_out"): [1000] * 31 + [1200] * 28}
    found = works.report(works.run(works.opened(), 59, held_back), 59, SHEET + stated)
    assert "ratio-unusual" in works.names(found)
    assert [one.from_at for one in found.compared[0].unusual] == [START + 31 * DAY_S]


def test_the_months_themselves_say_what_is_usual() -> None:
    """Seven quiet months, and one in which less was shown for the same work."""
    days = 243
    counted = {(GRID, "energy_import"): [100 + day % 3 for day in range(212)] + [70] * 31}
    found = works.report(works.run(works.opened(), days, counted), days, SHEET + COMPARISON)
    (compared,) = found.compared
    assert compared.usual is not None
    assert [one.from_at for one in compared.unusual] == [START + 212 * DAY_S]
    assert {"ratio-unusual", "doubt"} <= works.names(found)
    short = works.report(works.run(works.opened(), 59), 59, SHEET + COMPARISON)
    assert short.compared[0].usual is None


def test_a_month_without_output_or_measurement_has_no_ratio() -> None:
    stopped = {(SCALE, "mass_out"): [1000] * 31 + [0] * 28}
    found = works.report(works.run(works.opened(), 59, stopped), 59, SHEET + COMPARISON)
    assert [one.why for one in found.compared[0].months] == ["", "nothing was made"]
    found = works.report(exchanged(GRID, "energy_import", "kWh"), 31, SHEET + COMPARISON)
    assert [one.why for one in found.compared[0].months] == ["not measured throughout: estimated"]


def corrected(
    reason: CorrectionReason, quantity: int, from_day: int = 10, to_day: int = 20, register: str = "energy_import"
) -> works.World:
    world = works.run(works.opened(), 31)
    correction = Correction(
        GRID, register, START + from_day * DAY_S, START + to_day * DAY_S, quantity, "kWh", reason, "as tested"
    )
    world.state(Kind.CORRECTION, GRID, correction, at=START + 32 * DAY_S)
    return world


@pytest.mark.parametrize(
    ("reason", "quantity", "bought", "name"),
    [
        (CorrectionReason.WRONG_RATIO, 4000, 2100 + 4000, {"corrected"}),
        (CorrectionReason.WRONG_RATIO, 100, 2100 + 100, {"corrected"}),
        (CorrectionReason.GAP_FILLED, 100, 3100, {"gap-filled"}),
        (CorrectionReason.GAP_FILLED, 4000, 2100 + 4000, {"gap-filled", "estimated"}),
    ],
)
def test_a_signed_correction(reason: CorrectionReason, quantity: int, bought: int, name: set[str]) -> None:
    world = corrected(reason, quantity)
    found = works.report(world, 31)
    assert found.media[0].total.bought == bought
    balance = {"subs-exceed", "unmetered"}  # what the furnace shows does not fit another quantity
    assert works.names(found) - balance == name
    figure = next(
        one for one in works.examined(world, 31).verdict.figures if (one.point, one.register) == (GRID, "energy_import")
    )
    if reason is not CorrectionReason.GAP_FILLED:
        assert figure.restated == bought
    (told,) = found.site.terms[0].meters["grid"].corrections
    assert (told.before, told.explanation) == (1000, "as tested")
    assert len(told.source.statement_id) == 32


@pytest.mark.parametrize(
    ("reason", "fed_in"), [(CorrectionReason.GAP_FILLED, 310), (CorrectionReason.WRONG_RATIO, 610)]
)
def test_a_filled_gap_takes_nothing_off(reason: CorrectionReason, fed_in: int) -> None:
    """What was fed in is taken off: a number that nobody measured would make what was used smaller."""
    found = works.report(corrected(reason, 400, register="energy_export"), 31)
    assert found.media[0].total.fed_in == fed_in


def test_a_correction_whose_edges_nobody_read_is_not_placed() -> None:
    """The verification fails the meter for it, so nothing of the meter is believed and the ceiling counts."""
    found = works.report(corrected(CorrectionReason.WRONG_RATIO, 4000, 10, 40), 31)
    assert "correction-unplaced" in works.names(found)
    assert not found.is_bounded


def test_used_below_zero_is_told() -> None:
    fed = {(GRID, "energy_export"): [200] * 31}
    assert "negative" in works.names(works.report(works.run(works.opened(), 31, fed), 31))


def test_the_site_plan_puts_a_meter_elsewhere() -> None:
    text = SHEET.replace(
        'parent = "grid"\npoint = "urn:dev:org:32473-mill:m2"', 'parent = "solar"\npoint = "urn:dev:org:32473-mill:m2"'
    )
    assert "parent-differs" in works.names(works.report(works.run(works.opened(), 31), 31, text))


def test_another_sheet_or_reading_is_another_digest() -> None:
    world = works.run(works.opened(), 31)
    first = works.report(world, 31)
    assert works.report(world, 31).digest == first.digest
    assert works.report(world, 31, SHEET.replace("first sheet", "another")).digest != first.digest
    more = works.run(works.opened(), 31, {(GRID, "energy_import"): [100] * 30 + [101]})
    assert works.report(more, 31).digest != first.digest


@given(st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_statements_changes_nothing(rng: random.Random) -> None:
    verified, sheet = MIXED
    statements = list(verified.statements)
    rng.shuffle(statements)
    found = report_of(replace(verified, statements=tuple(statements)), sheet)
    first = report_of(verified, sheet)
    assert found.digest == first.digest
    assert telling_json.as_json(found) == telling_json.as_json(first)


def test_an_exchange_that_was_read_is_measured() -> None:
    world = works.opened()
    at = START + 10 * DAY_S + DAY_S // 2
    for point, registers in works.REGISTERS.items():
        if point != WATER:
            for register, unit in registers.items():
                step = works.PER_DAY[point, register]
                works.say(world, point, register, unit, [(day * DAY_H, 1000 + day * step) for day in range(32)])
    works.say(world, WATER, "volume", "m3", [(day * DAY_H, 1000 + day * 5) for day in range(11)])
    facts = works.facts_of(
        WATER,
        FactsEvent.EXCHANGE,
        at,
        serial="new",
        closing=(RegisterValue("volume", 1052, "m3"),),
        opening=(RegisterValue("volume", 7, "m3"),),
    )
    world.state(Kind.METER_FACTS, WATER, facts, at=at)
    works.say(world, WATER, "volume", "m3", [(day * DAY_H, 10 + (day - 11) * 5) for day in range(11, 32)])
    found = works.report(world, 31)
    assert found.media[1].total.used == 52 + 3 + 20 * 5 == Decimal(155)
    assert works.names(found) == set()
