"""The parsers of `tallystick policy`. Light: what they run is imported when it runs."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

from tally_chain.cli.verify import add_chain_at_hand


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("policy", help="look at a reader's policy; note in it what a chain shows")
    actions = parser.add_subparsers(dest="policy_command", metavar="ACTION", required=True)
    _action(
        actions, "show", "print whom it trusts, with fingerprints to compare by another way than the one it came by"
    )
    _action(actions, "check", "say whether it can be read; exit code 2 when not")
    note = _action(actions, "note", "write the policy with what its chain shows now, to verify without a network")
    note.description = (
        "Read the newest anchored head of every log, and every key of the registry where one is pinned, from the chain "
        "that the policy pins, and write a policy that holds them. A revocation after that is not known to it."
    )
    note.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the policy to write")
    add_chain_at_hand(note, required=True)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=text)
    action.add_argument("policy", type=Path, help="the policy (TOML)")
    action.set_defaults(run=_run(f"policy_{name}"))
    return action


def _run(name: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        module = importlib.import_module("tally_chain.cli.policy_run")
        function: Callable[[argparse.Namespace], int] = getattr(module, name)
        return function(arguments)

    return run
