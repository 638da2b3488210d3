"""Hands statements to a gateway over HTTP. Sending again does no harm: a gateway knows what it has."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tally_edge.errors import ConfigError, UnreachableError
from tally_edge.statement import Statement

PATH: Final = "/v1/statements"
BATCH_BYTES: Final = 512 * 1024
"""Of one request, before base64: below what a gateway takes at once, above what an authority says in a year."""

BATCH_STATEMENTS: Final = 100
MAX_ANSWER_BYTES: Final = 2**20
TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where to send: the gateway's base address, the client's token, and the TLS that trusts it (https only)."""

    url: str
    token: str
    tls: ssl.SSLContext | None = None


def batches(statements: Sequence[Statement]) -> Iterator[list[bytes]]:
    """The statements' bytes in order, cut into what one request carries."""
    batch: list[bytes] = []
    size = 0
    for signed in statements:
        if batch and (size + len(signed.encoded) > BATCH_BYTES or len(batch) == BATCH_STATEMENTS):
            yield batch
            batch, size = [], 0
        batch.append(signed.encoded)
        size += len(signed.encoded)
    if batch:
        yield batch


def send(gateway: Gateway, statements: Sequence[Statement]) -> list[Any]:
    """Send them in order; the gateway's outcomes, one per statement. Raises UnreachableError or ConfigError."""
    outcomes: list[Any] = []
    for batch in batches(statements):
        body = {"statements": [base64.b64encode(encoded).decode() for encoded in batch]}
        answered = _post(gateway, json.dumps(body).encode())
        if not isinstance(answered, list) or len(answered) != len(batch):
            raise UnreachableError(f"{gateway.url}: what answered is not a gateway")
        outcomes += answered
    return outcomes


def _post(gateway: Gateway, body: bytes) -> Any:
    parts = urllib.parse.urlsplit(gateway.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{gateway.url!r} is not the http(s) address of a gateway")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ConfigError("a token travels over https, or to this machine itself")
    request = urllib.request.Request(  # noqa: S310  the scheme is checked above
        gateway.url.rstrip("/") + PATH,
        data=body,
        method="POST",
        headers={"Authorization": f"Bearer {gateway.token}", "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), _NoRedirect(), urllib.request.HTTPSHandler(context=gateway.tls)
    )
    try:
        with opener.open(request, timeout=TIMEOUT_S) as response:
            return json.loads(response.read(MAX_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            detail = error.read(500).decode("utf-8", "replace").strip()
        if error.code in (401, 403):
            raise ConfigError(f"{gateway.url} does not take this token ({error.code})") from None
        raise UnreachableError(f"{gateway.url} answered {error.code}: {detail}") from None
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise UnreachableError(f"{gateway.url}: {error}") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token is for one address; a redirect would carry it to another."""

    def redirect_request(self, *_: Any) -> None:
        """Never follow."""


def is_taken(outcome: Any) -> bool:
    """Whether a gateway has the statement now: appended, or there already."""
    return isinstance(outcome, dict) and isinstance(outcome.get("index"), int)


def explanation(outcome: Any) -> str:
    """Why not, in the gateway's words."""
    if isinstance(outcome, dict):
        return " ".join(str(outcome[key]) for key in ("reason", "explanation", "detail") if outcome.get(key))
    return str(outcome)
