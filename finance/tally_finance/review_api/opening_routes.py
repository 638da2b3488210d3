"""What a report says, and how it opens (穿透): figures, checks, items down to statements and proofs, differences."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.tokens import Bearer
from tally_finance.errors import FootprintError
from tally_finance.exact_json import plain
from tally_finance.report import differing, opening
from tally_finance.review.reported import Figure, Made
from tally_finance.review_api.computing import Opened, Window, open_load, open_statement
from tally_finance.review_api.forms import DigestInPath, DigestInQuery, Limit, NameInPath, StatementInPath, TimeInQuery
from tally_finance.review_api.service import Allowed, Served, Service, allowed
from tally_finance.review_api.told_report import (
    ChecksTold,
    DifferencesTold,
    DifferenceTold,
    FiguresTold,
    FigureTold,
    OpenedTold,
    ProductTold,
    StatementTold,
)

MOST_COUNTED: Final = 100_000
"""Differences that are counted behind those that are shown."""

Skip = Annotated[int, Query(ge=0, le=1_000_000, description="how many were shown before")]


def opening_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1/reports/{digest}", "figures", allowed)
    _summary(router)
    _item(router)
    _statement(router)
    _differences(router)
    return router


def _summary(router: APIRouter) -> None:
    @router.get("/figures", summary="Figures and products with their uncertainty")
    def figures(digest: DigestInPath, bearer: Allowed, service: Served) -> FiguresTold:
        _, kept, about = service.read(bearer, bytes.fromhex(digest))
        return FiguresTold(
            figures=[_figure(name, one) for name, one in sorted(about.figures.items())],
            products=[_product(one) for one in about.products],
            marks=kept.said.get("marks", []),
        )

    @router.get("/checks", summary="Completeness, integrity, cross-checks, remarks, certificates, attested outputs")
    def checks(digest: DigestInPath, bearer: Allowed, service: Served) -> ChecksTold:
        said = service.read(bearer, bytes.fromhex(digest))[1].said
        return ChecksTold(
            integrity=said.get("integrity", {}),
            media=said.get("media", []),
            checks=said.get("checks", []),
            remarks=said.get("remarks", []),
            instruments=said.get("instruments", {}),
            outputs=said.get("outputs", []),
            passed_on=said.get("passed_on", []),
            resources=said.get("resources", {}),
        )


def _item(router: APIRouter) -> None:
    @router.get("/open/{item}", summary="What an item is made of; a load down to signed statements and their proofs")
    def opened(
        *,
        digest: DigestInPath,
        item: NameInPath,
        bearer: Allowed,
        service: Served,
        skip: Skip = 0,
        from_at: TimeInQuery = None,
        to_at: TimeInQuery = None,
        limit: Limit = 100,
    ) -> OpenedTold:
        kept = service.read(bearer, bytes.fromhex(digest))[1]
        try:
            found, below = opening.opened(kept.said, item)
        except FootprintError:
            raise missing("item of the report") from None
        if opening.is_load(found):
            return _load(service, bearer, bytes.fromhex(digest), (dict(found), Window(from_at, to_at, limit)))
        shown = below[skip : skip + limit]
        return OpenedTold(
            item=dict(found),
            opens=[dict(one) for one in shown],
            opens_in_all=len(below),
            intervals=[],
            statements={},
            next_from=None,
            verified_at=None,
        )


def _statement(router: APIRouter) -> None:
    @router.get("/statements/{statement}", summary="A statement of the evidence, checked step by step (穿透验证)")
    def one(digest: DigestInPath, statement: StatementInPath, bearer: Allowed, service: Served) -> StatementTold:
        service.read(bearer, bytes.fromhex(digest))
        place, now = service.shelf.place(bytes.fromhex(digest)), service.clock()
        told, verified_at = service.computed(
            bearer, open_statement, service.reading, place, now, bytes.fromhex(statement)
        )
        if told is None:
            raise missing("statement in the evidence")
        return StatementTold(opened=told, verified_at=verified_at)


def _differences(router: APIRouter) -> None:
    @router.get("/differences", summary="Where a report differs from another, such as the version before")
    def differences(
        digest: DigestInPath, against: DigestInQuery, bearer: Allowed, service: Served, limit: Limit = 100
    ) -> DifferencesTold:
        left = service.read(bearer, bytes.fromhex(digest))[1].said
        right = service.read(bearer, bytes.fromhex(against))[1].said
        found = differing.differences(left, right)
        items = [DifferenceTold(path=one.path, left=one.said, right=one.computed) for one in islice(found, limit)]
        return DifferencesTold(items=items, more=sum(1 for _ in islice(found, MOST_COUNTED)))


def _load(service: Service, bearer: Bearer, digest: bytes, asked: tuple[dict[str, Any], Window]) -> OpenedTold:
    (item, window), place = asked, service.shelf.place(digest)
    load, now = str(item["load"]), service.clock()
    found: Opened = service.computed(bearer, open_load, service.reading, place, now, load, window)
    return OpenedTold(
        item=item,
        opens=[],
        opens_in_all=0,
        intervals=found.intervals,
        statements=found.statements,
        next_from=found.next_from,
        verified_at=found.verified_at,
    )


def _figure(name: str, one: Figure) -> FigureTold:
    return FigureTold(
        name=name,
        kg=plain(one.kg),
        u95_kg=plain(one.u95_kg),
        conservative_kg=plain(one.conservative_kg),
        drivers=list(one.drivers),
        unstated=list(one.unstated),
    )


def _product(one: Made) -> ProductTold:
    return ProductTold(
        name=one.name, unit=one.unit, amount=plain(one.amount), amount_u95=plain(one.amount_u95), kg=plain(one.kg)
    )
