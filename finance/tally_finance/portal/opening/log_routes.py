"""One entry of a log, asked of the gateway that keeps it (`/open/log/…`); for the gateway's operators."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from fastapi.concurrency import run_in_threadpool

from tally_chain.cli.verify import read_policy
from tally_chain.errors import PolicyError
from tally_chain.policy import Policy
from tally_finance.portal.gateways.clients import Gateways
from tally_finance.portal.gateways.room import Name
from tally_finance.portal.opening import of_log, statement_page
from tally_finance.portal.opening.asked_entry import AskedEntry
from tally_finance.portal.opening.report_routes import PartInPath
from tally_finance.portal.opening.statement_page import Reached
from tally_finance.portal.visit import Visit, Visited
from tally_finance.portal.visitor import OPERATOR
from tally_gateway.console.books import Books
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

MAX_INDEX: Final = 2**53 - 1

Index = Annotated[int, Path(ge=0, le=MAX_INDEX)]


def log_routes(gateways: Gateways) -> APIRouter:
    """The routes, over the gateways of the portal's sheet."""
    router = APIRouter(prefix="/open/log/{gateway}/{index}", tags=["opening"])
    books = Books()

    async def reached(visit: Visit, gateway: str, index: int) -> Reached:
        asked = gateways.asked_by(visit.must_be(OPERATOR), gateway)
        policy = await run_in_threadpool(_policy, visit)
        given = await AskedEntry(asked, index, policy, books).given()
        told = await run_in_threadpool(of_log.told, given, policy)
        crumbs: statement_page.Crumbs = [(Words(f"Gateway {gateway}", f"网关 {gateway}"), f"/operator/{gateway}")]
        now = given.proof.head.signed_at
        return Reached(told, now, f"/open/log/{gateway}/{index}", crumbs)

    @router.get("", summary="An entry of a gateway's log, step by step", response_class=Response)
    async def entry(gateway: Name, index: Index, visit: Visited) -> Response:
        return statement_page.page(visit, await reached(visit, gateway, index))

    @router.get("/{part}", summary="What can be fetched of it", response_class=Response)
    async def part(gateway: Name, index: Index, part: PartInPath, visit: Visited) -> Response:
        return statement_page.fetched(await reached(visit, gateway, index), part)

    return router


def _policy(visit: Visit) -> Policy | None:
    """What the organisation believes, where a desk of it says so. Raises ApiError 503."""
    site, organisation = visit.site, visit.visitor.organisation
    if site.desk_service is not None and site.desk_service.desk.sheet.lender == organisation:
        return site.desk_service.desk.policy
    if site.review_service is not None and site.review_service.sheet.organisation == organisation:
        try:
            return read_policy(site.review_service.reading.policy)
        except PolicyError:
            raise ApiError(
                503, "it can not be read just now", Words("the desk's policy can not be read", "系统的核验规则无法读取")
            ) from None
    return None
