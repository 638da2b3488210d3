"""A product footprint as Catena-X exchanges it: aspect model io.catenax.pcf 9.0.0, from the PACT document. No IO.

Both speak of the same figures in other places. Catena-X has numbers where PACT has text: they are written digit by
digit (`encode`), never through a float. What it asks beyond PACT stands in `Beyond`. What one of them can not say is
refused, not bent: a share of exempted emissions above 10 %, a unit that it does not have.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, unique
from typing import Any, Final

from tally_finance.errors import PactError
from tally_finance.pact.document import ProductFootprint
from tally_finance.pact.fields import REGIONS

SPEC_VERSION: Final = "urn:io.catenax.pcf:datamodel:version:9.0.0"
_REGIONS: Final = (*REGIONS, "Global", "Several")
_MOST_EXEMPTED: Final = Decimal(10)
_REPORTS: Final = frozenset({"AR4", "AR5", "AR6"})
_PRODUCTION: Final = (
    "pcfIncludingBiogenicUptake", "pcfExcludingBiogenicUptake", "fossilGhgEmissions", "biogenicNonCO2Emissions",
    "biogenicCO2Uptake", "landUseChangeGhgEmissions", "landManagementBiogenicCO2Emissions",
    "landManagementBiogenicCO2Removals", "aircraftGhgEmissions",
)  # fmt: skip
_CARBON: Final = (
    "fossilCarbonContent", "biogenicCarbonContent", "packagingBiogenicCarbonContent", "recycledCarbonContent",
)  # fmt: skip


@unique
class Incineration(Enum):
    """How waste that is burnt is allocated."""

    CUT_OFF = "cut-off"
    REVERSE_CUT_OFF = "reverse cut-off"
    EXPANSION = "system expansion"
    POLLUTER = "polluter pays principle"


@dataclass(frozen=True, slots=True)
class Attestation:
    """A third party's verification: the statement's id, who made it and under which accreditation, of what, by what.

    `standards`: those of the footprint that was verified; `verified_by`: that by which the verifier worked.
    """

    id: str
    provider: str
    provider_id: str
    standards: str
    verified_by: str
    completed: datetime


@dataclass(frozen=True, slots=True)
class Beyond:
    """What Catena-X asks and PACT does not. `region`: of the United Nations, or Global or Several. Raises PactError.

    `third_party`: the share of the footprint that a third party verified, in per cent; evidence says it, nobody ticks
    it. `attestation`: the verification that says so.
    """

    region: str
    incineration: Incineration = Incineration.CUT_OFF
    statement: str = ""
    third_party: Decimal = Decimal(0)
    attestation: Attestation | None = None

    def __post_init__(self) -> None:
        if self.region not in _REGIONS:
            raise PactError(f"{self.region!r} is no region of Catena-X: {', '.join(_REGIONS)}")
        if not 0 <= self.third_party <= 100:
            raise PactError(f"{self.third_party:f} % is no share")


def convert(footprint: ProductFootprint, beyond: Beyond) -> Mapping[str, Any]:
    """The aspect's value: objects, lists, texts, flags and exact numbers. Raises PactError for what it can not say."""
    body, pcf, amounts = footprint.body, footprint.pcf, footprint.amounts
    if footprint.unit == "megabit second":
        raise PactError("Catena-X has no 'megabit second'")
    if amounts["exemptedEmissionsPercent"] > _MOST_EXEMPTED:
        raise PactError("Catena-X takes at most 10 % of exempted emissions")
    if amounts["pcfExcludingBiogenicUptake"] < 0:
        raise PactError("Catena-X takes no footprint below 0 before biogenic uptake")
    product = {
        "productNameCompany": body["productNameCompany"],
        "productIds": list(footprint.product_ids),
        "declaredUnitOfMeasurement": footprint.unit,
        "declaredUnitAmount": amounts["declaredUnitAmount"],
        "productMassPerDeclaredUnit": amounts["productMassPerDeclaredUnit"],
        "productDescription": body["productDescription"],
    }
    if footprint.classifications:
        product["productClassifications"] = list(footprint.classifications)
    company = {"companyName": body["companyName"], "companyIds": list(footprint.company_ids)}
    return {
        "scopeOfPcfForm": [{"specVersion": SPEC_VERSION, "partialFullPcf": "Cradle-to-gate"}],
        "companyAndProductInformation": [{"companyInformation": [company], "productInformation": [product]}],
        "pcfAssessmentAndMethodology": [
            {
                "dataSourcesAndQuality": [_quality(pcf, amounts)],
                "pcfAssessmentInformation": [_assessment(footprint, beyond)],
                "verificationAndCertificationShares": [{"productVerificationShare3rdParty": beyond.third_party}],
                "pcfMethodology": [_methodology(pcf, beyond)],
            }
        ],
        "general": [{"comment": body.get("comment", ""), "pcfLegalStatement": beyond.statement}],
        "carbonContent": [
            {"carbonContentTotal": _carbon(amounts), **{name: amounts[name] for name in _CARBON if name in amounts}}
        ],
        "productLifeCycleStagesAndEmissions": [
            {
                "productionStage": [{name: amounts[name] for name in _PRODUCTION if name in amounts}],
                "distributionStage": [_distribution(amounts)],
                "packagingStage": [_packaging(pcf, amounts)],
            }
        ],
        **({} if beyond.attestation is None else {"attestationOfConformance": [_attested(beyond.attestation)]}),
    }


