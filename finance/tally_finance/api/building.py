"""How a service becomes an application: its document says whom a route opens to, and what is refused is a problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from tally_finance.api import faults
from tally_finance.api.door import Door, Gate
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
        "chinese": {"type": "string"},
    },
}


def build(title: str, service: object, routers: Iterable[APIRouter], gate: Gate, said: Mapping[int, str]) -> FastAPI:
    """The application over a service; `said`: what each status means. Raises KeyError for a route without a right."""
    # The documentation pages of the framework load scripts from elsewhere; /openapi.json is enough.
    app = FastAPI(title=title, version=_version(), docs_url=None, redoc_url=None, responses=_responses(said))
    app.state.service = service
    for router in routers:
        _open(router, gate)
        app.include_router(router)
    app.include_router(_health())
    problems.install(app)
    faults.install(app)
    app.add_middleware(Door, gate=gate)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # as FastAPI says to
    return app


def _open(router: APIRouter, gate: Gate) -> None:
    """Says in the document whom each route opens to."""
    for route in router.routes:
        assert isinstance(route, APIRoute)  # noqa: S101  there are no others
        right = gate.rights[next(iter(route.methods or ())), route.path]
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


def _responses(said: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": _PROBLEM}}
    return {status: {"description": text, "content": content} for status, text in said.items()}


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
