"""One entry of a log, asked of the gateway that keeps it (`/open/log/…`); for the gateway's operators."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from fastapi.concurrency import run_in_threadpool

from tally_chain.cli.verify import read_policy
from tally_chain.errors import PolicyError
from tally_chain.policy import Policy
from tally_edge import proof
from tally_edge.errors import EdgeError
from tally_finance.portal.gateways.clients import Gateways
from tally_finance.portal.gateways.room import Name
from tally_finance.portal.opening import of_log, statement_page
from tally_finance.portal.opening.report_routes import PartInPath
from tally_finance.portal.opening.statement_page import Reached
from tally_finance.portal.site import Site
from tally_finance.portal.visit import Visit, Visited
from tally_finance.portal.visitor import OPERATOR
from tally_gateway.console.asking import GatewayAsked
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

MAX_INDEX: Final = 2**53 - 1
MOST_LINKS: Final = 8
"""Heads of the policy that are linked to the proof's: each is one question to the gateway."""

Index = Annotated[int, Path(ge=0, le=MAX_INDEX)]


def log_routes(site: Site) -> APIRouter:
    """The routes, over the gateways of the portal's sheet."""
    router = APIRouter(prefix="/open/log/{gateway}/{index}", tags=["opening"])
    gateways = Gateways(site.gateways, site.organisation)

    async def reached(visit: Visit, gateway: str, index: int) -> Reached:
        asked = gateways.asked_by(visit.must_be(OPERATOR), gateway)
        policy = await run_in_threadpool(_policy, visit)
        given = await _given(asked, index, policy)
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


async def _given(asked: GatewayAsked, index: int, policy: Policy | None) -> of_log.Given:
    """Raises ApiError: 404 for an entry that is not there, 503 where the gateway answers nonsense."""
    try:
        entry, opening = await asked.fetch(f"/entries/{index}"), await asked.fetch("/entries/0")
    except ApiError as error:
        if error.status != 403:
            raise
        text = f"this portal's token for {asked.name} is not of scope entries: its operator can give it one"
        raise ApiError(503, "not set up", text) from None
    try:
        held = proof.decode(await asked.fetch(f"/v1/proof/{index}"))
        if len(held.paths) != 1 or held.paths[0].index != index:
            raise EdgeError("it is the proof of another entry")
    except EdgeError as error:
        raise ApiError(503, "not understood", f"what {asked.name} gave is no proof of the entry: {error}") from None
    log = None if policy is None else policy.log(held.head.origin)
    sizes = [] if log is None else [one.size for one in log.roots if one.size != held.head.size]
    links: dict[int, list[bytes]] = {}
    for size in sorted({one for one in sizes if one > index})[:MOST_LINKS]:
        old, new = sorted((size, held.head.size))
        told = await asked.get(f"/v1/consistency/{old}/{new}")
        links[size] = [bytes.fromhex(node) for node in told["path"]]
    anchors: list[Any] = await asked.get("/v1/anchors")
    return of_log.Given(entry, held, opening, links, anchors)


def _policy(visit: Visit) -> Policy | None:
    """What the organisation believes, where a desk of it says so. Raises ApiError 503."""
    site, organisation = visit.site, visit.visitor.organisation
    if site.desk_service is not None and site.desk_service.desk.sheet.lender == organisation:
        return site.desk_service.desk.policy
    if site.review_service is not None and site.review_service.sheet.organisation == organisation:
        try:
            return read_policy(site.review_service.reading.policy)
        except PolicyError:
            raise ApiError(503, "it can not be read just now", "the desk's policy can not be read") from None
    return None
