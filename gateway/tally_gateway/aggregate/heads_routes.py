"""POST /v1/heads: the way in for gateways' heads. GET /v1/heads/…: where they stand. Durable before the answer."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Request
from pydantic import BaseModel, Field

from tally_chain.anchoring.reading import Anchor
from tally_chain.errors import HeadRefusal, HeadRefusedError
from tally_gateway import anchor_link
from tally_gateway.aggregate.desk import MAX_PATH_HASHES, HeadDesk
from tally_gateway.errors import ApiError
from tally_gateway.http.log_routes import MAX_INDEX, OVER_RATE
from tally_gateway.http.rates import PROOF_COST, AddressRates
from tally_gateway.http.tokens import Scope, TokenFile

_STATUS_OF: Final = {
    HeadRefusal.MALFORMED: HTTPStatus.BAD_REQUEST,
    HeadRefusal.UNREGISTERED: HTTPStatus.FORBIDDEN,
    HeadRefusal.SIGNATURE: HTTPStatus.FORBIDDEN,
    HeadRefusal.BEHIND: HTTPStatus.CONFLICT,
    HeadRefusal.FORK: HTTPStatus.CONFLICT,
    HeadRefusal.INCONSISTENT: HTTPStatus.CONFLICT,
}

LogId = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Size = Annotated[int, Path(ge=1, le=MAX_INDEX)]
Node = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Offer(BaseModel):
    """A head entry in base64 (RFC 4648 §4), and the consistency path from the newest head held of its log, in hex."""

    head: Annotated[str, Field(min_length=1, max_length=4096)]
    path: Annotated[list[Node], Field(max_length=MAX_PATH_HASHES)] = []


class Taken(BaseModel):
    """Where the head stands in the log of heads. `repeated`: it was held before."""

    index: int
    repeated: bool


class Newest(BaseModel):
    """The largest head held of a log: its size, its place, and the head entry in base64; none held: size 0."""

    size: int
    index: int | None = None
    head: str | None = None


class AnchorOfHeads(BaseModel):
    """Where the head of the log of heads that a proof is under was anchored; bytes in hex."""

    size: int
    root: str
    chain_id: int
    genesis: str
    contract: str
    transaction: str
    block_number: int
    block_hash: str
    block_time: int
    sequence: int


class HeadPlace(BaseModel):
    """A head that is held: its place, the head entry and its proof (RFC 9942) in base64, and the anchor, if there is
    one, of the head that the proof is under."""

    index: int
    head: str
    proof: str
    anchor: AnchorOfHeads | None


def heads_routes(desk: HeadDesk, tokens: TokenFile, rates: AddressRates) -> APIRouter:
    """The routes of a log of heads."""
    router = APIRouter(tags=["heads"])

    @router.post("/v1/heads", summary="Take a log's head (token of scope heads); answers once it is durable")
    async def take(offer: Offer, authorization: Annotated[str | None, Header()] = None) -> Taken:
        bearer = tokens.require(authorization, Scope.HEADS)
        try:
            encoded = base64.b64decode(offer.head, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ApiError(400, HeadRefusal.MALFORMED.value, f"the head is not base64: {error}") from None
        try:
            placed = await desk.take(bearer.name, encoded, [bytes.fromhex(node) for node in offer.path])
        except HeadRefusedError as error:
            raise ApiError(_STATUS_OF[error.refusal], error.refusal.value, str(error)) from None
        return Taken(index=placed.index, repeated=placed.repeated)

    @router.get("/v1/heads/{log_id}", responses=OVER_RATE, summary="The newest head held of a log")
    async def newest(request: Request, log_id: LogId) -> Newest:
        rates.spend(request, PROOF_COST)
        held = await desk.newest(bytes.fromhex(log_id))
        if held is None:
            return Newest(size=0)
        return Newest(size=held.size, index=held.index, head=_base64(held.entry.encode()))

    @router.get("/v1/heads/{log_id}/{size}", responses=OVER_RATE, summary="Where a log's head stands, with its proof")
    async def place(request: Request, log_id: LogId, size: Size) -> HeadPlace:
        rates.spend(request, PROOF_COST)
        shown = await desk.show(bytes.fromhex(log_id), size)
        anchor = None if shown.anchor is None else _anchor(desk, shown.anchor)
        head, proof = _base64(shown.encoded), _base64(shown.proof.encode())
        return HeadPlace(index=shown.held.index, head=head, proof=proof, anchor=anchor)

    return router


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _anchor(desk: HeadDesk, anchor: Anchor) -> AnchorOfHeads:
    target = anchor_link.target_of(desk.kept.config, desk.kept.log_id)
    return AnchorOfHeads(
        size=anchor.size,
        root=anchor.root.hex(),
        chain_id=target.chain_id,
        genesis=target.genesis_hash.hex(),
        contract=target.contract.removeprefix("0x").lower(),
        transaction=anchor.tx_hash.hex(),
        block_number=anchor.block_number,
        block_hash=anchor.block_hash.hex(),
        block_time=anchor.block_time_seconds,
        sequence=anchor.sequence,
    )
