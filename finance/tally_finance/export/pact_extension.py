"""What a PACT document has no property for: uncertainty, proof, what a figure rests on. As an extension of it. No IO.

Format page: docs/formats/footprint-evidence.md, with the JSON schema beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any, Final

from tally_finance.errors import PactError
from tally_finance.export.product import Product
from tally_finance.footprint.trace import written
from tally_finance.pact.document import ProductFootprint
from tally_finance.review.json_object import Object
from tally_finance.review.opinions import Opinion

SCHEMA: Final = "urn:tallystick:footprint-evidence:1"
SPEC_VERSION: Final = "2.0.0"
"""Of the specification of data model extensions."""
DIGITS: Final = 10
"""Significant digits that a document has of an amount; the exact one stands in the extension."""


def told(value: Fraction, rounding: str = ROUND_HALF_EVEN) -> str:
    """An amount in plain digits, `DIGITS` of them significant; without zeros that say nothing."""
    context = Context(prec=DIGITS, rounding=rounding)
    rounded = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"{rounded.normalize(context):f}"


def extension(
    product: Product, units: Fraction, reasons: Mapping[str, str], verification: Opinion | None
) -> dict[str, Any]:
    """The extension of a document. `units`: of the report in a declared unit; `reasons`: of doubts, by name."""
    data: dict[str, Any] = {
        "report": _report(product),
        "product": _product(product.said),
        "exactPerDeclaredUnit": written(product.exact * units),
        "u95PerDeclaredUnit": told(product.u95 * units, ROUND_CEILING),
        "conservativePerDeclaredUnit": told(product.conservative * units, ROUND_CEILING),
        "u95Covers": product.u95_covers,
        "u95Without": list(product.unstated),
        "restsOnPercent": {name: f"{share:f}" for name, share in product.rests.percents().items()},
        "lines": [{"name": one.text("name"), "scope": one.text("scope")} for one in product.lines],
        "factors": [_factor(one) for one in product.factors],
        **_instruments(product),
        "marks": list(product.root.texts("marks")),
        "reasons": dict(sorted(reasons.items())),
        "opens": f"tallystick finance footprint open REPORT {product.said.text('id')} --policy POLICY",
    }
    if verification is not None:
        data["verification"] = {
            "statement": verification.statement.id.hex(),
            "key": verification.key.kid.hex(),
        }
    return {"specVersion": SPEC_VERSION, "dataSchema": SCHEMA, "data": data}


def data_of(footprint: ProductFootprint) -> Object | None:
    """The extension's data in a document that somebody sent; None without. Raises PactError for two of them."""
    found = [one for one in footprint.body.get("extensions", ()) if one["dataSchema"] == SCHEMA]
    if len(found) > 1:
        raise PactError("it names two reports: the extension stands twice")
    return Object(found[0]["data"], "extensions.data") if found else None


def _report(product: Product) -> dict[str, Any]:
    root = product.root
    return {
        "digest": product.digest.hex(),
        "method": root.text("method"),
        "trace": root.text("trace"),
        "factors": root.text("registry"),
        "roots": [
            {"logId": one.text("log_id"), "size": one.text("size"), "root": one.text("root")}
            for one in root.objects("roots")
        ],
    }


def _product(said: Object) -> dict[str, Any]:
    return {
        "id": said.text("id"),
        "name": said.text("name"),
        "made": said.text("amount"),
        "unit": said.text("unit"),
        "total": said.text("of"),
        "share": said.text("share"),
        "sharedBy": said.text("shared_by"),
    }


def _instruments(product: Product) -> dict[str, Any]:
    """What stands for purchased electricity in a market-based footprint; nothing in another one."""
    if product.said.text("of") != "total-market" or "instruments" not in product.root:
        return {}
    found = product.root.object("instruments")
    return {
        "instruments": {
            "coveredKwh": found.text("covered_kwh"),
            "suppliedKwh": found.text("supplied_kwh"),
            "remainderKwh": found.text("remainder_kwh"),
            "certificates": list(found.texts("certificates")),
            "contracts": list(found.texts("contracts")),
        }
    }


def _factor(one: Object) -> dict[str, Any]:
    return {
        "digest": one.text("digest"),
        "activity": one.text("activity"),
        "region": one.text("region"),
        "dataYear": one.text("data_year"),
        "basis": one.text("basis"),
        "value": one.text("value"),
        "unit": one.text("unit"),
        "mark": one.text("mark"),
    }
