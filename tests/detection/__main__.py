"""`make detection`: measures, prints caught, missed and false alarms, and writes docs/detection.md."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.detection import page, rules, statistics

BUILD = Path("build") / "detection"


def main() -> int:
    """Measure and write; 1 where a rule check missed something or was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.detection", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="seeds of the rule checks, from 1 on (50)")
    parser.add_argument("--power-seeds", type=int, default=20, help="seeds of the statistical checks (20)")
    parser.add_argument("--page", action="store_true", help="measure nothing: write the page from build/detection")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    if not options.page:
        rules.count(range(1, options.seeds + 1), BUILD / "rules.json")
        measured = statistics.measure(options.power_seeds)
        (BUILD / "statistics.json").write_text(json.dumps(measured, indent=1), "utf-8")
    told = page.Measured(
        json.loads((BUILD / "rules.json").read_text("utf-8")),
        json.loads((BUILD / "statistics.json").read_text("utf-8")),
    )
    page.PAGE.write_text(page.render(told), "utf-8")
    for line in page.summary(told):
        print(line)
    return 1 if page.faults(told) else 0


if __name__ == "__main__":
    sys.exit(main())
