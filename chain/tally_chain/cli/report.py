"""The parsers of `tallystick report` and `viewer`. Light: what they run is imported when it runs."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

from tally_chain.cli.verify import add_trust


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    report = subparsers.add_parser(
        "report",
        help="write a bundle as one page that checks itself in a browser",
        description=(
            "Verify a bundle and write it as one HTML page that carries it, draws it, and checks it again wherever it "
            "is opened. A sealed bundle is carried open. Without --policy, a policy.toml beside the bundle is taken: "
            "whoever reads the page brings a policy of their own anyway. Nothing is written where the evidence does "
            "not hold, unless --anyway says so. Exit codes are those of `tallystick verify`."
        ),
    )
    report.add_argument("bundle", type=Path, help="the bundle file, sealed or not")
    add_trust(report, required=False)
    report.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the page to write")
    report.add_argument("--title", default="", help="a title for people; nobody signs it")
    report.add_argument("--anyway", action="store_true", help="write it too where the evidence does not hold")
    report.set_defaults(run=_run("report"))

    viewer = subparsers.add_parser(
        "viewer",
        help="write the reader's own page, which checks reports and bundles",
        description=(
            "Write a static page that opens reports and bundles, ignores a report's own program, and verifies what it "
            "carries under the reader's own policy. Its digest is published in docs/viewer.md."
        ),
    )
    what = viewer.add_mutually_exclusive_group(required=True)
    what.add_argument("-o", "--output", type=Path, metavar="FILE", help="the page to write")
    what.add_argument("--digest", action="store_true", help="print the SHA-256 of the page, and write nothing")
    viewer.set_defaults(run=_run("viewer"))


def _run(name: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        module = importlib.import_module("tally_chain.cli.report_run")
        function: Callable[[argparse.Namespace], int] = getattr(module, name)
        return function(arguments)

    return run
