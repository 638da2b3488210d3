"""Errors as application/problem+json (RFC 9457): status, a short title, and a detail that says what to do.

What is wrong inside names files, and whoever asks may be a stranger: the service's messages get that text, the client a
sentence.
"""

from __future__ import annotations

import json
import logging
import time
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tally_gateway.errors import ApiError, CheckerLost, CredentialsError, LogError, LogFull, SinkUnavailable
from tally_gateway.pages.words import Words

_LOG = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_RETRY_S: Final = 5
_SAY_EVERY_S: Final = 10.0
"""Strangers may ask as often as they like; they must not fill the disk with messages."""

_NO_SPACE: Final = "the disk is full or nearly so; nothing of this request is stored, send it again later"
_NO_CHECKER: Final = "a process that checks statements ended; nothing of this request is stored, send it again"
_INSIDE: Final = "the operator finds the reason in the messages of the service"


def problem(status: int, title: str, detail: str | Words, retry_after_s: int | None = None) -> Response:
    """The response of one refused request. A detail in both languages has its Chinese beside it, as `chinese`."""
    told = {"detail": detail} if isinstance(detail, str) else {"detail": detail.english, "chinese": detail.chinese}
    body = json.dumps({"type": "about:blank", "title": title, "status": status} | told).encode()
    headers = {"cache-control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        headers["retry-after"] = str(_RETRY_S if retry_after_s is None else retry_after_s)
    return Response(body, status, headers, MEDIA_TYPE)


def told_by(data: bytes) -> tuple[str, str | Words] | None:
    """Title and detail of a problem that another service answered with; None where it is none."""
    try:
        told = json.loads(data)
        title, detail = str(told["title"]), str(told["detail"])
        return title, Words(detail, str(told["chinese"])) if "chinese" in told else detail
    except (ValueError, KeyError, TypeError):
        return None


def install(app: FastAPI) -> None:
    """Answer every known error of a request with a problem."""

    async def of_api(_: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)  # noqa: S101  registered for it
        return problem(error.status, error.title, error.words or str(error), error.retry_after_s)

    async def of_validation(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  likewise
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return problem(400, "the request is not understood", faults[:500])

    async def of_http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  likewise
        title = HTTPStatus(error.status_code).phrase.lower()
        return problem(error.status_code, title, str(error.detail))

    say = _Sayer()

    async def of_unavailable(_: Request, error: Exception) -> Response:
        say.error(error)
        return problem(503, "nothing is taken just now", _sentence(error))

    async def of_log(_: Request, error: Exception) -> Response:
        say.error(error)
        return problem(503, "the log cannot be used just now", _sentence(error))

    async def of_credentials(_: Request, error: Exception) -> Response:
        say.error(error)
        return problem(503, "the store of tokens cannot be read", _INSIDE)

    app.add_exception_handler(ApiError, of_api)
    app.add_exception_handler(RequestValidationError, of_validation)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(SinkUnavailable, of_unavailable)
    app.add_exception_handler(LogError, of_log)
    app.add_exception_handler(CredentialsError, of_credentials)


def _sentence(error: Exception) -> str:
    """What a client may know of it. A SinkUnavailable has its reason as its cause; without one the disk is nearly
    full."""
    if isinstance(error.__cause__, CheckerLost):
        return _NO_CHECKER
    if isinstance(error, SinkUnavailable | LogFull):
        return _NO_SPACE
    return _INSIDE


class _Sayer:
    """Writes what is wrong inside to the service's messages, not more often than `_SAY_EVERY_S`."""

    def __init__(self) -> None:
        self._said_at = float("-inf")

    def error(self, error: Exception) -> None:
        """Say it, unless something was said a moment ago."""
        now = time.monotonic()
        if now - self._said_at >= _SAY_EVERY_S:
            self._said_at = now
            _LOG.error("a request could not be answered: %s: %s", type(error).__name__, error)
