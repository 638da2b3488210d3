"""What a reviewer works out of a report: visits, score, reduction, checklist; and of loans, their emissions."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Response

from tally_finance.api.rights import Role
from tally_finance.portal.asking import Asking
from tally_finance.portal.numbers import exact
from tally_finance.portal.reviewer import pictures
from tally_finance.portal.reviewer.asking import Digest, desk_of, headed, judging
from tally_finance.portal.reviewer.ledger_routes import kept_ledger
from tally_finance.portal.visit import Visit, Visited, Written
from tally_finance.review_api.forms import DIGEST, TOTAL, FigureInQuery, ShareInQuery
from tally_gateway.errors import ApiError

Text = Annotated[str, Form(max_length=100_000)]
Short = Annotated[str, Form(max_length=200)]
Seed = Annotated[str | None, Query(pattern="^([0-9a-f]{2}){16,64}$")]
OtherDigest = Annotated[str | None, Query(pattern=DIGEST)]

PORTFOLIO_DRAFT: Final = """[[loan]]
loan = "GL-2026-17"
outstanding_cny = 12000000.00
whole_cny = 80000000.00
against = "equity_and_debt"
report = ""
figure = "location"
"""


def judging_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/reviewer")
    _looking(router)
    _reducing(router)
    _portfolio(router)
    return router


def _looking(router: APIRouter) -> None:
    @router.get("/reports/{digest}/sample", response_class=Response, summary="Which meters to visit")
    async def sample(
        digest: Digest,
        visit: Visited,
        seed: Seed = None,
        tolerable: ShareInQuery = "0.05",
        confidence: ShareInQuery = "0.95",
    ) -> Response:
        desk = judging(visit)
        head = await headed(desk, digest)
        asked: dict[str, Any] = {"seed": seed, "tolerable": tolerable, "confidence": confidence}
        plan = None if seed is None else await desk.get(f"/v1/reports/{digest}/sample", **asked)
        return visit.page("reviewer/sample.html", **head, **asked, plan=plan, proposed=secrets.token_hex(32))

    @router.get("/reports/{digest}/score", response_class=Response, summary="Data quality by PCAF")
    async def score(digest: Digest, visit: Visited, figure: FigureInQuery = TOTAL) -> Response:
        desk = desk_of(visit)
        head = await headed(desk, digest)
        found = await desk.get(f"/v1/reports/{digest}/score", figure=figure)
        return visit.page("reviewer/score.html", **head, score=found, figure=figure, figure_words=pictures.figure_words)

    @router.get("/reports/{digest}/checklist", response_class=Response, summary="The seventeen items")
    async def checklist(digest: Digest, visit: Visited) -> Response:
        """With the ledger that the visitor's organisation is writing, where there is one."""
        desk = judging(visit)
        head = await headed(desk, digest)
        ledger = await kept_ledger(desk, digest)
        asked, wrong = ({} if ledger is None else {"ledger": ledger}), ""
        try:
            found = await desk.post(f"/v1/reports/{digest}/checklist", asked, language=visit.language)
        except ApiError as error:
            if error.status != 422 or not asked:
                raise
            found, wrong = await desk.post(f"/v1/reports/{digest}/checklist", {}, language=visit.language), str(error)
        return visit.page("reviewer/checklist.html", **head, items=found["items"], ledger=ledger, wrong=wrong)


def _reducing(router: APIRouter) -> None:
    @router.get("/reports/{digest}/reduction", response_class=Response, summary="What was avoided against a baseline")
    async def reduction(
        digest: Digest,
        visit: Visited,
        baseline: OtherDigest = None,
        product: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
        figure: FigureInQuery = TOTAL,
    ) -> Response:
        desk = desk_of(visit)
        head, at = await headed(desk, digest), f"/v1/reports/{digest}"
        told = await desk.get(f"{at}/figures")
        found, wrong = None, ""
        if baseline is not None and product is not None:
            try:
                found = await desk.get(f"{at}/reduction", baseline=baseline, product=product, figure=figure)
            except ApiError as error:
                if error.status != 422:
                    raise
                wrong = str(error)
        return visit.page(
            "reviewer/reduction.html",
            422 if wrong else 200,
            **head,
            others=await _others(desk, digest),
            products=[one["name"] for one in told["products"]],
            figures=[one["name"] for one in told["figures"]],
            baseline=baseline,
            product=product,
            figure=figure,
            found=found,
            wrong=wrong,
            figure_words=pictures.figure_words,
        )


async def _others(desk: Asking, digest: str) -> list[dict[str, Any]]:
    """Other reports of the same site."""
    own = await desk.get(f"/v1/reports/{digest}")
    return [one for one in await desk.every("/v1/reports") if one["digest"] != digest and one["site"] == own["site"]]


def _portfolio(router: APIRouter) -> None:
    async def shown(visit: Visit, loans: str, found: Any, wrong: str) -> Response:
        return visit.page(
            "reviewer/portfolio.html", 422 if wrong else 200, loans=loans, found=found, wrong=wrong, exact=exact
        )

    @router.get("/portfolio", response_class=Response, summary="Financed emissions")
    async def portfolio(visit: Visited) -> Response:
        visit.must_be(str(Role.REVIEWER), str(Role.LENDER))
        return await shown(visit, PORTFOLIO_DRAFT, None, "")

    @router.post("/portfolio", response_class=Response, summary="Financed emissions of loans")
    async def financed(visit: Written, loans: Text = "") -> Response:
        try:
            found = await visit.reviews(Role.REVIEWER, Role.LENDER).post("/v1/portfolio", {"loans": loans})
        except ApiError as error:
            if error.status not in (400, 404, 422):
                raise
            return await shown(visit, loans, None, str(error))
        return await shown(visit, loans, found, "")
