"""A footprint as a document is read whole, or refused with every fault by its path."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import PactError
from tally_finance.pact.document import decode, read, time_of, years_after
from tally_finance.pact.fields import AMOUNTS, PCF, PRODUCT, Kind, Nested
from tests.finance.pact.examples import BAR, changed, text


def test_what_it_says() -> None:
    bar = decode(text(BAR))
    assert str(bar.id) == BAR["id"]
    assert bar.amounts["pcfExcludingBiogenicUptake"] == Decimal("1.234")
    assert bar.geography == "CN"
    assert bar.period_end == bar.valid_from == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert bar.valid_to == datetime(2028, 12, 31, 16, tzinfo=UTC)
    assert bar.body == BAR


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (changed(id="bar-16"), "id: is not a UUID"),
        (changed(id=None), "id: is missing"),
        (changed(status="Draft"), "status: is not Active or Deprecated"),
        (changed(companyIds=[]), "companyIds: is no list of 1 to 1000"),
        (changed(companyIds=["Huaxin"]), "companyIds[0]: is not a URN"),
        (changed(productIds=["urn:a:b", "urn:a:b"]), "productIds: has something twice"),
        (changed(pcf__pcfExcludingBiogenicUptake=1.234), "pcf.pcfExcludingBiogenicUptake: is not a decimal number"),
        (changed(pcf__declaredUnitAmount="1e3"), "pcf.declaredUnitAmount: is not a decimal number as text"),
        (changed(pcf__fossilCarbonContent=""), "pcf.fossilCarbonContent: is not a decimal number as text"),
        (changed(pcf__declaredUnitOfMeasurement="kg"), "pcf.declaredUnitOfMeasurement: is not a unit"),
        (changed(pcf__referencePeriodEnd="2026-01-01T00:00:00"), "pcf.referencePeriodEnd: is not a time"),
        (changed(pcf__referencePeriodEnd="2026-02-30T00:00:00Z"), "pcf.referencePeriodEnd: is not a time"),
        (changed(pcf__ipccCharacterizationFactors=["6"]), "pcf.ipccCharacterizationFactors[0]: is not AR and a number"),
        (changed(pcf__geographyCountrySubdivision="CN-HE"), "of which at most one may stand"),
        (changed(pcf__dqi={"technologicalDQR": "2"}), "pcf.dqi.geographicalDQR: is missing"),
        (changed(pcf__verification={"coverage": "all"}), "pcf.verification.coverage: is not"),
        (changed(pcf__packagingEmissionsIncluded="no"), "pcf.packagingEmissionsIncluded: is not true or false"),
        (changed(pcf="1.234"), "pcf: is no object"),
        (changed(extensions=[{"specVersion": "2.0.0"}]), "extensions[0].dataSchema: is missing"),
    ],
)
def test_faults_have_paths(document: dict[str, Any], said: str) -> None:
    with pytest.raises(PactError) as refused:
        read(document)
    assert said in str(refused.value)


def test_all_faults_at_once() -> None:
    with pytest.raises(PactError, match=r"id: is not a UUID; created: is missing; pcf.fossilGhgEmissions: is missing"):
        read(changed(id="1", created=None, pcf__fossilGhgEmissions=None))


@pytest.mark.parametrize(
    ("given_text", "said"),
    [
        (b"{", "not JSON"),
        (b'{"id": 1, "id": 2}', "stands twice"),
        (b'{"id": NaN}', "no number"),
        (b'{"id": 1e999}', "beyond"),
        (b"[" * 100_000, "not JSON"),
        (b"[" * 40 + b"]" * 40, "nested more than"),
        (b" " * 300_000, "262144 bytes at most"),
        (b"\xff", "not JSON"),
        (b"[]", "the document: is no object"),
    ],
)
def test_what_is_no_document(given_text: bytes, said: str) -> None:
    with pytest.raises(PactError, match=said):
        decode(given_text)


def test_unknown_properties_are_kept() -> None:
    document = changed(extensions=[{"specVersion": "2.0.0", "dataSchema": "https://x.example/1", "data": {"a": 1.5}}])
    document["pcf"]["somethingNew"] = {"b": [1, 2]}
    assert json.loads(json.dumps(dict(read(document).body))) == document


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-02-01T08:00:00Z", datetime(2026, 2, 1, 8, tzinfo=UTC)),
        ("2026-02-01t08:00:00.5z", datetime(2026, 2, 1, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-02-01T08:00:00.123456789+08:00", datetime(2026, 2, 1, 0, 0, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_times(written: str, meant: datetime) -> None:
    assert time_of(written) == meant


@pytest.mark.parametrize(
    "written", ["", "2026-02-01", "2026-02-01 08:00:00Z", "0001-01-01T00:00:00+14:00", "2026-1-1T0:0:0Z"]
)
def test_times_that_are_none(written: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        time_of(written)


def test_three_years_after_a_leap_day_and_at_the_end_of_time() -> None:
    assert years_after(datetime(2024, 2, 29, tzinfo=UTC)) == datetime(2027, 2, 28, tzinfo=UTC)
    assert years_after(datetime(9998, 1, 1, tzinfo=UTC)) == datetime(9999, 1, 1, tzinfo=UTC)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False), st.lists))
def test_nothing_but_refusals(value: Any) -> None:
    with pytest.raises(PactError):
        read(value)


@given(st.data())
def test_one_property_made_wrong_is_refused_or_read(data: st.DataObject) -> None:
    document = copy.deepcopy(BAR)
    where = data.draw(st.sampled_from([document, document["pcf"]]))
    name = data.draw(st.sampled_from(sorted(where)))
    where[name] = data.draw(
        st.none() | st.integers() | st.text(max_size=30) | st.lists(st.text(max_size=5), max_size=3)
    )
    try:
        assert read(document).body is document
    except PactError as refused:
        assert name in str(refused)  # noqa: PT017


def _published(shared: Path) -> Mapping[str, Any]:
    import yaml  # noqa: PLC0415  comes with what fuzzes the interface

    found: Mapping[str, Any] = yaml.safe_load((shared / "carbon/pact-conformance-mit/openapi_v3_0.yaml").read_text())
    return found["components"]["schemas"]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "fields"), [("ProductFootprint", PRODUCT), ("CarbonFootprint", PCF)])
def test_the_table_is_the_published_one(shared: Path, name: str, fields: Sequence[Any]) -> None:
    schema = _published(shared)[name]
    assert {one.name for one in fields} == set(schema["properties"])
    assert {one.name for one in fields if one.needed} == set(schema["required"])
    for field in fields:
        published = schema["properties"][field.name]
        assert field.many == (published.get("type") == "array"), field.name
        if isinstance(field.holds, Nested):
            continue
        inner = published["items"] if field.many else published
        assert (field.holds is Kind.DECIMAL) == (inner.get("format") == "decimal"), field.name
        assert (field.holds is Kind.TIME) == (inner.get("format") == "date-time"), field.name
        assert (field.holds is Kind.UUID) == (inner.get("format") == "uuid"), field.name
        assert (field.holds is Kind.URN) == (inner.get("$ref", "").endswith("/Urn")), field.name


@pytest.mark.shared
def test_signs_and_units_are_the_published_ones(shared: Path) -> None:
    properties = _published(shared)["CarbonFootprint"]["properties"]
    signs = {"not below 0": ">= 0", "not above 0": "<= 0", "above 0": "> 0"}
    for amount in AMOUNTS:
        published = properties[amount.name].get("x-comment")
        if published is not None:
            assert signs[amount.sign.value] == published, amount.name
        if "kg" in properties[amount.name].get("x-unit", ""):
            assert properties[amount.name]["x-unit"] == amount.unit, amount.name


@pytest.mark.shared
def test_what_we_take_the_published_schema_takes(shared: Path) -> None:
    import jsonschema_rs  # noqa: PLC0415  comes with what fuzzes the interface

    schemas = _published(shared)
    root = {"$ref": "#/components/schemas/ProductFootprint", "components": {"schemas": schemas}}
    validator = jsonschema_rs.Draft202012Validator(root, validate_formats=True)
    assert not list(validator.iter_errors(BAR))
    both = (changed(id="1"), changed(pcf__geographyCountrySubdivision="CN-HE"), changed(pcf__declaredUnitAmount=1))
    for wrong in both:
        assert list(validator.iter_errors(wrong))
        with pytest.raises(PactError):
            read(wrong)
