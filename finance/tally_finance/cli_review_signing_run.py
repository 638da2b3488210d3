"""What `tallystick finance review` signs, and what it says of what others signed."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

from tally_edge import passphrase, signer
from tally_edge.errors import ConfigError
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, say, write_new
from tally_finance.exact_json import plain
from tally_finance.report.allowed import allowed
from tally_finance.review import ledger_file, opinions, reported, said_file
from tally_finance.review.opinions import Conclusion, Objection, Opinion, Said, Verification
from tally_finance.review.reported import Reported

_DRAFTS: Final = {
    "conclusion": said_file.CONCLUSION_DRAFT,
    "verification": said_file.VERIFICATION_DRAFT,
    "ledger": """figure = "total-location"                    # the figure of the report that it is held against
# level = 0.05                               # of it (default: 5 %, above 500 kt 2 %)

# [[misstatement]]
# text = ""                                  # what is wrong
# where = ""                                 # the line, the meter, the invoice
# stated_kg = 0                              # kgCO2e as the report has it
# right_kg = 0                               # kgCO2e as you find it
# sort = "factual"                           # factual, judged, projected
# corrected = false
""",
    "portfolio": """[[loan]]
loan = ""
outstanding_cny = 0.00
whole_cny = 0.00
against = "equity_and_debt"                  # equity_and_debt, evic, project_cost
report = ""                                  # folder of its report, from this file's own; or emissions_kg and score
figure = "location"                          # scope 2 of the report: location, market
# verification = ""                          # a third party's, on that very report
""",
}


def run_new(options: argparse.Namespace) -> int:
    """A document to fill in."""
    write_new(options.out, _DRAFTS[options.document].encode())
    say(options, {"file": str(options.out)}, [f"{options.out}: fill it in"])
    return OK


def run_conclude(options: argparse.Namespace) -> int:
    """The bank's conclusion."""
    about = reported.load(options.report)
    said = said_file.conclusion(options.words, about.bound, ledger_file.load(options.ledger, about))
    return _sign(options, said, about)


def run_verification(options: argparse.Namespace) -> int:
    """A third party's verification."""
    about = reported.load(options.report)
    said = said_file.verification(options.words, about.bound, ledger_file.load(options.ledger, about))
    return _sign(options, said, about)


def _sign(options: argparse.Namespace, said: Said, about: Reported) -> int:
    key = signer.load(options.key, passphrase.read(options.passphrase_file))
    opinion = opinions.sign(said, key, int(time.time()))
    write_new(options.out, opinions.encode(opinion))
    told = {
        "file": str(options.out),
        "statement": opinion.statement.id.hex(),
        **as_json(opinion),
        "allowed": _allowed(about),
    }
    say(options, told, [*_lines(opinion), *_of_evidence(about), f"{options.out}: signed"])
    return OK


def run_check(options: argparse.Namespace) -> int:
    """Whether an opinion stands."""
    opinion, about = read(options.opinion), reported.load(options.report)
    against = objections(opinion, about, moment(options), options.signer, options.bank)
    told = {**as_json(opinion), "stands": not against, "against": plain(against), "allowed": _allowed(about)}
    lines = [f"against it: {one.name.value}: {one.text}" for one in against] or ["it stands for this report"]
    say(options, told, [*_lines(opinion), *_of_evidence(about), *lines])
    return DOES_NOT_HOLD if against else OK


def _allowed(about: Reported) -> list[str]:
    return [str(one) for one in allowed(json.loads(about.raw))]


def _of_evidence(about: Reported) -> list[str]:
    """What the report says of its evidence that whoever signs or believes an opinion on it has to have read."""
    lines = [f"its evidence was allowed by a policy 策略允许: {', '.join(_allowed(about))}"] if _allowed(about) else []
    return [*lines, about.unsound] if about.unsound else lines


def read(path: Path) -> Opinion:
    """An opinion's file. Raises ConfigError where it can not be read, and as `opinions.decode` does."""
    try:
        return opinions.decode(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error}") from None


def moment(options: argparse.Namespace) -> int:
    """The time that was asked about, Unix seconds."""
    return int(time.time()) if options.at is None else int(options.at)


def objections(
    opinion: Opinion, about: Reported, now: int, known: Collection[bytes], bank: str | None
) -> tuple[Objection, ...]:
    """What is against an opinion; with a bank, as the verification that makes its data quality 1."""
    if bank is None:
        return opinions.standing(opinion, about.bound, now, known)
    return opinions.for_score(opinion, about.bound, now, known, parties={bank, about.entity} - {""})


def as_json(opinion: Opinion) -> dict[str, object]:
    """What it says, and who signed when."""
    kind = opinion.statement.claims.kind.value
    return {"kind": kind, "key_id": opinion.key.kid.hex(), "signed_at": opinion.signed_at, "said": plain(opinion.said)}


def _lines(opinion: Opinion) -> list[str]:
    said = opinion.said
    lines = [f"{opinion.statement.claims.kind.value} on report {said.bound.report.hex()}"]
    if isinstance(said, Conclusion):
        lines.append(f"{said.bank}, {said.reviewer}: {said.decision.name.lower()}; loan {said.loan}, {said.borrower}")
        lines += [f"  condition: {one}" for one in said.conditions]
    elif isinstance(said, Verification):
        lines.append(f"{said.verifier}, {said.lead}: {said.type.name.lower()}, {said.level.name.lower()} assurance")
        lines += [] if said.basis is None else [f"  basis: {said.basis}"]
    return [*lines, f"key {opinion.key.kid.hex()}"]
