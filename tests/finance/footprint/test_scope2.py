"""Scope 2 twice: by place and by market; instruments that count and those that do not; whose the meter's error is."""

from __future__ import annotations

import random
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import FactorError, FootprintError, TraceError
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.factors.unit import Gas
from tally_finance.footprint.certificates import Admitted, Certificate, Contract, admitted
from tally_finance.footprint.emission import Scope, emitted, together, warming_of
from tally_finance.footprint.replay import replay
from tally_finance.footprint.scope2 import NO_RESIDUAL, heat, location, losses, market
from tally_finance.footprint.trace import Trace
from tally_finance.footprint.uncertainty import combined
from tests.finance.footprint.examples import METER, YEAR, british, certificate, claim, just, line, national

RESIDUAL = {"basis": Basis.RESIDUAL, "value": D("0.5942"), "region": "CN"}
NONE = Admitted((), (), ())


def bought(number: str, kwh: int, value: str = "0.2", **changes: Any) -> Contract:
    supplied = just(region=f"supplier:{number}", basis=Basis.SUPPLIER, value=D(value))
    return Contract(number, D(kwh), *YEAR, factor=changes.pop("factor", supplied), **changes)


def test_certificates_first_then_contracts_then_the_residual_factor() -> None:
    contracts = [bought("B", 1_000, "0.3"), bought("A", 2_000, "0.1")]
    found = market(
        line(10_000), admitted([certificate(str(n)) for n in range(3)], contracts, claim()), just(**RESIDUAL)
    )
    assert (found.covered.number, found.supplied.number, found.remainder.number, found.unused.number) == (
        3000,
        3000,
        4000,
        0,
    )
    assert [(one.name, one.kg.number) for one in found.emissions] == [
        ("contract A", 200),
        ("contract B", 300),
        ("main: remainder", 4000 * Fraction(D("0.5942"))),
    ]
    assert {one.scope for one in found.emissions} == {Scope.MARKET}


def test_instruments_beyond_the_load_count_for_nothing() -> None:
    found = market(
        line(D("1500.5")),
        admitted([certificate("1"), certificate("2")], [bought("A", 500)], claim()),
        just(**RESIDUAL),
    )
    assert found.covered.number == Fraction(D("1500.5"))
    assert (found.supplied.number, found.remainder.number) == (0, 0)
    assert found.unused.number == Fraction(D("999.5"))
    assert [one.kg.number for one in found.emissions] == [0, 0]


@given(st.integers(0, 30_000), st.integers(0, 25), st.lists(st.integers(1, 9_000), max_size=4), st.integers(0, 99))
def test_every_kwh_is_counted_once_in_any_order(load: int, green: int, contracts: list[int], seed: int) -> None:
    certificates = [certificate(f"{n:02}") for n in range(green)]
    supplied = [bought(f"{n}", kwh) for n, kwh in enumerate(contracts)]

    def computed() -> Any:
        found = market(line(load), admitted(certificates, supplied, claim()), just(**RESIDUAL))
        assert found.covered.number + found.supplied.number + found.remainder.number == load
        assert found.unused.number == 1000 * green + sum(contracts) - found.covered.number - found.supplied.number
        assert min(node.number for node in (found.covered, found.supplied, found.remainder, found.unused)) >= 0
        total = together("market", found.emissions, {})
        u = combined("market", total.co2e, total.contributions, D("0.01"), total.unstated)
        return Trace.of({"kg": total.co2e, "u95": u.u95}).encode()

    first = computed()
    random.Random(seed).shuffle(certificates)
    random.Random(seed).shuffle(supplied)
    assert computed() == first


def test_a_thousand_contracts_make_a_long_trace_and_no_deep_one() -> None:
    contracts = [bought(f"{n:04}", 5) for n in range(1_000)]
    found = market(line(10_000), admitted([], contracts, claim()), just(**RESIDUAL))
    trace = Trace.of({"remainder": found.remainder})
    assert replay(trace)["remainder"] == found.remainder.number == 5_000


def test_the_meters_error_falls_on_the_remainder_alone() -> None:
    """Certificates stand for a fixed amount: half of the load being green does not halve what the meter may miss."""
    green = admitted([certificate(str(n)) for n in range(5)], [], claim())
    plain = market(line(10_000), NONE, just(**RESIDUAL)).emissions[-1]
    covered = market(line(10_000), green, just(**RESIDUAL)).emissions[-1]
    assert covered.kg.number * 2 == plain.kg.number
    assert [one.u.number for one in covered.contributions] == [one.u.number for one in plain.contributions]
    assert covered.contributions[0].u.number == 10_000 * Fraction(D("0.5942")) * Fraction(METER.relative)


