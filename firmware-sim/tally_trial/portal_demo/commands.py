"""`tallystick demo --portal`. Light until it runs."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Final

DEFAULT_PORT: Final = 8480


def extend(demo: argparse.ArgumentParser) -> None:
    """Add the option to the command."""
    without = demo.get_default("run")
    demo.add_argument(
        "--portal",
        action="store_true",
        help="instead: fill a portal from simulated sites (a minute), serve it, and print the address of its guide",
    )
    demo.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help=f"of the portal, on 127.0.0.1 (default: {DEFAULT_PORT}; 0: any)"
    )
    demo.set_defaults(run=lambda options: run_portal(options) if options.portal else without(options))


def run_portal(options: argparse.Namespace) -> int:
    """Serve it until Ctrl-C."""
    from tally_gateway.demo.terminal import Terminal  # noqa: PLC0415  only where it runs
    from tally_trial.folder import left_whole  # noqa: PLC0415
    from tally_trial.portal_demo import run  # noqa: PLC0415

    if options.dir is not None:
        with left_whole(options.dir.absolute()):
            return run.run(options.dir.absolute(), options.port, Terminal())
    with tempfile.TemporaryDirectory(prefix="tallystick-portal-") as folder:
        return run.run(Path(folder) / "portal", options.port, Terminal())
