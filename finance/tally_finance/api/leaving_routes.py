"""Goods that left for a release order, held against order, scale and gate (单、磅、门三方核对)."""

from __future__ import annotations

from fastapi import APIRouter

from tally_finance.api.evidence_routes import kept_bundle, openable_of
from tally_finance.api.forms import IdInPath, read
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.service import Allowed, Served, allowed
from tally_finance.api.told_left import LeftTold, left_told


def leaving_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "orders", allowed)

    @router.get("/orders/{order}/left", summary="Whether what left matches what was ordered and weighed")
    def left(order: IdInPath, bearer: Allowed, service: Served) -> LeftTold:
        name, desk = read(order), service.desk
        found = dict(service.sight(bearer).orders()).get(name)
        if found is None:
            raise missing("order")
        lot = desk.view.book.receipts[found.receipt].lot
        about = service.mentions.of(desk.view.history, name)
        return left_told(
            name,
            service.leaving.of(
                desk, name, about, lambda digest: openable_of(service, kept_bundle(service, lot, digest))[0]
            ),
        )

    return router
