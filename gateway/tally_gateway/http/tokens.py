"""Who may read entries and submit statements over HTTP: names, token hashes and scopes, in a TOML file of mode 0600.

    version = 1

    [tokens.bank-of-example]
    sha256 = "9f86d081…"
    scopes = ["entries"]

A token is 64 lower-case hex characters (32 random bytes), shown once, sent as `Authorization: Bearer`.
"""

from __future__ import annotations

import hmac
import secrets
import tomllib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from tally_edge import durable
from tally_gateway.errors import ApiError, CredentialsError
from tally_gateway.intake.clients import MAX_FILE_BYTES, TOKEN_BYTES, changing, token_digest
from tally_gateway.intake.topics import is_name

_SCHEME: Final = "bearer "


class Scope(Enum):
    """What a token opens."""

    ENTRIES = "entries"
    """Read entries: what a grant gives a reader."""
    SUBMIT = "submit"
    """Send statements: the authority's tool, and tests."""
    HEADS = "heads"
    """Hand in the heads of the log of its name: what an aggregator gives a gateway."""
    OPERATE = "operate"
    """See where the gateway stands: the console, and a portal's operators. It changes nothing."""
    READERS = "readers"
    """End tokens that open entries and nothing else: what the end of a reader's grant asks for."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token was shown."""

    name: str
    scopes: frozenset[Scope]


class TokenFile:
    """The store of the module's text. A changed file is read again at the next question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._tokens: dict[bytes, Bearer] = {}

    def require(self, authorization: str | None, scope: Scope) -> Bearer:
        """The holder of the token in an Authorization header. Raises ApiError 401 or 403."""
        if authorization is None or not authorization.lower().startswith(_SCHEME):
            raise ApiError(401, "a token is needed", f"send Authorization: Bearer with a token of scope {scope.value}")
        digest = token_digest(authorization[len(_SCHEME) :].strip().encode("utf-8"))
        found: Bearer | None = None
        for known, bearer in self._current().items():
            if hmac.compare_digest(known, digest):
                found = bearer
        if found is None:
            raise ApiError(401, "unknown token", "the token is not known here, or was removed")
        if scope not in found.scopes:
            raise ApiError(403, "not in the token's scope", f"the token of {found.name} does not open {scope.value}")
        return found

    def add(self, name: str, scopes: frozenset[Scope]) -> str:
        """Register `name`; returns the token, which is not kept. Raises CredentialsError: bad or taken name."""
        if not is_name(name):
            raise CredentialsError(f"{name!r} is not 1 to 64 of a-z, 0-9 and '-'")
        token = secrets.token_hex(TOKEN_BYTES)
        with changing(self._path):
            tokens = dict(self._current())
            if any(bearer.name == name for bearer in tokens.values()):
                raise CredentialsError(f"{name} has a token already; remove it first")
            tokens[token_digest(token.encode())] = Bearer(name, scopes)
            self._save(tokens)
        return token

    def remove(self, name: str) -> None:
        """Forget `name`. Raises CredentialsError when unknown."""
        with changing(self._path):
            if self._named(name) is None:
                raise CredentialsError(f"{name} has no token")
            self._forget(name)

    def reader(self, name: str) -> Bearer:
        """The holder of a token that opens entries and nothing else. Raises ApiError 404, or 403 for any other's."""
        found = self._named(name)
        if found is None:
            raise ApiError(404, "not found", f"{name} has no token here")
        if found.scopes != {Scope.ENTRIES}:
            raise ApiError(
                403, "not a reader's", f"the token of {name} opens more than entries: remove it by the command"
            )
        return found

    def end_reader(self, name: str) -> None:
        """Forget a reader, from the next question on. Raises ApiError as `reader`."""
        with changing(self._path):
            self.reader(name)
            self._forget(name)

    def _named(self, name: str) -> Bearer | None:
        return next((one for one in self._current().values() if one.name == name), None)

    def _forget(self, name: str) -> None:
        self._save({digest: bearer for digest, bearer in self._current().items() if bearer.name != name})

    def _save(self, tokens: dict[bytes, Bearer]) -> None:
        lines = ["version = 1", ""]
        for digest, bearer in sorted(tokens.items(), key=lambda item: item[1].name):
            scopes = ", ".join(f'"{scope.value}"' for scope in sorted(bearer.scopes, key=lambda scope: scope.value))
            lines += [f"[tokens.{bearer.name}]", f'sha256 = "{digest.hex()}"', f"scopes = [{scopes}]", ""]
        durable.write_file(self._path, "\n".join(lines).encode(), mode=0o600)

    def _current(self) -> dict[bytes, Bearer]:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise CredentialsError(f"{self._path}: {error.strerror}") from error
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen != self._seen:
            if status.st_mode & 0o077 or status.st_size > MAX_FILE_BYTES:
                raise CredentialsError(f"{self._path} may be read by others, or is too large; its mode must be 0600")
            self._tokens = _parse(self._path)
            self._seen = seen
        return self._tokens


def _parse(path: Path) -> dict[bytes, Bearer]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        if document.keys() - {"version", "tokens"} or document.get("version") != 1:
            raise ValueError("not a version 1 list of tokens")
        return {
            bytes.fromhex(table["sha256"]): Bearer(name, frozenset(Scope(scope) for scope in table["scopes"]))
            for name, table in document.get("tokens", {}).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CredentialsError(f"{path}: {error!r}") from error
