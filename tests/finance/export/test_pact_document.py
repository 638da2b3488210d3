"""A product of a report as PACT and Catena-X have it: by hand, by the published schemas, by what they mean."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tally_finance.errors import PactError
from tally_finance.export import pact_document, pact_of
from tally_finance.export.pact_document import Made
from tally_finance.export.product_sheet import CatenaX, Exempted, Unit
from tally_finance.pact import catenax
from tally_finance.pact.document import read
from tally_finance.pact.semantics import Name, doubts
from tally_finance.report.folder import Kept
from tests.docs.pages import DOCS
from tests.finance.export import coil
from tests.finance.pact.published import published
from tests.finance.report import mill

FACTOR = Decimal("0.5306")
"""National, of 2023, in kgCO2/kWh; 5,900 kWh were bought for 59,000 kg of coils."""
STEEL = Unit("piece", Decimal(1), Decimal(12500))
MARKET = mill.INVENTORY.replace("[products]", '[products]\ntotal = "total-market"')
TWO = """
[products]
reason = "machine hours"
[[products.product]]
name = "coil"
made = ["coils"]
share = "2/3"
[[products.product]]
name = "strip"
made = ["coils"]
share = "1/3"
"""


@pytest.fixture(scope="module")
def kept() -> Kept:
    return coil.kept()


def made(kept: Kept, product: str = "coil", **changes: Any) -> dict[str, Any]:
    return pact_of.footprint_of(kept, product, coil.sheet(**changes), coil.NEW)


def data_of(body: dict[str, Any]) -> dict[str, Any]:
    (found,) = body["extensions"]
    return dict(found["data"])


def test_figures_are_the_reports_own(kept: Kept) -> None:
    """0.5306 · 5,900 / 59,000, exactly."""
    body = made(kept)
    pcf, data = body["pcf"], data_of(body)
    assert Decimal(pcf["pcfExcludingBiogenicUptake"]) == FACTOR * 5900 / 59000 == Decimal("0.05306")
    assert pcf["pcfIncludingBiogenicUptake"] == pcf["fossilGhgEmissions"] == pcf["pcfExcludingBiogenicUptake"]
    assert data["exactPerDeclaredUnit"] == "0.05306"
    assert (pcf["referencePeriodStart"], pcf["referencePeriodEnd"]) == ("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z")
    assert pcf["ipccCharacterizationFactors"] == ["AR6"]
    assert pcf["primaryDataShare"] == "100.000"
    assert {one["version"] for one in pcf["secondaryEmissionFactorSources"]} == {"2023"}
    assert data["report"]["digest"] == coil.digest(kept).hex()
    assert data["report"]["roots"][0]["root"] == kept.said["roots"][0]["root"]
    assert "factor electricity.grid CN 2023" in data["u95Without"]
    assert "verification" not in pcf
    assert "dqi" not in pcf


def test_uncertainty_is_rounded_up(kept: Kept) -> None:
    """38 kg and 3,169 kg for 59,000 kg; or by the unit, where the report tells that and what the output is wrong by."""

    def whole(said: dict[str, Any]) -> None:
        (coils,) = said["products"]
        for name in ("amount_u95", "kg_per_unit_u95", "kg_per_unit_conservative"):
            coils.pop(name, None)

    data = data_of(made(coil.altered(kept, whole)))
    assert 0 <= Fraction(data["u95PerDeclaredUnit"]) - Fraction(38, 59000) < Fraction(1, 10**12)
    assert 0 <= Fraction(data["conservativePerDeclaredUnit"]) - Fraction(3169, 59000) < Fraction(1, 10**10)
    assert data["u95Covers"] == "emissions"
    told = {"amount_u95": "100", "kg_per_unit_u95": "0.0007", "kg_per_unit_conservative": "0.0538"}
    data = data_of(made(coil.altered(kept, lambda said: said["products"][0].update(told)), unit=STEEL))
    assert (data["u95PerDeclaredUnit"], data["conservativePerDeclaredUnit"]) == ("8.75", "672.5")
    assert data["u95Covers"] == "emissions and output"


def test_a_piece_of_twelve_tonnes_and_a_half(kept: Kept) -> None:
    body = made(kept, unit=STEEL)
    assert Decimal(body["pcf"]["pcfExcludingBiogenicUptake"]) == FACTOR * 5900 / 59000 * 12500
    assert body["pcf"]["productMassPerDeclaredUnit"] == "12500"


def test_a_third_is_told_in_ten_digits_and_kept_exactly(kept: Kept) -> None:
    third = made(kept, unit=Unit("piece", Decimal(1), Decimal(1) / Decimal(8)))
    assert third["pcf"]["fossilGhgEmissions"] == "0.0066325"
    shares = coil.kept(text=mill.INVENTORY.partition("[products]")[0] + TWO)
    body = made(shares, "strip")
    assert data_of(body)["exactPerDeclaredUnit"] == "2653/150000"
    assert body["pcf"]["fossilGhgEmissions"] == "0.01768666667"
    assert body["pcf"]["allocationRulesDescription"] == "1/3 of the site's total-location, shared out by machine hours."
    assert Decimal(made(shares)["pcf"]["fossilGhgEmissions"]) == Decimal("0.03537333333")
    assert body["id"] != made(shares)["id"]


def test_carbon_of_biomass_takes_carbon_dioxide_up(kept: Kept) -> None:
    """44/12 of 0.3 kg are 1.1 kg; the footprint with them is below 0, and its parts make it."""
    pcf = made(kept, biogenic_carbon=Decimal("0.3"))["pcf"]
    assert (pcf["biogenicCO2Uptake"], pcf["pcfExcludingBiogenicUptake"]) == ("-1.1", "0.05306")
    assert pcf["pcfIncludingBiogenicUptake"] == "-1.04694"
    uneven = made(kept, biogenic_carbon=Decimal("0.1"))["pcf"]
    assert uneven["biogenicCO2Uptake"] == "-0.3666666667"
    assert uneven["pcfIncludingBiogenicUptake"] == "-0.3136066667"


def test_the_market_based_total_names_its_instruments() -> None:
    body = made(coil.kept(text=MARKET))
    residual = next(Decimal(one["value"]) for one in data_of(body)["factors"] if one["basis"] == "residual")
    assert Decimal(body["pcf"]["fossilGhgEmissions"]) == (residual * 4900 / 59000).quantize(Decimal("1e-11"))
    assert data_of(body)["instruments"]["certificates"] == ["GEC-1"]
    assert data_of(body)["product"]["total"] == "total-market"


@pytest.mark.parametrize(
    ("text", "total", "ceilings"), [(mill.INVENTORY, 5300, Fraction(2400, 5300)), (MARKET, 4300, Fraction(2400, 4300))]
)
def test_what_a_ceiling_fills_is_no_primary_data(text: str, total: int, ceilings: Fraction) -> None:
    """2,400 of 5,300 kWh; of the 4,300 kWh that no certificate covers they may be all that much."""
    body = made(coil.kept(coil.late(), text, 31))
    share = Decimal(body["pcf"]["primaryDataShare"])
    assert 0 <= (1 - ceilings) * 100 - Fraction(share) < Fraction(1, 1000)
    assert 0 <= Fraction(data_of(body)["restsOnPercent"]["ceilings"]) - ceilings * 100 < Fraction(1, 1000)
    assert data_of(body)["reasons"] == {}
    (factor,) = (Decimal(one["value"]) for one in data_of(body)["factors"])
    assert Fraction(data_of(body)["exactPerDeclaredUnit"]) == Fraction(factor) * total / 31000


@pytest.mark.shared
def test_the_published_schemas_take_it(kept: Kept, shared: Path) -> None:
    faults = published()
    assert faults is not None
    schema = json.loads((shared / "carbon/catena-x-pcf/9.0.0/Pcf-schema.json").read_text("utf-8"))
    aspect = jsonschema_rs.Draft4Validator(schema)
    for changes in ({}, {"unit": STEEL, "biogenic_carbon": Decimal("0.3")}, {"geography": None}):
        body = made(kept, **changes)
        assert faults("ProductFootprint", body) == []
        as_aspect = json.loads(catenax.encode(pact_of.catenax_of(body, coil.sheet(**changes), None)))
        assert [str(one) for one in aspect.iter_errors(as_aspect)] == []
    body["pcf"]["fossilGhgEmissions"] = 0.05
    assert faults("ProductFootprint", body)


def test_the_extension_follows_its_schema(kept: Kept) -> None:
    schema = json.loads((DOCS / "formats/footprint-evidence.schema.json").read_text("utf-8"))
    validator = jsonschema_rs.Draft202012Validator(schema)
    for one in (kept, coil.kept(text=MARKET)):
        (found,) = made(one)["extensions"]
        assert found["dataSchema"] == schema["$id"]
        assert [str(fault) for fault in validator.iter_errors(found["data"])] == []
    del found["data"]["report"]["digest"]
    assert list(validator.iter_errors(found["data"]))


def test_nothing_doubtful_without_its_reason(kept: Kept) -> None:
    body = made(kept)
    found = doubts(read(body), now=coil.CREATED, proven_primary=Decimal(100))
    assert [one.name.value for one in found] == list(data_of(body)["reasons"]) == [Name.FACTOR_SOURCES.value]
    some = Exempted(Decimal(7), "rolling oil")
    with pytest.raises(PactError, match=r"7 % .* the sheet gives no reason \(reasons.exempted\)"):
        made(kept, exempted=some)
    reasons = data_of(made(kept, exempted=some, reasons={"exempted": "not yet measured"}))["reasons"]
    assert reasons["exempted"] == "not yet measured"
    for unused in ("exempted", "factor-sources"):
        with pytest.raises(PactError, match=f"reasons.{unused}: nothing of that kind"):
            made(kept, reasons={unused: "no need"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": Unit("kilogram", Decimal(1), Decimal(2))}, "unit-and-mass"),
        ({"fossil_carbon": Decimal(2)}, "carbon-above-mass"),
        ({"unit": Unit("kilowatt hour", Decimal(1), Decimal(0))}, "nothing leads from there to kilowatt hour"),
        ({"company_ids": ("Works 1",)}, r"companyIds\[0\]: is not a URN"),
    ],
)
def test_what_can_not_be(kept: Kept, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PactError, match=said):
        made(kept, **changes)


def test_no_reason_lets_a_contradiction_stand(kept: Kept) -> None:
    two = Unit("kilogram", Decimal(1), Decimal(2))
    with pytest.raises(PactError, match=r"unit-and-mass: 1 kg of product have a mass of 2 kg$"):
        made(kept, unit=two, reasons={"unit-and-mass": "we say so"})


def test_before_the_period_is_over_it_is_a_forecast(kept: Kept) -> None:
    with pytest.raises(PactError, match="created: it was created before"):
        pact_of.footprint_of(kept, "coil", coil.sheet(), Made(datetime(2026, 2, 28, tzinfo=UTC)))


def test_reports_of_which_nothing_is_made(kept: Kept) -> None:
    with pytest.raises(PactError, match="no product 'bar'; it has coil"):
        made(kept, "bar")
    with pytest.raises(PactError, match="evidence does not hold"):
        made(coil.altered(kept, lambda said: said["integrity"].update(holds=False)))
    remark = {"name": "missing", "blocks": True, "touches": "gas", "text": "nothing bounds gas"}
    with pytest.raises(PactError, match="leaves a sum open: nothing bounds gas"):
        made(coil.altered(kept, lambda said: said["remarks"].append(remark)))
    with pytest.raises(PactError, match="its trace another number"):
        made(coil.altered(kept, lambda said: said["products"][0].update(kg_per_unit="0.053062")))
    with pytest.raises(PactError, match="below 0"):
        made(coil.altered(kept, lambda said: said["lines"][0].update(kg="-1")))
    with pytest.raises(PactError, match="none on any clock"):
        made(coil.altered(kept, lambda said: said.update(timezone="Mars/Olympus")))


def test_a_footprint_of_nothing_has_no_share(kept: Kept) -> None:
    """Everything covered by certificates: 0 kg, and nothing of 0 kg is primary or not."""
    green = coil.kept(text=MARKET, days=10)
    body = made(green, reasons={"primary-share": "green power throughout"})
    assert body["pcf"]["fossilGhgEmissions"] == "0"
    assert "primaryDataShare" not in body["pcf"]
    assert data_of(body)["restsOnPercent"] == {}
    with pytest.raises(PactError, match="primary-share: no share"):
        made(green)


def test_equal_inputs_give_equal_bytes(kept: Kept) -> None:
    once, again = (pact_document.encode(made(one)) for one in (kept, coil.kept()))
    assert once == again
    aspects = {catenax.encode(pact_of.catenax_of(made(one), coil.sheet(), None)) for one in (kept, coil.kept())}
    assert len(aspects) == 1


def test_a_document_that_no_host_would_read(kept: Kept) -> None:
    with pytest.raises(PactError, match="262144 bytes at most"):
        pact_document.encode(made(kept, description="x" * 2**18))


def test_whatever_says_something_else_has_another_id(kept: Kept) -> None:
    first = made(kept)
    assert uuid.UUID(first["id"]).version == 5
    assert first["id"] == str(pact_document.id_of(first | {"status": "Deprecated"}))
    others = [
        made(kept, comment="other words"),
        made(coil.kept(text=MARKET)),
        pact_of.footprint_of(kept, "coil", coil.sheet(), Made(coil.CREATED + timedelta(seconds=1))),
    ]
    assert len({one["id"] for one in (first, *others)}) == 4


def test_a_restatement_names_what_it_replaces(kept: Kept) -> None:
    before = read(made(kept))
    later = Made(coil.CREATED + timedelta(days=1), (before,))
    body = pact_of.footprint_of(kept, "coil", coil.sheet(comment="corrected"), later)
    assert body["precedingPfIds"] == [str(before.id)]
    with pytest.raises(PactError, match="comment: is missing"):
        pact_of.footprint_of(kept, "coil", coil.sheet(comment=""), later)
    with pytest.raises(PactError, match=r"lineage: .* created after it"):
        pact_of.footprint_of(kept, "coil", coil.sheet(), Made(coil.CREATED - timedelta(days=1), (before,)))
    with pytest.raises(PactError, match=r"lineage: .* of another product"):
        pact_of.footprint_of(kept, "coil", coil.sheet(product_ids=("urn:x:rail",)), later)


def test_catenax_says_where_it_is_and_what_it_is_of(kept: Kept) -> None:
    body = made(kept)
    found = pact_of.catenax_of(body, coil.sheet(), None)
    (general,) = found["general"]
    assert general["comment"].startswith(f"first year\nProduct coil of report {coil.digest(kept).hex()}")
    assert f"U95 {data_of(body)['u95PerDeclaredUnit']} kgCO2e" in general["comment"]
    (method,) = found["pcfAssessmentAndMethodology"]
    assert method["verificationAndCertificationShares"] == [{"productVerificationShare3rdParty": Decimal(0)}]
    assert "attestationOfConformance" not in found
    nowhere = replace(coil.sheet(), catenax=CatenaX())
    with pytest.raises(PactError, match=r"catenax\.region"):
        pact_of.catenax_of(body, nowhere, None)
    world = pact_of.catenax_of(body, replace(nowhere, geography=None), None)
    (where,) = world["pcfAssessmentAndMethodology"][0]["pcfAssessmentInformation"][0]["geography"]
    assert where["geographyRegionOrSubregion"] == "Global"
