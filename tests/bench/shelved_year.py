"""A site-year of many meters as a reviewers' desk keeps it: the report's folder with its evidence, the policy under
which it is read, and what pages draw of it. In a process of its own, which takes two gigabytes for 200 meters.

    FOLDER/policy.toml  FOLDER/reports/kept/DIGEST/  FOLDER/reports/drawn/DIGEST/

Signing a year takes minutes, so a folder that is there is taken as it is; delete it to have it made anew.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from tally_chain import bundle, policy_text
from tally_finance.activity import boundary_file
from tally_finance.factors.shipping import shipped
from tally_finance.report import folder, inventory_file
from tally_finance.report.making import report_of
from tally_finance.review_api import drawn
from tests.bench import site_year
from tests.bench.bench_footprint import handed_over, verified
from tests.finance.activity import works
from tests.world import START

NOW = START + 395 * works.DAY_S
"""When it is looked at: the log's head is anchored, and keys and plan are good."""
SMALL = 2_000
"""Intervals up to which the evidence is verified before it is counted, and nothing is kept for the next run."""


def shelved(place: Path, meters: int, intervals: int) -> bytes:
    """Have it made where it is not there; the report's digest."""
    if not place.exists():
        new = place.with_name(f".{place.name}")
        shutil.rmtree(new, ignore_errors=True)
        subprocess.run(
            [sys.executable, "-m", "tests.bench.shelved_year", str(new), str(meters), str(intervals)], check=True
        )
        new.rename(place)
    (kept,) = (place / "reports" / "kept").iterdir()
    return bytes.fromhex(kept.name)


def make(place: Path, meters: int, intervals: int) -> None:
    """Sign, count, write."""
    world = site_year.opened(meters)
    site_year.say(world, meters, intervals)
    (place / "reports" / "kept").mkdir(parents=True)
    (place / "policy.toml").write_text(policy_text.write(works.policy_of(world)), "utf-8")
    every = [one.index for one in world.placed()]
    data = bundle.encode(world.bundle_of(every, intervals * site_year.QUARTER_S // 3600))
    with tempfile.TemporaryDirectory() as name:
        sheet = site_year.sheets(Path(name), meters)
        inventory = inventory_file.load(sheet)
        limits = boundary_file.load(sheet.with_name("boundary.toml"))
    examined = (verified if intervals <= SMALL else handed_over)(world, intervals)
    report = report_of(examined, inventory, limits, shipped(), (sha256(data).digest(),))
    digest = report.digest.hex()
    folder.write(place / "reports" / "kept" / digest, report, [data])
    drawn.write(place / "reports" / "drawn", digest, report, examined)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
