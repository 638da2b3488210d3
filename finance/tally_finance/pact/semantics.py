"""What a product footprint says that can not all be true: what no schema asks. Pure.

Published examples of several versions follow their schema and break the sum of their own parts, and one names itself as
its predecessor. So every footprint is asked, ours before it goes out and others' when they come.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, unique
from typing import Final

from tally_finance.pact.document import ProductFootprint, time_of, years_after
from tally_finance.pact.fields import AMOUNTS, WITHOUT_MASS, Sign, Status

_ADDENDS: Final = (
    "fossilGhgEmissions", "landUseChangeGhgEmissions", "landManagementBiogenicCO2Emissions",
    "landManagementBiogenicCO2Removals", "technologicalCO2Removals", "ccsTechnologicalCO2Capture",
    "biogenicNonCO2Emissions",
)  # fmt: skip
"""What makes up the footprint without biogenic uptake (note at pcfExcludingBiogenicUptake in the schema)."""

_MOST_EXEMPTED: Final = Decimal(5)
"""Per cent that the PACT Methodology (3.3.1.2) lets one leave out; the schema has no bound, so that nobody lies."""

_ALL: Final = Decimal(100)
_BEST, _WORST = Decimal(1), Decimal(5)
_NEWEST_REPORT: Final = "AR6"
_CAPTURE: Final = ("ccsTechnologicalCO2Capture", "technologicalCO2Removals", "technologicalCO2CaptureOrigin")


@unique
class Name(Enum):
    """What kind of doubt it is; the names stay."""

    SUM_EXCLUDING = "sum-excluding-uptake"
    SUM_INCLUDING = "sum-including-uptake"
    SIGN = "sign"
    PART_ABOVE_WHOLE = "part-above-whole"
    UNIT_AND_MASS = "unit-and-mass"
    CARBON_ABOVE_MASS = "carbon-above-mass"
    PERIOD = "period"
    VALIDITY = "validity"
    CREATED = "created"
    LINEAGE = "lineage"
    EXEMPTED = "exempted"
    PRIMARY_SHARE = "primary-share"
    PRIMARY_SHARE_UNPROVEN = "primary-share-unproven"
    FACTOR_SOURCES = "factor-sources"
    QUALITY = "quality-rating"
    PACKAGING = "packaging"
    CAPTURE = "capture"
    CHARACTERISATION = "characterisation"
    VERIFICATION = "verification"


CONTRADICTIONS: Final = frozenset(
    {
        Name.SUM_EXCLUDING, Name.SUM_INCLUDING, Name.SIGN, Name.PART_ABOVE_WHOLE, Name.UNIT_AND_MASS,
        Name.CARBON_ABOVE_MASS, Name.PERIOD, Name.LINEAGE, Name.PRIMARY_SHARE_UNPROVEN, Name.QUALITY, Name.PACKAGING,
        Name.CAPTURE,
    }
)  # fmt: skip
"""What can not be true at once: a host does not offer a footprint of which that is said. The other doubts are told."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a footprint that its reader should ask about."""

    name: Name
    text: str


def doubts(
    footprint: ProductFootprint,
    *,
    now: datetime,
    known: Mapping[uuid.UUID, ProductFootprint] | None = None,
    proven_primary: Decimal | None = None,
) -> tuple[Doubt, ...]:
    """What can not be, or can not be together.

    `known`: other footprints by id, to follow predecessors. `proven_primary`: which per cent of the footprint evidence
    shows to be primary data, where there is evidence.
    """
    found = [doubt for ask in _ASK for doubt in ask(footprint)]
    found += _created(footprint, now)
    found += _lineage(footprint, known or {})
    found += _proven(footprint, proven_primary)
    return tuple(found)


def unit_in_last_place(value: Decimal) -> Decimal:
    """1 at the place of the last digit that is written."""
    return Decimal(1).scaleb(int(value.as_tuple().exponent))


def _sums(footprint: ProductFootprint) -> Iterator[Doubt]:
    """Each addend may be rounded by half a unit of its last place, and so may the sum."""
    has = footprint.amounts
    whole = {
        Name.SUM_EXCLUDING: ("pcfExcludingBiogenicUptake", _ADDENDS),
        Name.SUM_INCLUDING: ("pcfIncludingBiogenicUptake", (*_ADDENDS, "biogenicCO2Uptake")),
    }
    for name, (stated_as, addends) in whole.items():
        parts = [has[one] for one in addends if one in has]
        stated, total = has[stated_as], sum(parts, Decimal(0))
        room = sum((unit_in_last_place(one) for one in (stated, *parts)), Decimal(0)) / 2
        if abs(stated - total) > room:
            yield Doubt(name, f"{stated_as} is {stated:f}, and its parts make {total:f}")


