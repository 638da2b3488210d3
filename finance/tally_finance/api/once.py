"""A request under its idempotency key (幂等键), whichever service it is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Header, Request, Response
from pydantic import BaseModel

from tally_finance.api.answers import Answer, Answers

KEY_PATTERN: Final = "^[A-Za-z0-9_-]{8,64}$"
KeyInHeader = Annotated[str, Header(pattern=KEY_PATTERN, description="8 to 64 of A-Z, a-z, 0-9, _ and -")]


async def digest_of(request: Request) -> bytes:
    """The SHA-256 of all that is asked: method, path, query and body."""
    asked = [request.method, request.url.path, request.url.query]
    return hashlib.sha256(json.dumps(asked).encode() + b"\0" + await request.body()).digest()


def answered(
    answers: Answers,
    token: str,
    asked: tuple[str, bytes],
    clock: Callable[[], int],
    do: Callable[[], BaseModel],
) -> Response:
    """Do it, or give the answer that was given. `asked`: the key, and the digest of the request. Raises ApiError."""

    def answer() -> Answer:
        return Answer(201, do().model_dump_json().encode())

    key, request = asked
    given = answers.once(token, key, request, clock, answer)
    headers = {"cache-control": "no-store", "idempotency-replayed": "true" if given.is_repeated else "false"}
    return Response(given.body, given.status, headers, "application/json")
