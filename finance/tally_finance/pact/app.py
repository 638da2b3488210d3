"""The host as an application: tokens, footprints, events. No port, no thread.

Its answers are the specification's: its Error object and not RFC 9457's problems, whatever is refused.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from tally_finance.errors import PactError
from tally_finance.pact.criteria import TERMS, TIMES, Criteria, criteria
from tally_finance.pact.document import read
from tally_finance.pact.door import DISCOVERY_PATH, TOKEN_PATH, Door, fault
from tally_finance.pact.events import (
    MEDIA_TYPE,
    MOST_FOOTPRINTS,
    Event,
    Message,
    RequestCreated,
    RequestFulfilled,
    RequestRejected,
)
from tally_finance.pact.fields import Status
from tally_finance.pact.footprints import MOST_LISTED, Footprints
from tally_finance.pact.mail import Mail
from tally_finance.pact.partners import ACCESS_S, Partner, Partners

AFTER: Final = "x-tallystick-after"
"""The one parameter of ours: behind which arrival a page begins. Links hold it; nobody needs to know it."""

_LIST: Final = "/3/footprints"
_LIMIT: Final = "limit"
_PAGING: Final = frozenset({_LIMIT, AFTER})
_WHOLE: Final = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Host:
    """What the routes stand on."""

    footprints: Footprints
    partners: Partners
    mail: Mail
    clock: Callable[[], int]

    def answer(self, partner: Partner, event: Event) -> Message:
        """What a request gets: what the partner may see of it, the active ones where it does not say."""
        assert isinstance(event.message, RequestCreated)  # noqa: S101  the mailbox asks for nothing else
        asked = event.message.criteria
        if "status" not in asked.terms:
            terms = {**asked.terms, "status": frozenset({Status.ACTIVE.value.lower()})}
            asked = Criteria(terms, asked.valid_on, asked.valid_after, asked.valid_before)
        found = self.footprints.page(partner, asked, limit=MOST_FOOTPRINTS)
        if not found.footprints:
            return RequestRejected(event.id, "NotFound", "no footprint that you may see meets what you ask for")
        return RequestFulfilled(event.id, tuple(read(one) for one in found.footprints))


def host_of(engine: Engine, name: str, clock: Callable[[], int] = lambda: int(time.time())) -> Host:
    """A host in a migrated database."""
    return Host(Footprints(engine, name), Partners(engine, name), Mail(engine, name), clock)


def make_app(host: Host, *, is_private: bool = False) -> FastAPI:
    """The application. `is_private`: requests come in the clear from a proxy on this machine, which speaks TLS."""
    # The documentation pages of the framework load scripts from elsewhere; /openapi.json is enough.
    app = FastAPI(title="Tallystick product footprints", version="3", docs_url=None, redoc_url=None)
    app.state.host = host
    app.include_router(_routes())
    app.add_exception_handler(PactError, _of_refusal)
    app.add_exception_handler(RequestValidationError, _of_form)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_middleware(Door, whose=lambda token: host.partners.partner_of(token, host.clock()), is_private=is_private)
    return app


def _routes() -> APIRouter:
    router = APIRouter()

    @router.get("/healthz", summary="Whether the host answers")
    def healthz() -> dict[str, bool]:
        return {"healthy": True}

    @router.get(DISCOVERY_PATH, summary="Where tokens are given (OpenID Connect Discovery)")
    def discovery(request: Request) -> dict[str, Any]:
        issuer = _here(request)
        return {
            "issuer": issuer,
            "token_endpoint": issuer + TOKEN_PATH,
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "scopes_supported": ["footprint:list", "footprint:read"],
        }

    @router.post(TOKEN_PATH, summary="An hour's access (RFC 6749 §4.4)", openapi_extra=_FORM)
    async def token(request: Request) -> Response:
        return await run_in_threadpool(_admitted, _host(request), request.headers, await request.body())

    @router.get(_LIST, summary="Footprints by criteria", responses=_FAULTS, openapi_extra=_CRITERIA)
    def listed(request: Request) -> Response:
        return _listed(request)

    @router.get(_LIST + "/{id}", summary="One footprint", responses=_FAULTS)
    def one(request: Request, id: str) -> Response:  # noqa: A002  the specification's name
        return _one(request, id)

    @router.post("/3/events", summary="A message of another host", openapi_extra=_EVENT, responses=_FAULTS)
    async def events(request: Request) -> Response:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != MEDIA_TYPE:
            return fault(400, f"events come as {MEDIA_TYPE}")
        host, partner = _host(request), request.state.partner
        await run_in_threadpool(host.mail.take, partner, await request.body(), host.clock(), host.answer)
        return Response(status_code=200)

    return router


def _listed(request: Request) -> Response:
    given = request.query_params.multi_items()
    asked = criteria((name, value) for name, value in given if name not in _PAGING)
    after, limit = _whole(given, AFTER, 0), _whole(given, _LIMIT, MOST_LISTED)
    page = _host(request).footprints.page(request.state.partner, asked, after, limit)
    answer = _json({"data": list(page.footprints)})
    if page.after is not None:
        # Every criterion again, and the page's own size, behind what was told.
        again = [(name, value) for name, value in given if name != AFTER] + [(AFTER, str(page.after))]
        answer.headers["link"] = f'<{_here(request)}{_LIST}?{urlencode(again)}>; rel="next"'
    return answer


def _whole(given: list[tuple[str, str]], name: str, default: int) -> int:
    """A parameter that stands once at most. Raises PactError."""
    values = [value for its, value in given if its == name]
    if not values:
        return default
    if len(values) > 1 or _WHOLE.fullmatch(values[0]) is None:
        raise PactError(f"{name}: is no whole number of at most 18 digits, once")
    return int(values[0])


def _one(request: Request, name: str) -> Response:
    try:
        footprint = uuid.UUID(name)
    except ValueError:
        return fault(404, "no footprint has this id; ids are UUIDs")
    try:
        found = _host(request).footprints.get(request.state.partner, footprint)
    except PermissionError:
        return fault(403, "this footprint is not for you")
    return fault(404, "no footprint has this id") if found is None else _json({"data": found})


def _admitted(host: Host, headers: Mapping[str, str], body: bytes) -> Response:
    """RFC 6749 §5: a token, or its errors."""
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    if form.get("grant_type") != "client_credentials":
        known = "unsupported_grant_type" if "grant_type" in form else "invalid_request"
        return _json({"error": known, "error_description": "the grant is client_credentials"}, 400)
    pair = _basic(headers.get("authorization", ""))
    token = None if pair is None else host.partners.admit(*pair, host.clock())
    if token is None:
        refused = _json({"error": "invalid_client", "error_description": "no partner has this id and secret"}, 401)
        refused.headers["www-authenticate"] = "Basic"
        return refused
    return _json({"access_token": token, "token_type": "Bearer", "expires_in": ACCESS_S})


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, given = header.partition(" ")
    try:
        text = base64.b64decode(given.strip(), validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    client, colon, secret = text.partition(":")
    return (client, secret) if colon else None


def _json(value: Mapping[str, Any], status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Response(body, status, {"cache-control": "no-store"}, "application/json")


def _here(request: Request) -> str:
    """This host as its client named it: the specification wants links under that name."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def _host(request: Request) -> Host:
    found: Host = request.app.state.host
    return found


async def _of_refusal(_: Request, error: Exception) -> Response:
    return fault(400, str(error))


async def _of_form(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  registered for it
    return fault(400, "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()))


async def _of_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for it
    return fault(error.status_code, str(error.detail))


_ERROR: Final = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
}
_FAULTS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": said, "content": {"application/json": {"schema": _ERROR}}}
    for status, said in {400: "not understood", 401: "no good token", 403: "not for you", 404: "not there"}.items()
}
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {"grant_type": {"const": "client_credentials"}},
                }
            }
        },
    }
}
_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_CRITERIA: Final = {
    "parameters": [
        *({"name": name, "in": "query", "explode": True, "schema": _TEXTS} for name in TERMS),
        *({"name": name, "in": "query", "schema": {"type": "string", "format": "date-time"}} for name in TIMES),
        {"name": _LIMIT, "in": "query", "schema": {"type": "integer", "minimum": 0}},
    ]
}
_EVENT: Final = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}
