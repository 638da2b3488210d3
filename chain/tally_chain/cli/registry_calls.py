"""The calls that can be proposed: their arguments, and a file of several. Light until it runs."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tally_chain.cli.where import address, bytes32, key_id
from tally_chain.registry import outline
from tally_chain.registry.roles import KeyRole
from tally_edge.cli_time import instant_or_seconds
from tally_edge.errors import ConfigError

if TYPE_CHECKING:
    from tally_chain.registry.operations import Call
    from tally_chain.registry.pins import Pins

ROLES = {role.word: role for role in KeyRole}
# Written out, because what they come from takes a second to import; a test compares.
RIGHTS = (
    "registrar", "revoker", "organisations-admin", "claims-admin", "sites-admin",
    "proposer", "canceller", "executor", "timelock-admin",
)  # fmt: skip
# Some 80,000 gas each: more than this does not fit into a block.
MAX_CALLS = 100
MAX_FILE_BYTES = 65_536


def _add_register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("organisation", metavar="ORGANISATION", type=bytes32, help="its registry id, never used before")
    parser.add_argument("commitment", metavar="COMMITMENT", type=bytes32, help="from `registry commitment`")


def _add_bind(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("organisation", metavar="ORGANISATION", type=bytes32, help="whose key it is")
    parser.add_argument("key_id", metavar="KEY", type=key_id, help="thumbprint of a signing key, or an address")
    parser.add_argument("role", metavar="ROLE", choices=ROLES, help=f"what it may be used for: {', '.join(ROLES)}")
    parser.add_argument(
        "--from",
        dest="valid_from",
        metavar="TIME",
        type=instant_or_seconds,
        default=0,
        help="first second of its validity, ISO 8601 with an offset or Unix seconds (default: its binding)",
    )
    parser.add_argument(
        "--until", dest="valid_until", metavar="TIME", type=instant_or_seconds, required=True, help="the end, excluded"
    )


def _add_open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("namespace", metavar="NAMESPACE", type=bytes32, help="its id, from `registry new-namespace`")
    parser.add_argument("registrar", metavar="ORGANISATION", type=bytes32, help="who holds its key and countersigns")
    parser.add_argument("role", metavar="ROLE", choices=ROLES, help="the role that a claimant's key must have")
    parser.add_argument("--releasable", action="store_true", help="a holder may give a claim up")
    parser.add_argument("--transferable", action="store_true", help="a holder may hand a claim over")


def _add_appoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("namespace", metavar="NAMESPACE", type=bytes32, help="an opened namespace")
    parser.add_argument("registrar", metavar="ORGANISATION", type=bytes32, help="who countersigns from now on")


def _add_site(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", metavar="SITE", type=bytes32, help="its id, never used before")
    parser.add_argument(
        "owner", metavar="ORGANISATION", type=bytes32, help="who lays out its slots and assigns keepers"
    )
    parser.add_argument(
        "--corner",
        dest="corners",
        metavar="LON,LAT",
        type=_corner,
        action="append",
        required=True,
        help="a corner of its convex outline in degrees, WGS84, in turn around it; 3 to 16",
    )


def _corner(text: str) -> outline.Corner:
    try:
        return outline.corner(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _add_right(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("right", metavar="RIGHT", choices=RIGHTS, help=", ".join(RIGHTS))
    parser.add_argument("account", metavar="ADDRESS", type=address, help="whose right it is")


@dataclass(frozen=True)
class Kind:
    """A kind of call: what its help says, and its arguments."""

    text: str
    add: Callable[[argparse.ArgumentParser], None]


KINDS = {
    "register-organisation": Kind(
        "a party, by its registry id and the commitment to what the law calls it", _add_register
    ),
    "bind-key": Kind("a key of an organisation, for one role, from when to when", _add_bind),
    "open-namespace": Kind("a kind of claims, with its registrar and its rules", _add_open),
    "appoint-registrar": Kind("another organisation that countersigns in a namespace", _add_appoint),
    "register-site": Kind("a site where goods are stored, with its owner and its outline", _add_site),
    "grant-right": Kind("a right over the contracts themselves", _add_right),
    "take-right": Kind("the end of such a right", _add_right),
}


class _LineParser(argparse.ArgumentParser):
    """Says where a line is wrong instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(message)


def read_batch(path: Path) -> Iterator[argparse.Namespace]:
    """The calls of a file: one on a line, in the words of `registry propose`; `#` begins a comment.

    Raises ConfigError that names the line.
    """
    parser = _LineParser(prog="", add_help=False)
    kinds = parser.add_subparsers(dest="kind", metavar="CALL", required=True, parser_class=_LineParser)
    for name, kind in KINDS.items():
        kind.add(kinds.add_parser(name, add_help=False))
    found = 0
    for number, words in _lines(path):
        if not words:
            continue
        try:
            yield parser.parse_args(words)
        except ConfigError as error:
            raise ConfigError(f"{path}, line {number}: {error}") from None
        found += 1
    if not 0 < found <= MAX_CALLS:
        raise ConfigError(f"{path} has {found} calls; between 1 and {MAX_CALLS} can be proposed together")


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1).decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not text in UTF-8") from None
    if len(text) > MAX_FILE_BYTES:
        raise ConfigError(f"{path} is too long for a list of calls")
    for number, line in enumerate(text.splitlines(), 1):
        try:
            yield number, shlex.split(line, comments=True)
        except ValueError as error:
            raise ConfigError(f"{path}, line {number}: {error}") from None


def call_of(kind: str, options: argparse.Namespace, pins: Pins) -> Call:
    """The call that the options of its kind describe. Raises ConfigError where its contract was not named."""
    from tally_chain.registry import operations  # noqa: PLC0415
    from tally_chain.registry.call_words import RIGHTS as CONTRACT_OF_RIGHT  # noqa: PLC0415

    if kind == "register-organisation":
        organisations = pins.needed("organisations")
        return operations.register_organisation(organisations, options.organisation, options.commitment)
    if kind == "appoint-registrar":
        return operations.appoint_registrar(pins.needed("claims"), options.namespace, options.registrar)
    if kind == "register-site":
        corners = outline.canonical(options.corners)
        return operations.register_site(pins.needed("sites"), options.site, options.owner, corners)
    if kind in ("grant-right", "take-right"):
        name, right = CONTRACT_OF_RIGHT[options.right]
        contract = pins.needed("timelock" if name == operations.TIMELOCK else name.lower())
        return operations.change_right(contract, name, right, options.account, granted=kind == "grant-right")
    role = ROLES[options.role]
    if kind == "bind-key":
        return operations.bind_key(
            pins.needed("organisations"),
            options.organisation,
            options.key_id,
            role,
            valid_from=options.valid_from,
            valid_until=options.valid_until,
        )
    return operations.open_namespace(
        pins.needed("claims"),
        options.namespace,
        options.registrar,
        role,
        releasable=options.releasable,
        transferable=options.transferable,
    )
