"""A kept report's product as the documents that other systems exchange: PACT 3.0, Catena-X PCF 9.0.0.

footprint_of(kept, product, sheet, made)   the PACT document of a report folder that was read and verified
catenax_of(document, sheet, verification)  the same as Catena-X has it
standing(opinion, kept, now, known)        refuses an opinion that is no third party's verification of this report
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from tally_finance.errors import PactError
from tally_finance.export.pact_document import Made, document
from tally_finance.export.pact_extension import SCHEMA
from tally_finance.export.product import Product, product_of
from tally_finance.export.product_sheet import Sheet
from tally_finance.pact import catenax
from tally_finance.pact.catenax import Attestation, Beyond
from tally_finance.pact.document import read
from tally_finance.pact.fields import GEOGRAPHY
from tally_finance.report.folder import Kept
from tally_finance.review import opinions, reported
from tally_finance.review.opinions import Opinion, Verification

_ALL: Final = Decimal(100)


def footprint_of(kept: Kept, product: str, sheet: Sheet, made: Made) -> dict[str, Any]:
    """The PACT document of a product. Raises PactError, ReportFileError (`product_of`, `document`)."""
    return document(product_in(kept, product), sheet, made)


def product_in(kept: Kept, product: str) -> Product:
    """A product of a folder. Raises PactError, ReportFileError."""
    return product_of(kept.data, kept.trace, product)


def catenax_of(body: Mapping[str, Any], sheet: Sheet, verification: Opinion | None) -> Mapping[str, Any]:
    """A document of this report as Catena-X has it; `catenax.encode` writes it. Raises PactError.

    With a third party's verification of the report all of the footprint is verified, without one nothing of it: the
    share follows from that and is never stated. Catena-X has no extensions: the comment names the report.
    """
    region = sheet.catenax.region or _region(sheet)
    attested = None if verification is None else _attestation(verification, sheet)
    beyond = Beyond(
        region,
        statement=sheet.catenax.statement,
        third_party=Decimal(0) if attested is None else _ALL,
        attestation=attested,
    )
    commented = dict(body) | {"comment": "\n".join(filter(None, (sheet.comment, _evidence(body))))}
    return catenax.convert(read(commented), beyond)


def standing(opinion: Opinion, kept: Kept, now: int, known: Collection[bytes]) -> Opinion:
    """An opinion that is a third party's unmodified verification of this report. Raises PactError with what is against.

    `now`: Unix seconds; `known`: ids of the keys whose opinions the reader takes.
    """
    about = reported.decode(kept.data)
    # Nobody verifies its own report: the company stands where a bank does that asks for a score.
    against = opinions.for_score(opinion, about.bound, now, known, parties=(about.root.text("entity"),))
    if against:
        raise PactError("; ".join(f"verification: {one.name.value}: {one.text}" for one in against))
    return opinion


def _evidence(body: Mapping[str, Any]) -> str:
    """What the extension says, in a sentence."""
    found = next(one["data"] for one in body["extensions"] if one["dataSchema"] == SCHEMA)
    return (
        f"Product {found['product']['name']} of report {found['report']['digest']} ({found['product']['total']}): "
        f"U95 {found['u95PerDeclaredUnit']} kgCO2e, conservative value {found['conservativePerDeclaredUnit']} kgCO2e "
        f"per declared unit, of {found['u95Covers']}."
    )


def _region(sheet: Sheet) -> str:
    if sheet.geography is None:
        return "Global"
    if sheet.geography[0] == GEOGRAPHY[0]:
        return sheet.geography[1]
    raise PactError("catenax.region: is missing: Catena-X asks for a region of the United Nations beside the country")


def _attestation(opinion: Opinion, sheet: Sheet) -> Attestation:
    said = opinion.said
    if not isinstance(said, Verification):
        raise PactError("a bank's own conclusion is no third party's verification")
    return Attestation(
        opinion.statement.id.hex(),
        said.verifier,
        f"{said.accreditation.body} {said.accreditation.number}",
        ", ".join(sheet.standards),
        said.standard,
        datetime.fromtimestamp(opinion.signed_at, UTC),
    )
