"""The sheet: every figure twice where it has two answers, replayable, and the same in every order of its input."""

from __future__ import annotations

import json
import random
import time
from decimal import Decimal as D
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_finance.errors import FootprintError
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.footprint.certificates import admitted
from tally_finance.footprint.emission import Emission
from tally_finance.footprint.energy import burned
from tally_finance.footprint.line import Line, joined
from tally_finance.footprint.replay import check_factors, decode, replay
from tally_finance.footprint.scope2 import location, losses, market
from tally_finance.footprint.sheet import Footprint, footprint
from tally_finance.footprint.uncertainty import Cause
from tally_finance.footprint.water import supplied
from tests.finance.footprint import second
from tests.finance.footprint.examples import YEAR, british, certificate, claim, line, national

DATA = [b"\1" * 32, b"\2" * 32]


def emissions(loads: list[Line], green: int = 2) -> list[Emission]:
    load = joined("site", loads)
    instruments = admitted([certificate(str(n)) for n in range(green)], [], claim())
    return [
        burned(line(100, "m3", "gas"), british("fuel.natural_gas", Basis.COMBUSTION, "m3")),
        supplied(line(50, "m3", "water"), british("water.supply", Basis.UPSTREAM)),
        losses(load, british("electricity.grid.losses", Basis.UPSTREAM)),
        *(location(one, national(Basis.LOCATION, 2023, "CN-JS")) for one in loads),
        *market(load, instruments, national(Basis.RESIDUAL)).emissions,
    ]


def sheet(every: list[Emission], data: list[bytes] = DATA) -> Footprint:
    return footprint("mill", YEAR, every, {}, data)


LOADS = [line(3000, name="a"), line(2000, name="b", causes=(Cause("class 1", D("0.006"), "meter b"),))]


def test_the_figures() -> None:
    found = sheet(emissions(LOADS))
    kg = {name: told.kg for name, told in found.figures.items()}
    gas, water, lost = D("206.672"), D("9.565"), D("92.65")
    assert kg == {
        "scope-1": round(gas),
        "scope-2-location": round(5000 * D("0.5827")),
        "scope-2-market": round(3000 * D("0.6096")),
        "scope-3": round(water + lost),
        "total-location": round(gas + water + lost + 5000 * D("0.5827")),
        "total-market": round(gas + water + lost + 3000 * D("0.6096")),
    }
    total = found.figures["total-location"]
    exact = gas + water + lost + 5000 * D("0.5827")
    assert total.conservative_kg == ceil(exact + total.u95_kg)
    assert exact + total.u95_kg > total.kg + total.u95_kg  # rounded down where it is told, up where it bounds
    assert dict(total.by_gas) == {"CO2": "2913.5", "CO2e": "308.887"}
    assert sum(percent for _, percent in total.drivers) == pytest.approx(D(100), abs=D("0.3"))
    assert "factor electricity.grid CN-JS 2023" in total.unstated


def test_the_sheet_replays_and_names_its_factors() -> None:
    found = sheet(emissions(LOADS))
    trace = decode(found.trace.encode())
    values = replay(trace)
    assert second.replay(found.trace.encode()) == dict(values)
    check_factors(trace, shipped())
    assert len(found.factors) == 5
    for name, told in found.figures.items():
        assert values[name] == Fraction(told.kg)
        assert values[f"{name}.u95"] == Fraction(told.u95_kg)
        assert values[f"{name}.conservative"] == Fraction(told.conservative_kg)
    said = json.loads(found.encode())
    assert said["trace"] == found.trace.digest.hex()
    assert said["figures"]["scope-1"]["kg"] == "207"


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=5), st.integers(0, 4), st.integers(0, 99))
@settings(max_examples=40)
def test_no_order_of_the_input_shows(kwh: list[int], green: int, seed: int) -> None:
    chance = random.Random(seed)
    loads = [line(one, name=f"meter {n}", causes=(Cause("c", D("0.003"), f"meter {n}"),)) for n, one in enumerate(kwh)]
    first = sheet(emissions(loads, green))
    chance.shuffle(loads)
    every = emissions(loads, green)
    chance.shuffle(every)
    again = sheet(every, DATA[::-1])
    assert again.encode() == first.encode()
    assert again.trace.encode() == first.trace.encode()
    assert again.digest == first.digest


def test_everything_it_rests_on_is_in_its_digest() -> None:
    first = sheet(emissions(LOADS))
    others = [
        sheet(emissions(LOADS), DATA[:1]),
        sheet(emissions(LOADS, green=1)),
        sheet(emissions([line(3000, name="a"), line(D("2000.001"), name="b")])),
        footprint("other", YEAR, emissions(LOADS), {}, DATA),
        footprint("mill", (YEAR[0], YEAR[1] + 1), emissions(LOADS), {}, DATA),
    ]
    assert len({one.digest for one in (first, *others)}) == 6


@pytest.mark.parametrize(
    ("drop", "why"),
    [
        (lambda every: [one for one in every if one.scope.value != "2 market-based"], "or not at all"),
        (lambda every: [one for one in every if one.scope.value != "2 location-based"], "or not at all"),
        (lambda every: [], "nothing was emitted"),
    ],
)
def test_half_an_answer_is_refused(drop: Any, why: str) -> None:
    with pytest.raises(FootprintError, match=why):
        sheet(drop(emissions(LOADS)))


def test_without_electricity_there_is_one_total() -> None:
    found = sheet(emissions(LOADS)[:1])
    assert list(found.figures) == ["scope-1", "total-location"]


def test_two_hundred_meters_by_the_month_take_seconds() -> None:
    loads = [
        line(1000 + month, name=f"meter {n} month {month}", causes=(Cause("class", D("0.003"), f"meter {n}"),))
        for n in range(200)
        for month in range(12)
    ]
    started = time.perf_counter()
    found = sheet(emissions(loads))
    replay(decode(found.trace.encode()))
    assert found.figures["scope-2-location"].kg == round(
        sum(one.amount.number for one in loads) * Fraction(D("0.5827"))
    )
    assert time.perf_counter() - started < 60
