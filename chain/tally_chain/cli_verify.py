"""The command `tallystick verify`: a bundle against a reader's policy, offline or with a chain at hand."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from tally_chain import bundle, policy
from tally_chain.errors import BundleError, PolicyError
from tally_chain.verify import verdict as verdicts
from tally_chain.verify.verifier import verify

EXIT_HOLDS = 0
EXIT_DOES_NOT_HOLD = 1
EXIT_WRONG_USE = 2
EXIT_UNREADABLE = 3


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "verify",
        help="check a bundle against a reader's policy",
        description=(
            "Check a bundle: every statement, key, head and figure in it, trusting only whom the policy names. "
            "Works without a network. Exit code 0: the evidence holds; 1: it does not; "
            "2: the policy or the call is wrong; 3: the file is not a bundle."
        ),
    )
    parser.add_argument("bundle", type=Path, help="the bundle file")
    parser.add_argument("--policy", type=Path, required=True, help="the reader's policy (TOML)")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.add_argument("--at", type=int, metavar="SECONDS", help="verify as of this Unix time instead of now")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    try:
        trusted = policy.parse(arguments.policy.read_text("utf-8"), str(arguments.policy))
    except (OSError, UnicodeDecodeError, PolicyError) as error:
        print(f"tallystick verify: {error}", file=sys.stderr)
        return EXIT_WRONG_USE
    try:
        evidence = bundle.decode(arguments.bundle.read_bytes())
    except (OSError, BundleError) as error:
        print(f"tallystick verify: {arguments.bundle}: {error}", file=sys.stderr)
        return EXIT_UNREADABLE
    now = int(time.time()) if arguments.at is None else arguments.at
    verdict = verify(evidence, trusted, now=now)
    if arguments.json:
        print(json.dumps(verdicts.to_json(verdict), ensure_ascii=False, indent=2))
    else:
        print(verdicts.to_text(verdict), end="")
    return EXIT_HOLDS if verdict.holds else EXIT_DOES_NOT_HOLD
