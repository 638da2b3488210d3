"""Who may connect: transport names and the SHA-256 of their tokens, in a TOML file of mode 0600.

    version = 1

    [clients]
    plant-7 = "9f86d081…"           # SHA-256 over the token's 64 characters, lower-case hex

A token is 32 random bytes, shown once as 64 lower-case hex characters, and is the MQTT password. It has full
entropy, so a plain hash is enough: there is nothing to guess and nothing to stretch.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import secrets
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tally_gateway.errors import CredentialsError
from tally_gateway.intake.topics import is_name

TOKEN_BYTES = 32
# 100,000 clients of 135 bytes each; a larger file is not one of ours.
MAX_FILE_BYTES = 16 << 20
_MODE = 0o600
_NOBODY = hashlib.sha256(b"tallystick: no such client").digest()


@dataclass(frozen=True, slots=True)
class Identity:
    """A client that has shown its token."""

    name: str
    token_sha256: bytes


class Authenticator(Protocol):
    """Decides who a connection is. Called on the event loop: it must not block on the network."""

    def authenticate(self, name: str, password: bytes) -> Identity | None:
        """The client of that name, when `password` is its token; None otherwise, in a time that does not tell why.

        Raises CredentialsError when nobody can be judged now. Writes nothing.
        """
        ...

    def still_valid(self, identity: Identity) -> bool:
        """Whether that token is still the client's; False ends a running session. Raises CredentialsError as above."""
        ...


def token_digest(token: bytes) -> bytes:
    """What is kept of a token: SHA-256 over its characters as sent in CONNECT."""
    return hashlib.sha256(token).digest()


class ClientFile:
    """The store of the module's text, and an Authenticator over it. A changed file is read again at the next
    question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._digests: dict[str, bytes] = {}

    def authenticate(self, name: str, password: bytes) -> Identity | None:
        """See Authenticator."""
        kept = self._current().get(name)
        shown = token_digest(password)
        same = hmac.compare_digest(shown, kept if kept is not None else _NOBODY)
        return Identity(name, shown) if same and kept is not None else None

    def still_valid(self, identity: Identity) -> bool:
        """See Authenticator."""
        kept = self._current().get(identity.name)
        return kept is not None and hmac.compare_digest(identity.token_sha256, kept)

    def names(self) -> list[str]:
        """All clients, sorted."""
        return sorted(self._current())

    def add(self, name: str) -> str:
        """Register `name` and return its token, which is not kept. Raises CredentialsError: bad or taken name."""
        if not is_name(name):
            raise CredentialsError(f"{name!r} is not 1 to 64 of a-z, 0-9 and '-'")
        token = secrets.token_hex(TOKEN_BYTES)
        with changing(self._path):
            digests = dict(self._current())
            if name in digests:
                raise CredentialsError(f"{name} is registered already; remove it first")
            digests[name] = token_digest(token.encode("ascii"))
            self._replace(digests)
        return token

    def remove(self, name: str) -> None:
        """Forget `name`; a running session ends at the listener's next look. Raises CredentialsError when unknown."""
        with changing(self._path):
            digests = dict(self._current())
            if digests.pop(name, None) is None:
                raise CredentialsError(f"{name} is not registered")
            self._replace(digests)

    def _current(self) -> dict[str, bytes]:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._seen, self._digests = None, {}
            return self._digests
        except OSError as error:
            raise CredentialsError(f"{self._path}: {error.strerror}") from error
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen != self._seen:
            if status.st_mode & 0o077:
                raise CredentialsError(f"{self._path} may be read or written by others; its mode must be 0600")
            if status.st_size > MAX_FILE_BYTES:
                raise CredentialsError(f"{self._path} is larger than {MAX_FILE_BYTES} bytes")
            self._digests = _parse(self._path)
            self._seen = seen
        return self._digests

    def _replace(self, digests: dict[str, bytes]) -> None:
        lines = ["version = 1", "", "[clients]", *(f'{name} = "{digests[name].hex()}"' for name in sorted(digests))]
        fresh = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write("\n".join(lines) + "\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def changing(path: Path) -> Iterator[None]:
    """Two processes that register at once must not lose one of the two: a lock on the folder, not on the file, which
    is replaced. Raises CredentialsError."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise CredentialsError(f"{path.parent}: {error.strerror}") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
        os.fsync(folder)
    finally:
        os.close(folder)


def _parse(path: Path) -> dict[str, bytes]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CredentialsError(f"{path}: {error}") from error
    clients = document.get("clients", {})
    if document.get("version") != 1 or not isinstance(clients, dict):
        raise CredentialsError(f"{path} is not a version 1 list of clients")
    digests: dict[str, bytes] = {}
    for name, text in clients.items():
        if not is_name(name) or not isinstance(text, str) or len(text) != 64 or set(text) - set("0123456789abcdef"):
            raise CredentialsError(f"{path}: the entry of {name!r} is not a name with 64 lower-case hex characters")
        digests[name] = bytes.fromhex(text)
    return digests
