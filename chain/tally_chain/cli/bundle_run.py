"""What `tallystick bundle` and `reader` do. Errors are raised; the command line knows their exit codes."""

from __future__ import annotations

import argparse
import json
import mimetypes
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

from tally_chain import bundle as bundles
from tally_chain import contents, fingerprint, granting, reader_key, sealing, transparent
from tally_chain.bundle import SALT_BYTES, Attachment, Bundle
from tally_chain.cli.verify import EXIT_UNREADABLE, open_if_sealed, page_of, why_unreadable
from tally_chain.errors import BundleError, ReportPageError
from tally_chain.findings import printable
from tally_chain.granting import Terms
from tally_chain.verify.verdict import time_text
from tally_edge import cli_signing, durable, keys, passphrase, signer, text_table
from tally_edge.errors import ConfigError, DecodeError
from tally_edge.keys import PublicKey

EXIT_REFUSED: Final = 1
"""Whoever was asked said no."""


def show(arguments: argparse.Namespace) -> int:
    """`bundle show`."""
    try:
        data, _ = open_if_sealed(arguments.bundle.read_bytes(), arguments.key, arguments.passphrase_file)
        described = contents.describe(bundles.decode(data))
    except BundleError as error:
        return _unreadable(arguments.bundle, error)
    if arguments.json:
        print(json.dumps(described, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(described)))
    return 0


def _lines(described: dict[str, Any]) -> list[str]:
    period = described["period"]
    lines = [
        f"{described['content']} bundle, {time_text(period['from'])} to {time_text(period['to'])}, "
        f"made {time_text(described['created_at'])}; not verified",
        "",
        *text_table.render([(name.replace("_", " "), f"{size}") for name, size in described["bytes"].items()]),
    ]
    for log in described["logs"]:
        lines += ["", f"log {printable(log['origin'])}: {log['carried']} of {log['size']} entries carried"]
        lines += [f"  {count} {kind}" for kind, count in log["kinds"].items()]
        if log["via"] is not None:
            lines.append(f"  through the log of heads {printable(log['via']['origin'])}, entry {log['via']['entry']}")
        rows = [("stream", "key", "seq", "statements", "bytes")]
        rows += [
            (
                stream["issuer"],
                stream["key"][:16],
                f"{stream['first_seq']}..{stream['last_seq']}",
                f"{stream['statements']}",
                f"{stream['bytes']}",
            )
            for stream in log["streams"]
        ]
        lines += text_table.render(rows)
    for item in described["attachments"]:
        held = "withheld" if item["bytes"] is None else f"{item['bytes']} bytes"
        lines.append(f"attachment {printable(item['name'])}: {held}")
    return lines


def extract(arguments: argparse.Namespace) -> int:
    """`bundle extract`."""
    try:
        section = _section(_load(arguments.bundle), arguments.origin)
        data = transparent.extract(section, arguments.index)
    except BundleError as error:
        return _unreadable(arguments.bundle, error)
    durable.write_file(arguments.output, data)
    print(f"{arguments.output}: {len(data)} bytes, entry {arguments.index} of {printable(section.origin)}")
    return 0


def _section(bundle: Bundle, origin: str | None) -> bundles.Section:
    found = [section for section in bundle.sections if origin in (None, section.origin)]
    if len(found) != 1:
        names = ", ".join(printable(section.origin) for section in bundle.sections)
        raise BundleError(f"name one log with --origin: {names}")
    return found[0]


def grant(arguments: argparse.Namespace) -> int:
    """`bundle grant`. The salts of withheld documents go to a file beside the output, for the owner to keep."""
    try:
        evidence = _load(arguments.bundle)
    except BundleError as error:
        return _unreadable(arguments.bundle, error)
    owner = signer.load(arguments.key, passphrase.read(arguments.passphrase_file))
    carried = [_attachment(path) for path in arguments.attach]
    withheld = [_attachment(path) for path in arguments.withhold]
    terms = Terms(
        arguments.owner,
        arguments.reader,
        arguments.purpose,
        arguments.expires,
        tuple(arguments.point),
        _public_key(arguments.to).kid if arguments.to else None,
    )
    attachments = [*carried, *(attachment.withheld() for attachment in withheld)]
    granted = granting.grant(evidence, terms, attachments, owner, int(time.time()))
    durable.write_file(arguments.output, bundles.encode(granted))
    print(f"{arguments.output}: granted to {arguments.reader} until {time_text(terms.expires_at)}")
    if withheld:
        openings = arguments.output.with_name(arguments.output.name + ".salts.json")
        salts = {attachment.name: (attachment.salt or b"").hex() for attachment in withheld}
        durable.write_file(openings, json.dumps(salts, ensure_ascii=False, indent=1).encode(), mode=0o600)
        print(f"{openings}: the salts of what is withheld; keep it, it is what opens them later")
    return 0


