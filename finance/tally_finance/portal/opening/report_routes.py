"""From a report's figure down to statements, over the reviewers' desk (`/open/report/…`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Response

from tally_finance.api.rights import Role
from tally_finance.portal.asking import Asking
from tally_finance.portal.opening import item_words, statement_page
from tally_finance.portal.opening.statement_page import START, Reached
from tally_finance.portal.visit import Visit, Visited
from tally_finance.review_api.forms import DigestInPath, NameInPath, StatementInPath, TimeInQuery
from tally_gateway.pages.paging import Address, Skip, counted, sliced
from tally_gateway.pages.words import Words

READERS: Final = (Role.REVIEWER, Role.VERIFIER, Role.LENDER)
PartInPath = Annotated[str, Path(pattern="^(steps.json|statement|proof|transparent)$")]

_SHOWN: Final = 100


def report_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/open/report/{digest}", tags=["opening"])

    @router.get("/{item}", summary="What an item of a report is made of", response_class=Response)
    async def item(  # noqa: PLR0917
        digest: DigestInPath,
        item: NameInPath,
        visit: Visited,
        skip: Skip = 0,
        weighed: Skip = 0,
        from_at: TimeInQuery = None,
        to_at: TimeInQuery = None,
    ) -> Response:
        path = f"/v1/reports/{digest}/open/{item}"
        asking = _asking(visit)
        told = await asking.get(path, skip=skip, from_at=from_at, to_at=to_at, limit=_SHOWN)
        here = Address(f"/open/report/{digest}/{quote(item, safe='')}")
        shown, of_weighed = sliced(_weighed(told["item"]), weighed, here, _SHOWN, "weighed")
        return visit.page(
            "opening/item.html",
            item=item,
            base=f"/open/report/{digest}",
            name=item_words.title(item),
            crumbs=[(START, "/open"), *_crumbs(digest), (item_words.title(item), "")],
            facts=item_words.facts(told["item"]),
            opens=[_opened(one) for one in told["opens"]],
            of_opens=counted(told["opens_in_all"], skip, here, _SHOWN),
            weighed=shown,
            of_weighed=of_weighed,
            intervals=[_interval(one) for one in told["intervals"]],
            from_at=from_at,
            next_from=told["next_from"],
            verified_at=told["verified_at"],
        )

    @router.get("/statements/{statement}", summary="A statement, step by step", response_class=Response)
    async def statement(digest: DigestInPath, statement: StatementInPath, visit: Visited) -> Response:
        return statement_page.page(visit, await _reached(visit, digest, statement))

    @router.get("/statements/{statement}/{part}", summary="What can be fetched of it", response_class=Response)
    async def part(digest: DigestInPath, statement: StatementInPath, part: PartInPath, visit: Visited) -> Response:
        return statement_page.fetched(await _reached(visit, digest, statement), part)

    return router


def _asking(visit: Visit) -> Asking:
    return visit.reviews(*READERS)


async def _reached(visit: Visit, digest: str, statement: str) -> Reached:
    told = await _asking(visit).get(f"/v1/reports/{digest}/statements/{statement}")
    base = f"/open/report/{digest}/statements/{statement}"
    return Reached(told["opened"], told["verified_at"], base, _crumbs(digest))


def _crumbs(digest: str) -> list[tuple[Words | str, str]]:
    text = f"{digest[:8]}…"
    return [(Words(f"Report {text}", f"报告 {text}"), f"/reviewer/reports/{digest}")]


def _opened(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": one["id"], "name": item_words.title(one["id"]), "facts": item_words.brief(one, 4)}


def _weighed(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements that an attested output names itself."""
    named = item.get("statements", [])
    return named if isinstance(named, list) else []


def _interval(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "start": one["from"],
        "end": one["to"],
        "amount": one["quantity"],
        "basis": item_words.STATES.get(one["state"], one["state"]),
        "tone": item_words.TONES.get(one["state"], ""),
        "first": None if one["first"] is None else one["first"]["statement"],
        "last": None if one["last"] is None else one["last"]["statement"],
    }
