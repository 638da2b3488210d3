"""From a bundle that a reader brought down to its statements (`/open/bundle/…`)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool

from tally_chain.errors import BundleError
from tally_chain.verify import one_statement_told
from tally_chain.verify.one_statement import Openable
from tally_finance.api.openings import Openings
from tally_finance.portal.handover import reading
from tally_finance.portal.handover.arrivals import Arrivals
from tally_finance.portal.handover.reader_routes import ArrivalInPath
from tally_finance.portal.opening import statement_page
from tally_finance.portal.opening.evidence_page import Asked, evidence_page
from tally_finance.portal.opening.report_routes import PartInPath
from tally_finance.portal.opening.statement_page import START, Crumbs, Reached
from tally_finance.portal.visit import Visit, Visited
from tally_finance.review_api.forms import StatementInPath
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words


def bundle_routes(arrivals: Arrivals, openings: Openings) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/open/bundle/{arrival}", tags=["opening"])

    def openable(visit: Visit, arrival: str) -> tuple[Openable, int]:
        organisation = visit.visitor.organisation
        kept = arrivals.get(organisation, arrival)
        trusted = reading.trusted(visit.site, organisation, kept)
        if trusted is None:
            text = "no policy says whom you believe: bring yours with the bundle"
            raise ApiError(409, "not as things stand", text)
        return reading.verified(openings, kept, trusted.policy, arrivals.clock())

    def reached(visit: Visit, arrival: str, statement: str) -> Reached:
        found, verified_at = openable(visit, arrival)
        try:
            told = one_statement_told.to_json(found.open(*found.carried.place_of(bytes.fromhex(statement))))
        except BundleError:
            raise ApiError(
                404, "not found", Words("the bundle carries no such statement", "证据包中没有该陈述。")
            ) from None
        above = f"/open/bundle/{arrival}"
        file = f"/handover/arrivals/{arrival}/file/opened"
        return Reached(told, verified_at, f"{above}/statements/{statement}", [(_NAME, above)], file)

    @router.get("", summary="What a bundle proves", response_class=Response)
    async def evidence(arrival: ArrivalInPath, visit: Visited, asked: Annotated[Asked, Depends()]) -> Response:
        def page() -> Response:
            told = reading.told(*openable(visit, arrival), asked)
            crumbs: Crumbs = [(START, "/open"), (_NAME, f"/handover/arrivals/{arrival}"), (arrival[:8], "")]
            base = f"/open/bundle/{arrival}"
            file = f"/handover/arrivals/{arrival}/file/opened"
            title = Words("What the bundle proves", "证据包的证明内容")
            shown = {"title": title, "base": base, "crumbs": crumbs, "bundle": file}
            return evidence_page(visit, told, asked, shown)

        return await run_in_threadpool(page)

    @router.get("/statements/{statement}", summary="A statement, step by step", response_class=Response)
    async def statement(arrival: ArrivalInPath, statement: StatementInPath, visit: Visited) -> Response:
        return statement_page.page(visit, await run_in_threadpool(reached, visit, arrival, statement))

    @router.get("/statements/{statement}/{part}", summary="What can be fetched of it", response_class=Response)
    async def part(arrival: ArrivalInPath, statement: StatementInPath, part: PartInPath, visit: Visited) -> Response:
        return statement_page.fetched(await run_in_threadpool(reached, visit, arrival, statement), part)

    return router


_NAME = Words("Bundle", "证据包")