def _signs(footprint: ProductFootprint) -> Iterator[Doubt]:
    for amount in AMOUNTS:
        value = footprint.amounts.get(amount.name)
        if value is None:
            continue
        wrong = {Sign.NOT_BELOW: value < 0, Sign.NOT_ABOVE: value > 0, Sign.ABOVE: value <= 0}.get(amount.sign, False)
        if wrong:
            yield Doubt(Name.SIGN, f"{amount.name} is {value:f}, and must be {amount.sign.value}")


def _parts(footprint: ProductFootprint) -> Iterator[Doubt]:
    has = footprint.amounts
    for part, whole in (
        ("landManagementFossilGhgEmissions", "fossilGhgEmissions"),
        ("aircraftGhgEmissions", "pcfExcludingBiogenicUptake"),
        ("packagingGhgEmissions", "pcfExcludingBiogenicUptake"),
        ("recycledCarbonContent", None),
    ):
        if part not in has:
            continue
        most = (
            has["fossilCarbonContent"] + has.get("biogenicCarbonContent", Decimal(0)) if whole is None else has[whole]
        )
        if has[part] > most >= 0:
            yield Doubt(Name.PART_ABOVE_WHOLE, f"{part} is {has[part]:f}, more than the {most:f} that it is a part of")


def _mass(footprint: ProductFootprint) -> Iterator[Doubt]:
    has = footprint.amounts
    amount, mass = has["declaredUnitAmount"], has["productMassPerDeclaredUnit"]
    if footprint.unit in WITHOUT_MASS and mass != 0:
        yield Doubt(Name.UNIT_AND_MASS, f"a product in {footprint.unit} has no mass, and {mass:f} kg are stated")
    elif footprint.unit == "kilogram" and mass != amount:
        yield Doubt(Name.UNIT_AND_MASS, f"{amount:f} kg of product have a mass of {mass:f} kg")
    elif footprint.unit not in WITHOUT_MASS and mass == 0:
        yield Doubt(Name.UNIT_AND_MASS, f"a product in {footprint.unit} has a mass, and 0 kg are stated")
    carbon = has["fossilCarbonContent"] + has.get("biogenicCarbonContent", Decimal(0))
    if mass > 0 and carbon > mass:
        yield Doubt(Name.CARBON_ABOVE_MASS, f"{carbon:f} kg of carbon in {mass:f} kg of product")


def _times(footprint: ProductFootprint) -> Iterator[Doubt]:
    if footprint.period_start >= footprint.period_end:
        yield Doubt(Name.PERIOD, "the reference period ends before it begins")
    if footprint.valid_from > footprint.valid_to:
        yield Doubt(Name.VALIDITY, "the validity ends before it begins")
    if footprint.valid_from < footprint.period_end:
        yield Doubt(Name.VALIDITY, "it is said to be valid before its reference period is over")
    if footprint.valid_to > years_after(footprint.period_end):
        yield Doubt(Name.VALIDITY, "it is said to be valid more than three years after its reference period")


def _created(footprint: ProductFootprint, now: datetime) -> Iterator[Doubt]:
    if footprint.created > now:
        yield Doubt(Name.CREATED, f"it was created at {footprint.created.isoformat()}, which is yet to come")
    if footprint.created < footprint.period_end and footprint.status is Status.ACTIVE:
        yield Doubt(Name.CREATED, "it was created before its reference period was over: part of it is a forecast")


def _lineage(footprint: ProductFootprint, known: Mapping[uuid.UUID, ProductFootprint]) -> Iterator[Doubt]:
    if footprint.id in footprint.preceding:
        yield Doubt(Name.LINEAGE, "it names itself as its predecessor")
    seen: set[uuid.UUID] = set()
    ahead = [one for one in footprint.preceding if one != footprint.id]
    while ahead:
        one = ahead.pop()
        if one == footprint.id:
            yield Doubt(Name.LINEAGE, "its predecessors lead back to itself")
            return
        if one not in seen and one in known:
            seen.add(one)
            ahead += known[one].preceding
    for one in footprint.preceding:
        before = known.get(one)
        if before is None or one == footprint.id:
            continue
        if before.created > footprint.created:
            yield Doubt(Name.LINEAGE, f"its predecessor {one} was created after it")
        if before.status is Status.ACTIVE and footprint.status is Status.ACTIVE:
            yield Doubt(Name.LINEAGE, f"its predecessor {one} still stands as active")
        if not set(before.product_ids) & set(footprint.product_ids):
            yield Doubt(Name.LINEAGE, f"its predecessor {one} is of another product")


