"""What keeper (保管人), depositor (存货人) and inspector (检验人) see of theirs: lots, slots, receipts, orders."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.responses import HTMLResponse

from tally_finance.api.forms import IdInPath
from tally_finance.portal.lender import left_words, next_steps, rows, wording
from tally_finance.portal.lender.places import PLACES, around, asking, maybe, now_of
from tally_finance.portal.visit import Visit, Visited
from tally_gateway.pages.paging import ON_A_PAGE, Address, Cursor, Skip, of_told, sliced

_FIRST: Final = 20
"""Of each list on a first page; each has pages of its own."""


def party_pages() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["parties"])
    for place in PLACES:
        _lists(router, place)
        if place != "lender":
            _landing(router, place)
        if place != "inspector":
            _orders(router, place)
    return router


def _landing(router: APIRouter, place: str) -> None:
    @router.get(f"/{place}", response_class=HTMLResponse, summary="What is yours", name=place)
    async def landing(visit: Visited) -> Response:
        desk, context = asking(visit, place), around(visit, place)
        lots = await desk.every("/v1/lots")
        operations = await desk.every("/v1/operations", under_way=True)
        facilities: list[Any] = await maybe(desk, "/v1/facilities", lots=False) or []
        orders = [] if place == "inspector" else await desk.every("/v1/orders")
        return visit.page(
            "lender/party.html",
            steps=next_steps.of_party(
                operations, context["mine"], lots, now_of(visit), place, orders=orders, facilities=facilities
            ),
            lots=lots[:_FIRST],
            sites=await desk.get("/v1/sites"),
            receipts=(await desk.get("/v1/receipts", limit=_FIRST))["items"],
            facilities=rows.facilities(facilities),
            orders=orders[:_FIRST],
            **_words(visit),
            **context,
        )


def _lists(router: APIRouter, place: str) -> None:
    @router.get(
        f"/{place}/receipts", response_class=HTMLResponse, summary="The receipts that are yours", name=f"{place}_list"
    )
    async def receipts(visit: Visited, after: Cursor = "") -> Response:
        return await _list(visit, place, "receipts", after)

    @router.get(f"/{place}/lots", response_class=HTMLResponse, summary="The lots that are yours", name=f"{place}_lots")
    async def lots(visit: Visited, after: Cursor = "") -> Response:
        return await _list(visit, place, "lots", after)


def _orders(router: APIRouter, place: str) -> None:
    @router.get(
        f"/{place}/orders",
        response_class=HTMLResponse,
        summary="Release orders of your receipts",
        name=f"{place}_orders",
    )
    async def orders(visit: Visited, after: Cursor = "") -> Response:
        return await _list(visit, place, "orders", after)

    if place == "depositor":  # whose goods they are sees the order; scale and gate are lender's and keeper's
        return

    @router.get(
        f"/{place}/orders/{{order}}", response_class=HTMLResponse, name=f"{place}_order",
        summary="A release order, held against scale and gate",
    )  # fmt: skip
    async def order(order: IdInPath, visit: Visited, skip: Skip = 0) -> Response:
        told = await asking(visit, place).get(f"/v1/orders/{order}/left")
        unordered, paging = sliced(told["unordered"], skip, Address(f"/{place}/orders/{order}", mark="unordered"))
        return visit.page(
            "lender/order.html",
            told=told,
            headline=left_words.headline(told),
            unordered=unordered,
            paging=paging,
            whys=left_words.WHYS,
            tone_of=left_words.tone_of,
            **_words(visit),
            **around(visit, place),
        )


async def _list(visit: Visit, place: str, what: str, after: str) -> Response:
    told = await asking(visit, place).get(f"/v1/{what}", after=after or None, limit=ON_A_PAGE)
    return visit.page(
        f"lender/{what}.html",
        items=told["items"],
        paging=of_told(told, Address(f"/{place}/{what}")),
        **_words(visit),
        **around(visit, place),
    )


def _words(visit: Visit) -> dict[str, Any]:
    return {
        "stages": wording.STAGES,
        "states": wording.STATES,
        "order_words": wording.ORDERS,
        "now": now_of(visit),
    }
