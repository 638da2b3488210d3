"""The application: its routes, its rights, its errors. No port, no thread; `serving` runs it."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from tally_finance.api.account_routes import account_routes
from tally_finance.api.alert_routes import alert_routes
from tally_finance.api.book_routes import book_routes
from tally_finance.api.building import build
from tally_finance.api.chain_routes import chain_routes
from tally_finance.api.close_routes import close_routes
from tally_finance.api.evidence_routes import evidence_routes
from tally_finance.api.gate import gate_of
from tally_finance.api.leaving_routes import leaving_routes
from tally_finance.api.loan_routes import loan_routes
from tally_finance.api.operation_routes import operation_routes
from tally_finance.api.price_routes import price_routes
from tally_finance.api.service import Service
from tally_finance.api.store_routes import store_routes

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
    chain = (chain_routes(), store_routes(), leaving_routes())
    loans = (loan_routes(), account_routes(), price_routes(), alert_routes())
    book = (*loans, book_routes(), close_routes(), evidence_routes())
    routers = (*chain, *book, operation_routes())
    return build("Tallystick desk", service, routers, gate_of(service), _SAID)
