"""What every export does first: compute the report again from its evidence, and refuse one that is another.

What nobody verified is not exported, except by `--unverified`; then the mark stands on every page and table that is
written. A report that is the same and says itself that its evidence does not hold is exported, and says so there too.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from itertools import islice
from typing import Final

from tally_chain.bundle import Bundle
from tally_edge.errors import ConfigError
from tally_finance.errors import ExportError
from tally_finance.report import differing, folder
from tally_finance.report.again import again
from tally_finance.report.folder import Kept
from tally_finance.report.making import Report

UNVERIFIED: Final = "not computed again from the evidence 未经复算"
_MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Verified:
    """How a report stood when it was exported. `report`: as it was computed again, from `bundle`; None: nobody did."""

    report: Report | None
    bundle: Bundle | None = None

    @property
    def mark(self) -> str:
        """What to write on every page and table; empty where the report was computed again."""
        return "" if self.report is not None else UNVERIFIED


def kept_verified(options: argparse.Namespace) -> tuple[Kept, Verified]:
    """The folder that `options` name (`cli_export_of.add_report`), and its report computed again by their policy.

    Raises ExportError where the report differs from what its evidence gives; ConfigError where there is neither
    `--policy` nor `--unverified`; and what a verification raises for files that can not be read.
    """
    kept = folder.read(options.folder)
    if options.unverified:
        return kept, Verified(None)
    if options.policy is None:
        raise ConfigError("name the policy that the evidence is verified by (--policy), or export it --unverified")
    report, bundle = again(options, kept)
    if report.encode() != kept.data or report.trace.encode() != kept.trace:
        raise ExportError(f"{options.folder}: is another report than its evidence gives: {_where(kept, report)}")
    return kept, Verified(report, bundle)


def _where(kept: Kept, report: Report) -> str:
    """The first places that differ, and how many more there are."""
    every = differing.differences(kept.said, json.loads(report.encode()))
    shown = [f"{one.path} is {one.said}, not {one.computed}" for one in islice(every, _MOST_SHOWN)]
    more = sum(1 for _ in every)
    return "; ".join(shown or [f"{folder.TRACE}, or the way it is written"]) + (f"; {more} more" if more else "")
