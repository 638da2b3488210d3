"""`tallystick chain`: look at a chain, its contracts and accounts, and put the contracts there. Light until it runs."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Callable
from pathlib import Path

from tally_chain.anchoring.profile import PROFILES

_LOG_ID = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
# Two days: long enough for every proposer to see what one of them proposed, also over a weekend's night.
DEFAULT_DELAY_SECONDS = 172_800

Run = Callable[[argparse.Namespace], int]


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
    key.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="holds the key's passphrase (else TALLYSTICK_PASSPHRASE)"
    )
    key.set_defaults(run=_run("new-key"))
    accounts = _action(
        actions,
        "accounts",
        "what accounts hold, what they have sent, and how many anchors that pays for",
        "Shows balance and transaction count of accounts; with --contract and --log those of the log's keys.",
    )
    accounts.add_argument("address", metavar="ADDRESS", nargs="*", type=_address, help="accounts to look at")
    accounts.add_argument("--contract", metavar="ADDRESS", type=_address, help="address of LogAnchor")
    accounts.add_argument("--log", metavar="ID", type=_log_id, help="log whose transaction key and owner are looked at")
    roles = _action(
        actions,
        "roles",
        "which organisations and keys a registry of parties holds, from its whole history",
        "Shows every organisation, key and right over the registry; the history is proven complete.",
    )
    roles.add_argument("--contract", metavar="ADDRESS", type=_address, required=True, help="address of Organisations")
    code = _action(
        actions,
        "verify-code",
        "which of the project's contracts stands at an address",
        "Compares the code at an address with what the committed sources compile to; exit code 1 when it is another.",
    )
    code.add_argument("contract", metavar="ADDRESS", type=_address, help="address to look at")
    code.add_argument("--expect", metavar="NAME", help="the contract that it must be, for instance LogAnchor")


def _register_status(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    status = _action(
        actions,
        "status",
        "identity of the chain, code of the contract, newest head of a log",
        "Shows which chain this is, checks the code of the contract, and shows the head of a log.",
    )
    status.add_argument("--contract", metavar="ADDRESS", type=_address, required=True, help="address of LogAnchor")
    status.add_argument("--log", metavar="ID", type=_log_id, help="log id, 64 hexadecimal digits")
    status.add_argument("--anchors", action="store_true", help="list every anchored head of the log")


def _register_deploy(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    deploy = _action(
        actions,
        "deploy",
        "put LogAnchor, or the registries of parties and claims, onto a chain; prints what readers pin",
        "Deploys contracts as committed, checks the code that then stands there, and prints what readers pin.",
    )
    deploy.add_argument("what", choices=("log-anchor", "registries"), help="what to deploy")
    deploy.add_argument("--key", metavar="FILE", type=Path, help="key file (Web3 secret storage v3) that pays")
    deploy.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="holds the key's passphrase (else TALLYSTICK_PASSPHRASE)"
    )
    deploy.add_argument("--signer", metavar="URL", help="external signer instead of a key file")
    deploy.add_argument("--signer-address", metavar="ADDRESS", type=_address, help="the address that it signs for")
    deploy.add_argument(
        "--proposer", metavar="ADDRESS", type=_address, action="append", default=[], help="registries: who may propose"
    )
    deploy.add_argument(
        "--canceller",
        metavar="ADDRESS",
        type=_address,
        action="append",
        default=[],
        help="registries: who may stop what is proposed, instead of the proposers; best a multi-signature contract",
    )
    deploy.add_argument(
        "--revoker", metavar="ADDRESS", type=_address, action="append", default=[], help="registries: who may revoke"
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
    parser = actions.add_parser(name, help=text, description=description)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--endpoint", metavar="URL", action="append", help="JSON-RPC endpoint of a node (may be repeated)"
    )
    where.add_argument("--embedded", metavar="DIR", type=Path, help="directory of an embedded chain")
    parser.add_argument(
        "--agree", metavar="K", type=int, help="so many endpoints must answer the same (default: more than half)"
    )
    parser.add_argument("--profile", choices=sorted(PROFILES), help="the kind of chain (docs/operating-chains.md)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=_run(name))
    return parser


def _run(name: str) -> Run:
    """The function behind an action; what it needs takes a second to import."""

    def run(options: argparse.Namespace) -> int:
        module = importlib.import_module("tally_chain.cli_chain_run")
        found: Run = getattr(module, f"run_{name.replace('-', '_')}")
        return found(options)

    return run


def _log_id(text: str) -> bytes:
    found = _LOG_ID.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("a log id has 64 hexadecimal digits")
    return bytes.fromhex(found[1])


def _address(text: str) -> str:
    if _ADDRESS.fullmatch(text) is None:
        raise argparse.ArgumentTypeError("an address is 0x and 40 hexadecimal digits")
    from eth_utils.address import is_checksum_formatted_address, to_checksum_address  # noqa: PLC0415  light until run

    checksummed = str(to_checksum_address(text))
    if is_checksum_formatted_address(text) and text != checksummed:
        raise argparse.ArgumentTypeError("the address does not fit its checksum: a digit is wrong")
    return checksummed
