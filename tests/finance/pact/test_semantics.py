"""What no schema asks of a footprint."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.pact.document import read
from tally_finance.pact.semantics import Name, doubts
from tests.finance.pact.examples import BAR, another, changed

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def names(document: dict[str, Any], **more: Any) -> set[Name]:
    return {one.name for one in doubts(read(document), now=NOW, **more)}


def test_a_good_one_raises_nothing() -> None:
    assert names(BAR) == set()


PARTS = {
    "pcf__landUseChangeGhgEmissions": "0.5", "pcf__technologicalCO2Removals": "-0.2",
    "pcf__biogenicNonCO2Emissions": "0.01", "pcf__biogenicCO2Uptake": "-0.7",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"pcf__pcfExcludingBiogenicUptake": "1.3"}, {Name.SUM_EXCLUDING}),
        ({"pcf__pcfIncludingBiogenicUptake": "0.9"}, {Name.SUM_INCLUDING}),
        ({**PARTS, "pcf__pcfExcludingBiogenicUptake": "1.544", "pcf__pcfIncludingBiogenicUptake": "0.844"}, set()),
        ({**PARTS, "pcf__pcfExcludingBiogenicUptake": "1.544"}, {Name.SUM_INCLUDING}),
        ({"pcf__fossilCarbonContent": "-0.1"}, {Name.SIGN}),
        ({"pcf__declaredUnitAmount": "0", "pcf__productMassPerDeclaredUnit": "0"}, {Name.SIGN, Name.UNIT_AND_MASS}),
        ({"pcf__aircraftGhgEmissions": "1.3"}, {Name.PART_ABOVE_WHOLE}),
        ({"pcf__landManagementFossilGhgEmissions": "1.235"}, {Name.PART_ABOVE_WHOLE}),
        ({"pcf__recycledCarbonContent": "0.01"}, {Name.PART_ABOVE_WHOLE}),
        ({"pcf__productMassPerDeclaredUnit": "2"}, {Name.UNIT_AND_MASS}),
        ({"pcf__declaredUnitOfMeasurement": "kilowatt hour"}, {Name.UNIT_AND_MASS}),
        ({"pcf__fossilCarbonContent": "1.5"}, {Name.CARBON_ABOVE_MASS}),
        ({"pcf__referencePeriodStart": "2026-01-01T00:00:00+08:00"}, {Name.PERIOD}),
        ({"validityPeriodStart": "2025-06-01T00:00:00Z"}, {Name.VALIDITY}),
        ({"validityPeriodEnd": "2029-06-01T00:00:00Z"}, {Name.VALIDITY}),
        ({"validityPeriodEnd": "2025-12-01T00:00:00Z"}, {Name.VALIDITY}),
        ({"created": "2026-03-02T00:00:00Z"}, {Name.CREATED}),
        ({"created": "2025-12-01T00:00:00Z"}, {Name.CREATED}),
        ({"precedingPfIds": [BAR["id"]]}, {Name.LINEAGE}),
        ({"pcf__exemptedEmissionsPercent": "5.1", "pcf__exemptedEmissionsDescription": "small"}, {Name.EXEMPTED}),
        ({"pcf__exemptedEmissionsPercent": "3"}, {Name.EXEMPTED}),
        ({"pcf__primaryDataShare": None}, {Name.PRIMARY_SHARE}),
        ({"pcf__primaryDataShare": "101", "pcf__secondaryEmissionFactorSources": None}, {Name.PRIMARY_SHARE}),
        ({"pcf__primaryDataShare": "100"}, {Name.FACTOR_SOURCES}),
        ({"pcf__secondaryEmissionFactorSources": None}, {Name.FACTOR_SOURCES}),
        ({"pcf__dqi": {"technologicalDQR": "0.9", "geographicalDQR": "5", "temporalDQR": "1"}}, {Name.QUALITY}),
        ({"pcf__packagingEmissionsIncluded": False, "pcf__packagingGhgEmissions": "0.1"}, {Name.PACKAGING}),
        ({"pcf__ccsTechnologicalCO2CaptureIncluded": False, "pcf__technologicalCO2CaptureOrigin": "x"}, {Name.CAPTURE}),
        ({"pcf__ccuCalculationApproach": "Credit"}, {Name.CAPTURE}),
        ({"pcf__ipccCharacterizationFactors": ["AR5"]}, {Name.CHARACTERISATION}),
        ({"pcf__verification": {"coverage": "product level"}}, {Name.VERIFICATION}),
        (
            {"pcf__verification": {"providerName": "V", "completedAt": "2025-06-01T00:00:00Z"}},
            {Name.VERIFICATION},
        ),
    ],
)  # fmt: skip
def test_each_doubt(changes: dict[str, Any], expected: set[Name]) -> None:
    assert names(changed(**changes)) == expected


def test_what_evidence_shows_is_the_most_that_may_be_said() -> None:
    assert names(BAR, proven_primary=Decimal("63.5")) == set()
    assert names(BAR, proven_primary=Decimal("63.45")) == set()  # 63.5 is what it rounds to
    for less in ("63.44", "60"):
        assert names(BAR, proven_primary=Decimal(less)) == {Name.PRIMARY_SHARE_UNPROVEN}


def test_lineage() -> None:
    first = another(status="Deprecated", created="2026-01-15T00:00:00Z")
    second = another(precedingPfIds=[first["id"]])
    known = {read(one).id: read(one) for one in (first, second)}
    assert names(second, known=known) == set()
    circle = changed(id=first["id"], precedingPfIds=[second["id"]], status="Deprecated", created="2026-02-02T00:00:00Z")
    assert Name.LINEAGE in names(circle, known=known)
    still_active = {read(one).id: read(one) for one in (first | {"status": "Active"},)}
    assert names(second, known=still_active) == {Name.LINEAGE}
    other = {read(one).id: read(one) for one in (first | {"productIds": ["urn:pact:x:y"]},)}
    assert names(second, known=other) == {Name.LINEAGE}
    younger = {read(one).id: read(one) for one in (first | {"created": "2026-02-05T00:00:00Z"},)}
    assert names(second, known=younger) == {Name.LINEAGE}


def test_a_long_line_of_predecessors_is_followed_without_recursion() -> None:
    ids = [str(uuid.uuid4()) for _ in range(3_000)]
    line = [
        read(changed(id=mine, precedingPfIds=[before], status="Deprecated", created="2026-01-15T00:00:00Z"))
        for before, mine in itertools.pairwise(ids)
    ]
    known = {one.id: one for one in line}
    assert {one.name for one in doubts(line[-1], now=NOW, known=known)} == set()


@given(
    st.lists(st.decimals("0", "999", places=3), min_size=3, max_size=3),
    st.integers(0, 4),
)
def test_rounding_each_part_never_makes_a_doubt(parts: list[Decimal], places: int) -> None:
    """Exact parts that make an exact sum may each be rounded half up to fewer places."""
    exact = sum(parts, Decimal(0))
    step = Decimal(1).scaleb(-places)

    def said(value: Decimal) -> str:
        return f"{value.quantize(step):f}"

    document = changed(
        pcf__fossilGhgEmissions=said(parts[0]),
        pcf__landUseChangeGhgEmissions=said(parts[1]),
        pcf__biogenicNonCO2Emissions=said(parts[2]),
        pcf__pcfExcludingBiogenicUptake=said(exact),
        pcf__pcfIncludingBiogenicUptake=said(exact),
    )
    assert not names(document) & {Name.SUM_EXCLUDING, Name.SUM_INCLUDING}
