"""The command `tallystick finance demo`: one sub-command for each demonstration. Light until one runs."""

from __future__ import annotations

import argparse

from tally_trial.footprint_demo import commands as footprint
from tally_trial.receipts_demo import commands as receipts


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command below `tallystick finance`."""
    demo = subparsers.add_parser("demo", help="what this part does, played in a folder with simulated goods and meters")
    demos = demo.add_subparsers(dest="demo_command", metavar="DEMO", title="demos", required=True)
    receipts.register(demos)
    footprint.register(demos)
