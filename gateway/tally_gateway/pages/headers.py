"""What every answer says to a browser: run and fetch nothing of others, be framed by nobody, keep nothing.

OWASP ASVS 4.0.3, 14.4 and 8.2.1. Scripts and styles come from files alone, so that no text of a stranger is ever one.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final

from tally_gateway.http.limits import Receive, Scope, Send

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_ALWAYS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_HTTPS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_NOT_KEPT: Final = (b"cache-control", b"no-store")


class SecurityHeaders:
    """ASGI: adds them to every answer that does not have its own."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                have = {name.lower() for name, _ in headers}
                wanted = (*_ALWAYS, _NOT_KEPT, *((_HTTPS,) if scope["scheme"] == "https" else ()))
                message = {**message, "headers": headers + [one for one in wanted if one[0] not in have]}
            await send(message)

        await self._app(scope, receive, with_headers)
