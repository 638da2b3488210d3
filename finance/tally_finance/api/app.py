"""The application: its routes, its rights, its errors. No port, no thread; `serving` runs it."""

from __future__ import annotations

from importlib import metadata
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from tally_finance.api import faults
from tally_finance.api.alert_routes import alert_routes
from tally_finance.api.book_routes import book_routes
from tally_finance.api.chain_routes import chain_routes
from tally_finance.api.door import Door
from tally_finance.api.gate import gate_of
from tally_finance.api.loan_routes import loan_routes
from tally_finance.api.operation_routes import operation_routes
from tally_finance.api.rights import RIGHTS
from tally_finance.api.service import Service
from tally_gateway.http import problems
from tally_gateway.http.problems import MEDIA_TYPE

_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_SAID: Final = {
    400: "not understood",
    401: "no good token",
    403: "not for this role or token",
    404: "not there, or not yours to see",
    409: "not as things stand: not allowed, changed meanwhile, or a key used before",
    413: "too long",
    422: "understood, and not taken",
    429: "too many requests, bytes or operations of this token; Retry-After says when to come again",
    503: "the chain or the database can not be read just now, or too much is under way",
}


def make_app(service: Service) -> FastAPI:
    """The application over a service. Raises KeyError for a route that nobody was given a right to."""
    # The documentation pages of the framework load scripts from elsewhere; /openapi.json is enough.
    app = FastAPI(title="Tallystick desk", version=_version(), docs_url=None, redoc_url=None, responses=_responses())
    app.state.service = service
    for router in (chain_routes(), loan_routes(), book_routes(), alert_routes(), operation_routes()):
        _open(router)
        app.include_router(router)
    app.include_router(_health())
    problems.install(app)
    faults.install(app)
    app.add_middleware(Door, gate=gate_of(service))
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _open(router: APIRouter) -> None:
    """Says in the document whom each route opens to."""
    for route in router.routes:
        assert isinstance(route, APIRoute)  # noqa: S101  there are no others
        right = RIGHTS[next(iter(route.methods or ())), route.path]
        route.openapi_extra = {
            "x-roles": sorted(right.roles),
            "x-writes": right.writes,
            "security": [{"bearer": []}],
        }


def _health() -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Whether the service answers", openapi_extra={"security": []})
    def healthz() -> dict[str, bool]:
        return {"healthy": True}

    return router


def _responses() -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": _PROBLEM}}
    return {status: {"description": said, "content": content} for status, said in _SAID.items()}


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        found = FastAPI.openapi(app)
        schemes = {"bearer": {"type": "http", "scheme": "bearer"}}
        found.setdefault("components", {})["securitySchemes"] = schemes
        app.openapi_schema = found
    return app.openapi_schema


def _version() -> str:
    try:
        return metadata.version("tallystick")
    except metadata.PackageNotFoundError:
        return "0"
