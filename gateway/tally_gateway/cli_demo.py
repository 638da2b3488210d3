"""`tallystick demo` and `tallystick replay`: everything on one machine, with embedded defaults."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Final

from tally_edge import command

GROUP: Final = "tallystick.demo"
"""Entry points of parts above this one that show more by `tallystick demo`; each is given its parser."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands."""
    demo = subparsers.add_parser(
        "demo",
        help="a small site from meters to a bank's verdict, and four cheats that are caught",
        description=(
            "Run a gateway, an embedded chain and an agent with four simulated meters on this machine; verify both "
            "bundles in a process without a network; then alter, withhold, replay and roll back, and show the catch."
        ),
    )
    demo.add_argument("--dir", type=Path, metavar="DIR", help="keep everything there (default: a temporary folder)")
    demo.add_argument("--days", type=int, default=3, choices=range(1, 32), metavar="1..31", help="days to run (3)")
    demo.set_defaults(run=run_demo)
    for part in command.parts(GROUP):
        part.load_extension()(demo)
    replay = subparsers.add_parser(
        "replay",
        help="a recorded load as a Modbus meter, through agent, gateway and chain to a verified total",
        description=(
            "Serve a column of a CSV file as a Modbus TCP meter, let the agent read all of it on a virtual clock, and "
            "verify that the total of the evidence is the exact decimal sum of the column."
        ),
    )
    replay.add_argument("file", type=Path, metavar="FILE", help="CSV, one row per interval")
    replay.add_argument("--column", required=True, metavar="NAME", help="the column with the quantity of each interval")
    replay.add_argument("--unit", required=True, help="its unit, such as kWh")
    replay.add_argument("--dir", type=Path, required=True, metavar="DIR", help="an empty folder to keep everything in")
    replay.add_argument("--timezone", default="UTC", metavar="ZONE", help="the zone of the file's clock (UTC)")
    replay.add_argument("--register", default="energy_import", help="the register's name (energy_import)")
    replay.set_defaults(run=run_replay)


def run_demo(options: argparse.Namespace) -> int:
    """Play the demonstration."""
    from tally_gateway.demo.play import play  # noqa: PLC0415  only where it runs
    from tally_gateway.demo.terminal import Terminal  # noqa: PLC0415

    if options.dir is not None:
        return play(options.dir.absolute(), options.days, Terminal(), kept=True)
    with tempfile.TemporaryDirectory(prefix="tallystick-demo-") as folder:
        return play(Path(folder) / "demo", options.days, Terminal(), kept=False)


def run_replay(options: argparse.Namespace) -> int:
    """Replay a file."""
    from tally_gateway.demo.replay import Recording, replay  # noqa: PLC0415
    from tally_gateway.demo.terminal import Terminal  # noqa: PLC0415

    recording = Recording(options.file, options.column, options.unit, options.timezone, options.register)
    return replay(recording, options.dir.absolute(), Terminal())
