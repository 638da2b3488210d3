"""A product of a report as a PACT 3.0 document. No IO.

Every property comes from one of three places and from nowhere else: the report (all numbers of emissions, the period,
what they rest on, the factors' sources), the product's sheet (what no evidence knows), or whoever makes the document
(when, after which others, with which verification). So a reader who has the report computes the first kind again, takes
the second as stated, and sees every difference (`pact_again`).

    declared unit = sheet's; u = units of the report in it (`product_units`)
    pcfExcludingBiogenicUptake = fossilGhgEmissions = the report's exact footprint by the unit * u, ten digits
    biogenicCO2Uptake = -44/12 of the biogenic carbon in the product; pcfIncluding… is the sum of the two
    primaryDataShare = the part that rests on devices (`rests`), in per cent, rounded down

All lines of a report count as fossil: no factor says which part of it is not, and the whole is the same either way.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, Inexact
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_chain.verify.figures import EXACT
from tally_finance.errors import PactError
from tally_finance.export.pact_extension import extension, told
from tally_finance.export.product import Product
from tally_finance.export.product_sheet import Sheet
from tally_finance.export.product_units import per_declared_unit
from tally_finance.factors.unit import Gas
from tally_finance.footprint.trace import canonical
from tally_finance.pact.document import MAX_DOCUMENT_BYTES, ProductFootprint, read
from tally_finance.pact.fields import SPEC_VERSION, Status
from tally_finance.pact.semantics import CONTRADICTIONS, Doubt, Name, doubts
from tally_finance.review.json_object import Object
from tally_finance.review.opinions import Opinion, Verification

NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:tallystick:product-footprint")
BUILT_IN: Final = {
    Name.FACTOR_SOURCES.value: (
        "all activity data are primary, for devices signed them; emission factors are secondary data, and named"
    )
}
"""Reasons of doubts that follow from how the share of primary data is defined."""

_UPTAKE: Final = Fraction(44, 12)
"""Kilograms of carbon dioxide by the kilogram of carbon."""


@dataclass(frozen=True, slots=True)
class Made:
    """When a document is made, which ones it replaces, and a third party's verification that stands for its report."""

    created: datetime
    preceding: tuple[ProductFootprint, ...] = ()
    verification: Opinion | None = None


def document(product: Product, sheet: Sheet, made: Made) -> dict[str, Any]:
    """The document. Raises PactError for what can not be true at once, and for a doubt without a reason."""
    if made.preceding and not sheet.comment:
        raise PactError("comment: is missing; a document that replaces another one says what changed")
    units = per_declared_unit(product.unit, sheet.unit.of, sheet.unit.amount, sheet.unit.mass_kg)
    body = _body(product, sheet, made, units)
    reasons = _reasons(_doubts(body, made), sheet)
    body["extensions"] = [extension(product, units, reasons, made.verification)]
    return {"id": str(id_of(body)), **body}


def encode(body: Mapping[str, Any]) -> bytes:
    """The file's bytes. Raises PactError for more of them than a partner's host reads."""
    data = json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"
    if len(data) > MAX_DOCUMENT_BYTES:
        raise PactError(f"a footprint has {MAX_DOCUMENT_BYTES} bytes at most, this one {len(data)}")
    return data


def id_of(body: Mapping[str, Any]) -> uuid.UUID:
    """UUIDv5 of all that a document says, its report's digest and its product among it.

    The status is left out: it changes where the document does not. A document that says anything else has another id.
    Raises PactError for text that can not be written.
    """
    said = {name: value for name, value in body.items() if name not in {"id", "status"}}
    try:
        return uuid.uuid5(NAMESPACE, sha256(canonical(said)).hexdigest())
    except UnicodeEncodeError as error:
        raise PactError(f"this holds half a character: {error}") from None


def _body(product: Product, sheet: Sheet, made: Made, units: Fraction) -> dict[str, Any]:
    body: dict[str, Any] = {"specVersion": SPEC_VERSION}
    if made.preceding:
        body["precedingPfIds"] = sorted(str(one.id) for one in made.preceding)
    body |= {"created": time_text(made.created), "status": Status.ACTIVE.value}
    if sheet.valid is not None:
        body |= zip(("validityPeriodStart", "validityPeriodEnd"), map(time_text, sheet.valid), strict=True)
    body |= {
        "companyName": sheet.company,
        "companyIds": list(sheet.company_ids),
        "productDescription": sheet.description,
        "productIds": list(sheet.product_ids),
        **({"productClassifications": list(sheet.classifications)} if sheet.classifications else {}),
        "productNameCompany": sheet.name,
        **({"comment": sheet.comment} if sheet.comment else {}),
        "pcf": {
            **_declared(product, sheet),
            **_emissions(product, sheet, units),
            **_method(product, sheet),
            **_quality(product),
        },
    }
    if made.verification is not None:
        body["pcf"]["verification"] = _verification(made.verification, product)
    return body


def _declared(product: Product, sheet: Sheet) -> dict[str, Any]:
    start, end = _period(product.root)
    return {
        "declaredUnitOfMeasurement": sheet.unit.of,
        "declaredUnitAmount": f"{sheet.unit.amount:f}",
        "productMassPerDeclaredUnit": f"{sheet.unit.mass_kg:f}",
        "referencePeriodStart": start,
        "referencePeriodEnd": end,
        **({} if sheet.geography is None else dict([sheet.geography])),
    }


