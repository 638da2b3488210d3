"""What keeper (保管人), depositor (存货人) and inspector (检验人) see of theirs: lots, slots, receipts, orders."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Query, Response
from starlette.responses import HTMLResponse

from tally_finance.portal.lender import next_steps, rows, wording
from tally_finance.portal.lender.places import PLACES, around, asking, maybe, now_of
from tally_finance.portal.visit import Visit, Visited

_SHOWN: Final = 50
_MOST_LOTS: Final = 200


def party_pages() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["parties"])
    for place in PLACES:
        _lists(router, place)
        if place != "lender":
            _landing(router, place)
    return router


def _landing(router: APIRouter, place: str) -> None:
    @router.get(f"/{place}", response_class=HTMLResponse, summary="What is yours", name=place)
    async def landing(visit: Visited) -> Response:
        desk, context = asking(visit, place), around(visit, place)
        lots = (await desk.get("/v1/lots", limit=_MOST_LOTS))["items"]
        operations = (await desk.get("/v1/operations", limit=_MOST_LOTS))["items"]
        facilities: list[Any] = await maybe(desk, "/v1/facilities") or []
        orders: dict[str, Any] = await maybe(desk, "/v1/orders", limit=_SHOWN) or {"items": []}
        return visit.page(
            "lender/party.html",
            steps=next_steps.of_party(
                operations, context["mine"], lots, now_of(visit), place, orders=orders["items"], facilities=facilities
            ),
            lots=lots,
            sites=await desk.get("/v1/sites"),
            receipts=await desk.get("/v1/receipts", limit=_SHOWN),
            facilities=rows.facilities(facilities),
            orders=orders["items"],
            order_words=wording.ORDERS,
            stages=wording.STAGES,
            states=wording.STATES,
            now=now_of(visit),
            **context,
        )


def _lists(router: APIRouter, place: str) -> None:
    @router.get(
        f"/{place}/receipts", response_class=HTMLResponse, summary="The receipts that are yours", name=f"{place}_list"
    )
    async def receipts(visit: Visited, after: str = Query("", max_length=80)) -> Response:
        told = await asking(visit, place).get("/v1/receipts", after=after or None, limit=_SHOWN)
        return _list(visit, place, "lender/receipts.html", told, after)

    @router.get(f"/{place}/lots", response_class=HTMLResponse, summary="The lots that are yours", name=f"{place}_lots")
    async def lots(visit: Visited, after: str = Query("", max_length=80)) -> Response:
        told = await asking(visit, place).get("/v1/lots", after=after or None, limit=_SHOWN)
        return _list(visit, place, "lender/lots.html", told, after)


def _list(visit: Visit, place: str, template: str, told: Any, after: str) -> Response:
    return visit.page(
        template,
        told=told,
        after=after,
        stages=wording.STAGES,
        states=wording.STATES,
        now=now_of(visit),
        **around(visit, place),
    )
