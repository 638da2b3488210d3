"""The arguments that every `tallystick finance export` takes: which report, and by what it is verified first. Light."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli import verify


def add_report(parser: argparse.ArgumentParser) -> None:
    """The arguments of every export: the folder, bundles, the trust of `footprint verify`, `--unverified`."""
    parser.add_argument("folder", metavar="REPORT", type=Path, help="the report's folder")
    parser.add_argument("bundles", metavar="BUNDLE", type=Path, nargs="*", help="default: those in the folder")
    parser.add_argument(
        "--unverified",
        action="store_true",
        help="export without computing the report again; what is written says so throughout",
    )
    verify.add_trust(parser, required=False)
