"""A footprint for Catena-X: by its published schema, with every digit."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import PactError
from tally_finance.pact.catenax import Beyond, convert, encode
from tally_finance.pact.document import read
from tests.finance.pact.examples import BAR, changed

ASIA = Beyond("Eastern Asia", third_party=Decimal("12.5"))
FULL = changed(
    comment="电炉钢",
    pcf__outboundLogisticsGhgEmissions="0.05",
    pcf__packagingEmissionsIncluded=True,
    pcf__packagingGhgEmissions="0.01",
    pcf__dqi={"technologicalDQR": "1.5", "geographicalDQR": "2.0", "temporalDQR": "1"},
    pcf__productOrSectorSpecificRules=[{"operator": "Other", "ruleNames": ["worldsteel"], "otherOperatorName": "w"}],
    pcf__biogenicCarbonContent="0.001",
)


@pytest.mark.shared
@pytest.mark.parametrize("document", [BAR, FULL])
def test_the_published_schema_takes_it(shared: Path, document: dict[str, Any]) -> None:
    schema = json.loads((shared / "carbon/catena-x-pcf/9.0.0/Pcf-schema.json").read_text("utf-8"))
    made = json.loads(encode(convert(read(document), ASIA)))
    assert [str(one) for one in jsonschema_rs.Draft4Validator(schema).iter_errors(made)] == []
    del made["carbonContent"]
    assert list(jsonschema_rs.Draft4Validator(schema).iter_errors(made))


def test_figures_stand_where_they_belong() -> None:
    made = convert(read(FULL), ASIA)
    (stages,) = made["productLifeCycleStagesAndEmissions"]
    assert stages["productionStage"][0]["fossilGhgEmissions"] == Decimal("1.234")
    assert stages["distributionStage"] == [
        {"distributionStageIncluded": True, "distributionStagePcfExcludingBiogenicUptake": Decimal("0.05")}
    ]
    assert stages["packagingStage"][0]["packagingPcfExcludingBiogenicUptake"] == Decimal("0.01")
    assert made["carbonContent"][0]["carbonContentTotal"] == Decimal("0.003")
    (method,) = made["pcfAssessmentAndMethodology"]
    assert method["verificationAndCertificationShares"] == [{"productVerificationShare3rdParty": Decimal("12.5")}]
    assert method["dataSourcesAndQuality"][0]["secondaryEmissionFactorSources"] == ["MEE notice 47 of 2025 2023"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pcf__exemptedEmissionsPercent": "10.1"}, "at most 10 %"),
        ({"pcf__declaredUnitOfMeasurement": "megabit second"}, "megabit second"),
        ({"pcf__pcfExcludingBiogenicUptake": "-0.1"}, "below 0"),
    ],
)
def test_what_it_can_not_say(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PactError, match=said):
        convert(read(changed(**changes)), ASIA)


def test_what_goes_beyond() -> None:
    for wrong in ({"region": "China"}, {"region": "Asia", "third_party": Decimal(101)}):
        with pytest.raises(PactError):
            Beyond(**wrong)  # type: ignore[arg-type]


def test_a_report_that_is_not_one_of_three() -> None:
    made = convert(read(changed(pcf__ipccCharacterizationFactors=["AR5", "AR6"])), ASIA)
    (method,) = made["pcfAssessmentAndMethodology"][0]["pcfMethodology"]
    assert method["gwpCharacterizationFactorDetails"] == [{"ipccCharacterizationFactors": "unspecified"}]


@given(st.recursive(
    st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**20), max_value=10**20)
    | st.booleans() | st.text() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=10,
))  # fmt: skip
def test_no_digit_is_lost(value: Any) -> None:
    assert json.loads(encode(value), parse_float=Decimal) == value