def test_location_carries_the_factors_uncertainty_or_says_that_there_is_none() -> None:
    stated = location(line(1000), just(u_percent=D("2.5")))
    assert [one.group for one in stated.contributions] == [
        "meter main",
        f"factor {just(u_percent=D('2.5')).factor.digest.hex()}",
    ]
    assert stated.contributions[1].u.number == stated.kg.number * Fraction(25, 1000)
    assert stated.unstated == ()
    silent = location(line(1000, causes=()), just())
    assert silent.unstated == ("amount of main", "factor electricity.grid CN-JS 2023")


def test_two_sites_on_one_factor_share_its_error() -> None:
    factor = just(u_percent=D(10))
    every = [location(line(1000, name=name, causes=()), factor) for name in ("a", "b")]
    total = together("both", every, {})
    found = combined("both", total.co2e, total.contributions, D("0.001"), total.unstated)
    assert found.u.number == Fraction(D("116.54"))


def test_marks_of_the_factor_stand_on_the_result() -> None:
    found = location(line(1), national(Basis.LOCATION, 2022, "CN-JS"))
    assert found.marks == ("one source (单一来源)",)
    assert "the newest before 2024" in location(line(1), national(Basis.LOCATION, 2024)).marks[0]


WRONG = admitted([], [bought("A", 5, factor=just())], claim())
BARE = Admitted((), (Contract("A", D(1), *YEAR),), ())


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: location(line(1), just(basis=Basis.LCA)), "counts lca, not location"),
        (lambda: location(line(1), just(**RESIDUAL)), "counts residual, not location"),
        (lambda: market(line(1), NONE, just(basis=Basis.LCA)), "counts lca, not residual"),
        (
            lambda: market(line(1), WRONG, just(**RESIDUAL)),
            "not supplier",
        ),
        (
            lambda: market(line(1), BARE, just(**RESIDUAL)),
            "has no factor of its",
        ),
        (lambda: location(line(-1), just()), "from zero on"),
        (lambda: location(line(1, "MWh"), just()), "a load is in kWh"),
        (lambda: losses(line(1), just()), "counts location, not upstream"),
    ],
)
def test_what_does_not_belong_together_is_refused(made: Any, why: str) -> None:
    with pytest.raises(FootprintError, match=why):
        made()


def test_net_and_gross_kwh_never_meet() -> None:
    with pytest.raises(TraceError, match="has no unit here"):
        emitted(line(1), just(unit="kgCO2/kWh_net"), Scope.LOCATION, Basis.LOCATION)


def test_heat_counts_the_same_by_place_and_by_market() -> None:
    place, market_based = heat(line(100, "GJ"), just(activity="heat.purchased", unit="tCO2/GJ", value=D("0.11")))
    assert place.kg.number == market_based.kg.number == 11_000
    assert (place.scope, market_based.scope) == (Scope.LOCATION, Scope.MARKET)


def test_gases_stay_apart_until_the_end_and_the_two_answers_are_not_added() -> None:
    place, methane = (
        location(line(1000), just()),
        just(activity="gwp100.ch4.ar6", basis=Basis.WARMING, unit="kgCO2e/kgCH4", value=D("27.9"), region="GLOBAL"),
    )
    leaked = just(basis=Basis.COMBUSTION, unit="kgCH4/m3", value=D("0.7"))
    vented = emitted(line(2, "m3", "vent"), leaked, Scope.DIRECT, Basis.COMBUSTION)
    found = together("site", [place, vented], {Gas.CH4: methane})
    assert {gas.value: node.number for gas, node in found.by_gas.items()} == {
        "CO2": Fraction(D("582.7")),
        "CH4": Fraction(D("1.4")),
    }
    assert found.co2e.number == Fraction(D("582.7") + D("1.4") * D("27.9"))
    assert {one.u.unit for one in found.contributions} == {"kgCO2e"}
    with pytest.raises(FootprintError, match="no warming potential of CH4"):
        together("site", [vented], {})
    with pytest.raises(FootprintError, match="potential of another gas"):
        together("site", [vented], {Gas.CH4: just(basis=Basis.WARMING, unit="kgCO2e/kgN2O")})
    with pytest.raises(FootprintError, match="two answers"):
        together("site", [place, *market(line(1), NONE, just(**RESIDUAL)).emissions], {})
    with pytest.raises(FootprintError, match="nothing to add"):
        together("site", [], {})


@pytest.mark.parametrize(("report", "methane", "laughing_gas"), [("ar5", D(28), 265), ("ar6", D("27.9"), 273)])
def test_another_assessment_report_is_another_last_step(report: str, methane: D, laughing_gas: int) -> None:
    factors = {gas: just(basis=Basis.COMBUSTION, unit=f"kg{gas}/m3", value=D(1)) for gas in ("CH4", "N2O")}
    vented = [emitted(line(2, "m3", gas), factor, Scope.DIRECT, Basis.COMBUSTION) for gas, factor in factors.items()]
    found = together("site", vented, warming_of(shipped(), report))
    assert found.co2e.number == 2 * Fraction(methane) + 2 * laughing_gas
    assert {gas.value: node.number for gas, node in found.by_gas.items()} == {"CH4": 2, "N2O": 2}
    assert bool([mark for mark in found.marks if "warming" in mark]) == (report == "ar6")
    with pytest.raises(FactorError, match="no factor"):
        warming_of(shipped(), "ar7")


