"""The command `tallystick finance review`: what a reviewer does with a report. Light until it runs."""

from __future__ import annotations

import argparse
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tally_chain.cli.where import add_passphrase, bytes32, run_in
from tally_edge.cli_time import TIME_HELP, instant_or_seconds
from tally_finance import cli_review_serve
from tally_finance.cli_desk import Actions, action

_SIGNING = "tally_finance.cli_review_signing_run"
_JUDGING = "tally_finance.cli_review_judging_run"
_VERSIONS = "tally_finance.cli_review_versions_run"
_CHECKLIST = "tally_finance.cli_review_checklist_run"
DRAFTS = ("conclusion", "verification", "ledger", "portfolio")


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("review", help="review a footprint's report, and sign what you think (审查)")
    actions = parser.add_subparsers(dest="review_command", metavar="COMMAND", title="commands", required=True)
    _register_signing(actions)
    _register_check(actions)
    _register_judging(actions)
    _register_reduction(actions)
    _register_versions(actions)
    cli_review_serve.register(actions)


def _register_signing(actions: Actions[argparse.ArgumentParser]) -> None:
    new = action(
        actions,
        "new",
        "begin a document to fill in",
        "Writes a conclusion, a verification, a ledger of misstatements or a portfolio (TOML) to fill in.",
        run_in(_SIGNING, "new"),
    )
    new.add_argument("document", choices=DRAFTS, help="which one")
    new.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")
    for name, text, description in (
        (
            "conclude",
            "sign the bank's conclusion on a report (结论)",
            "Signs what the bank concludes of a report, bound to the report, its trace, factors and method, and to the "
            "heads of its evidence. The ledger says what was found wrong; where that is material, nothing is eligible "
            "without a condition. The report is not computed again here: `footprint verify` does that first.",
        ),
        (
            "verification",
            "sign a third party's verification of a report (核查声明)",
            "Signs what a verifier states of a report, bound as a conclusion is, with its accreditation and its "
            "independence in its own words. Where the ledger is material, the verification is not unmodified. The "
            "report is not computed again here: `footprint verify` does that first.",
        ),
    ):
        sign = action(actions, name, text, description, run_in(_SIGNING, name))
        _add_report(sign)
        sign.add_argument("--words", metavar="FILE", type=Path, required=True, help="what it says (TOML)")
        sign.add_argument("--ledger", metavar="FILE", type=Path, required=True, help="ledger of misstatements (TOML)")
        sign.add_argument(
            "--key", metavar="FILE", type=Path, required=True, help="the signer's key, as `close key` makes one"
        )
        add_passphrase(sign)
        sign.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")


def _register_check(actions: Actions[argparse.ArgumentParser]) -> None:
    check = action(
        actions,
        "check",
        "whether an opinion stands for a report",
        "Reads a signed opinion and says what is against it as one on this report, now or at a time; and for which "
        "bank it would make data quality 1. Exit code 1: it does not stand.",
        run_in(_SIGNING, "check"),
    )
    check.add_argument("opinion", metavar="OPINION", type=Path, help="the opinion's file")
    _add_report(check)
    _add_known(check)
    check.add_argument("--bank", metavar="NAME", help="whether it counts for this bank's data quality (PCAF)")


def _register_judging(actions: Actions[argparse.ArgumentParser]) -> None:
    ledger = action(
        actions,
        "ledger",
        "hold a ledger of misstatements against a report (错报汇总)",
        "Adds up what was found too high and what was found too low, each by itself, against a figure of the report. "
        "Exit code 1: it is material.",
        run_in(_JUDGING, "ledger"),
    )
    _add_report(ledger)
    ledger.add_argument("--ledger", metavar="FILE", type=Path, required=True, help="ledger of misstatements (TOML)")
    sample = action(
        actions,
        "sample",
        "which meters to visit (抽查计划)",
        "Names the meters to visit: all that give a reason, and of the others as many as the confidence asks for, "
        "drawn by the seed. Take the seed when the report is there: dice, or bytes that a witness chose.",
        run_in(_JUDGING, "sample"),
    )
    _add_report(sample)
    sample.add_argument("--seed", metavar="HEX", type=_seed, required=True, help="16 bytes or more in hexadecimal")
    for name, default, text in (
        ("tolerable", "0.05", "the share of bad meters that has to be found"),
        ("confidence", "0.95", "the chance to meet one of them"),
    ):
        sample.add_argument(
            f"--{name}", metavar="SHARE", type=_share, default=Decimal(default), help=f"{text} (default: {default})"
        )
    score = action(
        actions,
        "score",
        "data quality of a report (PCAF, 数据质量)",
        "Derives PCAF's score from what the report's lines rest on: a signature makes no 1, a third party's "
        "verification that stands for this very report does.",
        run_in(_JUDGING, "score"),
    )
    _add_report(score)
    _add_figure(score)
    score.add_argument("--verification", metavar="FILE", type=Path, help="a third party's verification")
    _add_known(score)
    _add_bank(score)
    portfolio = action(
        actions,
        "portfolio",
        "financed emissions of loans (融资排放)",
        "Attributes the borrowers' emissions to loans, by CSV or TOML (docs/review.md).",
        run_in(_JUDGING, "portfolio"),
    )
    portfolio.add_argument("file", metavar="FILE", type=Path, help="the loans: CSV, or TOML that names reports")
    _add_known(portfolio)
    _add_bank(portfolio)
    _register_checklist(actions)


