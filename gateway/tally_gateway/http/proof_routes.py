"""Proofs, consistency, anchors, and entries by index."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel

from tally_chain import tree
from tally_chain.errors import TreeError
from tally_gateway.assembly import Parts
from tally_gateway.errors import ApiError, ProjectionError
from tally_gateway.http.problems import MEDIA_TYPE
from tally_gateway.http.rates import LIST_COST, PROOF_COST, SEARCH_COST, AddressRates
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.log.writer import Log
from tally_gateway.projection.projector import FOLDER as PROJECTION_FOLDER
from tally_gateway.projection.queries import open_database

PROOF_TYPE: Final = "application/scitt-receipt+cose"
STATEMENT_TYPE: Final = "application/cose"
MAX_INDEX: Final = 2**53 - 1
SEARCHES_AT_ONCE: Final = 2
"""A search by id reads segments and is open to everybody; more of them wait."""
SEARCHES_WAITING: Final = 16
"""And beyond that they are turned away, or those who search would hold every socket."""
_OVER_RATE: Final[dict[int | str, dict[str, Any]]] = {
    429: {
        "description": "This address has asked for too much; Retry-After says when to ask again",
        "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
        "headers": {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}},
    }
}

Index = Annotated[int, Path(ge=0, le=MAX_INDEX)]
HexId = Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")]


class Consistency(BaseModel):
    """That the tree of `new` begins with the tree of `old` (RFC 9162 §2.1.4.1); hashes in hex."""

    old: int
    new: int
    path: list[str]


class AnchorView(BaseModel):
    """An anchored head and the block that accepted it."""

    size: int
    root: str
    sequence: int
    block_number: int
    block_hash: str
    block_time_seconds: int
    tx_hash: str


def proof_routes(parts: Parts, tokens: TokenFile, rates: AddressRates) -> APIRouter:
    """Routes over the log and the anchors of a running service."""
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
        "/v1/proof/{index}",
        response_class=Response,
        responses=_OVER_RATE,
        summary="The proof of an entry under the newest head",
    )
    async def proof(request: Request, index: Index) -> Response:
        rates.spend(request, PROOF_COST)
        return await _prove(parts, index)

    @router.get(
        "/v1/proof",
        response_class=Response,
        responses=_OVER_RATE,
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
            return await _prove(parts, await search.index_of(bytes.fromhex(statement)))
        if kid is None or seq is None:
            raise ApiError(400, "the request is not understood", "give statement, or kid and seq")
        places = await parts.lane.run(lambda log: log.indexes_of(bytes.fromhex(kid), seq, seq))
        if not places:
            raise ApiError(404, "not in the log", f"no statement of key {kid} with seq {seq} stands in this log")
        return await _prove(parts, places[0][1])

    @router.get("/v1/consistency/{old}/{new}", responses=_OVER_RATE, summary="That a newer tree continues an older one")
    async def consistency(request: Request, old: Index, new: Index) -> Consistency:
        rates.spend(request, PROOF_COST)

        def path_of(log: Log) -> list[bytes]:
            if not 0 < old <= new <= log.head.size:
                raise ApiError(404, "no such head", f"sizes run from 1 to {log.head.size}, the older first")
            return tree.consistency_path(log.nodes, old, new)

        path = await parts.lane.run(path_of)
        return Consistency(old=old, new=new, path=[node.hex() for node in path])

    @router.get("/v1/anchors", responses=_OVER_RATE, summary="Every anchored head, oldest first")
    async def anchors(request: Request) -> list[AnchorView]:
        rates.spend(request, LIST_COST)
        found = [] if parts.feed is None else parts.feed.counters.anchors
        return [
            AnchorView(
                size=anchor.size,
                root=anchor.root.hex(),
                sequence=anchor.sequence,
                block_number=anchor.block_number,
                block_hash=anchor.block_hash.hex(),
                block_time_seconds=anchor.block_time_seconds,
                tx_hash=anchor.tx_hash.hex(),
            )
            for anchor in found
        ]

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


async def _prove(parts: Parts, index: int) -> Response:
    def prove(log: Log) -> bytes:
        if index >= log.size:
            raise ApiError(404, "not in the log", f"the log has {log.size} entries")
        if index >= log.head.size:
            raise ApiError(404, "not sealed yet", f"entry {index} waits for the next checkpoint; ask again in a second")
        return log.proof([index]).encode()

    data = await parts.lane.run(prove)
    return Response(data, media_type=PROOF_TYPE, headers={"cache-control": "no-cache"})


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
