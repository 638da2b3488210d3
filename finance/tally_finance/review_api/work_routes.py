"""What a reviewer or a verifier does next (待办): what arrived, what nobody judged, what lapses, what was restated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from tally_finance.api.routing import guarded
from tally_finance.api.tokens import Bearer
from tally_finance.review_api.arrivals import State
from tally_finance.review_api.opinions_kept import Outline
from tally_finance.review_api.service import Allowed, Served, Service, allowed
from tally_finance.review_api.shelf_routes import arrival_told, report_told
from tally_finance.review_api.told_drawing import LapsingTold, RestatedTold, WorkTold

SHOWN: Final = 20
"""Of each list; how many there are is told beside it."""
SOON_S: Final = 60 * 86_400
LATELY_S: Final = 30 * 86_400


def work_routes() -> APIRouter:
    """The route."""
    router = guarded("/v1", "reports", allowed)

    @router.get("/work", summary="What is to do next (待办)")
    def work(bearer: Allowed, service: Served) -> WorkTold:
        now, organisation = service.clock(), bearer.organisation
        readable = service.shelf.newest(organisation)
        seen = _seen(service, bearer, frozenset(readable))
        judged = {one.report for one in seen if one.until >= now and _is_mine(service, bearer, one)}
        to_judge = [one for one in readable if one not in judged]
        first = [service.shelf.find(organisation, one) for one in to_judge[:SHOWN]]
        counted = service.arrivals.counted(organisation)
        restated = service.versions.restated(SHOWN) if organisation == service.sheet.organisation else ()
        return WorkTold(
            now=now,
            arrivals=[arrival_told(one, differences=False) for one in service.arrivals.all(organisation, SHOWN)],
            computing=counted.get(State.COMPUTING, 0),
            refused=counted.get(State.REFUSED, 0),
            to_judge=[report_told(one) for one in first if one is not None],
            to_judge_in_all=len(to_judge),
            reports_in_all=len(readable),
            lapsing=_lapsing(service, bearer, seen, now),
            lapses_within_s=SOON_S,
            restated=[
                RestatedTold(line=one.line, number=one.number, report=one.report.hex(), known_at=one.known_at)
                for one in restated
            ],
        )

    return router


def _seen(service: Service, bearer: Bearer, readable: frozenset[bytes]) -> list[Outline]:
    """The opinions that the bearer may read, of reports that it may read."""
    own = bearer.organisation == service.sheet.organisation
    return [one for one in service.opinions.outlines() if one.report in readable and (own or one.kind != "conclusion")]


def _is_mine(service: Service, bearer: Bearer, one: Outline) -> bool:
    """Whether it is what the bearer's organisation would sign: the bank a conclusion, anybody else a verification."""
    signing = service.sheet.signers.get(one.kid)
    return signing is not None and signing.organisation == bearer.organisation


def _lapsing(service: Service, bearer: Bearer, seen: Sequence[Outline], now: int) -> list[LapsingTold]:
    """What ends soon or ended lately, and nothing later took its place."""
    newest = dict[tuple[bytes, str], int]()
    for one in seen:
        newest[one.report, one.kind] = max(newest.get((one.report, one.kind), 0), one.until)
    ends = [
        one
        for one in sorted(seen, key=lambda each: (each.until, each.statement))
        if now - LATELY_S <= one.until <= now + SOON_S and newest[one.report, one.kind] == one.until
    ]
    told = []
    for one in ends[:SHOWN]:
        shelved = service.shelf.find(bearer.organisation, one.report)
        told.append(
            LapsingTold(
                report=one.report.hex(),
                site="" if shelved is None else shelved.site,
                statement=one.statement.hex(),
                kind=one.kind,
                until=one.until,
            )
        )
    return told