def _exempted(footprint: ProductFootprint) -> Iterator[Doubt]:
    left_out = footprint.amounts["exemptedEmissionsPercent"]
    if left_out > _MOST_EXEMPTED:
        text = f"{left_out:f} % of the emissions are left out; the methodology lets {_MOST_EXEMPTED} % go"
        yield Doubt(Name.EXEMPTED, text)
    if left_out > 0 and not footprint.pcf.get("exemptedEmissionsDescription"):
        yield Doubt(Name.EXEMPTED, f"{left_out:f} % of the emissions are left out, and no reason is given")


def _primary(footprint: ProductFootprint) -> Iterator[Doubt]:
    share = footprint.amounts.get("primaryDataShare")
    has_sources = "secondaryEmissionFactorSources" in footprint.pcf
    if share is None:
        yield Doubt(Name.PRIMARY_SHARE, "no share of primary data is stated")
        return
    if share > _ALL:
        yield Doubt(Name.PRIMARY_SHARE, f"{share:f} % of it are primary data")
    if share == _ALL and has_sources:
        yield Doubt(Name.FACTOR_SOURCES, "all of it is primary data, and sources of secondary factors are named")
    if share < _ALL and not has_sources:
        yield Doubt(Name.FACTOR_SOURCES, f"only {share:f} % is primary data, and no source of the rest is named")


def _proven(footprint: ProductFootprint, proven: Decimal | None) -> Iterator[Doubt]:
    """The share may be rounded by half a unit of its last place."""
    share = footprint.amounts.get("primaryDataShare")
    if proven is not None and share is not None and share > proven + unit_in_last_place(share) / 2:
        text = f"{share:f} % primary data are stated, and evidence shows {proven:f} %"
        yield Doubt(Name.PRIMARY_SHARE_UNPROVEN, text)


def _quality(footprint: ProductFootprint) -> Iterator[Doubt]:
    for name, value in footprint.pcf.get("dqi", {}).items():
        if name.endswith("DQR") and not _BEST <= Decimal(value) <= _WORST:
            yield Doubt(Name.QUALITY, f"dqi.{name} is {value}; ratings go from 1 to 5")


def _packaging(footprint: ProductFootprint) -> Iterator[Doubt]:
    if footprint.pcf.get("packagingEmissionsIncluded") is False and "packagingGhgEmissions" in footprint.amounts:
        yield Doubt(Name.PACKAGING, "packaging is not included, and emissions of packaging are stated")


def _capture(footprint: ProductFootprint) -> Iterator[Doubt]:
    has = [name for name in _CAPTURE if name in footprint.pcf]
    if footprint.pcf.get("ccsTechnologicalCO2CaptureIncluded") is False and has:
        yield Doubt(Name.CAPTURE, f"no capture is included, and {' and '.join(has)} stand")
    credit = footprint.pcf.get("ccuCalculationApproach") == "Credit"
    if credit and "ccuCreditCertification" not in footprint.pcf:
        yield Doubt(Name.CAPTURE, "carbon use is credited, and no certification is named")


def _reports(footprint: ProductFootprint) -> Iterator[Doubt]:
    used = footprint.pcf["ipccCharacterizationFactors"]
    if _NEWEST_REPORT not in used:
        yield Doubt(Name.CHARACTERISATION, f"gases are weighed by {', '.join(used)}; {_NEWEST_REPORT} is the newest")


def _verification(footprint: ProductFootprint) -> Iterator[Doubt]:
    verification = footprint.pcf.get("verification")
    if verification is None:
        return
    if "providerName" not in verification or "completedAt" not in verification:
        yield Doubt(Name.VERIFICATION, "it is said to be verified, and not by whom and when")
    elif time_of(verification["completedAt"]) < footprint.period_end:
        yield Doubt(Name.VERIFICATION, "it was verified before its reference period was over")


_ASK: Final[tuple[Callable[[ProductFootprint], Iterator[Doubt]], ...]] = (
    _sums, _signs, _parts, _mass, _times, _exempted, _primary, _quality, _packaging, _capture, _reports, _verification,
)  # fmt: skip
