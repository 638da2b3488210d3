"""`tallystick chain`: look at a chain, its contracts and accounts, and put the contracts there. Light until it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import action, add_passphrase, add_sender, address, bytes32, run_in

_RUN = "tally_chain.cli.chain_run"
# Two days: long enough for every proposer to see what one of them proposed, also over a weekend's night.
DEFAULT_DELAY_SECONDS = 172_800


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `chain` with its sub-commands."""
    chain = subparsers.add_parser("chain", help="look at a chain and its contracts, and put contracts there")
    actions = chain.add_subparsers(dest="chain_command", metavar="ACTION", required=True)
    _register_status(actions)
    _register_deploy(actions)
    key = actions.add_parser(
        "new-key",
        help="make a key that sends transactions; prints its address",
        description="Makes a random key, writes it encrypted (Web3 secret storage v3), and prints its address.",
    )
    key.add_argument("file", metavar="FILE", type=Path, help="file to make; never overwritten")
    add_passphrase(key)
    key.set_defaults(run=run_in(_RUN, "new-key"))
    accounts = _action(
        actions,
        "accounts",
        "what accounts hold, what they have sent, and how many anchors that pays for",
        "Shows balance and transaction count of accounts; with --contract and --log those of the log's keys.",
    )
    accounts.add_argument("address", metavar="ADDRESS", nargs="*", type=address, help="accounts to look at")
    accounts.add_argument("--contract", metavar="ADDRESS", type=address, help="address of LogAnchor")
    accounts.add_argument("--log", metavar="ID", type=bytes32, help="log whose transaction key and owner are looked at")
    roles = _action(
        actions,
        "roles",
        "which organisations and keys a registry of parties holds, from its whole history",
        "Shows every organisation, key and right over the registry; the history is proven complete.",
    )
    roles.add_argument("--contract", metavar="ADDRESS", type=address, required=True, help="address of Organisations")
    code = _action(
        actions,
        "verify-code",
        "which of the project's contracts stands at an address",
        "Compares the code at an address with what the committed sources compile to; exit code 1 when it is another.",
    )
    code.add_argument("contract", metavar="ADDRESS", type=address, help="address to look at")
    code.add_argument("--expect", metavar="NAME", help="the contract that it must be, for instance LogAnchor")


def _register_status(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    status = _action(
        actions,
        "status",
        "identity of the chain, code of the contract, newest head of a log",
        "Shows which chain this is, checks the code of the contract, and shows the head of a log.",
    )
    status.add_argument("--contract", metavar="ADDRESS", type=address, required=True, help="address of LogAnchor")
    status.add_argument("--log", metavar="ID", type=bytes32, help="log id, 64 hexadecimal digits")
    status.add_argument("--anchors", action="store_true", help="list every anchored head of the log")


def _register_deploy(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    deploy = _action(
        actions,
        "deploy",
        "put LogAnchor, the registries of parties and claims, or warehouse receipts onto a chain; prints the pins",
        "Deploys contracts as committed, checks the code that then stands there, and prints what readers pin.",
    )
    deploy.add_argument("what", choices=("log-anchor", "registries", "receipts"), help="what to deploy")
    add_sender(deploy)
    deploy.add_argument(
        "--pins",
        metavar="FILE",
        type=Path,
        help="receipts: what `chain deploy registries --json` printed; what is printed here takes its place",
    )
    deploy.add_argument(
        "--proposer", metavar="ADDRESS", type=address, action="append", default=[], help="registries: who may propose"
    )
    deploy.add_argument(
        "--canceller",
        metavar="ADDRESS",
        type=address,
        action="append",
        default=[],
        help="registries: who may stop what is proposed, instead of the proposers; best a multi-signature contract",
    )
    deploy.add_argument(
        "--revoker", metavar="ADDRESS", type=address, action="append", default=[], help="registries: who may revoke"
    )
    deploy.add_argument(
        "--delay",
        metavar="SECONDS",
        type=int,
        default=DEFAULT_DELAY_SECONDS,
        help="registries: how long what is proposed waits (default %(default)s)",
    )


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, description: str
) -> argparse.ArgumentParser:
    return action(actions, name, text, description, run_in(_RUN, name))
