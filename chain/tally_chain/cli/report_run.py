"""What `tallystick report` and `viewer` do. Errors are raised; the command line knows their exit codes."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from tally_chain import bundle as bundles
from tally_chain import fingerprint, policy_text
from tally_chain.cli.verify import (
    EXIT_DOES_NOT_HOLD,
    EXIT_HOLDS,
    EXIT_UNREADABLE,
    EXIT_WRONG_USE,
    now_of,
    policy_of,
    read_bundle,
    read_policy,
    show_everything,
)
from tally_chain.errors import BundleError, PolicyError
from tally_chain.page import report_file, skeleton
from tally_chain.page.report_file import ReportData
from tally_chain.policy import Policy
from tally_chain.verify import verdict as verdicts
from tally_chain.verify.verifier import verify
from tally_edge import durable

BESIDE: Final = "policy.toml"
"""The maker's policy where none is named, in the bundle's folder. A report's own check binds nobody."""


def report(arguments: argparse.Namespace) -> int:
    """`report`."""
    now = now_of(arguments)
    try:
        evidence, reader_key = read_bundle(arguments, arguments.bundle)
        arguments.policy = arguments.policy or _beside(arguments.bundle)
        text, trusted = _policy(arguments, now)
        data = ReportData(arguments.title, text, int(time.time()), bundles.encode(evidence))
        page = report_file.encode(data, skeleton.report_shell())
    except PolicyError as error:
        print(f"tallystick report: {error}", file=sys.stderr)
        return EXIT_WRONG_USE
    except BundleError as error:
        print(f"tallystick report: {error}", file=sys.stderr)
        return EXIT_UNREADABLE
    verdict = verify(evidence, trusted, now=now, reader_key=reader_key)
    show_everything()
    print(verdicts.to_text(verdict), end="")
    if not verdict.holds and not arguments.anyway:
        print(f"tallystick report: {arguments.output} is not written: the evidence does not hold", file=sys.stderr)
        return EXIT_DOES_NOT_HOLD
    durable.write_file(arguments.output, page)
    print(f"\n{arguments.output}: {len(page)} bytes")
    print(f"fingerprint of its data  {fingerprint.hexed(report_file.decode(page).digest)}")
    return EXIT_HOLDS if verdict.holds else EXIT_DOES_NOT_HOLD


def _beside(bundle: Path) -> Path:
    """The policy in the bundle's folder. Raises PolicyError where there is none, since nobody named that file."""
    path = bundle.with_name(BESIDE)
    if not path.exists():
        raise PolicyError(f"no --policy is given, and there is no {path}")
    return path


def _policy(arguments: argparse.Namespace, now: int) -> tuple[str, Policy]:
    """The policy that the page will carry, as text and as read from that text. With a chain at hand it holds what the
    chain shows now, so that the page needs none."""
    if arguments.endpoint is None and arguments.embedded is None:
        read_policy(arguments.policy)  # says which file is wrong
        text = arguments.policy.read_text("utf-8")
        return text, policy_text.parse(text, str(arguments.policy))
    from tally_chain import at_hand  # noqa: PLC0415

    text = policy_text.write(at_hand.noted(read_policy(arguments.policy), policy_of(arguments, now)))
    return text, policy_text.parse(text, str(arguments.policy))


def viewer(arguments: argparse.Namespace) -> int:
    """`viewer`."""
    if arguments.digest:
        print(skeleton.viewer_digest())
        return EXIT_HOLDS
    page = skeleton.viewer()
    durable.write_file(arguments.output, page)
    print(f"{arguments.output}: {len(page)} bytes")
    print(f"SHA-256  {fingerprint.hexed(bytes.fromhex(skeleton.viewer_digest()))}")
    print("compare it with the one in docs/viewer.md, or with a colleague's")
    return EXIT_HOLDS
