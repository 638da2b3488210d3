"""/v1/readers/<name>: whether a reader's token is good here, and its end. Tokens that open more are not touched."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path
from pydantic import BaseModel

from tally_gateway.http.tokens import Scope, TokenFile

Name = Annotated[str, Path(pattern="^[a-z0-9-]{1,64}$")]
Authorization = Annotated[str | None, Header()]


class Reader(BaseModel):
    """Whose token it is."""

    name: str


def reader_routes(tokens: TokenFile) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/readers", tags=["readers"])

    @router.get("/{name}", summary="Whether a reader has a token (token of scope readers); 404 where it has none")
    def reader(name: Name, authorization: Authorization = None) -> Reader:
        tokens.require(authorization, Scope.READERS)
        return Reader(name=tokens.reader(name).name)

    @router.delete("/{name}", summary="End a reader's token (token of scope readers): it reads no entry any more")
    def end(name: Name, authorization: Authorization = None) -> Reader:
        tokens.require(authorization, Scope.READERS)
        tokens.end_reader(name)
        return Reader(name=name)

    return router
