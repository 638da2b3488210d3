"""What `tallystick finance review` works out of a report: materiality, visits, score, reduction, portfolio."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

from tally_edge.errors import ConfigError
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, say
from tally_finance.cli_review_signing_run import moment, objections, read
from tally_finance.errors import ReviewError
from tally_finance.exact_json import plain
from tally_finance.review import comparing, ledger_file, portfolio_file, reported, sampling
from tally_finance.review.opinions import Verification
from tally_finance.review.pcaf import Quality, quality
from tally_finance.review.portfolio import Financed, Position, portfolio
from tally_finance.review.reduction import Reduction
from tally_finance.review.reported import Reported
from tally_finance.review.told import decimals


def run_ledger(options: argparse.Namespace) -> int:
    """Materiality."""
    held = ledger_file.load(options.ledger, reported.load(options.report))
    found = held.materiality
    told = {"figure": held.figure, "total_kg": plain(held.total), **plain(found), "is_material": found.is_material}
    lines = [
        f"{one.number}. {one.text} ({one.where}): {decimals(one.error)} kg{', corrected' if one.corrected else ''}"
        for one in held.ledger.entries
    ]
    lines.append(f"too high {decimals(found.too_high)} kg, too low {decimals(found.too_low)} kg")
    lines.append(
        f"limit {decimals(found.limit)} kg of {held.figure}: {'material' if found.is_material else 'not material'}"
    )
    say(options, told, lines)
    return DOES_NOT_HOLD if found.is_material else OK


def run_sample(options: argparse.Namespace) -> int:
    """Visits."""
    about = reported.load(options.report)
    found = sampling.plan(
        about.meters, (about.digest, about.to_at), options.seed, options.tolerable, options.confidence
    )
    lines = [
        f"{one.meter.point} {one.meter.register}, serial {one.meter.serial or 'not shown'}: "
        f"{'; '.join(one.reasons) or 'drawn'}"
        for one in found.visits
    ]
    if found.others:
        lines.append(
            f"{found.drawn} of the {found.others} others are drawn: if {found.bad} of them were bad, one is met with "
            f"{decimals(100 * found.chance)} %"
        )
    say(options, plain(found), lines)
    return OK


def run_score(options: argparse.Namespace) -> int:
    """Data quality."""
    about = reported.load(options.report)
    verified = None if options.verification is None else _verified(options, about, options.verification)
    found = scored(about, options.figure, verified)
    lines = [f"{one.option.score} ({one.option.code}) {one.part.name}: {one.why}" for one in found.parts]
    told = {
        "weighted": plain(found.weighted),
        "worst": found.worst,
        "parts": [
            {"name": one.part.name, "score": one.option.score, "option": one.option.code, "why": one.why}
            for one in found.parts
        ],
    }
    say(options, told, [*lines, f"weighted by emissions: {decimals(found.weighted)}"])
    return OK


def _verified(options: argparse.Namespace, about: Reported, file: Path) -> str:
    """Why a verification stands for a report. Raises ReviewError where it does not, ConfigError without a bank."""
    if not options.bank:
        raise ConfigError("name the bank that asks by --bank: a verification is by somebody else than it")
    if about.unsound:
        raise ReviewError(f"{about.unsound}: no verification makes it better data")
    opinion = read(file)
    against = objections(opinion, about, moment(options), options.signer, options.bank)
    said = opinion.said
    if against or not isinstance(said, Verification):
        raise ReviewError(f"{file}: {'; '.join(f'{one.name.value}: {one.text}' for one in against)}")
    return comparing.words(said)


def scored(about: Reported, figure: str, verified: str | None) -> Quality:
    """The score of a figure's lines. Raises ReviewError for a figure without lines."""
    parts = about.parts_of(figure)
    return quality(parts, verified)


def run_reduction(options: argparse.Namespace) -> int:
    """What was avoided."""
    now = reported.load(options.report)
    found, unit = avoided(options, now), now.counted(options.figure).unit
    short, of = ("kg", "_kg") if unit == "kgCO2e" else (unit, "")
    told = {
        "unit": unit,
        f"avoided{of}": plain(found.avoided.value),
        f"sure{of}": plain(found.sure),
        "percent": plain(found.percent),
        "baseline_intensity": plain(found.baseline_intensity),
        "intensity": plain(found.intensity),
        f"absolute{of}": plain(found.absolute),
        "hides_growth": found.hides_growth,
    }
    lines = [
        f"{unit} for a unit: {decimals(found.baseline_intensity)}, now {decimals(found.intensity)}",
        f"avoided at equal production: {decimals(found.avoided.value)} {short} ({decimals(found.percent)} %)",
        f"sure of it: {decimals(found.sure)} {short}",
        f"absolute: {decimals(found.absolute)} {short} less than the baseline",
    ]
    lines += ["the intensity falls while the emissions rise"] if found.hides_growth else []
    say(options, told, lines)
    return DOES_NOT_HOLD if found.sure <= 0 or found.hides_growth else OK


def avoided(options: argparse.Namespace, now: Reported) -> Reduction:
    """Against the baseline that the options name. Raises ReviewError for years that are not compared."""
    baseline = reported.load(options.baseline)
    return comparing.avoided(baseline, now, options.figure, options.product, options.output_u95)


def run_portfolio(options: argparse.Namespace) -> int:
    """Financed emissions."""
    found = portfolio(positions(options, options.file))
    lines = [
        f"{one.position.loan}: {decimals(one.attribution)} of {decimals(one.position.emissions)} kg = "
        f"{decimals(one.emissions)} kg, score {decimals(one.position.score)}{_no_year(one)}"
        for one in found.loans
    ]
    lines.append(f"financed: {decimals(found.emissions)} kg")
    if found.score is not None and found.intensity is not None:
        lines.append(
            f"score weighted by what is outstanding: {decimals(found.score)}; "
            f"{decimals(found.intensity * 100 * 1_000_000)} kg for each million yuan"
        )
    say(options, plain(found), lines)
    return OK


def _no_year(one: Financed) -> str:
    return f"; OF {one.position.days} DAYS, NO YEAR" if one.is_year is False else ""


def positions(options: argparse.Namespace, file: Path) -> tuple[Position, ...]:
    """The loans of a file; reports that it names score with the verifications that it names and that stand."""

    def emitted(folder: Path, market: str, verification: Path | None) -> tuple[Fraction, Fraction, int]:
        about, figure = reported.load(folder), f"total-{market}"
        verified = None if verification is None else _verified(options, about, verification)
        return Fraction(about.figure(figure).kg), scored(about, figure, verified).weighted, about.days

    return portfolio_file.load(file, emitted)
