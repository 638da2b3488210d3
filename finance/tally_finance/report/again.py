"""A report from the files that a command names, and from its own folder again (复算): the rim of what `making` does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from tally_chain.bundle import Bundle
from tally_chain.cli import verify
from tally_chain.verify.verifier import examine
from tally_finance.report import evidence, folder, inventory_file
from tally_finance.report.folder import Kept
from tally_finance.report.inventory import Inventory
from tally_finance.report.making import Report, report_of


def made(
    options: argparse.Namespace, paths: Sequence[Path], inventory: Inventory, sheet: Path, registry: str = ""
) -> tuple[Report, Bundle]:
    """The report of bundles, and the bundle that they are together. `options`: those of `verify.add_trust`.

    `registry`: as in `folder.inputs_of`; the newest factors where none is named.
    """
    inputs = folder.inputs_of(inventory, sheet, registry)
    now = verify.now_of(options)
    trusted = verify.policy_of(options, now)
    step("verifying the evidence 验证中")
    read = [verify.read_bundle(options, path) for path in paths]
    bundle = evidence.together([one for one, _ in read])
    examined = examine(bundle, trusted, now=now, reader_key=next((key for _, key in read), None))
    step("computing the report 计算中")
    digests = tuple(sha256(path.read_bytes()).digest() for path in paths)
    return report_of(examined, inventory, inputs.boundary, inputs.registry, digests), bundle


def step(what: str) -> None:
    """A year of many meters takes a minute: say to whoever sits there what they wait for."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{what} …\n")
        sys.stderr.flush()


def again(options: argparse.Namespace, kept: Kept, *, anew: bool = False) -> tuple[Report, Bundle]:
    """The report of a folder, from `options.bundles` or else the evidence in it, by the folder's own sheets.

    Its factors are chosen from what shipped when it was made; `anew`: from what ships now.
    """
    name = kept.folder / folder.REPORT
    registry = "" if anew else str(kept.said.get("registry", ""))
    return made(options, options.bundles or kept.bundles, inventory_file.loaded(kept.sheets, name), name, registry)
