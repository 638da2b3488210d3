"""What `tallystick finance audit` does."""

from __future__ import annotations

import argparse

from tally_chain.registry.call_words import time_words
from tally_edge import durable
from tally_edge.errors import ConfigError, SignatureError, TallyError
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, say
from tally_finance.cli_portal_run import accounts_of
from tally_finance.errors import AuditError
from tally_finance.portal.accounts import audit


def run_export(options: argparse.Namespace) -> int:
    """The file, and the head to write down elsewhere."""
    with accounts_of(options) as accounts:
        rows, key = accounts.audit.all(after=max(0, options.after)), accounts.audit.key
    durable.write_file(options.output, audit.encode(rows, key))
    head = rows[-1].digest.hex() if rows else None
    told = {"rows": len(rows), "key": key.kid.hex(), "head": head, "file": str(options.output)}
    say(options, told, [f"{len(rows)} rows, signed by {key.kid.hex()}; the last is {head or 'none'}"])
    return OK


def run_verify(options: argparse.Namespace) -> int:
    """Whether it holds."""
    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {options.file}: {error.strerror}") from None
    try:
        log = audit.decode(data, () if options.key is None else (options.key,))
        if options.head is not None and options.head not in {row.digest for row in log.rows}:
            raise AuditError(f"row {options.head.hex()} is not in it: the log was cut, or is another one")
    except (AuditError, SignatureError, TallyError) as error:
        say(options, {"holds": False, "why": str(error)}, [f"does not hold: {error}"])
        return DOES_NOT_HOLD
    last = log.rows[-1] if log.rows else None
    told = {
        "holds": True,
        "rows": len(log.rows),
        "whole": log.is_whole,
        "key": log.key.kid.hex(),
        "key_was_named": options.key is not None,
        "first": log.rows[0].entry.seq if log.rows else None,
        "last": None if last is None else last.entry.seq,
        "head": None if last is None else last.digest.hex(),
    }
    lines = [f"{len(log.rows)} rows hold, signed by {log.key.kid.hex()}"]
    if options.key is None:
        lines.append("that is the key in the file: compare it with the one that you know, or name it by --key")
    if last is not None:
        first = log.rows[0].entry.seq
        lines.append(f"rows {first} to {last.entry.seq}, until {time_words(last.entry.at)}; head {last.digest.hex()}")
    say(options, told, lines)
    return OK
