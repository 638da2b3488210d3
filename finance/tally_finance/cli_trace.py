"""The command `tallystick finance trace`: a calculation done again, and a result opened. Light until it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import bytes32, run_in
from tally_finance.cli_desk import Actions, action

_RUN = "tally_finance.cli_trace_run"
DEPTH = 3


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("trace", help="traces of calculations, done again (计算轨迹)")
    actions = parser.add_subparsers(dest="trace_command", metavar="COMMAND", title="commands", required=True)
    again = action(
        actions,
        "replay",
        "do every step of a trace again",
        "Reads a trace strictly, does every step again, and looks every factor up in the registry. No network. Exit "
        "code 1: a step or a factor does not hold.",
        run_in(_RUN, "replay"),
    )
    again.add_argument("file", metavar="FILE", type=Path, help="a trace")
    again.add_argument(
        "--own", metavar="FILE", type=Path, action="append", default=[], help="signed factors of an organisation"
    )
    again.add_argument(
        "--signer", metavar="ID", type=bytes32, action="append", default=[], help="id of a key that you take them from"
    )
    opened = action(
        actions,
        "open",
        "what a result was made of",
        "Shows a result with the steps that led to it, down to its inputs and where they stand.",
        run_in(_RUN, "open"),
    )
    opened.add_argument("file", metavar="FILE", type=Path, help="a trace")
    opened.add_argument("result", metavar="NAME", help="a result's name, or the digits that a step's id begins with")
    opened.add_argument("--depth", metavar="N", type=int, default=DEPTH, help=f"so many steps down (default: {DEPTH})")
