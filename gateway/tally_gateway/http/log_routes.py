"""What every log shows of itself: proofs by index, consistency, anchors."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from tally_chain import tree
from tally_gateway.anchor_feed import AnchorFeed
from tally_gateway.errors import ApiError
from tally_gateway.http.problems import MEDIA_TYPE
from tally_gateway.http.rates import LIST_COST, PROOF_COST, AddressRates
from tally_gateway.lane import LogLane
from tally_gateway.log.writer import Log
from tally_gateway.pages.words import Words

PROOF_TYPE: Final = "application/scitt-receipt+cose"
MAX_INDEX: Final = 2**53 - 1
OVER_RATE: Final[dict[int | str, dict[str, Any]]] = {
    429: {
        "description": "This address has asked for too much; Retry-After says when to ask again",
        "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
        "headers": {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}},
    }
}


Index = Annotated[int, Path(ge=0, le=MAX_INDEX)]


class Consistency(BaseModel):
    """That the tree of `new` begins with the tree of `old` (RFC 9162 §2.1.4.1); hashes in hex."""

    old: int
    new: int
    path: list[str]


class AnchorView(BaseModel):
    """An anchored head and the block that accepted it, or that accepted the log of heads `via` that it stands in."""

    size: int
    root: str
    sequence: int
    block_number: int
    block_hash: str
    block_time_seconds: int
    tx_hash: str
    via: str | None = None


def log_routes(lane: LogLane, feed: AnchorFeed | None, rates: AddressRates, via: str | None = None) -> APIRouter:
    """Routes over a log and its anchors; `via` is the log of heads that it is anchored in, if it is."""
    router = APIRouter(tags=["proofs"])

    @router.get(
        "/v1/proof/{index}",
        response_class=Response,
        responses=OVER_RATE,
        summary="The proof of an entry under the newest head",
    )
    async def proof(request: Request, index: Index) -> Response:
        rates.spend(request, PROOF_COST)
        return await prove(lane, index)

    @router.get("/v1/consistency/{old}/{new}", responses=OVER_RATE, summary="That a newer tree continues an older one")
    async def consistency(request: Request, old: Index, new: Index) -> Consistency:
        rates.spend(request, PROOF_COST)

        def path_of(log: Log) -> list[bytes]:
            if not 0 < old <= new <= log.head.size:
                raise ApiError(
                    404,
                    "no such head",
                    Words(
                        f"sizes run from 1 to {log.head.size}, the older first",
                        f"大小须在 1 至 {log.head.size} 之间，旧者在前",
                    ),
                )
            return tree.consistency_path(log.nodes, old, new)

        path = await lane.run(path_of)
        return Consistency(old=old, new=new, path=[node.hex() for node in path])

    @router.get("/v1/anchors", responses=OVER_RATE, summary="Every final anchor, oldest first")
    async def anchors(request: Request) -> list[AnchorView]:
        rates.spend(request, LIST_COST)
        found = [] if feed is None else feed.counters.anchors
        return [
            AnchorView(
                size=anchor.size,
                root=anchor.root.hex(),
                sequence=anchor.sequence,
                block_number=anchor.block_number,
                block_hash=anchor.block_hash.hex(),
                block_time_seconds=anchor.block_time_seconds,
                tx_hash=anchor.tx_hash.hex(),
                via=via,
            )
            for anchor in found
        ]

    return router


async def prove(lane: LogLane, index: int) -> Response:
    """The proof of the entry at `index` under the newest head. Raises ApiError 404."""

    def made(log: Log) -> bytes:
        if index >= log.size:
            raise ApiError(404, "not in the log", Words(f"the log has {log.size} entries", f"日志共有 {log.size} 条"))
        if index >= log.head.size:
            raise ApiError(
                404,
                "not sealed yet",
                Words(
                    f"entry {index} waits for the next checkpoint; ask again in a second",
                    f"第 {index} 条待下一检查点，请稍后再试",
                ),
            )
        return log.proof([index]).encode()

    data = await lane.run(made)
    return Response(data, media_type=PROOF_TYPE, headers={"cache-control": "no-cache"})
