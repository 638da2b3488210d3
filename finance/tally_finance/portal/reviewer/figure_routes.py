"""A report as a reviewer looks at it: figures, loads, boundary, cross-checks, and every section of its pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from tally_finance.api.forms import MAX_TIME
from tally_finance.export import said_words
from tally_finance.portal.asking import Answer
from tally_finance.portal.opening import item_words
from tally_finance.portal.reviewer import next_step, pictures
from tally_finance.portal.reviewer.asking import WHO_ASKS, Digest, Item, desk_of, headed
from tally_finance.portal.reviewer.site_days import in_days
from tally_finance.portal.visit import Visit, Visited
from tally_finance.review_api.forms import DIGEST
from tally_gateway.pages.shown import zone_words
from tally_gateway.pages.words import Language
from tally_gateway.remembered import name_of

Time = Annotated[int | None, Query(ge=0, le=MAX_TIME, description="seconds since 1970")]
Points = Annotated[int, Query(ge=50, le=2_000)]
Against = Annotated[str, Query(pattern=DIGEST)]


def figure_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/reviewer/reports/{digest}")
    _figures(router)
    _held_against(router)
    _loads(router)
    return router


def _figures(router: APIRouter) -> None:
    @router.get("", response_class=Response, summary="A report: its figures and what they rest on")
    async def report(digest: Digest, visit: Visited) -> Response:
        desk = desk_of(visit)
        head, at = await headed(desk, digest), f"/v1/reports/{digest}"
        told, weak = await desk.get(f"{at}/figures"), await desk.get(f"{at}/sections/weak", language=visit.language)
        opinions = await desk.get(f"{at}/opinions")
        figures = _in_order(told["figures"])
        main = next((one for one in figures if one["name"] == "total-location"), figures[0] if figures else None)
        return visit.page(
            "reviewer/report.html",
            **head,
            figures=figures,
            products=told["products"],
            marks=told["marks"],
            main=main,
            weak=weak,
            step=next_step.of_report(weak, head["base"], is_judged=any(one["stands"] for one in opinions)),
            opinions=opinions,
            sections=await desk.get(f"{at}/sections"),
            uncertainty=pictures.uncertainty(figures, visit.language) if figures else "",
            drivers=[pictures.drivers(one, visit.language) for one in figures if one["name"].startswith("total")],
            figure_words=pictures.figure_words,
        )

    @router.get("/sections/{name}", response_class=Response, summary="A section of a report's pages")
    async def section(digest: Digest, name: Item, visit: Visited) -> Response:
        desk = desk_of(visit)
        head = await headed(desk, digest)
        found = await desk.get(f"/v1/reports/{digest}/sections/{name}", language=visit.language)
        every = await desk.get(f"/v1/reports/{digest}/sections")
        return visit.page("reviewer/section.html", **head, section=found, sections=every)


def _held_against(router: APIRouter) -> None:
    @router.get("/boundary", response_class=Response, summary="The boundary of the site")
    async def boundary(digest: Digest, visit: Visited) -> Response:
        desk = desk_of(visit)
        head, at = await headed(desk, digest), f"/v1/reports/{digest}"
        series, checks = await desk.fetch(f"{at}/series"), await desk.fetch(f"{at}/checks")

        def context() -> dict[str, Any]:
            loads, told = series.told["loads"], checks.told
            return {
                "loads": loads,
                "plan": pictures.plan(loads, told, visit.language),
                "passed_on": told["passed_on"],
                "outside": [one for one in told["remarks"] if one["name"] in ("left-out", "parent-differs")],
            }

        return await _page(visit, "boundary", head, (series, checks), context)

    @router.get("/checks", response_class=Response, summary="What was held against what")
    async def checks(digest: Digest, visit: Visited) -> Response:
        desk = desk_of(visit)
        head, at = await headed(desk, digest), f"/v1/reports/{digest}"
        series, told = await desk.fetch(f"{at}/series"), await desk.fetch(f"{at}/checks")

        def context() -> dict[str, Any]:
            return _checked(series.told, told.told["checks"], visit.language)

        return await _page(visit, "checks", head, (series, told), context)

    @router.get("/differences", response_class=Response, summary="Where a report differs from another")
    async def differences(digest: Digest, against: Against, visit: Visited) -> Response:
        desk = desk_of(visit)
        head = await headed(desk, digest)
        head |= {
            "differences": await desk.get(f"/v1/reports/{digest}/differences", against=against, limit=200),
            "other": await desk.get(f"/v1/reports/{against}"),
            "sentence_words": said_words.sentence_words,
        }
        return visit.page("reviewer/differences.html", **head)


def _loads(router: APIRouter) -> None:
    @router.get("/loads", response_class=Response, summary="The loads of a report")
    async def loads(digest: Digest, visit: Visited) -> Response:
        desk = desk_of(visit)
        head = await headed(desk, digest)
        series = await desk.fetch(f"/v1/reports/{digest}/series")

        def context() -> dict[str, Any]:
            told = series.told
            return head | {"loads": told["loads"], "gaps": told["gaps"], "gap_words": pictures.GAPS}

        return await _page(visit, "loads", head, (series,), context)

    @router.get("/loads/{item}", response_class=Response, summary="A load: its curve and its calendar")
    async def load(digest: Digest, item: Item, visit: Visited, from_at: Time = None) -> Response:
        desk = desk_of(visit)
        head, at = await headed(desk, digest), f"/v1/reports/{digest}"
        told = await desk.fetch(f"{at}/loads/{item}/calendar", from_at=from_at)

        def context() -> dict[str, Any]:
            calendar = told.told
            zone = ZoneInfo(calendar["timezone"])
            return {
                "item": item,
                "calendar": calendar,
                "days": pictures.by_day(calendar),
                "zone_words": zone_words(zone, head["report"]["from_at"], head["report"]["to_at"]),
                "picture": pictures.calendar(calendar, zone, visit.language),
                "gap_words": pictures.GAPS,
            }

        return await _page(visit, "load", head | {"name": told.told["load"]["name"]}, (told,), context)

    @router.get(
        "/loads/{item}/curve",
        response_class=Response,
        summary="The points of a load's curve, for the chart of the page",
    )
    async def curve(
        *, digest: Digest, item: Item, visit: Visited, from_at: Time = None, to_at: Time = None, points: Points = 800
    ) -> Response:
        asked = {"from_at": from_at, "to_at": to_at, "points": points}
        found = await desk_of(visit).fetch(f"/v1/reports/{digest}/loads/{item}/curve", **asked)
        return Response(found.data, 200, media_type="application/json")


async def _page(
    visit: Visit, name: str, head: Mapping[str, Any], told: Sequence[Answer], context: Callable[[], Mapping[str, Any]]
) -> Response:
    """A page whose part follows from its report and what was told of it: years of intervals are drawn once."""
    of = name_of(head["base"].encode(), *(one.data for one in told))
    everybodys = {name: value for name, value in head.items() if name not in WHO_ASKS}
    part = await visit.part(f"reviewer/{name}_part.html", of, lambda: {**everybodys, **context()})
    return visit.page(f"reviewer/{name}.html", **head, part=part)


def _checked(series: Mapping[str, Any], checks: Sequence[Any], language: Language) -> dict[str, Any]:
    """What the page of cross-checks shows, and draws."""
    zone, balances = ZoneInfo(series["timezone"]), series["balances"]
    meters = list(dict.fromkeys(one["meter"] for one in balances))
    by_meter = [[one for one in balances if one["meter"] == meter] for meter in meters]
    return {
        "checks": checks,
        "timezone": series["timezone"],
        "name_words": said_words.name_words,
        "result_words": lambda text: said_words.result_words(in_days(text, zone)),
        "item_title": item_words.title,
        "comparisons": [
            (one, pictures.comparison(one, zone, language, place)) for place, one in enumerate(series["comparisons"])
        ],
        "balances": [(rows, pictures.balance(rows, zone, language, place)) for place, rows in enumerate(by_meter)],
        "has_water": any(rows[0]["medium"] == "water" for rows in by_meter),
        "invoices": series["invoices"],
        "invoice_plot": pictures.invoices(series["invoices"], language),
    }


def _in_order(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As they are read: scopes, then totals."""
    order = {name: place for place, name in enumerate(pictures.ORDER)}
    return sorted(figures, key=lambda one: (order.get(one["name"], len(order)), one["name"]))
