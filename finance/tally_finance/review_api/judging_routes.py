"""What a reviewer works out of a report: visits, checklist, score, reduction, financed emissions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Query

from tally_finance.api.routing import guarded
from tally_finance.api.tokens import Bearer
from tally_finance.bilingual import within
from tally_finance.errors import ReviewError
from tally_finance.exact_json import plain
from tally_finance.review import checklist as checking
from tally_finance.review import ledger_file, opinions, portfolio_file, sampling
from tally_finance.review.answer import Shown
from tally_finance.review.comparing import avoided
from tally_finance.review.kept import line_of
from tally_finance.review.pcaf import quality
from tally_finance.review.portfolio import Financed, portfolio
from tally_finance.review.reduction import Reduction
from tally_finance.review.reported import Reported
from tally_finance.review_api.asked_forms import ChecklistAsked, PortfolioAsked
from tally_finance.review_api.forms import (
    TOTAL,
    DigestInPath,
    DigestInQuery,
    FigureInQuery,
    LanguageInQuery,
    ShareInQuery,
)
from tally_finance.review_api.service import Allowed, Served, Service, allowed
from tally_finance.review_api.told_review import (
    AnswerTold,
    ChecklistTold,
    FinancedTold,
    ItemTold,
    PartTold,
    PlanTold,
    PortfolioTold,
    ReductionTold,
    ScoreTold,
    VisitTold,
)
from tally_gateway.pages.words import Language

LEDGER: Final = Path("ledger")
LOANS: Final = Path("loans")
"""How errors name what was sent."""

Seed = Annotated[str, Query(pattern="^([0-9a-f]{2}){16,64}$", description="16 to 64 bytes in hexadecimal")]
Product = Annotated[str, Query(min_length=1, max_length=200, description="the product by which years are compared")]


def judging_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "judging", allowed)
    _of_one(router)
    _of_several(router)
    return router


def _of_one(router: APIRouter) -> None:
    @router.get("/reports/{digest}/sample", summary="Which meters to visit (抽查计划)")
    def sample(
        *,
        digest: DigestInPath,
        seed: Seed,
        bearer: Allowed,
        service: Served,
        tolerable: ShareInQuery = "0.05",
        confidence: ShareInQuery = "0.95",
    ) -> PlanTold:
        about = service.read(bearer, bytes.fromhex(digest))[2]
        shares = Decimal(tolerable), Decimal(confidence)
        plan = sampling.plan(about.meters, (about.digest, about.to_at), bytes.fromhex(seed), *shares)
        return _plan(seed, plan)

    @router.get("/reports/{digest}/score", summary="Data quality, derived and never ticked (PCAF)")
    def score(digest: DigestInPath, bearer: Allowed, service: Served, figure: FigureInQuery = TOTAL) -> ScoreTold:
        about = service.read(bearer, bytes.fromhex(digest))[2]
        verified = service.verified(about)
        found = quality(about.parts_of(figure), verified)
        return ScoreTold(
            weighted=plain(found.weighted),
            worst=found.worst,
            verified=verified,
            parts=[
                PartTold(name=one.part.name, score=one.option.score, option=one.option.code, why=one.why)
                for one in found.parts
            ],
        )


def _of_several(router: APIRouter) -> None:
    @router.get("/reports/{digest}/reduction", summary="What was avoided against a baseline (减排量)")
    def reduction(
        *,
        digest: DigestInPath,
        baseline: DigestInQuery,
        product: Product,
        bearer: Allowed,
        service: Served,
        figure: FigureInQuery = TOTAL,
        output_u95: Annotated[str | None, Query(pattern=r"^0\.[0-9]{1,6}$")] = None,
    ) -> ReductionTold:
        now = service.read(bearer, bytes.fromhex(digest))[2]
        then = service.read(bearer, bytes.fromhex(baseline))[2]
        found = avoided(then, now, figure, product, _decimal(output_u95))
        return _reduction(found, now.counted(figure).unit)

    @router.post("/reports/{digest}/checklist", summary="The seventeen items, from what is shown (审查清单)")
    def checklist(
        digest: DigestInPath,
        asked: ChecklistAsked,
        bearer: Allowed,
        service: Served,
        language: LanguageInQuery = None,
    ) -> ChecklistTold:
        about = service.read(bearer, bytes.fromhex(digest))[2]
        baseline = None if asked.baseline is None else service.read(bearer, bytes.fromhex(asked.baseline))[2]
        items = checking.checklist(_shown(service, bearer, about, asked, baseline))
        return ChecklistTold(items=[_item(item, language) for item in items])

    @router.post("/portfolio", summary="Financed emissions of loans, by reports that you may read (融资排放)")
    def financed(asked: PortfolioAsked, bearer: Allowed, service: Served) -> PortfolioTold:
        def emitted(path: Path, market: str, verification: Path | None) -> tuple[Fraction, Fraction, int]:
            if verification is not None:
                raise ReviewError(f"{LOANS}: a verification is not named here: it counts if it stands for the report")
            digest = bytes.fromhex(path.name) if _is_digest(path.name) else b""
            about, figure = service.read(bearer, digest)[2], f"total-{market}"
            score = quality(about.parts_of(figure), service.verified(about)).weighted
            return Fraction(about.figure(figure).kg), score, about.days

        found = portfolio(portfolio_file.parse(asked.loans, LOANS, emitted))
        score = None if found.score is None else plain(found.score)
        loans = [_financed(one) for one in found.loans]
        return PortfolioTold(loans=loans, emissions_kg=plain(found.emissions), score=score)


def _plan(seed: str, plan: sampling.Plan) -> PlanTold:
    visits = [
        VisitTold(
            point=one.meter.point,
            register_name=one.meter.register,
            serial=one.meter.serial,
            reasons=list(one.reasons),
        )
        for one in plan.visits
    ]
    return PlanTold(
        seed=seed, visits=visits, others=plan.others, drawn=plan.drawn, bad=plan.bad, chance=plain(plan.chance)
    )


def _item(item: checking.Item, language: Language | None) -> ItemTold:
    answers = [
        AnswerTold(
            question=within(one.question, language),
            said=None if one.said is None else within(one.said, language),
        )
        for one in item.answers
    ]
    return ItemTold(number=item.number, title=within(item.title, language), is_shown=item.is_shown, answers=answers)


def _financed(one: Financed) -> FinancedTold:
    return FinancedTold(
        loan=one.position.loan,
        attribution=plain(one.attribution),
        emissions_kg=plain(one.emissions),
        score=plain(one.position.score),
        days=one.position.days,
        is_year=one.is_year,
    )


def _shown(
    service: Service, bearer: Bearer, about: Reported, asked: ChecklistAsked, baseline: Reported | None
) -> Shown:
    """What a checklist is answered from. Versions are the desk's own, and shown to it alone."""
    if (baseline is None) != (asked.product is None):
        raise ReviewError("a baseline is compared by a product: name both, or neither")
    known = service.sheet.signers.keys()
    judged = [
        (one.opinion, opinions.standing(one.opinion, about.bound, service.clock(), known))
        for one in service.judged(bearer, about)
    ]
    own = bearer.organisation == service.sheet.organisation
    return Shown(
        about,
        judged,
        None if asked.ledger is None else ledger_file.parse(asked.ledger.encode(), LEDGER, about),
        service.versions.versions(line_of(about, asked.figure, service.sheet.desk)) if own else None,
        None
        if baseline is None or asked.product is None
        else avoided(baseline, about, asked.figure, asked.product, _decimal(asked.output_u95)),
        quality(about.parts_of(asked.figure), service.verified(about)) if about.parts else None,
    )


def _reduction(found: Reduction, unit: str) -> ReductionTold:
    return ReductionTold(
        unit=unit,
        avoided=plain(found.avoided.value),
        sure=plain(found.sure),
        percent=plain(found.percent),
        baseline_intensity=plain(found.baseline_intensity),
        intensity=plain(found.intensity),
        absolute=plain(found.absolute),
        hides_growth=found.hides_growth,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(one in "0123456789abcdef" for one in text)