def encode(value: Any) -> str:
    """JSON with every Decimal as the number that it is."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{encode(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(encode(one) for one in value) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _attested(attestation: Attestation) -> dict[str, Any]:
    return {
        "attestationType": "PCF 3rd party verification",
        "standardName": attestation.standards,
        "attestationStandard": attestation.verified_by,
        "attestationOfConformanceId": attestation.id,
        "providerName": attestation.provider,
        "providerId": attestation.provider_id,
        "completedAt": attestation.completed.isoformat(),
    }


def _quality(pcf: Mapping[str, Any], amounts: Mapping[str, Decimal]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "primaryDataShare" in amounts:
        found["primaryDataShare"] = amounts["primaryDataShare"]
    sources = [f"{one['name']} {one['version']}" for one in pcf.get("secondaryEmissionFactorSources", ())]
    if sources:
        found["secondaryEmissionFactorSources"] = list(dict.fromkeys(sources))
    for name in ("technologicalDQR", "temporalDQR", "geographicalDQR"):
        if name in pcf.get("dqi", {}):
            found[name] = Decimal(pcf["dqi"][name])
    return found


def _assessment(footprint: ProductFootprint, beyond: Beyond) -> dict[str, Any]:
    pcf, amounts = footprint.pcf, footprint.amounts
    geography: dict[str, Any] = {"geographyRegionOrSubregion": beyond.region}
    for name in ("geographyCountry", "geographyCountrySubdivision"):
        if name in pcf:
            geography[name] = pcf[name]
    return {
        "technology": [
            {
                "ccsTechnologicalCO2CaptureIncluded": pcf.get("ccsTechnologicalCO2CaptureIncluded", False),
                "boundaryProcessesDescription": pcf.get("boundaryProcessesDescription", ""),
            }
        ],
        "idAndVersion": [
            {
                "id": str(footprint.id),
                "version": 0,
                "status": footprint.status.value,
                "retroOrProspectivePcfType": "Retrospective PCF",
            }
        ],
        "boundarySpecifications": [
            {
                "exemptedEmissionsPercent": amounts["exemptedEmissionsPercent"],
                "exemptedEmissionsDescription": pcf.get("exemptedEmissionsDescription", ""),
            }
        ],
        "geography": [geography],
        "time": [
            {
                "referencePeriodStart": footprint.period_start.isoformat(),
                "referencePeriodEnd": footprint.period_end.isoformat(),
                "created": footprint.created.isoformat(),
                "validityPeriodStart": footprint.valid_from.isoformat(),
                "validityPeriodEnd": footprint.valid_to.isoformat(),
            }
        ],
    }


def _methodology(pcf: Mapping[str, Any], beyond: Beyond) -> dict[str, Any]:
    rules = [name for rule in pcf.get("productOrSectorSpecificRules", ()) for name in rule["ruleNames"]]
    used = pcf["ipccCharacterizationFactors"]
    report = used[0] if len(used) == 1 and used[0] in _REPORTS else "unspecified"
    return {
        "massBalancingInformation": [
            {
                "massBalancingUsed": False,
                "freeAttributionInMassBalancing": "not applicable",
                "massBalancingCertificateScheme": "none",
            }
        ],
        "standards": [
            {
                "crossSectoralStandards": list(pcf["crossSectoralStandards"]),
                "productOrSectorSpecificRules": list(dict.fromkeys(rules)),
            }
        ],
        "gwpCharacterizationFactorDetails": [{"ipccCharacterizationFactors": report}],
        "allocationInForeground": [
            {
                "allocationWasteIncineration": beyond.incineration.value,
                "allocationRulesDescription": pcf.get("allocationRulesDescription", ""),
            }
        ],
    }


def _carbon(amounts: Mapping[str, Decimal]) -> Decimal:
    return amounts["fossilCarbonContent"] + amounts.get("biogenicCarbonContent", Decimal(0))


def _distribution(amounts: Mapping[str, Decimal]) -> dict[str, Any]:
    outbound = amounts.get("outboundLogisticsGhgEmissions")
    if outbound is None:
        return {"distributionStageIncluded": False}
    return {"distributionStageIncluded": True, "distributionStagePcfExcludingBiogenicUptake": outbound}


def _packaging(pcf: Mapping[str, Any], amounts: Mapping[str, Decimal]) -> dict[str, Any]:
    found: dict[str, Any] = {"packagingEmissionsIncluded": pcf.get("packagingEmissionsIncluded", False)}
    if "packagingGhgEmissions" in amounts:
        found["packagingPcfExcludingBiogenicUptake"] = amounts["packagingGhgEmissions"]
    return found
