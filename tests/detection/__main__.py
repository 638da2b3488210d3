"""`make detection`: measures, prints caught, missed and false alarms, and writes docs/detection.md.

What was measured stands in build/detection/ at once, by seed and by the code that was measured: called again after it
was cut off, it goes on from there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.detection import journal, page, rules, statistics

BUILD = Path("build") / "detection"


def main() -> int:
    """Measure and write; 1 where a rule check missed something or was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.detection", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="seeds of the rule checks, from 1 on (50)")
    parser.add_argument("--power-seeds", type=int, default=60, help="seeds of the statistical checks (60)")
    parser.add_argument("--page", action="store_true", help="measure nothing: write the page from measured.json anew")
    options = parser.parse_args()
    if options.page:
        told = page.load()
    else:
        folder = BUILD / journal.code()
        told = page.Measured(
            rules.measure(range(1, options.seeds + 1), folder / "rules.jsonl"),
            statistics.measure(options.power_seeds, folder / "statistics.jsonl"),
        )
    page.write(told)
    for line in page.summary(told):
        print(line)
    return 1 if page.faults(told) else 0


if __name__ == "__main__":
    sys.exit(main())
