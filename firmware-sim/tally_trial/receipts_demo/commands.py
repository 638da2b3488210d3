"""The command `tallystick finance demo receipts`. Light until it runs."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from pathlib import Path


def register(demos: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command below `tallystick finance demo`."""
    receipts = demos.add_parser(
        "receipts",
        help="a warehouse receipt from the weighbridge to delivery, and to sale after default (仓单质押全流程)",
        description=(
            "Play a silo of maize, its devices and gateway, the parties with their keys, and the contracts on an "
            "embedded chain whose clock is the play's: weighed in, receipt, pledge, draw, falling prices, margin call, "
            "top-up, release through the gate, repayment, delivery; and from the margin call on the other way: "
            "default, notice, sale, order of payments. Every step says what was checked. Leaves chain, book, bundles, "
            "operations, papers, positions and timeline.svg in DIR. The same every time; takes about half a minute."
        ),
    )
    receipts.add_argument("--dir", type=_folder, required=True, metavar="DIR", help="an empty folder to leave it in")
    receipts.set_defaults(run=run_receipts)


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("name a folder")
    return Path(text).absolute()


def run_receipts(options: argparse.Namespace) -> int:
    """Play it."""
    from tally_trial.receipts_demo import run  # noqa: PLC0415  only where it runs

    run.run(options.dir, lambda line: print(line, flush=True))
    print("\nWhat a reader does with it:")
    for said, words in reading(options.dir):
        print(f"  # {said}\n  {shlex.join(words)}")
    print(f"\nPictures: {options.dir / 'timeline.svg'}, {options.dir / run.DEFAULT / 'timeline.svg'}")
    return 0


def reading(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The commands that a reader runs on the folder, each with what it shows."""
    from tally_trial.receipts_demo.cast import number_of  # noqa: PLC0415  only where it runs

    receipt = number_of("WR-1").hex()
    bundle, policy = folder / "bundles" / "day-39.tally", folder / "bundles" / "day-39.policy.toml"
    then = "2026-02-09T10:00:00+08:00"
    evidence = [str(bundle), "--policy", str(policy), "--at", then]
    chain = ["--embedded", str(folder / "chain"), "--pins", str(folder / "pins.json")]
    names = ["--names", str(folder / "names.txt")]
    yield "every statement of the evidence, checked", ["tallystick", "verify", *evidence]
    yield (
        "how much lies in the silo, and how certain that is",
        ["tallystick", "finance", "quantity", *evidence, "--store", str(folder / "silo.toml")],
    )
    yield (
        "every operation on the chain, with who signed it",
        ["tallystick", "operation", "history", *chain, *names],
    )
    desk = ["--desk", str(folder / "desk.toml")]
    yield (
        "the loan as it was known after the top-up",
        ["tallystick", "finance", "loan", "position", "--known-at", "2026-01-25T12:00:00+08:00", *desk],
    )
    yield (
        "what became of the first receipt",
        ["tallystick", "finance", "receipt", "history", receipt, *chain, *names],
    )
    yield (
        "whether contract, invoice, payment and transport tell one story",
        [
            "tallystick", "finance", "ownership", str(folder / "pledges" / "WR-1" / "ownership" / "pack.toml"),
            "--on", "2026-01-13T10:00:00+08:00",
        ],
    )  # fmt: skip
