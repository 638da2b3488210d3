"""Who uses a gateway's own console: whoever shows a token of scope `operate`. Sessions live in memory and are short.

The cookie is a random number that means nothing elsewhere; the token stays with the service. A token that is removed
ends its sessions at their next request.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from tally_gateway.console.state_routes import OPERATOR
from tally_gateway.errors import ApiError, CredentialsError
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.pages.guest import BY_ITSELF, Guest
from tally_gateway.pages.words import Words

COOKIE: Final = "console"
IDLE_S: Final = 30 * 60
LONGEST_S: Final = 8 * 3_600
"""A shift."""
MAX_SESSIONS: Final = 200
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Operator(Guest):
    """Somebody with a token."""

    token: str


@dataclass(slots=True)
class _Session:
    operator: Operator
    began_at: float
    used_at: float


class ConsoleSessions:
    """See the module's text. `guest_of` runs in a thread of its own; each step is one dictionary's."""

    def __init__(self, tokens: TokenFile, origin: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._tokens, self._monotonic = tokens, monotonic
        self._of = Words(origin, origin)
        self._sessions: dict[bytes, _Session] = {}

    def begin(self, token: str) -> str:
        """Sign in; the cookie's value, a new one each time. Raises ApiError 401 or 403."""
        bearer = self._tokens.require(f"Bearer {token}", Scope.OPERATE)
        now, value = self._monotonic(), secrets.token_urlsafe(_BYTES)
        csrf = secrets.token_urlsafe(_BYTES)
        operator = Operator(bearer.name, csrf, frozenset({OPERATOR}), self._of, token)
        for key, session in list(self._sessions.items()):
            if self._is_over(session, now):
                self._sessions.pop(key, None)
        while len(self._sessions) >= MAX_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)), None)
        self._sessions[_digest(value)] = _Session(operator, now, now)
        return value

    def end(self, request: Request) -> None:
        """Sign out."""
        self._sessions.pop(_digest(request.cookies.get(COOKIE, "")), None)

    def guest_of(self, request: Request) -> Operator | None:
        """See Guests."""
        key, now = _digest(request.cookies.get(COOKIE, "")), self._monotonic()
        session = self._sessions.get(key)
        if session is None:
            return None
        try:
            self._tokens.require(f"Bearer {session.operator.token}", Scope.OPERATE)
        except (ApiError, CredentialsError):
            self._sessions.pop(key, None)
            return None
        if self._is_over(session, now):
            self._sessions.pop(key, None)
            return None
        if BY_ITSELF not in request.headers:
            session.used_at = now
        return session.operator

    def _is_over(self, session: _Session, now: float) -> bool:
        return now - session.used_at > IDLE_S or now - session.began_at > LONGEST_S


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "replace")).digest()
