"""Receipts, lots, slots, pledges and orders as the chain has them, each party its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from tally_chain.receipts.history import SignedOperation
from tally_finance.api.forms import ID_PATTERN, After, IdInPath, Limit, read
from tally_finance.api.pages import Page, paged, paged_as_listed
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.service import Allowed, Served, allowed
from tally_finance.api.told_chain import (
    LotTold,
    OrderTold,
    PledgeTold,
    ReceiptTold,
    SlotTold,
    StepTold,
    lot_told,
    order_told,
    pledge_told,
    receipt_told,
    slot_told,
    step_told,
)

OfReceipt = Annotated[str | None, Query(pattern=ID_PATTERN, description="only those of this receipt")]


def chain_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "chain", allowed)
    _receipts(router)
    _stores(router)
    _pledges(router)
    return router


def _receipts(router: APIRouter) -> None:
    @router.get("/receipts", summary="The receipts that are yours", response_model=Page[ReceiptTold])
    async def receipts(
        request: Request, bearer: Allowed, service: Served, after: After = None, limit: Limit = 50
    ) -> Response:
        def make() -> Page[ReceiptTold]:
            book = service.desk.view.book
            return paged(
                service.sight(bearer).receipts(), after, limit, lambda number, one: receipt_told(number, one, book)
            )

        return await service.told(bearer, request, make)

    @router.get("/receipts/{number}", summary="A receipt: title, encumbrance, holds", response_model=ReceiptTold)
    async def receipt(request: Request, number: IdInPath, bearer: Allowed, service: Served) -> Response:
        def make() -> ReceiptTold:
            found = service.sight(bearer).receipt(read(number))
            if found is None:
                raise missing("receipt")
            return receipt_told(read(number), found, service.desk.view.book)

        return await service.told(bearer, request, make)

    @router.get(
        "/receipts/{number}/history",
        summary="Everything that was carried out on a receipt, newest first",
        response_model=Page[StepTold],
    )
    async def history(
        *,
        request: Request,
        number: IdInPath,
        bearer: Allowed,
        service: Served,
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        def make() -> Page[StepTold]:
            if service.sight(bearer).receipt(read(number)) is None:
                raise missing("receipt")
            entries = service.mentions.of(service.desk.view.history, read(number))
            done = [(one.digest, one) for one in entries if isinstance(one, SignedOperation)]
            return paged_as_listed(done[::-1], after, limit, lambda _, one: step_told(one))

        return await service.told(bearer, request, make)


def _stores(router: APIRouter) -> None:
    @router.get(
        "/lots",
        summary="The lots that are yours: kept, witnessed, or behind your receipts",
        response_model=Page[LotTold],
    )
    async def lots(
        request: Request, bearer: Allowed, service: Served, after: After = None, limit: Limit = 50
    ) -> Response:
        def make() -> Page[LotTold]:
            book = service.desk.view.book
            return paged(service.sight(bearer).lots(), after, limit, lambda name, one: lot_told(name, one, book))

        return await service.told(bearer, request, make)

    @router.get("/lots/{lot}", summary="A lot and what is attested of it", response_model=LotTold)
    async def lot(request: Request, lot: IdInPath, bearer: Allowed, service: Served) -> Response:
        def make() -> LotTold:
            found = service.sight(bearer).lot(read(lot))
            if found is None:
                raise missing("lot")
            return lot_told(read(lot), found, service.desk.view.book)

        return await service.told(bearer, request, make)

    @router.get("/slots", summary="The slots that you keep", response_model=Page[SlotTold])
    async def slots(
        request: Request, bearer: Allowed, service: Served, after: After = None, limit: Limit = 50
    ) -> Response:
        return await service.told(
            bearer, request, lambda: paged(service.sight(bearer).slots(), after, limit, slot_told)
        )

    @router.get("/slots/{slot}", summary="A slot that you keep", response_model=SlotTold)
    async def slot(request: Request, slot: IdInPath, bearer: Allowed, service: Served) -> Response:
        def make() -> SlotTold:
            found = dict(service.sight(bearer).slots()).get(read(slot))
            if found is None:
                raise missing("slot")
            return slot_told(read(slot), found)

        return await service.told(bearer, request, make)


def _pledges(router: APIRouter) -> None:
    @router.get("/pledges", summary="The pledges of receipts that are yours", response_model=Page[PledgeTold])
    async def pledges(
        request: Request, bearer: Allowed, service: Served, after: After = None, limit: Limit = 50
    ) -> Response:
        def make() -> Page[PledgeTold]:
            book = service.desk.view.book
            return paged(
                service.sight(bearer).pledges(), after, limit, lambda number, one: pledge_told(number, one, book)
            )

        return await service.told(bearer, request, make)

    @router.get("/pledges/{receipt}", summary="The pledge of a receipt", response_model=PledgeTold)
    async def pledge(request: Request, receipt: IdInPath, bearer: Allowed, service: Served) -> Response:
        def make() -> PledgeTold:
            found = dict(service.sight(bearer).pledges()).get(read(receipt))
            if found is None:
                raise missing("pledge")
            return pledge_told(read(receipt), found, service.desk.view.book)

        return await service.told(bearer, request, make)

    @router.get("/orders", summary="The release orders of receipts that are yours", response_model=Page[OrderTold])
    async def orders(
        *,
        request: Request,
        bearer: Allowed,
        service: Served,
        after: After = None,
        limit: Limit = 50,
        receipt: OfReceipt = None,
    ) -> Response:
        def make() -> Page[OrderTold]:
            wanted = None if receipt is None else read(receipt)
            found = ((name, one) for name, one in service.sight(bearer).orders() if wanted in (None, one.receipt))
            return paged(found, after, limit, order_told)

        return await service.told(bearer, request, make)

    @router.get("/orders/{order}", summary="A release order", response_model=OrderTold)
    async def order(request: Request, order: IdInPath, bearer: Allowed, service: Served) -> Response:
        def make() -> OrderTold:
            found = dict(service.sight(bearer).orders()).get(read(order))
            if found is None:
                raise missing("order")
            return order_told(read(order), found)

        return await service.told(bearer, request, make)