def _period(root: Object) -> tuple[str, str]:
    """The report's period on the site's clock, its end exclusive. Raises PactError."""
    try:
        zone = ZoneInfo(root.text("timezone"))
        first, last = (datetime.fromtimestamp(root.whole(name), zone) for name in ("from", "to"))
    except (KeyError, ValueError, OverflowError, OSError):
        raise PactError("the report's period is none on any clock") from None
    return time_text(first, zone), time_text(last, zone)


def _emissions(product: Product, sheet: Sheet, units: Fraction) -> dict[str, Any]:
    found = told(product.exact * units)
    if not sheet.biogenic_carbon:
        uptake = {}
        including = found
    else:
        taken = f"-{told(Fraction(sheet.biogenic_carbon) * _UPTAKE)}"
        uptake = {"biogenicCO2Uptake": taken, "biogenicCarbonContent": f"{sheet.biogenic_carbon:f}"}
        including = _sum(found, taken)
    return {
        "pcfExcludingBiogenicUptake": found,
        "pcfIncludingBiogenicUptake": including,
        "fossilGhgEmissions": found,
        **uptake,
        "fossilCarbonContent": f"{sheet.fossil_carbon:f}",
        "packagingEmissionsIncluded": False,
        "ccsTechnologicalCO2CaptureIncluded": False,
    }


def _sum(left: str, right: str) -> str:
    """Of two amounts, exactly. Raises PactError for some that lie further apart than any product's."""
    try:
        return f"{EXACT.add(Decimal(left), Decimal(right)):f}"
    except Inexact:
        raise PactError(f"{left} and {right} are no amounts of one product") from None


def _method(product: Product, sheet: Sheet) -> dict[str, Any]:
    said, share = product.said, product.said.text("share")
    return {
        "boundaryProcessesDescription": _boundary(product),
        "ipccCharacterizationFactors": [product.root.text("warming").upper()],
        "crossSectoralStandards": list(sheet.standards),
        "exemptedEmissionsPercent": f"{sheet.exempted.percent:f}",
        "exemptedEmissionsDescription": sheet.exempted.reason,
        "allocationRulesDescription": (
            "One product: all of the site's emissions are its own."
            if share == "1"
            else f"{share} of the site's {said.text('of')}, shared out by {said.text('shared_by')}."
        ),
    }


def _boundary(product: Product) -> str:
    """What is in it; and of which lines the gases were weighed by somebody else, who may have used another report."""
    lines = "; ".join(f"{one.text('name')} (scope {one.text('scope')})" for one in product.lines)
    weighed = ", ".join(one.text("name") for one in product.lines if one.text("gas") == Gas.CO2E.value)
    said = f"Counted at {product.root.text('site')}: {lines}. Nothing else between cradle and gate is in it."
    return f"{said} The factors' publishers weighed the gases of {weighed}." if weighed else said


def _quality(product: Product) -> dict[str, Any]:
    """The share of primary data and the factors' sources. Ratings (`dqi`) are left out: nothing here derives all three.

    Of a footprint of nothing there is no share.
    """
    percents = product.rests.percents()
    sources = [
        {"name": source.text("title"), "version": factor.text("data_year")}
        for factor in product.factors
        for source in factor.objects("sources")
    ]
    return {
        **({"primaryDataShare": f"{percents['devices']:f}"} if percents else {}),
        "secondaryEmissionFactorSources": list({(one["name"], one["version"]): one for one in sources}.values()),
    }


def _verification(opinion: Opinion, product: Product) -> dict[str, Any]:
    said = opinion.said
    if not isinstance(said, Verification):
        raise PactError("a bank's own conclusion is no third party's verification")
    if said.bound.report != product.digest:
        raise PactError(f"the verification is about report {said.bound.report.hex()}, not this one")
    words = f"{said.level.name.lower()} assurance, {said.type.name.lower()}"
    return {
        "providerName": said.verifier,
        "completedAt": time_text(datetime.fromtimestamp(opinion.signed_at, UTC)),
        "standardName": said.standard,
        "comments": f"{words}; of report {product.digest.hex()}, statement {opinion.statement.id.hex()}",
    }


def _doubts(body: dict[str, Any], made: Made) -> tuple[Doubt, ...]:
    """Of the document with its predecessors as they will be: deprecated."""
    footprint = read({"id": str(uuid.UUID(int=0)), **body})
    known = {one.id: read(dict(one.body) | {"status": Status.DEPRECATED.value}) for one in made.preceding}
    return doubts(footprint, now=made.created, known=known)


def _reasons(found: Iterable[Doubt], sheet: Sheet) -> dict[str, str]:
    """Why what is doubtful stands. Raises PactError for a contradiction, and where no reason is given or none asked."""
    reasons: dict[str, str] = {}
    for doubt in found:
        name = doubt.name.value
        if doubt.name in CONTRADICTIONS:
            raise PactError(f"{name}: {doubt.text}")
        reason = BUILT_IN.get(name) or sheet.reasons.get(name)
        if reason is None:
            raise PactError(f"{name}: {doubt.text}; the sheet gives no reason (reasons.{name})")
        reasons[name] = reason
    unused = sorted(set(sheet.reasons) - set(reasons)) + sorted(set(sheet.reasons) & set(BUILT_IN))
    if unused:
        raise PactError(f"reasons.{unused[0]}: nothing of that kind is doubtful, or its reason is given already")
    return reasons


def time_text(time: datetime, zone: tzinfo = UTC) -> str:
    """A time as documents have it, with its offset; in UTC as Z."""
    return time.astimezone(zone).isoformat().replace("+00:00", "Z")