def why(*certificates: Certificate, contracts: tuple[Contract, ...] = (), **changes: Any) -> list[str]:
    return [one.why for one in admitted(certificates, contracts, claim(**changes)).refused]


GREEN = Contract("G", D(2_500), *YEAR)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cancelled_for": "other"}, "was cancelled for other"),
        ({"cancelled_at": YEAR[1] + 91 * 86_400}, "was cancelled after the footprint was closed"),
        ({"to_at": YEAR[1] + 1}, "was generated after the period"),
        ({"from_at": YEAR[0] - 1}, "was generated too early"),
        ({"region": "EU"}, "is of another market: EU"),
        ({"contract": "X"}, "names contract X, which is not here"),
    ],
)
def test_a_certificate_that_does_not_count_says_why(changes: dict[str, Any], said: str) -> None:
    assert why(certificate("1", **changes)) == [said]
    assert why(certificate("1")) == []


def test_one_number_twice_counts_for_nothing_and_a_claimed_one_neither() -> None:
    assert why(certificate("1"), certificate("1", region="EU")) == ["its number stands twice"] * 2
    assert why(certificate("1"), certificate("1")) == ["its number stands twice"] * 2
    assert why(certificate("1"), taken={"1": "another bank's loan"}) == ["is claimed elsewhere: another bank's loan"]


def test_a_green_contract_counts_by_its_certificates_and_no_further() -> None:
    three = [certificate(str(n), contract="G") for n in range(3)]
    found = admitted(three, [GREEN], claim())
    assert (found.kwh, found.contracts) == (2000, ())
    assert [(one.number, one.why) for one in found.refused] == [("2", "names contract G, which is used up")]
    assert admitted([], [GREEN], claim()).kwh == 0


def test_a_contract_counts_once_by_one_way_and_in_its_time() -> None:
    assert why(certificate("1", contract="A"), contracts=(bought("A", 5000),)) == [
        "names contract A, which counts by its supplier's factor already"
    ]
    late = Contract("G", D(5000), YEAR[0] + 10 * 86_400, YEAR[1])
    assert why(certificate("1", contract="G"), contracts=(late,)) == ["names contract G, which was not in force then"]
    assert why(contracts=(bought("A", 1), bought("A", 2))) == ["its number stands twice"] * 2
    longer = Contract("A", D(1), YEAR[0] - 1, YEAR[1], just(basis=Basis.SUPPLIER))
    assert why(contracts=(longer,)) == ["its kWh were not all delivered in the period"]


@pytest.mark.parametrize(
    "made",
    [
        lambda: certificate(""),
        lambda: certificate("1", to_at=0),
        lambda: Contract("A", D(0), *YEAR),
        lambda: Contract("A", D("NaN"), *YEAR),
        lambda: Contract("A", D(1), YEAR[1], YEAR[0]),
    ],
)
def test_instruments_that_can_not_be(made: Any) -> None:
    with pytest.raises(FootprintError):
        made()


def test_losses_of_the_grid_are_scope_3() -> None:
    found = losses(line(1000), british("electricity.grid.losses", Basis.UPSTREAM))
    assert (found.scope, found.kg.number) == (Scope.UPSTREAM, Fraction(D("18.53")))


def test_the_place_stands_in_for_a_residual_factor_that_nobody_published() -> None:
    found = market(line(10_000), admitted([certificate("1")], [], claim()), just(value=D("0.2")))
    (emission,) = found.emissions
    assert emission.kg.number == 1800
    assert NO_RESIDUAL in emission.marks
    assert found.basis is Basis.LOCATION
    assert NO_RESIDUAL not in market(line(1), NONE, just(**RESIDUAL)).emissions[0].marks


def test_another_spelling_is_the_same_certificate() -> None:
    every = [certificate(number) for number in ("GEC-17", "gec–17", "GEC - 17", "GEC-18")]
    found = admitted(every, [], claim(taken={"gec-18": "a bank"}))
    assert not found.certificates
    assert [one.why for one in found.refused if one.number == "GEC-18"] == ["is claimed elsewhere: a bank"]
    assert {one.why for one in found.refused} == {"its number stands twice", "is claimed elsewhere: a bank"}
    odd = [certificate("GEC*1"), certificate("gec*1")]  # no spelling of its own: it is what it is
    assert len(admitted(odd, [], claim()).certificates) == 2
