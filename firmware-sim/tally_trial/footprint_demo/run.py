"""`tallystick finance demo footprint`: from signed readings to two signatures, and to a cheat that turns red.

DIR/evidence     gateway, bundle, the reader's policy; of the steel year the agent as well
DIR/sheets       what the borrower states: boundary, inventory, certificates
DIR/reports/1    the first report; 2: the restated one
DIR/exports      the report for others to read
DIR/review       ledgers, conclusion, verification, portfolio, checklist
DIR/books.db     the versions that were kept
DIR/cheat        a copy of the report in which a figure was edited
DIR/transcript.txt  every command with its answer
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tally_edge import durable
from tally_gateway.demo.stage import Progress
from tally_trial.folder import left_whole
from tally_trial.footprint_demo import plant, steel
from tally_trial.footprint_demo.cast import LEAD, MAKER, OPENED_BY, make_keys
from tally_trial.footprint_demo.reporting import OWN_FACTORS, Reporting
from tally_trial.footprint_demo.reviewing import Reviewing
from tally_trial.footprint_demo.script import Say, Script
from tally_trial.footprint_demo.site import BUNDLE, SIGNER, Site

Play = Callable[[Path, Say, Progress], Site]


def steel_year(file: Path) -> Play:
    """The real year, from its file."""
    return lambda folder, say, progress: steel.played(file, folder, say, progress)


def works(days: int) -> Play:
    """The simulated works over so many days."""
    return lambda folder, say, progress: plant.played(days, folder, say, progress)


def run(folder: Path, play: Play, say: Say, progress: Progress) -> Site:
    """Play it all in `folder`, which is empty or not there. Raises TrialUsageError, TrialError, DemoError."""
    with left_whole(folder):
        script = Script(folder, say)
        site = play(folder, lambda text: say(f"    {text}"), progress)
        size = (folder / BUNDLE).stat().st_size
        script.say("evidence 证据", f"{site.title}: signed, logged, anchored; a bundle of {size:,} bytes")
        ids = make_keys(script)
        _leave_sheets(script, site, ids[MAKER])
        reporting = Reporting(script, site)
        reviewing = Reviewing(script, site, reporting, ids)
        reporting.first()
        reviewing.objects()
        reporting.again()
        reviewing.visits()
        reviewing.signs()
        reporting.exported(ids[LEAD])
        reviewing.closes()
        reviewing.catches()
    return site


def _leave_sheets(script: Script, site: Site, signer: str) -> None:
    """What the borrower states; its own factors are signed by its key."""
    sheets = script.folder / "sheets"
    durable.make_folder(sheets)
    for name, text in site.sheets.items():
        durable.write_file(sheets / name, text.replace(SIGNER, signer).encode())
    if site.own:
        durable.write_file(sheets / "own.toml", site.own.encode())
        words = ("--organisation", site.borrower, "--key", MAKER.file, "--passphrase-file", OPENED_BY)
        script.run("finance", "factor", "sign", "sheets/own.toml", *words, "--out", OWN_FACTORS)
