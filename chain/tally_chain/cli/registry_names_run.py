"""What `tallystick registry` does without a chain: names of things and parties. Of secrets only what hides them."""

from __future__ import annotations

import argparse
import json
import secrets
from typing import Any

from tally_chain.cli.registry_run import OK, hexed
from tally_chain.registry import namespace_key
from tally_chain.registry.identifiers import SALT_BYTES, Scheme, commitment, identifier
from tally_chain.registry.nullifier import Namespace, claim_digest
from tally_edge import passphrase
from tally_edge.errors import ConfigError

# A claim's content is a contract or a list, never a load curve; it is read whole.
MAX_CONTENT_BYTES = 64 * 1024 * 1024


def run_commitment(options: argparse.Namespace) -> int:
    """An organisation's commitment, and what opens it."""
    name = identifier(Scheme(options.scheme.upper()), options.identifier)
    salt = options.salt or secrets.token_bytes(SALT_BYTES)
    report = {"scheme": name.scheme.value, "identifier": name.text}
    if options.salt is None:
        report["organisation"] = hexed(secrets.token_bytes(32))
    report |= {"salt": hexed(salt), "commitment": hexed(commitment(name, salt))}
    return show(options, report)


def run_new_namespace(options: argparse.Namespace) -> int:
    """The id of a namespace whose key did not exist before."""
    rules = Namespace(options.name, options.kind, Scheme(options.scheme.upper()), options.numbers)
    made = namespace_key.create(options.file, rules, lambda: passphrase.read(options.passphrase_file))
    return show(options, {"namespace": hexed(made.namespace_id)})


def run_nullifier(options: argparse.Namespace) -> int:
    """A thing's nullifier."""
    opened = namespace_key.open_file(options.namespace_key, lambda: passphrase.read(options.passphrase_file))
    found = opened.nullifier(options.issuer, *options.number)
    return show(options, {"namespace": hexed(opened.namespace_id), "nullifier": hexed(found)})


def run_digest(options: argparse.Namespace) -> int:
    """The digest of a claim's content, and what opens it."""
    with options.file.open("rb") as file:
        content = file.read(MAX_CONTENT_BYTES + 1)
    if len(content) > MAX_CONTENT_BYTES:
        raise ConfigError(f"{options.file} is too long for a claim's content")
    salt = options.salt or secrets.token_bytes(SALT_BYTES)
    return show(options, {"salt": hexed(salt), "digest": hexed(claim_digest(content, salt))})


def show(options: argparse.Namespace, report: dict[str, Any]) -> int:
    """One line for each value, or one JSON object."""
    if options.json:
        print(json.dumps(report, indent=1))
        return OK
    for name, value in report.items():
        shown = "-" if value is None else ("no", "yes")[value] if isinstance(value, bool) else value
        print(f"{name.replace('_', ' '):<16}{shown}")
    return OK
