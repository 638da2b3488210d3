"""The pages on which an operator looks: overview, devices, metering points, refusals, the log and its anchors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from tally_gateway.console import terms, views
from tally_gateway.console.reception import Reception, desk_of
from tally_gateway.pages.paging import Address, Skip, sliced
from tally_gateway.pages.visit import Visit

Kid = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Search = Annotated[str, Query(max_length=255)]


def view_routes(at: Reception) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=at.prefix, tags=["operator"])
    for routes in (_overview, _devices, _points, _refusals, _log):
        routes(router, at)
    return router


def _overview(router: APIRouter, at: Reception) -> None:
    looked = Depends(at.visited)

    @router.get("", response_class=Response, summary="Where the gateway stands, and what to do next")
    async def overview(visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        state = await desk.gateway.looked()
        urgent = views.devices(state, "", "")[:8]
        told: dict[str, Any] = {"counts": views.counts(state), "reasons": views.by_reason(state)}
        return desk.page("overview.html", state=state, urgent=urgent, terms=terms, urgency=views.urgency, **told)


def _devices(router: APIRouter, at: Reception) -> None:
    looked = Depends(at.visited)

    @router.get("/devices", response_class=Response, summary="Devices and their streams")
    async def devices(
        show: Annotated[str, Query(max_length=16)] = "", search: Search = "", skip: Skip = 0,
        visit: Visit = looked,
    ) -> Response:  # fmt: skip
        desk = desk_of(at, visit)
        state = await desk.gateway.looked()
        address = Address(f"{desk.base}/devices", {"show": show, "search": search})
        listed, paging = sliced(views.devices(state, show, search), skip, address)
        told: dict[str, Any] = {"show": show, "search": search, "counts": views.counts(state), "state": state}
        return desk.page("devices.html", listed=listed, paging=paging, terms=terms, urgency=views.urgency, **told)

    @router.get("/devices/{kid}", response_class=Response, summary="One device: sequence, clock, points, keys")
    async def device(kid: Kid, visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        detail = await desk.gateway.looked(f"/v1/state/devices/{kid}")
        tests: dict[str, Any] = {"is_off": views.is_off, "is_full": views.is_full}
        return desk.page("device.html", detail=detail, one=detail["device"], terms=terms, **tests)


def _points(router: APIRouter, at: Reception) -> None:
    looked = Depends(at.visited)

    @router.get("/points", response_class=Response, summary="Metering points and the meters in force there")
    async def points(search: Search = "", skip: Skip = 0, visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        state = await desk.gateway.looked()
        wanted = search.strip().lower()
        found = [one for one in state["points"] if wanted in f"{one['point']} {one['serial']}".lower()]
        listed, paging = sliced(found, skip, Address(f"{desk.base}/points", {"search": search}))
        return desk.page("points.html", listed=listed, paging=paging, search=search, state=state)

    @router.get("/points/one", response_class=Response, summary="One metering point: meter, last readings, settlement")
    async def point(name: Annotated[str, Query(max_length=255)], visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        detail = await desk.gateway.looked("/v1/state/point", name=name)
        return desk.page("point.html", detail=detail, one=detail["point"], terms=terms)


def _refusals(router: APIRouter, at: Reception) -> None:
    looked = Depends(at.visited)

    @router.get("/refusals", response_class=Response, summary="What was refused, why, and what to do")
    async def refusals(
        reason: Annotated[str, Query(max_length=32)] = "",
        client: Annotated[str, Query(max_length=128)] = "",
        before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
        visit: Visit = looked,
    ) -> Response:
        desk = desk_of(at, visit)
        state = await desk.gateway.looked()
        items = await desk.gateway.looked("/v1/state/refusals", reason=reason, client=client, before=before)
        told: dict[str, Any] = {"reason": reason, "client": client, "items": items, "state": state}
        return desk.page("refusals.html", reasons=views.by_reason(state), terms=terms, **told)


def _log(router: APIRouter, at: Reception) -> None:
    looked = Depends(at.visited)

    @router.get("/log", response_class=Response, summary="How the log grows, its heads and its anchors")
    async def log(visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        state, history = await desk.gateway.looked(), await desk.gateway.looked("/v1/state/history")
        return desk.page("log.html", state=state, history=history)

    @router.get("/log/growth.json", summary="The size of the log over time, for the chart")
    async def growth(visit: Visit = looked) -> dict[str, Any]:
        desk = desk_of(at, visit)
        name = "日志条目数" if visit.language == "zh-CN" else "Entries"
        return views.growth_chart(await desk.gateway.looked("/v1/state/history"), name)
