"""What `tallystick finance pact check` does: a document alone, and against the report that it was made of."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tally_chain.cli import verify
from tally_chain.findings import printable
from tally_edge.errors import ConfigError
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, say
from tally_finance.cli_review_signing_run import read as read_opinion
from tally_finance.errors import PactError, ReportFileError
from tally_finance.export import pact_again, pact_of
from tally_finance.export.verified import UNVERIFIED, kept_verified
from tally_finance.pact.document import MAX_DOCUMENT_BYTES, ProductFootprint, decode
from tally_finance.pact.semantics import CONTRADICTIONS, Doubt, doubts
from tally_finance.report.differing import Difference
from tally_finance.report.folder import Kept

NO_FOOTPRINT: Final = 2


@dataclass(frozen=True, slots=True)
class _Held:
    """A document against its report. `against`: why it could not be computed again; empty where it was.

    `proven`: per cent of it that evidence shows to be primary data; `others`: schemas of extensions that are another
    party's, and were not looked at.
    """

    report: str = ""
    against: str = ""
    found: tuple[Difference, ...] = ()
    proven: Decimal | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        return not self.against and not self.found


def run_check(options: argparse.Namespace) -> int:
    """Doubts of each file; they know of one another. With reports, each is computed again from its own."""
    read: dict[Path, ProductFootprint] = {}
    faults: dict[Path, str] = {}
    for file in options.files:
        try:
            read[file] = decode(text_of(file))
        except PactError as error:
            faults[file] = str(error)
    kept, mark = _reports(options)
    known, now = {one.id: one for one in read.values()}, datetime.now(UTC)
    held = {file: _held(one, kept, options) for file, one in read.items()} if kept else {}
    found = {
        file: doubts(one, now=now, known=known, proven_primary=held[file].proven if file in held else None)
        for file, one in read.items()
    }
    told, lines = [], []
    for file in options.files:
        if file in faults:
            told.append({"file": str(file), "fault": faults[file]})
            lines.append(f"{file}: no footprint: {faults[file]}")
            continue
        told.append(_told(file, read[file], found[file], held.get(file)))
        lines += [*said(file, found[file]), *_held_lines(held.get(file))]
    if kept and mark:
        lines.append(f"the reports themselves: {mark}; name the policy that their evidence is verified by (--policy)")
    say(options, {"footprints": told, **({"reports": mark} if mark else {})}, lines)
    if faults:
        return NO_FOOTPRINT
    wrong = any(one.name in CONTRADICTIONS for some in found.values() for one in some)
    return DOES_NOT_HOLD if wrong or not all(one.agrees for one in held.values()) else OK


def text_of(file: Path) -> bytes:
    """Raises PactError where there is nothing to read."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise PactError(f"cannot be read: {error}") from None


def said(file: Path, found: tuple[Doubt, ...]) -> list[str]:
    """The doubts of a file, for a person."""
    if not found:
        return [f"{file}: nothing is doubtful"]
    return [f"{file}:", *(f"    {one.name.value}: {one.text}" for one in found)]


def plain(doubt: Doubt) -> dict[str, object]:
    """A doubt, for a script."""
    return {"name": doubt.name.value, "text": doubt.text, "contradicts": doubt.name in CONTRADICTIONS}


def _reports(options: argparse.Namespace) -> tuple[dict[str, Kept], str]:
    """The reports at hand by digest; what is to be said of them where nobody verified them."""
    if not options.report and (options.policy or options.verification):
        raise ConfigError("--policy and --verification go with the report that they are about (--report)")
    found, mark = {}, ""
    for folder in options.report:
        named = argparse.Namespace(
            **vars(options) | {"folder": folder, "bundles": [], "unverified": not options.policy}
        )
        kept, verified = kept_verified(named)
        found[sha256(kept.data).hexdigest()] = kept
        mark = UNVERIFIED if verified.mark else mark
    return found, mark


def _held(footprint: ProductFootprint, kept: Mapping[str, Kept], options: argparse.Namespace) -> _Held:
    try:
        named = pact_again.named(footprint)
        if named is None:
            return _Held(against="it names no report, and nothing of it can be computed again")
        if named.report not in kept:
            return _Held(named.report, f"it is of report {printable(named.report)}, which is none of those named")
        folder = kept[named.report]
        product = pact_of.product_in(folder, named.product)
        opinion = None
        if options.verification is not None:
            opinion = pact_of.standing(
                read_opinion(options.verification), folder, verify.now_of(options), options.signer
            )
        return _Held(
            named.report,
            found=pact_again.differing(footprint, product, opinion),
            proven=product.rests.percents().get("devices"),
            reasons=pact_again.reasons_of(footprint),
            others=pact_again.others_of(footprint),
        )
    except (PactError, ReportFileError) as error:
        return _Held(against=str(error))


def _told(file: Path, footprint: ProductFootprint, found: tuple[Doubt, ...], held: _Held | None) -> dict[str, Any]:
    told: dict[str, Any] = {"file": str(file), "id": str(footprint.id), "doubts": [plain(one) for one in found]}
    if held is not None:
        told["report"] = {
            "digest": held.report,
            "against": held.against,
            "differs": [{"path": one.path, "said": one.said, "computed": one.computed} for one in held.found],
            "not_looked_at": list(held.others),
        }
    return told


def _held_lines(held: _Held | None) -> list[str]:
    if held is None:
        return []
    if held.against:
        return [f"    not computed again: {held.against}"]
    lines = [f"    reason given for {name}: {printable(text)}" for name, text in held.reasons.items()]
    lines += [f"    not looked at: another party's extension {printable(one)} 未核对" for one in held.others]
    for one in held.found:
        words = (printable(text) if text is not None else "nothing" for text in (one.said, one.computed))
        lines.append("    differs   {}: the document says {}, the report gives {}".format(printable(one.path), *words))
    if any(one.path == "pcf.verification" and one.computed is None for one in held.found):
        lines.append("    it names a third party's verification: give its file and key by --verification and --signer")
    if not held.found:
        lines.append(f"    the same as report {held.report} gives: 与报告一致")
    return lines
