"""The data model of the PACT Technical Specifications 3.0.4: which properties there are, what each holds. No IO.

    PRODUCT     properties of a ProductFootprint
    PCF         properties of its CarbonFootprint
    AMOUNTS     those of them that are amounts, each with its unit and what its sign may be

A document may have more properties than these; they are kept and not looked at, as the specification wants it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

SPEC_VERSION: Final = "3.0.0"
"""What documents of this host name: the schema's own version counts clarifications, the specification's does not."""

UNITS: Final = (
    "liter", "kilogram", "cubic meter", "kilowatt hour", "megajoule", "ton kilometer", "square meter", "piece", "hour",
    "megabit second",
)  # fmt: skip
"""Declared units of measurement."""

WITHOUT_MASS: Final = frozenset({"kilowatt hour", "megajoule", "ton kilometer", "hour", "megabit second"})
"""Units of products that have no mass: their mass is stated as 0."""

REGIONS: Final = (
    "Africa", "Americas", "Asia", "Europe", "Oceania", "Australia and New Zealand", "Central Asia", "Eastern Asia",
    "Eastern Europe", "Latin America and the Caribbean", "Melanesia", "Micronesia", "Northern Africa",
    "Northern America", "Northern Europe", "Polynesia", "South-eastern Asia", "Southern Asia", "Southern Europe",
    "Sub-Saharan Africa", "Western Asia", "Western Europe",
)  # fmt: skip
"""Geographic regions and subregions of the United Nations."""


@unique
class Status(Enum):
    """Whether a footprint is the newest of its product's."""

    ACTIVE = "Active"
    DEPRECATED = "Deprecated"


@unique
class Kind(Enum):
    """What a property holds."""

    TEXT = "text"
    SOME_TEXT = "text that is not empty"
    DECIMAL = "a decimal number as text"
    FLAG = "true or false"
    TIME = "a time with its offset (RFC 3339)"
    UUID = "a UUID"
    URN = "a URN"
    LINK = "a URI"
    VERSION = "three numbers with dots between them"
    STATUS = "Active or Deprecated"
    UNIT = "a unit that can be declared"
    REGION = "a region of the United Nations"
    COUNTRY = "two capital letters (ISO 3166-1)"
    SUBDIVISION = "a country's part (ISO 3166-2)"
    REPORT = "AR and a number"
    COVERAGE = "PCF calculation model, PCF program or product level"
    CCU_APPROACH = "Cut-off or Credit"
    OPERATOR = "PEF, EPD International or Other"


@dataclass(frozen=True, slots=True)
class Nested:
    """An object with properties of its own."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A property. `many`: a list that is not empty; `distinct`: none twice in it."""

    name: str
    holds: Kind | Nested
    needed: bool = False
    many: bool = False
    distinct: bool = True


@unique
class Sign(Enum):
    """What an amount may be."""

    ANY = "any"
    NOT_BELOW = "not below 0"
    NOT_ABOVE = "not above 0"
    ABOVE = "above 0"


@dataclass(frozen=True, slots=True)
class Amount:
    """A property that is an amount; per declared unit, where `unit` ends so."""

    name: str
    unit: str
    sign: Sign
    needed: bool = False


_EMISSIONS: Final = "kgCO2e/declared unit"
_CARBON: Final = "kgC/declared unit"

AMOUNTS: Final = (
    Amount("declaredUnitAmount", "declared unit of measurement", Sign.ABOVE, needed=True),
    Amount("productMassPerDeclaredUnit", "kg/declared unit", Sign.NOT_BELOW, needed=True),
    Amount("pcfExcludingBiogenicUptake", _EMISSIONS, Sign.ANY, needed=True),
    Amount("pcfIncludingBiogenicUptake", _EMISSIONS, Sign.ANY, needed=True),
    Amount("fossilGhgEmissions", _EMISSIONS, Sign.NOT_BELOW, needed=True),
    Amount("landUseChangeGhgEmissions", _EMISSIONS, Sign.NOT_BELOW),
    Amount("landCarbonLeakage", _EMISSIONS, Sign.NOT_BELOW),
    Amount("landManagementFossilGhgEmissions", _EMISSIONS, Sign.NOT_BELOW),
    Amount("landManagementBiogenicCO2Emissions", _EMISSIONS, Sign.NOT_BELOW),
    Amount("landManagementBiogenicCO2Removals", _EMISSIONS, Sign.NOT_ABOVE),
    Amount("biogenicCO2Uptake", _EMISSIONS, Sign.NOT_ABOVE),
    Amount("biogenicNonCO2Emissions", _EMISSIONS, Sign.NOT_BELOW),
    Amount("landAreaOccupation", "m2·year/declared unit", Sign.NOT_BELOW),
    Amount("aircraftGhgEmissions", _EMISSIONS, Sign.NOT_BELOW),
    Amount("packagingGhgEmissions", _EMISSIONS, Sign.NOT_BELOW),
    Amount("packagingBiogenicCarbonContent", _CARBON, Sign.NOT_BELOW),
    Amount("outboundLogisticsGhgEmissions", _EMISSIONS, Sign.NOT_BELOW),
    Amount("ccsTechnologicalCO2Capture", _EMISSIONS, Sign.NOT_ABOVE),
    Amount("technologicalCO2Removals", _EMISSIONS, Sign.NOT_ABOVE),
    Amount("fossilCarbonContent", _CARBON, Sign.NOT_BELOW, needed=True),
    Amount("biogenicCarbonContent", _CARBON, Sign.NOT_BELOW),
    Amount("recycledCarbonContent", _CARBON, Sign.NOT_BELOW),
    Amount("ccuCarbonContent", _CARBON, Sign.NOT_BELOW),
    Amount("exemptedEmissionsPercent", "%", Sign.NOT_BELOW, needed=True),
    Amount("primaryDataShare", "%", Sign.NOT_BELOW),
)

