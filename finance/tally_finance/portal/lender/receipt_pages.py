"""A receipt (仓单) and where its goods lie: one template for lender, keeper, depositor and inspector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.responses import HTMLResponse, JSONResponse

from tally_chain.receipts.operations import KINDS
from tally_finance.api.forms import ID_PATTERN, IdInPath
from tally_finance.api.rights import Role
from tally_finance.portal.lender import plotted, site_parts, wording
from tally_finance.portal.lender.places import PLACES, around, asking, maybe
from tally_finance.portal.signing.kind_words import kind_words
from tally_finance.portal.visit import Visit, Visited
from tally_gateway.pages.paging import ON_A_PAGE, Address, Cursor, Skip, of_told, sliced

OrNone = Annotated[str, Query(pattern=f"^$|{ID_PATTERN}")]


def receipt_pages() -> APIRouter:
    """The routes, for every place."""
    router = APIRouter(tags=["receipts"])
    for place in PLACES:
        _of(router, place)
    return router


def _of(router: APIRouter, place: str) -> None:
    @router.get(
        f"/{place}/receipts/{{number}}", response_class=HTMLResponse, summary="A receipt", name=f"{place}_receipt"
    )
    async def receipt(number: IdInPath, visit: Visited, after: Cursor = "", attested: Skip = 0) -> Response:
        return await _receipt(visit, place, number, (after, attested))

    @router.get(
        f"/{place}/lots/{{lot}}/attested.json",
        summary="A lot's attested quantity over time, for the chart",
        name=f"{place}_attested",
    )
    async def attested(lot: IdInPath, visit: Visited, receipt: OrNone = "") -> Response:
        desk = asking(visit, place)
        told = await desk.get(f"/v1/lots/{lot}/attestations")
        pledged = await maybe(desk, f"/v1/receipts/{receipt}") if receipt else None
        return JSONResponse(plotted.attested(told, pledged and pledged["pledged_g"], visit.language))

    @router.get(f"/{place}/lots/{{lot}}", response_class=HTMLResponse, summary="A lot", name=f"{place}_lot")
    async def lot(lot: IdInPath, visit: Visited, attested: Skip = 0) -> Response:
        desk = asking(visit, place)
        told = await desk.get(f"/v1/lots/{lot}")
        attestations = await desk.get(f"/v1/lots/{lot}/attestations")
        return visit.page(
            "lender/lot.html",
            lot=told,
            **_attested(attestations, f"/{place}/lots/{lot}", attested),
            where=await site_parts.around_lot(visit, place, told),
            **around(visit, place),
        )

    @router.get(
        f"/{place}/sites/{{site}}", response_class=HTMLResponse, summary="A plan of a site", name=f"{place}_site"
    )
    async def site(site: IdInPath, visit: Visited) -> Response:
        told = await asking(visit, place).fetch(f"/v1/sites/{site}")
        return visit.page(
            "lender/site.html",
            site=site,
            part=await site_parts.whole(visit, place, told),
            **around(visit, place),
        )


async def _receipt(visit: Visit, place: str, number: str, begins: tuple[str, int]) -> Response:
    """`begins`: where the pages of its history and of its lot's attestations do."""
    desk, (after, skip), here = asking(visit, place), begins, f"/{place}/receipts/{number}"
    told = await desk.get(f"/v1/receipts/{number}")
    lot = await maybe(desk, f"/v1/lots/{told['lot']}")
    attestations: list[Any] = await maybe(desk, f"/v1/lots/{told['lot']}/attestations") or []
    is_lender = PLACES[place] is Role.LENDER
    history = await desk.get(f"/v1/receipts/{number}/history", after=after or None, limit=ON_A_PAGE)
    pledge = None if told["lender"] is None else await maybe(desk, f"/v1/pledges/{number}")
    return visit.page(
        "lender/receipt.html",
        receipt=told,
        lot=lot,
        stage=wording.stage(told["encumbrance"]),
        state=wording.state(told["state"]),
        own=f"0x{visit.visitor.organisation.hex()}",
        holds=[(one, wording.named(wording.HOLDS, one["kind"])) for one in told["holds"]],
        **_attested(attestations, here, skip),
        history=history["items"],
        of_history=of_told(history, Address(here, mark="history")),
        pledge=pledge,
        papers=await maybe(desk, f"/v1/receipts/{number}/papers") if is_lender else None,
        paper_words=wording.PAPERS,
        kind_words={name: kind_words(name) for name in KINDS},
        where=await site_parts.around_lot(visit, place, lot),
        **around(visit, place),
    )


def _attested(attestations: Sequence[Any], path: str, skip: int) -> dict[str, Any]:
    """The attestations, newest first, in pages."""
    shown, paging = sliced(attestations[::-1], skip, Address(path, mark="attested"), name="attested")
    return {"attestations": shown, "of_attestations": paging}
