"""What `tallystick finance footprint` does."""

from __future__ import annotations

import argparse
import csv
import json

from tally_chain.cli import verify
from tally_chain.findings import Severity
from tally_chain.verify import verdict as verdicts
from tally_edge.errors import ConfigError
from tally_finance.activity import boundary_file, telling, telling_json
from tally_finance.activity.report import report_of

OK, DOES_NOT_HOLD = 0, 1


def run_activity(options: argparse.Namespace) -> int:
    """A site's activity data."""
    if options.intervals is not None and options.intervals.exists():
        raise ConfigError(f"{options.intervals} exists already")
    boundary = boundary_file.load(options.boundary)
    examined = verify.examined(options)
    verdict = examined.verdict
    verify.show_everything()
    found = report_of(examined, boundary) if examined.statements or examined.gapped else None
    if options.intervals is not None and found is not None:
        with options.intervals.open("x", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(telling_json.interval_rows(found))
    if options.json:
        told = verdicts.to_json(verdict)
        activity = None if found is None else telling_json.as_json(found)
        whole = {"holds": told["holds"], "findings": told["findings"], "activity": activity}
        print(json.dumps(whole, ensure_ascii=False, indent=1))
    elif found is None:
        print(verdicts.to_text(verdict), end="")
        print("no activity data: nothing in the bundle may be calculated with")
    else:
        failures = [one for one in verdict.findings if one.severity is Severity.FAILURE]
        print("\n".join(telling.as_text(found, failures)))
    return OK if verdict.holds and found is not None and found.is_bounded else DOES_NOT_HOLD
