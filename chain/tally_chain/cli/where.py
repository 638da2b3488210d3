"""Options that commands about a chain share: which nodes, which key, how values are written. Light until it runs."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Callable
from pathlib import Path

from tally_chain.anchoring.profile import PROFILES

_BYTES32 = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")

Run = Callable[[argparse.Namespace], int]


def action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, description: str, run: Run
) -> argparse.ArgumentParser:
    """A sub-command that asks a chain."""
    parser = actions.add_parser(name, help=text, description=description)
    add_where(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)
    return parser


def add_where(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Which chain is asked."""
    where = parser.add_mutually_exclusive_group(required=required)
    where.add_argument(
        "--endpoint", metavar="URL", action="append", help="JSON-RPC endpoint of a node (may be repeated)"
    )
    where.add_argument("--embedded", metavar="DIR", type=Path, help="directory of an embedded chain")
    parser.add_argument(
        "--agree", metavar="K", type=int, help="so many endpoints must answer the same (default: more than half)"
    )
    parser.add_argument("--profile", choices=sorted(PROFILES), help="the kind of chain (docs/operating-chains.md)")


def add_contracts(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Which contracts of the registries are meant."""
    parser.add_argument(
        "--pins",
        metavar="FILE",
        type=Path,
        help="what `chain deploy registries --json`, or receipts, printed: chain and contracts",
    )
    parser.add_argument("--timelock", metavar="ADDRESS", type=address, help="address of TimelockController")
    parser.add_argument("--organisations", metavar="ADDRESS", type=address, help="address of Organisations")
    parser.add_argument("--claims", metavar="ADDRESS", type=address, help="address of Claims")
    parser.add_argument("--sites", metavar="ADDRESS", type=address, help="address of Sites")
    return parser


def add_sender(parser: argparse.ArgumentParser) -> None:
    """Whose key sends and pays."""
    parser.add_argument("--key", metavar="FILE", type=Path, help="key file (Web3 secret storage v3) that pays")
    add_passphrase(parser)
    parser.add_argument("--signer", metavar="URL", help="external signer instead of a key file")
    parser.add_argument("--signer-address", metavar="ADDRESS", type=address, help="the address that it signs for")
    parser.add_argument(
        "--no-wait", action="store_true", help="return when a block holds it, though it may still be taken back"
    )


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Where the key's passphrase is."""
    parser.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="holds the key's passphrase (else TALLYSTICK_PASSPHRASE)"
    )


def run_in(module_name: str, name: str) -> Run:
    """The function behind an action; what it needs takes a second to import."""

    def run(options: argparse.Namespace) -> int:
        module = importlib.import_module(module_name)
        found: Run = getattr(module, f"run_{name.replace('-', '_')}")
        return found(options)

    return run


def bytes32(text: str) -> bytes:
    """An id, salt or commitment: 32 bytes."""
    found = _BYTES32.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("64 hexadecimal digits are needed here")
    return bytes.fromhex(found[1])


def address(text: str) -> str:
    """An account or contract, with its checksum where it has one."""
    if _ADDRESS.fullmatch(text) is None:
        raise argparse.ArgumentTypeError("an address is 0x and 40 hexadecimal digits")
    from eth_utils.address import is_checksum_formatted_address, to_checksum_address  # noqa: PLC0415  light until run

    checksummed = str(to_checksum_address(text))
    if is_checksum_formatted_address(text) and text != checksummed:
        raise argparse.ArgumentTypeError("the address does not fit its checksum: a digit is wrong")
    return checksummed


def key_id(text: str) -> bytes:
    """A key by its id, or a transaction key by its address."""
    if _ADDRESS.fullmatch(text) is None:
        return bytes32(text)
    return bytes.fromhex(address(text)[2:]).rjust(32, b"\0")
