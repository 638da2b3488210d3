"""The commands of this part: `tallystick sim`. Light until one of them runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this part."""
    sim = subparsers.add_parser("sim", help="a simulated plant, its faults and its thieves, against the real system")
    commands = sim.add_subparsers(dest="sim_command", metavar="COMMAND", title="commands", required=True)
    run = commands.add_parser(
        "run",
        help="run a plant for some days, do things to it, and see what catches them",
        description=(
            "Run a plant from a profile and a seed, with faults and attacks; devices sign, a gateway logs, a chain "
            "anchors, a reader verifies. Leaves bundle, policy, truth, ledger and plot in DIR, and prints which event "
            "was caught by which finding. Exit code 1: an event was missed or could not be judged, or something was "
            "found that nobody did."
        ),
    )
    run.add_argument("profile", metavar="PROFILE", help="a profile of `tallystick sim list`, or a TOML file")
    run.add_argument("--seed", type=int, default=1, help="the same seed gives the same run (1)")
    run.add_argument(
        "--faults", type=_names, action="extend", default=[], metavar="A,B", help="faults, separated by commas"
    )
    run.add_argument(
        "--attack", type=_names, action="extend", default=[], metavar="X,Y", help="attacks, separated by commas"
    )
    run.add_argument("--days", type=_days, default=7, metavar="2..366", help="days to run (7)")
    run.add_argument("--dir", type=_folder, required=True, metavar="DIR", help="an empty folder to leave everything in")
    run.add_argument("--json", action="store_true", help="print the ledger as JSON")
    run.set_defaults(run=run_run)
    listing = commands.add_parser("list", help="the profiles, faults and attacks, one line each")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    listing.set_defaults(run=run_list)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("name a folder")
    return Path(text).absolute()


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 2 <= int(text) <= 366):
        raise argparse.ArgumentTypeError(f"{text[:20]} is not a number of days from 2 to 366")
    return int(text)


def run_run(options: argparse.Namespace) -> int:
    """Run a plant."""
    import json  # noqa: PLC0415  only where it runs

    from tally_gateway.demo.terminal import Terminal  # noqa: PLC0415
    from tally_trial import run  # noqa: PLC0415

    faults, attacks = (tuple(dict.fromkeys(names)) for names in (options.faults, options.attack))
    asked = run.Asked(options.profile, options.seed, options.days, faults, attacks)
    outcome = run.run(asked, options.dir, Terminal(sys.stderr))
    if options.json:
        print(json.dumps(run.told(outcome), indent=1, ensure_ascii=False, sort_keys=True))
    else:
        print("\n".join(run.as_text(outcome)))
    return 0 if outcome.in_order else 1


def run_list(options: argparse.Namespace) -> int:
    """List what there is."""
    import json  # noqa: PLC0415  only where it runs

    from tally_edge import text_table  # noqa: PLC0415
    from tally_trial import kinds, plants  # noqa: PLC0415

    profiles = plants.profiles()
    if options.json:
        listed = {kind: {one.name: one.stands_for for one in kinds.of_kind(kind)} for kind in ("fault", "attack")}
        print(json.dumps({"profile": profiles, **listed}, indent=1, ensure_ascii=False))
        return 0
    rows = [("profile", name, title) for name, title in profiles.items()]
    rows += [(kind, one.name, one.stands_for) for kind in ("fault", "attack") for one in kinds.of_kind(kind)]
    print("\n".join(text_table.render(rows)))
    return 0
