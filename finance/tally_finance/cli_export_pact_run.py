"""What `tallystick finance export pact` and `catenax` do."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tally_chain.cli import verify
from tally_edge.errors import ConfigError
from tally_finance.cli_desk_run import OK, write_new
from tally_finance.cli_pact_check_run import text_of
from tally_finance.cli_review_signing_run import read as read_opinion
from tally_finance.errors import PactError
from tally_finance.export import pact_document, pact_of, product_sheet
from tally_finance.export.pact_document import Made
from tally_finance.export.product_sheet import Sheet
from tally_finance.export.verified import kept_verified
from tally_finance.pact import catenax
from tally_finance.pact.document import ProductFootprint, decode
from tally_finance.report.folder import Kept
from tally_finance.review.opinions import Opinion


def run_pact(options: argparse.Namespace) -> int:
    """A PACT document."""
    body, _, _ = _document(options)
    write_new(options.out, pact_document.encode(body))
    pcf, (evidence,) = body["pcf"], body["extensions"]
    reasons = evidence["data"]["reasons"]
    print(f"{body['id']}")
    print(
        f"{pcf['pcfExcludingBiogenicUptake']} kgCO2e for {pcf['declaredUnitAmount']} {pcf['declaredUnitOfMeasurement']}"
    )
    print(f"U95 {evidence['data']['u95PerDeclaredUnit']}, primary data {pcf.get('primaryDataShare', 'of nothing')} %")
    for name, reason in reasons.items():
        print(f"doubtful  {name}: {reason}")
    print(options.out)
    return OK


def run_catenax(options: argparse.Namespace) -> int:
    """The aspect's JSON."""
    body, sheet, verification = _document(options)
    made = catenax.encode(pact_of.catenax_of(body, sheet, verification))
    write_new(options.out, f"{made}\n".encode())
    print(f"{body['id']}\n{options.out}")
    return OK


def verification_of(options: argparse.Namespace, kept: Kept) -> Opinion | None:
    """The verification that `add_verification` names, where it stands for this report. Raises PactError."""
    if options.verification is None:
        return None
    return pact_of.standing(read_opinion(options.verification), kept, verify.now_of(options), options.signer)


def _document(options: argparse.Namespace) -> tuple[dict[str, Any], Sheet, Opinion | None]:
    kept, _ = kept_verified(options)
    sheet, verification = _sheet(options.sheet), verification_of(options, kept)
    made = Made(datetime.fromtimestamp(options.created, UTC), _preceding(options.preceding), verification)
    return pact_of.footprint_of(kept, options.product, sheet, made), sheet, verification


def _sheet(file: Path) -> Sheet:
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None
    try:
        return product_sheet.parse(text, file)
    except PactError as error:
        raise PactError(f"{file}: {error}") from None


def _preceding(files: list[Path]) -> tuple[ProductFootprint, ...]:
    found = []
    for file in files:
        try:
            found.append(decode(text_of(file)))
        except PactError as error:
            raise PactError(f"{file}: {error}") from None
    return tuple(found)
