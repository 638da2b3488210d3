"""The application: its routes, its limits, its errors. No port, no thread; `server` runs it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata

from fastapi import FastAPI

from tally_gateway.assembly import Parts
from tally_gateway.config import GatewayConfig
from tally_gateway.console.desk import ConsoleDesk
from tally_gateway.console.state_routes import state_routes
from tally_gateway.http import problems
from tally_gateway.http.health_routes import health_routes
from tally_gateway.http.limits import BodyLimit
from tally_gateway.http.log_routes import log_routes
from tally_gateway.http.proof_routes import proof_routes
from tally_gateway.http.rates import AddressRates
from tally_gateway.http.reader_routes import reader_routes
from tally_gateway.http.statement_routes import statement_routes
from tally_gateway.http.tile_routes import tile_routes
from tally_gateway.http.tokens import TokenFile
from tally_gateway.metrics import Measured


def make_app(
    config: GatewayConfig,
    parts: Parts,
    measured: Callable[[], Measured],
    rates: AddressRates,
    desk: ConsoleDesk,
) -> FastAPI:
    """The application over a running service. `desk`: what its operators ask."""
    app = bare_app("Tallystick gateway", config.http.max_body_kb)
    tokens = TokenFile(config.path(config.http.tokens_file))
    app.include_router(tile_routes(config.folder, tokens))
    via = config.aggregator.origin if config.anchor.engine == "aggregator" else None
    app.include_router(log_routes(parts.lane, parts.feed, rates, via))
    app.include_router(proof_routes(parts, tokens, rates))
    app.include_router(statement_routes(parts, tokens))
    app.include_router(reader_routes(tokens))
    app.include_router(health_routes(measured))
    app.include_router(state_routes(desk, tokens))
    return app


def bare_app(title: str, max_body_kb: int) -> FastAPI:
    """An application without routes: its limits, and its errors as problems."""
    # The documentation pages of the framework load scripts from elsewhere; /openapi.json is enough.
    app = FastAPI(title=title, version=_version(), docs_url=None, redoc_url=None)
    problems.install(app)
    app.add_middleware(BodyLimit, max_bytes=max_body_kb << 10)
    return app


def _version() -> str:
    try:
        return metadata.version("tallystick")
    except metadata.PackageNotFoundError:
        return "0"
