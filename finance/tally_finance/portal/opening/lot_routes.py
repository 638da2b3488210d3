"""From a lot's attested quantity down to statements, over the lender's desk (`/open/lot/…`)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from tally_finance.api.forms import IdInPath
from tally_finance.api.rights import Role
from tally_finance.portal.asking import Asking
from tally_finance.portal.opening import statement_page
from tally_finance.portal.opening.evidence_page import Asked, evidence_page
from tally_finance.portal.opening.report_routes import PartInPath
from tally_finance.portal.opening.statement_page import START, Crumbs, Reached
from tally_finance.portal.visit import Visit, Visited
from tally_finance.review_api.forms import StatementInPath
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.paging import Address, Skip, sliced
from tally_gateway.pages.words import Words


def lot_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/open/lot/{lot}", tags=["opening"])

    @router.get("", summary="The evidence that a lot's quantity rests on", response_class=Response)
    async def bundles(lot: IdInPath, visit: Visited, skip: Skip = 0) -> Response:
        taken = await _asking(visit).get(f"/v1/lots/{lot}/evidence")
        shown, paging = sliced(taken[::-1], skip, Address(f"/open/lot/{lot}"))
        return visit.page(
            "opening/bundles.html",
            title=_name(lot),
            base=f"/open/lot/{lot}",
            crumbs=[(START, "/open"), (_name(lot), "")],
            bundles=shown,
            paging=paging,
        )

    @router.get("/{digest}", summary="What a bundle proves of a lot", response_class=Response)
    async def evidence(lot: IdInPath, digest: IdInPath, visit: Visited, asked: Annotated[Asked, Depends()]) -> Response:
        path = f"/v1/lots/{lot}/evidence/{digest}"
        told = await _asking(visit).get(path, **asked.params)
        told["quantity"] = told["quantity"] and _in_kg(told["quantity"])
        base = f"/open/lot/{lot}/{digest}"
        title = Words("What the bundle proves", "证据包的证明内容")
        crumbs: Crumbs = [(START, "/open"), (_name(lot), f"/open/lot/{lot}"), (f"{digest[:10]}…", "")]
        shown = {"title": title, "base": base, "crumbs": crumbs, "bundle": f"{base}/bundle"}
        return evidence_page(visit, told, asked, shown)

    @router.get("/{digest}/bundle", summary="The bundle's file", response_class=Response)
    async def file(lot: IdInPath, digest: IdInPath, visit: Visited) -> Response:
        got = await _asking(visit).fetch(f"/v1/lots/{lot}/evidence/{digest}/bundle")
        return attachment(got.data, got.name or "evidence.tally", got.media_type)

    @router.get("/{digest}/statements/{statement}", summary="A statement, step by step", response_class=Response)
    async def statement(lot: IdInPath, digest: IdInPath, statement: StatementInPath, visit: Visited) -> Response:
        return statement_page.page(visit, await _reached(visit, lot, digest, statement))

    @router.get("/{digest}/statements/{statement}/{part}", summary="What can be fetched of it", response_class=Response)
    async def part(
        lot: IdInPath, digest: IdInPath, statement: StatementInPath, part: PartInPath, visit: Visited
    ) -> Response:
        return statement_page.fetched(await _reached(visit, lot, digest, statement), part)

    return router


def _asking(visit: Visit) -> Asking:
    return visit.desk(Role.LENDER)


async def _reached(visit: Visit, lot: str, digest: str, statement: str) -> Reached:
    told = await visit.desk(Role.LENDER, Role.KEEPER).get(f"/v1/lots/{lot}/evidence/{digest}/statements/{statement}")
    if str(Role.LENDER) not in visit.visitor.roles:  # a keeper comes from a release order, and has no bundle's page
        lots: Crumbs = [(_name(lot), f"/keeper/lots/{lot}")]
        return Reached(told["opened"], told["verified_at"], f"/open/lot/{lot}/{digest}/statements/{statement}", lots)
    above = f"/open/lot/{lot}/{digest}"
    crumbs: Crumbs = [(_name(lot), f"/open/lot/{lot}"), (f"{digest[:10]}…", above)]
    return Reached(told["opened"], told["verified_at"], f"{above}/statements/{statement}", crumbs, f"{above}/bundle")


def _name(lot: str) -> Words:
    text = f"{lot[:10]}…"
    return Words(f"Lot {text}", f"批次 {text}")


def _in_kg(quantity: dict[str, Any]) -> dict[str, Any]:
    """The same with kilograms beside grams, exactly."""
    kilograms = {
        f"{name}_kg": f"{Decimal(quantity[f'{name}_g']).scaleb(-3):f}" for name in ("lower", "estimate", "upper")
    }
    return {**quantity, **kilograms}
