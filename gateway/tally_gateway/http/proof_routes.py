"""Proofs of statements by id and by place, and entries by index."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request, Response

from tally_chain.errors import TreeError
from tally_gateway.assembly import Parts
from tally_gateway.errors import ApiError, ProjectionError
from tally_gateway.http.log_routes import MAX_INDEX, OVER_RATE, Index, prove
from tally_gateway.http.rates import PROOF_COST, SEARCH_COST, AddressRates
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.log.writer import Log
from tally_gateway.pages.words import Words
from tally_gateway.projection.projector import FOLDER as PROJECTION_FOLDER
from tally_gateway.projection.queries import open_database

STATEMENT_TYPE: Final = "application/cose"
SEARCHES_AT_ONCE: Final = 2
"""A search by id reads segments and is open to everybody; more of them wait."""
SEARCHES_WAITING: Final = 16
"""And beyond that they are turned away, or those who search would hold every socket."""
HexId = Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")]


def proof_routes(parts: Parts, tokens: TokenFile, rates: AddressRates) -> APIRouter:
    """Routes over the log and the projection of a running service."""
    router = APIRouter(tags=["proofs"])
    search = Search(parts)

    @router.get("/entries/{index}", response_class=Response, summary="One entry (token of scope entries)")
    async def entry(index: Index, authorization: Annotated[str | None, Header()] = None) -> Response:
        tokens.require(authorization, Scope.ENTRIES)
        data = await parts.lane.run(lambda log: _entry(log, index))
        return Response(
            data, media_type=STATEMENT_TYPE, headers={"cache-control": "private, max-age=31536000, immutable"}
        )

    @router.get(
        "/v1/proof",
        response_class=Response,
        responses=OVER_RATE,
        summary="The proof of a statement, by its id or by its place",
    )
    async def proof_of(
        request: Request,
        statement: HexId = None,
        kid: HexId = None,
        seq: Annotated[int | None, Query(ge=0, le=MAX_INDEX)] = None,
    ) -> Response:
        rates.spend(request, PROOF_COST if statement is None else SEARCH_COST)
        if statement is not None:
            return await prove(parts.lane, await search.index_of(bytes.fromhex(statement)))
        if kid is None or seq is None:
            raise ApiError(400, "the request is not understood", "give statement, or kid and seq")
        places = await parts.lane.run(lambda log: log.indexes_of(bytes.fromhex(kid), seq, seq))
        if not places:
            raise ApiError(
                404,
                "not in the log",
                Words(
                    f"no statement of key {kid} with seq {seq} stands in this log",
                    f"日志中没有密钥 {kid} 序号 {seq} 的陈述",
                ),
            )
        return await prove(parts.lane, places[0][1])

    return router


class Search:
    """Searches by id: so many at once, so many more that wait."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._at_once = asyncio.Semaphore(SEARCHES_AT_ONCE)
        self._asked = 0

    async def index_of(self, statement_id: bytes) -> int:
        """Where the statement stands. Raises ApiError 404, or 503 when too many search."""
        if self._asked >= SEARCHES_AT_ONCE + SEARCHES_WAITING:
            raise ApiError(503, "too many search just now", "kid and seq find a statement without a search")
        self._asked += 1
        try:
            async with self._at_once:
                return await asyncio.to_thread(_index_of, self._parts, statement_id)
        finally:
            self._asked -= 1


def _entry(log: Log, index: int) -> bytes:
    try:
        return log.entry(index)
    except TreeError as error:
        raise ApiError(404, "not in the log", str(error)) from None


def _index_of(parts: Parts, statement_id: bytes) -> int:
    """Where a statement stands, from the projection. In a thread of its own."""
    try:
        database = open_database(parts.config.path(PROJECTION_FOLDER))
    except ProjectionError:
        text = "statements are found by id in the projection, which cannot be asked now; kid and seq find one at once"
        raise ApiError(404, "not found", text) from None
    try:
        row = database.execute("SELECT MIN(entry) FROM raw_statements WHERE id = ?", [statement_id]).fetchone()
    finally:
        database.close()
    if row is None or row[0] is None:
        text = "no such statement up to the newest segment; a new one is found by kid and seq at once"
        raise ApiError(404, "not in the log", text)
    return int(row[0])
