"""Errors as application/problem+json (RFC 9457): status, a short title, and a detail that says what to do."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tally_gateway.errors import ApiError, CredentialsError, LogBroken, LogError, SinkUnavailable

MEDIA_TYPE: Final = "application/problem+json"
_RETRY_S: Final = "5"


def problem(status: int, title: str, detail: str) -> Response:
    """The response of one refused request."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    headers = {"cache-control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        headers["retry-after"] = _RETRY_S
    return Response(body, status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every known error of a request with a problem."""

    async def of_api(_: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)  # noqa: S101  registered for it
        return problem(error.status, error.title, str(error))

    async def of_validation(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return problem(400, "the request is not understood", faults[:500])

    async def of_http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        title = HTTPStatus(error.status_code).phrase.lower()
        return problem(error.status_code, title, str(error.detail))

    async def of_unavailable(_: Request, error: Exception) -> Response:
        return problem(503, "nothing is taken just now", str(error))

    async def of_credentials(_: Request, error: Exception) -> Response:
        return problem(503, "the store of tokens cannot be read", type(error).__name__)

    app.add_exception_handler(ApiError, of_api)
    app.add_exception_handler(RequestValidationError, of_validation)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(SinkUnavailable, of_unavailable)
    app.add_exception_handler(LogBroken, of_unavailable)
    app.add_exception_handler(LogError, of_unavailable)
    app.add_exception_handler(CredentialsError, of_credentials)
