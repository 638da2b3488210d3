"""What an operator may see over HTTP: tokens of scope `operate`. Nothing here changes anything."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeAlias

from fastapi import APIRouter, Header, Path, Query, Response

from tally_gateway.console.desk import ConsoleDesk, LogHistory
from tally_gateway.console.reading_back import DeviceDetail, PointDetail
from tally_gateway.console.refused import RefusedItem
from tally_gateway.console.state import GatewayState
from tally_gateway.http.problems import MEDIA_TYPE
from tally_gateway.http.tokens import Scope, TokenFile

OPERATOR: Final = "operator"
"""The role, by the name that pages know it by."""
NEWEST: Final = 2**62
_KID: Final = "^[0-9a-f]{64}$"
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
    for status, text in ((400, "Not understood"), (401, "No token"), (403, "Not in its scope"), (404, "Not there"))
}

Authorization = Annotated[str | None, Header()]
Entrance: TypeAlias = Callable[[str | None], None]
"""Lets a token in, by its header, or raises ApiError."""
Kid = Annotated[str, Path(pattern=_KID, description="The key's id")]


def state_routes(desk: ConsoleDesk, tokens: TokenFile) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["operator"], responses=_REFUSED)

    def operator(authorization: str | None) -> None:
        tokens.require(authorization, Scope.OPERATE)

    _standing(router, desk, operator)
    _opened(router, desk, operator)
    return router


def _standing(router: APIRouter, desk: ConsoleDesk, operator: Entrance) -> None:
    @router.get(
        "/v1/state",
        response_model=GatewayState,
        summary="Where the gateway stands, and what to do next (token of scope operate)",
    )
    async def state(
        authorization: Authorization = None, if_none_match: Annotated[str | None, Header()] = None
    ) -> Response:
        operator(authorization)
        told, tag = await desk.state_json()
        headers = {"cache-control": "no-store", "etag": tag}
        if if_none_match == tag:
            return Response(None, 304, headers)
        return Response(told, 200, headers, "application/json")


def _opened(router: APIRouter, desk: ConsoleDesk, operator: Entrance) -> None:
    @router.get("/v1/state/devices/{kid}", summary="One device's key: its stream, its clock, its points, its history")
    async def device(kid: Kid, authorization: Authorization = None) -> DeviceDetail:
        operator(authorization)
        return await desk.device(kid)

    @router.get("/v1/state/point", summary="One metering point: its meter, last readings, last settlement")
    async def point(name: Annotated[str, Query(max_length=255)], authorization: Authorization = None) -> PointDetail:
        operator(authorization)
        return await desk.point(name)

    @router.get("/v1/state/refusals", summary="Refusals that are still kept, the newest first, a hundred at most")
    async def refusals(
        client: Annotated[str, Query(max_length=128)] = "",
        reason: Annotated[str, Query(max_length=32)] = "",
        before: Annotated[int, Query(ge=1, le=NEWEST)] = NEWEST,
        authorization: Authorization = None,
    ) -> list[RefusedItem]:
        operator(authorization)
        return list(await desk.refusals(client, reason, before))

    @router.get("/v1/state/history", summary="How the log grew, and its newest anchors")
    async def history(authorization: Authorization = None) -> LogHistory:
        operator(authorization)
        return desk.history()

    @router.get("/v1/state/authorities/{kid}", summary="What an authority has stated, as it stands in the log")
    async def authority(
        kid: Kid, after: Annotated[int, Query(ge=-1, le=NEWEST)] = -1, authorization: Authorization = None
    ) -> dict[str, Any]:
        operator(authorization)
        issuer, stated = desk.stated(kid)
        entries = [
            {"index": one.index, "statement": base64.b64encode(one.encoded).decode()}
            for one in stated
            if one.index > after
        ]
        return {"issuer": issuer, "kid": kid, "statements": entries}
