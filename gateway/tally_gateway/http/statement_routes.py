"""POST /v1/statements: the way in for an authority's tool, and for whoever has no MQTT. Durable before the answer."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from tally_gateway.admission import Message
from tally_gateway.assembly import Parts
from tally_gateway.errors import ApiError
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.pipeline import Incoming, Taken

MAX_STATEMENTS: Final = 500
"""As many as one MQTT batch."""


class Submission(BaseModel):
    """Statements, each as base64 (RFC 4648 §4) of its encoding."""

    statements: Annotated[list[str], Field(min_length=1, max_length=MAX_STATEMENTS)]


class Result(BaseModel):
    """What became of one statement. `index` is its place; `refusal` the signed refusal in base64."""

    outcome: str
    index: int | None = None
    repeated: bool = False
    reason: str | None = None
    explanation: str | None = None
    mendable: bool | None = None
    refusal: str | None = None


def statement_routes(parts: Parts, tokens: TokenFile) -> APIRouter:
    """The route."""
    router = APIRouter(tags=["statements"])

    @router.post("/v1/statements", summary="Append statements (token of scope submit); answers once they are durable")
    async def submit(submission: Submission, authorization: Annotated[str | None, Header()] = None) -> list[Result]:
        bearer = tokens.require(authorization, Scope.SUBMIT)
        incoming = [
            Incoming(Message(_decoded(number, text)), bearer.name) for number, text in enumerate(submission.statements)
        ]
        return [_result(taken) for taken in await parts.pipeline.take(incoming)]

    return router


def _decoded(number: int, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(400, "the request is not understood", f"statement {number} is not base64: {error}") from None


def _result(taken: Taken) -> Result:
    if taken.index is not None:
        return Result(outcome=taken.outcome.value, index=taken.index, repeated=taken.duplicate)
    reason = taken.checked.reason
    return Result(
        outcome=taken.outcome.value,
        reason=None if reason is None else reason.name.lower(),
        explanation=taken.checked.explanation,
        mendable=taken.mendable,
        refusal=None if taken.refusal is None else base64.b64encode(taken.refusal).decode(),
    )
