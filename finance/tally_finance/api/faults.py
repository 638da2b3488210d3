"""What is refused or goes wrong, as problems (RFC 9457). What is wrong inside is told to the operator alone."""

from __future__ import annotations

import json
import logging
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError

from tally_chain.errors import AnchorRefusedError, EngineError, RegistryHistoryError
from tally_edge.errors import TallyError
from tally_finance.errors import BookError, LedgerMovedError, NotAllowedError
from tally_gateway.http.problems import problem

_LOG = logging.getLogger(__name__)
_MOST_SAID: Final = 2_000
_INSIDE: Final = "the operator finds the reason in the messages"


def unanswered(error: Exception) -> Response:
    """The database did not answer: its own words hold statements and addresses, and are no client's business."""
    _LOG.error("the database did not answer: %s: %s", type(error).__name__, error)
    return problem(503, "the database does not answer just now", _INSIDE)


def install(app: FastAPI) -> None:
    """What the desk refuses, as problems; the gateway's own are installed already."""

    async def of_refusal(_: Request, error: Exception) -> Response:
        return problem(422, "not taken", str(error)[:_MOST_SAID])

    async def of_conflict(_: Request, error: Exception) -> Response:
        title = "not allowed" if isinstance(error, NotAllowedError) else "not as things stand"
        return problem(409, title, str(error)[:_MOST_SAID])

    async def of_chain(_: Request, error: Exception) -> Response:
        _LOG.error("the chain could not be read: %s: %s", type(error).__name__, error)
        return problem(503, "the chain can not be read just now", _INSIDE)

    async def of_form(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  registered for it
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        # What was sent may hold halves of surrogate pairs, which no answer can.
        return problem(400, "the request is not understood", json.dumps(faults[:500])[1:-1])

    async def of_database(_: Request, error: Exception) -> Response:
        return unanswered(error)

    async def of_fault(_: Request, __: Exception) -> Response:  # who serves has it in the messages, with its place
        return problem(500, "a fault of the service", _INSIDE)

    app.add_exception_handler(SQLAlchemyError, of_database)
    app.add_exception_handler(Exception, of_fault)
    app.add_exception_handler(TallyError, of_refusal)
    app.add_exception_handler(NotAllowedError, of_conflict)
    app.add_exception_handler(BookError, of_conflict)
    app.add_exception_handler(LedgerMovedError, of_conflict)
    app.add_exception_handler(AnchorRefusedError, of_conflict)
    app.add_exception_handler(EngineError, of_chain)
    app.add_exception_handler(RegistryHistoryError, of_chain)
    app.add_exception_handler(RequestValidationError, of_form)