def sign(arguments: argparse.Namespace) -> int:
    """`bundle sign`. What the grant says is printed before anything is signed."""
    try:
        drafted = _load(arguments.bundle)
        said = granting.grant_in(drafted)
    except BundleError as error:
        return _unreadable(arguments.bundle, error)
    names = [f"{item.name} ({'withheld' if item.content is None else 'carried'})" for item in drafted.attachments or ()]
    rows = [
        ("owner 所有者", said.owner),
        ("reader 读者", said.reader),
        ("purpose 用途", said.purpose),
        ("points 计量点", ", ".join(said.points) or "all of the bundle"),
        ("period 期间", f"{time_text(said.from_at)} to {time_text(said.to_at)}"),
        ("until 有效期至", time_text(said.expires_at)),
        ("reader's key 读者密钥", "none" if said.reader_key is None else fingerprint.digits(said.reader_key)),
        ("documents 附件", ", ".join(names) or "none"),
    ]
    print("\n".join(text_table.render([(name, printable(value)) for name, value in rows])))
    if not cli_signing.confirmed(arguments):
        return EXIT_REFUSED
    owner = signer.load(arguments.key, passphrase.read(arguments.passphrase_file))
    try:
        granted = granting.sign_draft(drafted, owner, int(time.time()))
    except BundleError as error:
        return _unreadable(arguments.bundle, error)
    durable.write_file(arguments.output, bundles.encode(granted))
    print(f"{arguments.output}: signed by key {owner.public_key.kid.hex()[:16]}…")
    return 0


def _attachment(path: Path) -> Attachment:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Attachment.carry(path.name, media_type, path.read_bytes(), os.urandom(SALT_BYTES))


def seal(arguments: argparse.Namespace) -> int:
    """`bundle seal`."""
    try:
        data = arguments.bundle.read_bytes()
        bundles.decode(data)
        sealed = sealing.seal(data, [_public_key(text) for text in arguments.to])
    except BundleError as error:
        return _unreadable(arguments.bundle, error)
    durable.write_file(arguments.output, sealed)
    print(f"{arguments.output}: {len(sealed)} bytes, sealed to {len(arguments.to)}")
    return 0


def unseal(arguments: argparse.Namespace) -> int:
    """`bundle open`."""
    try:
        key = reader_key.load(arguments.key, passphrase.read(arguments.passphrase_file))
        data = sealing.open_sealed(arguments.bundle.read_bytes(), key)
        bundles.decode(data)
    except BundleError as error:
        return _unreadable(arguments.bundle, error)
    durable.write_file(arguments.output, data, mode=0o600)
    print(f"{arguments.output}: {len(data)} bytes; not verified")
    return 0


def take(arguments: argparse.Namespace) -> int:
    """`bundle take`."""
    page = page_of(arguments.report)
    if page is None:
        raise ReportPageError(f"{arguments.report}: is not a report")
    durable.write_file(arguments.output, page.data.bundle)
    print(f"{arguments.output}: {len(page.data.bundle)} bytes; not verified")
    if arguments.policy_output is not None:
        durable.write_file(arguments.policy_output, page.data.policy.encode())
        print(f"{arguments.policy_output}: the policy of whoever made the report; it is not yours")
    return 0


def reader_init(arguments: argparse.Namespace) -> int:
    """`reader init`."""
    key = reader_key.generate()
    key.save(arguments.file, passphrase.read(arguments.passphrase_file))
    public = arguments.file.with_name(arguments.file.name + ".pub")
    durable.write_file(public, f"{key.public_key.encode().hex()}\n".encode())
    _print_key(key.public_key)
    print(f"{public}: give this to those who seal bundles to you")
    return 0


def reader_show(arguments: argparse.Namespace) -> int:
    """`reader show`."""
    _print_key(reader_key.load(arguments.file, passphrase.read(arguments.passphrase_file)).public_key)
    return 0


def _print_key(key: PublicKey) -> None:
    print(f"public key   {key.encode().hex()}")
    print(f"fingerprint  {fingerprint.hexed(key.kid)}")
    print(f"in digits    {fingerprint.digits(key.kid)}")


def _public_key(text: str) -> PublicKey:
    """A public key given as hex, or as a file that holds the hex."""
    try:
        return keys.decode_public_key(bytes.fromhex(text))
    except (ValueError, DecodeError):
        pass
    try:
        return keys.decode_public_key(bytes.fromhex(Path(text).read_text("utf-8").strip()))
    except OSError:
        raise ConfigError(f"{text!r} is neither a public key in hex nor a file that holds one") from None
    except (ValueError, DecodeError) as error:
        raise ConfigError(f"{text} holds no public key in hex: {error}") from None


def _load(path: Path) -> Bundle:
    return bundles.decode(path.read_bytes())


def _unreadable(path: Path, error: BundleError) -> int:
    print(f"tallystick: {path}: {why_unreadable(error)}", file=sys.stderr)
    return EXIT_UNREADABLE
