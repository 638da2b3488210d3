"""What the commands that make an authority speak share: folders, keys, the question before signing, the second person.

Either both persons sit here (`--second KEY`), or the second one is elsewhere: `--propose FILE` writes what is to be
endorsed there with `tallystick authority countersign`, and `tallystick authority finish` completes it.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tally_edge.errors import ConfigError, DecodeError

if TYPE_CHECKING:
    from tally_edge.authority import AuthorityPayload
    from tally_edge.office.authority_stream import AuthorityStream
    from tally_edge.signer import FileSigner


def add_folder(parser: argparse.ArgumentParser) -> None:
    """The option that names the authority's folder, and the one that opens its key."""
    parser.add_argument("--dir", type=Path, required=True, metavar="DIR", help="the authority's folder")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="file with the authority's passphrase")


def add_signing(parser: argparse.ArgumentParser) -> None:
    """The options of a command that states something."""
    add_folder(parser)
    second = parser.add_mutually_exclusive_group()
    second.add_argument("--second", type=Path, metavar="KEY", help="the second person's key file, when at this machine")
    second.add_argument("--propose", type=Path, metavar="FILE", help="write a proposal for a second person elsewhere")
    parser.add_argument(
        "--second-passphrase-file", type=Path, metavar="FILE", help="file with the second person's passphrase"
    )
    parser.add_argument("--yes", action="store_true", help="sign without asking")
    parser.add_argument("--dry-run", action="store_true", help="show what would be signed, and sign nothing")


def state(arguments: argparse.Namespace, stream: AuthorityStream, payload: AuthorityPayload) -> int:
    """Show `payload`, ask, then sign and keep it, or write the proposal. 0 when done or shown, 1 when declined."""
    from tally_edge import wire  # noqa: PLC0415  light until a command runs
    from tally_edge.office import authority_rules, authority_summary  # noqa: PLC0415  light until a command runs

    now = int(time.time())
    authority_rules.check(payload, stream.standing, now)
    for line in authority_summary.lines(payload, stream.standing):
        print(line)
    print(f"  number 序号: {stream.next_seq}")
    if arguments.dry_run:
        print("nothing was signed 未签名 (dry run)")
        return 0
    if arguments.propose is not None:
        authority = open_authority(arguments, stream)
        write_new(arguments.propose, wire.encode(stream.propose(payload, now, authority.algorithm)))
        print(f"wrote the proposal {arguments.propose}; next: tallystick authority countersign {arguments.propose}")
        return 0
    second = _second(arguments)
    if second is not None:
        warning = authority_summary.self_enrolled_warning(payload, stream.standing, second.public_key.kid)
        if warning:
            print(f"warning: {warning}")
    if not confirmed(arguments):
        return 1
    signed = stream.state(payload, now, open_authority(arguments, stream), second)
    print(f"stated as number {signed.claims.seq}, id {signed.id.hex()}")
    return 0


def confirmed(arguments: argparse.Namespace) -> bool:
    """Whether the person at the keyboard agrees. Raises ConfigError where nobody can be asked and --yes is missing."""
    if arguments.yes:
        return True
    if not sys.stdin.isatty():
        raise ConfigError("nobody can be asked here: look at it with --dry-run, then sign with --yes")
    if input("sign this 签署? [y/N] ").strip().lower() in {"y", "yes", "是"}:
        return True
    print("nothing was signed 未签名")
    return False


def open_authority(arguments: argparse.Namespace, stream: AuthorityStream) -> FileSigner:
    """The authority's key. Raises KeyStoreError, also where the key in the folder is another than the stream's."""
    from tally_edge import passphrase, signer  # noqa: PLC0415
    from tally_edge.errors import KeyStoreError  # noqa: PLC0415
    from tally_edge.office import authority_stream  # noqa: PLC0415

    path = stream.folder / authority_stream.KEY_FILE
    opened = signer.load(path, passphrase.read(arguments.passphrase_file))
    if opened.public_key.kid != stream.kid:
        raise KeyStoreError(f"{path} is not the key of this stream")
    return opened


def open_second(key: Path, passphrase_file: Path | None) -> FileSigner:
    """A second person's key. Raises KeyStoreError."""
    from tally_edge import passphrase, signer  # noqa: PLC0415

    return signer.load(key, passphrase.read(passphrase_file, passphrase.SECOND_VARIABLE))


def _second(arguments: argparse.Namespace) -> FileSigner | None:
    return None if arguments.second is None else open_second(arguments.second, arguments.second_passphrase_file)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that must not exist. Raises ConfigError."""
    from tally_edge import durable  # noqa: PLC0415

    if path.exists():
        raise ConfigError(f"{path} exists already")
    durable.write_file(path, data)


def read_bytes(path: Path) -> bytes:
    """A file of at most one statement. Raises DecodeError for one that is missing or larger."""
    from tally_edge.statement import MAX_STATEMENT_BYTES  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            data = file.read(2 * MAX_STATEMENT_BYTES + 1)
    except OSError as error:
        raise DecodeError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > 2 * MAX_STATEMENT_BYTES:
        raise DecodeError(f"{path} is too large to be a statement or a proposal")
    return data


@dataclass(frozen=True, slots=True)
class NamedValue:
    """An argument REGISTER=VALUE, exact."""

    register: str
    text: str


def named_value(text: str) -> NamedValue:
    """Parse REGISTER=VALUE."""
    register, equals, value = text.partition("=")
    if not register or not equals or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not REGISTER=VALUE, such as energy_import=1234.50")
    return NamedValue(register, value)
