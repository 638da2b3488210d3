"""Options that the commands of a lender's desk share: whose desk, which database, which chain. Light until it runs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tally_chain.cli.where import add_where
from tally_edge.cli_time import TIME_HELP, instant_or_seconds
from tally_finance import mass_text

Actions = argparse._SubParsersAction
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,2})?")


def action(
    actions: Actions[argparse.ArgumentParser],
    name: str,
    text: str,
    description: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """A sub-command that prints for people, or one JSON object."""
    parser = actions.add_parser(name, help=text, description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)
    return parser


def add_desk(parser: argparse.ArgumentParser) -> None:
    """Whose desk, and where its books are."""
    parser.add_argument(
        "--desk", metavar="FILE", type=Path, required=True, help="the desk's sheet (TOML): book, lender, goods, prices"
    )
    parser.add_argument("--books", metavar="URL", help="database of the books (default: books.db beside the sheet)")


def add_chain(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Which chain, and the contracts on it."""
    add_where(parser, required=required)
    parser.add_argument(
        "--pins",
        metavar="FILE",
        type=Path,
        required=required,
        help="what `chain deploy receipts --json` printed: chain and contracts",
    )


def add_names(parser: argparse.ArgumentParser) -> None:
    """The reader's names."""
    parser.add_argument(
        "--names", metavar="FILE", type=Path, help="your own names for ids, one on a line: 64 hex digits, then the name"
    )


def add_once(parser: argparse.ArgumentParser) -> None:
    """A name under which something is done once."""
    parser.add_argument(
        "--once", metavar="NAME", help="name of this very act: given twice, it is done once (default: a new one)"
    )


def add_times(parser: argparse.ArgumentParser) -> None:
    """As known when, and as of when."""
    parser.add_argument("--known-at", metavar="TIME", type=instant_or_seconds, help=f"as known then: {TIME_HELP} (now)")
    parser.add_argument("--as-of", metavar="TIME", type=instant_or_seconds, help="as of then (default: --known-at)")


def grams(text: str) -> int:
    """A quantity with its unit, in grams; exact."""
    try:
        return mass_text.grams_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def amount(text: str) -> Decimal:
    """A sum of money with at most two places."""
    if _AMOUNT.fullmatch(text) is None:
        raise argparse.ArgumentTypeError("an amount is yuan with at most two decimals: 1234.56")
    return Decimal(text)


def shown(value: Any) -> str:
    """A value for a person."""
    return "–" if value is None else f"{value:,f}" if isinstance(value, Decimal) else str(value)