def _register_checklist(actions: Actions[argparse.ArgumentParser]) -> None:
    checklist = action(
        actions,
        "checklist",
        "the seventeen items of a reviewer, answered from what is shown (审查清单)",
        "Answers each item from the report and from what else is named, or says `not shown`. Exit code 1: something is "
        "not shown.",
        run_in(_CHECKLIST, "checklist"),
    )
    _add_report(checklist)
    _add_figure(checklist)
    checklist.add_argument(
        "--opinion", metavar="FILE", type=Path, action="append", default=[], help="a signed opinion (may be repeated)"
    )
    _add_known(checklist)
    checklist.add_argument("--ledger", metavar="FILE", type=Path, help="ledger of misstatements (TOML)")
    checklist.add_argument("--baseline", metavar="DIR", type=Path, help="report of the base year")
    checklist.add_argument("--product", metavar="NAME", help="the product by which the years are compared")
    _add_output_u95(checklist)
    checklist.add_argument("--portfolio", metavar="FILE", type=Path, help="the bank's loans")
    _add_bank(checklist)
    checklist.add_argument("--loan", metavar="NAME", help="which of its loans this is")
    checklist.add_argument("--books", metavar="URL", help="database with the report's versions")
    checklist.add_argument(
        "--export", metavar="FILE", type=Path, action="append", default=[], help="a file made of it (may be repeated)"
    )
    checklist.add_argument("--out", metavar="FILE", type=Path, help="write the page (Markdown); never overwritten")


def _register_reduction(actions: Actions[argparse.ArgumentParser]) -> None:
    reduction = action(
        actions,
        "reduction",
        "what was avoided against a baseline, at equal production (减排量)",
        "Holds a report against that of the base year by a product that both have, and says what is sure of the "
        "reduction: two standard uncertainties off. Exit code 1: nothing is sure, or the intensity hides a growth.",
        run_in(_JUDGING, "reduction"),
    )
    reduction.add_argument("baseline", metavar="BASELINE", type=Path, help="folder of the base year's report")
    _add_report(reduction)
    reduction.add_argument(
        "--figure",
        metavar="NAME",
        default="total-location",
        help="what was reduced: a figure of the report, coal (折标准煤) or water (节水量) (default: total-location)",
    )
    reduction.add_argument("--product", metavar="NAME", required=True, help="the product by which they are compared")
    _add_output_u95(reduction)


def _register_versions(actions: Actions[argparse.ArgumentParser]) -> None:
    keep = action(
        actions,
        "keep",
        "keep a report as a version, for ever (重述)",
        "Keeps a report in a database as the newest version of its site, period and figure. Nothing that is kept is "
        "changed or taken out.",
        run_in(_VERSIONS, "keep"),
    )
    _add_report(keep)
    _add_figure(keep)
    _add_books(keep)
    keep.add_argument(
        "--reason",
        choices=("first", "new_evidence", "correction", "factor_superseded", "method", "boundary"),
        default="first",
        help="why there is another version (default: first)",
    )
    keep.add_argument("--why", metavar="TEXT", required=True, help="the same in words")
    keep.add_argument("--by", metavar="NAME", required=True, help="who made the report")
    versions = action(
        actions,
        "versions",
        "the versions of a figure, and which one was known when",
        "Lists the versions of a line with what each changed, or the lines that there are; --known-at names the "
        "version that stood at a time, and --out writes its report.",
        run_in(_VERSIONS, "versions"),
    )
    _add_books(versions)
    versions.add_argument("--line", metavar="NAME", help="site, period and figure, as `review keep` named it")
    versions.add_argument("--known-at", metavar="TIME", type=instant_or_seconds, help=f"as known then: {TIME_HELP}")
    versions.add_argument("--out", metavar="FILE", type=Path, help="write the report of that version")


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", metavar="REPORT", type=Path, help="folder that `footprint report` made")


def _add_figure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--figure", metavar="NAME", default="total-location", help="figure of the report (default: total-location)"
    )


def _add_output_u95(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output-u95",
        metavar="SHARE",
        type=_share,
        help="U95 of what was made as a share of it, such as 0.01, where a report does not state it",
    )


def _add_books(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--books", metavar="URL", required=True, help="database of books: sqlite:///FILE, postgresql://…"
    )


def _add_known(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--signer", metavar="ID", type=bytes32, action="append", default=[], help="id of a key whose opinions you take"
    )
    parser.add_argument("--at", metavar="TIME", type=instant_or_seconds, help=f"at which time: {TIME_HELP} (now)")


def _add_bank(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bank", metavar="NAME", default="", help="the bank that asks: no third party is itself (default: none)"
    )


def _seed(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a seed is written in hexadecimal digits") from None


def _share(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError("a share is a number between 0 and 1") from None
    if not (value.is_finite() and 0 < value < 1):
        raise argparse.ArgumentTypeError("a share is a number between 0 and 1")
    return value
