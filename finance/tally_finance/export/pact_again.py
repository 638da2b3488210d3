"""A document that somebody sent, computed again from the report that it names: every difference. No IO.

1. The document carries our extension, and the report is the one whose digest it names.
2. What the company states is taken from the document as it stands: names, unit, mass, carbon, what is left out, why.
3. The document is made again of the report's numbers and that; so is its id, which stands for all of it but other
   parties' extensions (`others_of`).
4. Each property that differs is told with what the document says and what evidence gives; the status may be either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tally_finance.errors import PactError
from tally_finance.export import pact_document
from tally_finance.export.pact_document import BUILT_IN, Made
from tally_finance.export.pact_extension import SCHEMA, data_of
from tally_finance.export.product import Product
from tally_finance.export.product_sheet import Exempted, Sheet, Unit
from tally_finance.pact.document import ProductFootprint, read
from tally_finance.pact.fields import GEOGRAPHY
from tally_finance.report.differing import Difference, differences
from tally_finance.review.opinions import Opinion


@dataclass(frozen=True, slots=True)
class Named:
    """What a document says that it was made of: a report's digest, in hex, and a product of it."""

    report: str
    product: str


def named(footprint: ProductFootprint) -> Named | None:
    """What a document names; None where it carries no extension of ours. Raises PactError, ReportFileError."""
    data = data_of(footprint)
    if data is None:
        return None
    return Named(data.object("report").text("digest"), data.object("product").text("name"))


def differing(footprint: ProductFootprint, product: Product, verification: Opinion | None) -> tuple[Difference, ...]:
    """Where a document differs from what `product` of its report gives.

    `verification`: a third party's that the reader has and found to stand; without one no document is said to be
    verified. Raises PactError where nothing can be made of what the document states.
    """
    said: dict[str, Any] = dict(footprint.body)
    again = pact_document.document(product, sheet_of(footprint), Made(footprint.created, (), verification))
    again = _placed(again, said)
    return tuple(_differences(said, again))


def others_of(footprint: ProductFootprint) -> tuple[str, ...]:
    """The schemas of other parties' extensions: nothing of them is looked at, and the id does not stand for them."""
    return tuple(one["dataSchema"] for one in footprint.body.get("extensions", ()) if one["dataSchema"] != SCHEMA)


def reasons_of(footprint: ProductFootprint) -> dict[str, str]:
    """The reasons that a document gives for what is doubtful, by the doubts' names. Raises PactError."""
    data = data_of(footprint)
    if data is None:
        return {}
    found = data.object("reasons")
    return {name: found.text(name) for name in found.names}


def sheet_of(footprint: ProductFootprint) -> Sheet:
    """What the company states in a document. Raises PactError."""
    body, pcf, amounts = footprint.body, footprint.pcf, footprint.amounts
    unit = Unit(footprint.unit, amounts["declaredUnitAmount"], amounts["productMassPerDeclaredUnit"])
    place = next(((name, str(pcf[name])) for name in GEOGRAPHY if name in pcf), None)
    stated = "validityPeriodStart" in body and "validityPeriodEnd" in body
    return Sheet(
        name=body["productNameCompany"],
        description=body["productDescription"],
        product_ids=footprint.product_ids,
        classifications=footprint.classifications,
        standards=tuple(pcf["crossSectoralStandards"]),
        comment=body.get("comment", ""),
        company=body["companyName"],
        company_ids=footprint.company_ids,
        unit=unit,
        geography=place,
        fossil_carbon=amounts["fossilCarbonContent"],
        biogenic_carbon=amounts.get("biogenicCarbonContent", Decimal(0)),
        exempted=Exempted(amounts["exemptedEmissionsPercent"], pcf.get("exemptedEmissionsDescription", "")),
        valid=(footprint.valid_from, footprint.valid_to) if stated else None,
        reasons={name: text for name, text in reasons_of(footprint).items() if name not in BUILT_IN},
    )


def _placed(again: dict[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The document made again, after the predecessors and with the status that stand, under the id of all that."""
    if "precedingPfIds" in said:
        again["precedingPfIds"] = sorted(said["precedingPfIds"])
    again["status"] = said["status"]
    again["id"] = str(pact_document.id_of(again))
    return again


def _differences(said: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Difference]:
    for one in differences(_plain(said), _plain(again)):
        yield replace(one, path=one.path.replace("extensions[0].data", "extension"))


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """A document with times in UTC and other parties' extensions left out: neither is a difference."""
    footprint = read(dict(body))
    ours = [one for one in body.get("extensions", ()) if one["dataSchema"] == SCHEMA]
    if not ours:
        raise PactError("it carries no extension of a report")
    found = dict(body) | {"extensions": ours, "created": footprint.created.isoformat()}
    if "validityPeriodStart" in body:
        found["validityPeriodStart"] = footprint.valid_from.isoformat()
    if "validityPeriodEnd" in body:
        found["validityPeriodEnd"] = footprint.valid_to.isoformat()
    found["pcf"] = dict(footprint.pcf) | {
        "referencePeriodStart": footprint.period_start.isoformat(),
        "referencePeriodEnd": footprint.period_end.isoformat(),
    }
    if "precedingPfIds" in found:
        found["precedingPfIds"] = sorted(found["precedingPfIds"])
    return found
