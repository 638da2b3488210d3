"""The command `tallystick finance quote`: sign a price, and say whose key signed one. Light until it runs."""

from __future__ import annotations

import argparse
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tally_chain.cli.where import action, add_contracts, add_passphrase, address, bytes32, run_in
from tally_edge.cli_time import TIME_HELP, instant_or_seconds


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("quote", help="price quotes of registered sources (报价)")
    actions = parser.add_subparsers(dest="quote_command", metavar="COMMAND", title="commands", required=True)
    _register_sign(actions)
    check = action(
        actions,
        "check",
        "whose key signed a quote, by the registry on a chain",
        "Reads a quote and the registry of organisations, and says whether a good key of the price source that it "
        "names signed it. Exit code 1: it does not count, or does not speak now.",
        run_in("tally_finance.cli_quote_run", "check"),
    )
    check.add_argument("file", metavar="FILE", type=Path, help="the quote")
    add_contracts(check)


def _register_sign(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sign = actions.add_parser(
        "sign",
        help="sign a price",
        description="Writes a quote that a key of role price-source signs, for one registry on one chain.",
    )
    sign.add_argument("--source", metavar="ID", type=bytes32, required=True, help="the source's registry id")
    sign.add_argument("--commodity", required=True, help="kind, grade and place, as all sources write it")
    sign.add_argument("--price", metavar="YUAN", type=money, required=True, help="per tonne, at most two decimals")
    sign.add_argument("--currency", default="CNY", help="three capital letters (default CNY)")
    sign.add_argument("--lineage", metavar="HEX", type=bytes32, required=True, help="digest of the source's own record")
    sign.add_argument("--from", metavar="TIME", dest="at", type=instant_or_seconds, help=f"{TIME_HELP} (default: now)")
    sign.add_argument("--until", metavar="TIME", type=instant_or_seconds, required=True, help=TIME_HELP)
    sign.add_argument("--chain-id", type=int, required=True, help="of the chain that the registry stands on")
    sign.add_argument(
        "--organisations", metavar="ADDRESS", type=address, required=True, help="address of Organisations"
    )
    sign.add_argument("--key", metavar="FILE", type=Path, required=True, help="key file (Web3 secret storage v3)")
    add_passphrase(sign)
    sign.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")
    sign.set_defaults(run=run_in("tally_finance.cli_quote_run", "sign"))


def money(text: str) -> int:
    """An amount with at most two decimals, in hundredths."""
    try:
        hundredths = Decimal(text).scaleb(2)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount") from None
    if not hundredths.is_finite() or hundredths != int(hundredths) or hundredths <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount above zero with at most two decimals")
    return int(hundredths)
