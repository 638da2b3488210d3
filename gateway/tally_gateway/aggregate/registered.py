"""The logs whose heads an aggregator takes, in a TOML file of its folder.

    version = 1

    [logs.steel]                                    # the name of the token that hands in its heads
    origin = "example.org/steel/2026"
    proof_key = "a401…"                             # COSE key, hex
    checkpoint_key = "example.org/steel/2026+…"     # C2SP verifier key

Whoever writes a log into it has compared its keys with the operator's out of band.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tally_chain import note
from tally_chain.errors import NoteError
from tally_chain.head_rules import KnownLog
from tally_edge import durable, keys
from tally_edge.errors import DecodeError
from tally_edge.proof import log_id_of
from tally_gateway.errors import GatewayConfigError
from tally_gateway.intake.clients import changing
from tally_gateway.intake.topics import is_name

_MODE: Final = 0o600
MAX_FILE_BYTES: Final = 16 << 20
"""Some thirty thousand logs; a larger file is not one of ours."""


@dataclass(frozen=True, slots=True)
class RegisteredLog:
    """A log as it is registered here."""

    name: str
    known: KnownLog
    checkpoint_key: str

    @property
    def log_id(self) -> bytes:
        """The log's id."""
        return log_id_of(self.known.origin)


def registered_log(name: str, origin: str, proof_key: str, checkpoint_key: str) -> RegisteredLog:
    """A registration from its texts. Raises GatewayConfigError that names what is wrong."""
    if not is_name(name):
        raise GatewayConfigError(f"{name!r} is not 1 to 64 of a-z, 0-9 and '-'")
    try:
        proof = keys.decode_public_key(bytes.fromhex(proof_key))
    except (DecodeError, ValueError) as error:
        raise GatewayConfigError(f"log {name}: proof_key is not a COSE key in hex: {error}") from None
    try:
        checkpoint = note.decode_verifier_key(checkpoint_key)
    except NoteError as error:
        raise GatewayConfigError(f"log {name}: checkpoint_key: {error}") from None
    if checkpoint.name != origin:
        raise GatewayConfigError(f"log {name}: checkpoint_key is of {checkpoint.name}, not of {origin}")
    return RegisteredLog(name, KnownLog(origin, proof), checkpoint_key)


class LogsFile:
    """The file of the module's text. A changed one is read again at the next question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._logs: dict[str, RegisteredLog] = {}
        self._by_id: dict[bytes, RegisteredLog] = {}

    def all(self) -> list[RegisteredLog]:
        """Every registered log, by name. Raises GatewayConfigError for a file that can not be read."""
        self._look()
        return [self._logs[name] for name in sorted(self._logs)]

    def named(self, name: str) -> RegisteredLog | None:
        """The log of that name."""
        self._look()
        return self._logs.get(name)

    def of_id(self, log_id: bytes) -> RegisteredLog | None:
        """The log of that id."""
        self._look()
        return self._by_id.get(log_id)

    def add(self, log: RegisteredLog) -> None:
        """Register a log. Raises GatewayConfigError where its name, origin or proof key is registered already: two
        logs of one key would share one place in the log of heads, and look like a fork.
        """
        with changing(self._path):
            logs = self.all()
            for other in logs:
                if other.name == log.name or other.log_id == log.log_id:
                    raise GatewayConfigError(f"{other.name} is registered already, as {other.known.origin}")
                if other.known.proof_key.kid == log.known.proof_key.kid:
                    raise GatewayConfigError(f"{other.name} has this proof key: every log needs one of its own")
            durable.write_file(self._path, _written([*logs, log]).encode(), mode=_MODE)

    def _look(self) -> None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen == self._seen:
            return
        if status.st_size > MAX_FILE_BYTES:
            raise GatewayConfigError(f"{self._path} has more than {MAX_FILE_BYTES} bytes")
        logs = _parsed(self._path)
        self._logs = {log.name: log for log in logs}
        self._by_id = {log.log_id: log for log in logs}
        if len(self._by_id) != len(logs):
            raise GatewayConfigError(f"{self._path}: an origin stands there twice")
        self._seen = seen


def _parsed(path: Path) -> list[RegisteredLog]:
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        if document.keys() - {"version", "logs"} or document.get("version") != 1:
            raise ValueError("not a version 1 list of logs")
        return [
            registered_log(name, **{key: str(value) for key, value in table.items()})
            for name, table in document.get("logs", {}).items()
        ]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise GatewayConfigError(f"{path}: {error}") from None


def _written(logs: list[RegisteredLog]) -> str:
    lines = ["version = 1"]
    for log in logs:
        lines += ["", f"[logs.{log.name}]", f"origin = {_quoted(log.known.origin)}"]
        lines += [f'proof_key = "{log.known.proof_key.encode().hex()}"']
        lines += [f"checkpoint_key = {_quoted(log.checkpoint_key)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