GEOGRAPHY: Final = ("geographyRegionOrSubregion", "geographyCountry", "geographyCountrySubdivision")
"""At most one of them stands in a footprint; without any it is of the whole world."""

_RULE: Final = Nested(
    (
        Field("operator", Kind.OPERATOR, needed=True),
        Field("ruleNames", Kind.SOME_TEXT, needed=True, many=True),
        Field("otherOperatorName", Kind.SOME_TEXT),
    )
)
_FACTOR_SOURCE: Final = Nested(
    (Field("name", Kind.SOME_TEXT, needed=True), Field("version", Kind.SOME_TEXT, needed=True))
)
_QUALITY: Final = Nested(
    tuple(Field(f"{what}DQR", Kind.DECIMAL, needed=True) for what in ("technological", "geographical", "temporal"))
)
_VERIFICATION: Final = Nested(
    (
        Field("coverage", Kind.COVERAGE),
        Field("providerName", Kind.SOME_TEXT),
        Field("completedAt", Kind.TIME),
        Field("standardName", Kind.TEXT),
        Field("comments", Kind.TEXT),
    )
)

PCF: Final = (
    *(Field(one.name, Kind.DECIMAL, needed=one.needed) for one in AMOUNTS),
    Field("declaredUnitOfMeasurement", Kind.UNIT, needed=True),
    Field("referencePeriodStart", Kind.TIME, needed=True),
    Field("referencePeriodEnd", Kind.TIME, needed=True),
    Field("geographyRegionOrSubregion", Kind.REGION),
    Field("geographyCountry", Kind.COUNTRY),
    Field("geographyCountrySubdivision", Kind.SUBDIVISION),
    Field("boundaryProcessesDescription", Kind.TEXT),
    Field("packagingEmissionsIncluded", Kind.FLAG),
    Field("ccsTechnologicalCO2CaptureIncluded", Kind.FLAG),
    Field("technologicalCO2CaptureOrigin", Kind.TEXT),
    Field("ccuCalculationApproach", Kind.CCU_APPROACH),
    Field("ccuCreditCertification", Kind.LINK),
    Field("ipccCharacterizationFactors", Kind.REPORT, needed=True, many=True),
    Field("crossSectoralStandards", Kind.SOME_TEXT, needed=True, many=True),
    Field("productOrSectorSpecificRules", _RULE, many=True),
    Field("exemptedEmissionsDescription", Kind.TEXT),
    Field("allocationRulesDescription", Kind.TEXT),
    Field("secondaryEmissionFactorSources", _FACTOR_SOURCE, many=True, distinct=False),
    Field("dqi", _QUALITY),
    Field("verification", _VERIFICATION),
)

_EXTENSION: Final = Nested(
    (
        Field("specVersion", Kind.VERSION, needed=True),
        Field("dataSchema", Kind.LINK, needed=True),
        Field("documentation", Kind.LINK),
        Field("data", Nested(()), needed=True),
    )
)

PRODUCT: Final = (
    Field("id", Kind.UUID, needed=True),
    Field("specVersion", Kind.VERSION, needed=True),
    Field("precedingPfIds", Kind.UUID, many=True),
    Field("created", Kind.TIME, needed=True),
    Field("status", Kind.STATUS, needed=True),
    Field("validityPeriodStart", Kind.TIME),
    Field("validityPeriodEnd", Kind.TIME),
    Field("companyName", Kind.SOME_TEXT, needed=True),
    Field("companyIds", Kind.URN, needed=True, many=True),
    Field("productDescription", Kind.TEXT, needed=True),
    Field("productIds", Kind.URN, needed=True, many=True),
    Field("productClassifications", Kind.URN, many=True),
    Field("productNameCompany", Kind.SOME_TEXT, needed=True),
    Field("comment", Kind.TEXT),
    Field("pcf", Nested(PCF), needed=True),
    Field("extensions", _EXTENSION, many=True, distinct=False),
)
