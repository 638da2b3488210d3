"""The command `tallystick finance demo footprint`. Light until it runs."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tally_trial.footprint_demo.site import Site

PLANT_DAYS = 181


def register(demos: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command below `tallystick finance demo`."""
    footprint = demos.add_parser(
        "footprint",
        help="a factory's year from signed readings to a reviewer's signature (碳足迹审查全流程)",
        description=(
            "Play the real year of a steel plant (its file by --steel, else ../shared/data/meters where that is there) "
            "through a Modbus meter, the agent, the gateway and an embedded chain; or, with --plant or without the "
            "file, a simulated works with gas, steam, own generation, an exchange, gaps and certificates. Then report "
            "it, object, restate, sign a bank's conclusion and a third party's verification, make the exports, and "
            "catch a figure that was edited. Clocks are simulated, and the evidence says so. Every step is a command "
            "of this program; DIR/transcript.txt has each with its answer. Takes about a minute."
        ),
    )
    footprint.add_argument("--dir", type=_folder, required=True, metavar="DIR", help="an empty folder to leave it in")
    which = footprint.add_mutually_exclusive_group()
    which.add_argument("--steel", type=Path, metavar="FILE", help="the steel plant's year: Steel_industry_data.csv")
    which.add_argument("--plant", action="store_true", help="the simulated works, though the file is there")
    footprint.add_argument(
        "--days", type=int, default=PLANT_DAYS, metavar="N", help=f"days of the simulated works (default: {PLANT_DAYS})"
    )
    footprint.set_defaults(run=run_footprint)


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("name a folder")
    return Path(text).absolute()


def run_footprint(options: argparse.Namespace) -> int:
    """Play it."""
    from tally_gateway.demo.terminal import Terminal  # noqa: PLC0415  only where it runs
    from tally_trial.footprint_demo import run, steel  # noqa: PLC0415

    began = time.monotonic()
    file = None if options.plant else options.steel or steel.found()
    play = run.works(options.days) if file is None else run.steel_year(file.absolute())
    terminal = Terminal()
    # A bar is redrawn in place; where it can not be, the story is short enough without one.
    progress = terminal.progress if sys.stdout.isatty() else lambda what, done, whole: None  # noqa: ARG005
    site = run.run(options.dir, play, terminal.line, progress)
    print(f"\nWhat a reviewer does with it:\n  cd {shlex.quote(str(options.dir))}")
    for said, words in reading(options.dir, site):
        print(f"  # {said}\n  {shlex.join(words)}")
    print(f"\nEvery command with its answer: transcript.txt. {time.monotonic() - began:.0f} s")
    return 0


def reading(folder: Path, of: Site) -> Iterator[tuple[str, list[str]]]:
    """The commands that a reader runs in the demo's folder, each with what it shows."""
    from tally_trial.footprint_demo import cast, reporting, reviewing, site  # noqa: PLC0415  only where it runs

    trust = reporting.TRUST
    footprint, review = ["tallystick", "finance", "footprint"], ["tallystick", "finance", "review"]
    second = reporting.SECOND
    lines = json.loads((folder / second / "report.json").read_bytes())["lines"]
    load = next(name for name in lines[0]["opens"] if name.startswith("load"))
    yield "every statement of the evidence, checked", ["tallystick", "verify", site.BUNDLE, *trust]
    yield "report and trace, computed again from the evidence", [*footprint, "verify", second, *trust]
    yield "a figure, opened to its lines", [*footprint, "open", second, reviewing.FIGURE, *trust]
    yield "a line, opened to its factor and loads", [*footprint, "open", second, lines[0]["id"], *trust]
    yield "a load, opened to signed statements and their proofs", [*footprint, "open", second, load, *trust]
    words = ["tallystick", "finance", "trace", "replay", f"{second}/trace.json"]
    yield (
        "every step of the calculation, done again without the evidence",
        [*words, *reporting.own_factors(of, cast.MAKER.key_id(folder))],
    )
    signer = cast.REVIEWER.key_id(folder)
    yield (
        "whether the bank's conclusion stands for this report",
        [*review, "check", reviewing.CONCLUSION, second, "--signer", signer],
    )
    line = reviewing.line(folder)
    yield "the versions that were kept", [*review, "versions", "--books", reporting.BOOKS, "--line", line]
    yield "the edited copy: red", [*footprint, "verify", reviewing.CHEAT, *trust]
