"""Uncertainty: what is wrong together adds up, meters with nothing in common add as squares, and nothing is free."""

from __future__ import annotations

import random
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import FootprintError
from tally_finance.footprint import steps
from tally_finance.footprint.metering import Flow, Instrument, Kind, Transformer
from tally_finance.footprint.trace import Node, Trace
from tally_finance.footprint.uncertainty import RECTANGULAR, Cause, Combined, Contribution, combined
from tally_finance.quantity.scale import EXPIRED, Standard
from tests.finance.footprint.examples import amount

STEP = D("0.001")


def part(u: object, group: str | None = None, name: str = "c") -> Contribution:
    return Contribution(name, amount(1000), amount(u, name=f"{name} {u}"), group)


def of(*parts: Contribution, value: Node | None = None) -> Combined:
    return combined("load", value or amount(1000), parts, STEP)


def test_a_group_adds_with_signs_and_what_stands_alone_adds_as_squares() -> None:
    assert of(part(3, "m"), part(4, "m")).u.number == 7
    assert of(part(3, "m"), part(-4, "m")).u.number == 1
    assert of(part(3, "m"), part(4, "n")).u.number == 5
    assert of(part(3), part(4)).u.number == 5
    assert of(part(3), part(3)).u.number == Fraction(D("4.243"))
    found = of(part(3, "m"), part(4))
    assert (found.u95.number, found.conservative.number) == (10, 1010)
    assert [(one.name, one.u, one.percent) for one in found.drivers] == [("c", 4, D("64.0")), ("m", 3, D("36.0"))]
    assert found.percent == D("1.0")


def test_a_years_intervals_of_one_meter_do_not_shrink_its_class() -> None:
    """Half a percent of 35,040 quarter hours is half a percent of the year, not a hundredth of it."""
    u = Fraction(1, 200)
    found = of(*(part(u, "meter main", f"interval {n % 4}") for n in range(400)))
    assert found.u.number == 400 * u
    apart = of(*(part(u, f"meter {n}") for n in range(400)))
    assert apart.u.number == 20 * u


def test_nothing_is_measured_without_uncertainty() -> None:
    with pytest.raises(FootprintError, match="nothing is measured without uncertainty"):
        of()
    found = combined("load", amount(5), (), STEP, ["factor x", "factor x", "amount of y"])
    assert (found.u.number, found.unstated, found.drivers) == (0, ("amount of y", "factor x"), ())
    assert combined("load", amount(0), (), STEP, ["x"]).percent is None


GROUPS = st.sampled_from([None, "a", "b"])
PARTS = st.lists(st.tuples(st.integers(-50, 50), GROUPS), min_size=1, max_size=7)


@given(PARTS, st.integers(0, 99))
def test_no_order_of_the_contributions_shows(parts: list[tuple[int, str | None]], seed: int) -> None:
    def computed() -> tuple[bytes, object]:
        found = of(*(part(u, group, f"c{u}") for u, group in parts))
        return Trace.of({"u95": found.u95, "conservative": found.conservative}).digest, found.drivers

    first = computed()
    random.Random(seed).shuffle(parts)
    assert computed() == first


@given(PARTS)
def test_the_root_is_rounded_up_and_lies_between_squares_and_sums(parts: list[tuple[int, str | None]]) -> None:
    found = of(*(part(u, group) for u, group in parts)).u.number
    groups = {group: sum(u for u, other in parts if other == group) for group in ("a", "b")}
    lone = [u for u, group in parts if group is None]
    variance = sum(one * one for one in (*groups.values(), *lone))
    assert found * found >= variance
    assert found <= sum(abs(u) for u, _ in parts) + Fraction(STEP)
    assert found == 0 or (found - Fraction(STEP)) ** 2 < variance


def relative(instrument: Instrument, to_at: int = 100) -> list[tuple[str | None, D]]:
    return [(cause.group, cause.relative) for cause in instrument.causes(to_at)]


def test_a_class_its_transformers_and_standards() -> None:
    meter = Instrument(
        "main", Kind.ELECTRICITY, "0.5S", 100, (Transformer("TA-1", "0.2S"),), (Standard("lab", D("0.0001")),)
    )
    assert relative(meter) == [
        ("meter main", D("0.005") * RECTANGULAR),
        ("transformer TA-1", D("0.002") * RECTANGULAR),
        ("standard lab", D("0.0001")),
    ]


def test_an_expired_certificate_widens_the_meter_and_says_so() -> None:
    good, late, unknown = (Instrument("main", Kind.ELECTRICITY, "1", until) for until in (100, 99, None))
    assert relative(late) == relative(unknown) == [("meter main", relative(good)[0][1] * EXPIRED)]
    assert "certificate expired" in late.causes(100)[0].name
    assert "expired" not in good.causes(100)[0].name


def test_water_and_gas_meters_by_flow_twice_in_service() -> None:
    for kind, accuracy_class, flow, percent in (
        (Kind.WATER, "2", Flow.USUAL, 4),
        (Kind.WATER, "2", Flow.LOW, 10),
        (Kind.WATER, "1", Flow.WARM, 4),
        (Kind.GAS, "1.5", Flow.USUAL, 3),
    ):
        meter = Instrument("w", kind, accuracy_class, 100, flow=flow)
        assert relative(meter) == [("meter w", D(percent) / 100 * RECTANGULAR)]
    assert relative(Instrument("w", Kind.WATER, "own", 100, limit_percent=D("1.25"))) == [
        ("meter w", D("0.0125") * RECTANGULAR)
    ]


@pytest.mark.parametrize(
    ("instrument", "why"),
    [
        (Instrument("m", Kind.ELECTRICITY, "7", 100), "no limit is known for class '7'"),
        (Instrument("m", Kind.WATER, "3", 100), "no limit is known for water class 3"),
        (Instrument("m", Kind.GAS, "1", 100, flow=Flow.WARM), "gas class 1, warm flow"),
        (Instrument("m", Kind.ELECTRICITY, "1", 100, (Transformer("T", "9"),)), "transformer T: no limit"),
        (Instrument("m", Kind.WATER, "1", 100, limit_percent=D(0)), "is no limit of error"),
    ],
)
def test_a_class_that_nobody_knows_is_refused(instrument: Instrument, why: str) -> None:
    with pytest.raises(FootprintError, match=why):
        instrument.causes(100)


def test_the_rectangular_divisor_is_rounded_up() -> None:
    assert RECTANGULAR**2 * 3 > 1
    assert (RECTANGULAR - D("1e-8")) ** 2 * 3 < 1


def test_two_meters_behind_one_transformer() -> None:
    """Their classes add as squares, what the transformer does to both adds up."""
    shared = Cause("transformer TA-1", D("0.01"), "transformer TA-1")
    parts = []
    for name in ("a", "b"):
        kwh = amount(1000, name=name)
        parts += [Contribution.of(shared, kwh, name)]
        parts += [Contribution.of(Cause("class", D("0.03"), f"meter {name}"), kwh, name)]
    found = combined("site", steps.total("site", [amount(1000, name="a"), amount(1000, name="b")]), parts, STEP)
    assert found.u.number == Fraction(D("46.905"))  # root of 20² + 30² + 30², rounded up
