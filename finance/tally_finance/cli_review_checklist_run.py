"""What `tallystick finance review checklist` does."""

from __future__ import annotations

import argparse
from hashlib import sha256
from pathlib import Path

from tally_edge.errors import ConfigError
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, say, write_new
from tally_finance.cli_review_judging_run import avoided, positions, scored
from tally_finance.cli_review_signing_run import moment, objections, read
from tally_finance.review import checklist as checking
from tally_finance.review import comparing, ledger_file, reported
from tally_finance.review.answer import Shown
from tally_finance.review.kept import Kept, line_of
from tally_finance.review.portfolio import Financed, portfolio
from tally_finance.review.reported import Reported
from tally_finance.review.versions import Versions


def run_checklist(options: argparse.Namespace) -> int:
    """Seventeen items."""
    shown = _shown(options, reported.load(options.report))
    items = checking.checklist(shown)
    text = checking.page(shown, items)
    if options.out is not None:
        write_new(options.out, text.encode())
    say(options, {"items": [_told(one) for one in items]}, [text.rstrip()])
    return OK if all(one.is_shown for one in items) else DOES_NOT_HOLD


def _told(item: checking.Item) -> dict[str, object]:
    answers = [
        {"question": str(one.question), "said": None if one.said is None else str(one.said)} for one in item.answers
    ]
    return {"is_shown": item.is_shown, "number": item.number, "title": str(item.title), "answers": answers}


def _shown(options: argparse.Namespace, about: Reported) -> Shown:
    now = moment(options)
    judged = [(one, objections(one, about, now, options.signer, None)) for one in map(read, options.opinion)]
    if (options.baseline is None) != (options.product is None):
        raise ConfigError("a baseline is compared by a product: name both, or neither")
    return Shown(
        about,
        judged,
        None if options.ledger is None else ledger_file.load(options.ledger, about),
        None if options.books is None else _versions(options.books, line_of(about, options.figure)),
        None if options.baseline is None else avoided(options, about),
        scored(about, options.figure, _verified(options, about)) if about.parts else None,
        _financed(options),
        [(path.name, _digest(path)) for path in options.export],
    )


def _verified(options: argparse.Namespace, about: Reported) -> str | None:
    """Why a line is verified, if one of the opinions is a verification that stands and the bank is named."""
    if not options.bank:
        return None
    return comparing.verified(map(read, options.opinion), about, moment(options), options.signer, bank=options.bank)


def _financed(options: argparse.Namespace) -> Financed | None:
    if (options.portfolio is None) != (options.loan is None):
        raise ConfigError("a loan stands in a portfolio: name both, or neither")
    if options.portfolio is None:
        return None
    for one in portfolio(positions(options, options.portfolio)).loans:
        if one.position.loan == options.loan:
            return one
    raise ConfigError(f"{options.portfolio} has no loan {options.loan}")


def _versions(url: str, line: str) -> Versions:
    engine = engine_for(url)
    try:
        migrate(engine)
        return Kept(engine).versions(line)
    finally:
        engine.dispose()


def _digest(path: Path) -> bytes:
    try:
        return sha256(path.read_bytes()).digest()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error}") from None
