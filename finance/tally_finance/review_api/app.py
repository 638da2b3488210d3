"""The application of a reviewers' desk: its routes, its rights, its errors. No port, no thread."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from tally_finance.api.building import build
from tally_finance.review_api.drawing_routes import drawing_routes
from tally_finance.review_api.judging_routes import judging_routes
from tally_finance.review_api.ledger_routes import ledger_routes
from tally_finance.review_api.opening_routes import opening_routes
from tally_finance.review_api.opinion_routes import opinion_routes
from tally_finance.review_api.service import Service
from tally_finance.review_api.shelf_routes import shelf_routes
from tally_finance.review_api.version_routes import version_routes
from tally_finance.review_api.work_routes import work_routes

_SAID: Final = {
    400: "not understood",
    401: "no good token",
    403: "not for this role or token",
    404: "not there, or not yours to see",
    409: "not as things stand: it does not open any more, a key was used before, or somebody saved meanwhile",
    413: "too long",
    422: "understood, and not taken",
    429: "too many requests, bytes or reports; Retry-After says when to come again",
    503: "the database or a file can not be read just now, or too much is under way",
}


def make_app(service: Service) -> FastAPI:
    """The application over a service. Raises KeyError for a route that nobody was given a right to."""
    routers = (
        shelf_routes(),
        work_routes(),
        opening_routes(),
        drawing_routes(),
        judging_routes(),
        ledger_routes(),
        opinion_routes(),
        version_routes(),
    )
    return build("Tallystick reviews", service, routers, service.gate(), _SAID)
