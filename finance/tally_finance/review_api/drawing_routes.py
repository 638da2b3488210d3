"""What pages draw of a report: curves and calendars of loads, the series of the cross-checks, sections of its pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from tally_finance.api.forms import Told
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.tokens import Bearer
from tally_finance.review_api import curves
from tally_finance.review_api.computing import draw
from tally_finance.review_api.curves import Columns
from tally_finance.review_api.forms import DigestInPath, LanguageInQuery, NameInPath, TimeInQuery
from tally_finance.review_api.service import Allowed, Served, Service, allowed
from tally_finance.review_api.told_drawing import (
    CalendarTold,
    CurveTold,
    DayTold,
    GapTold,
    SectionNameTold,
    SectionTold,
    SeriesTold,
)
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

MOST_GAPS: Final = 500
"""Of an answer."""

Points = Annotated[int, Query(ge=50, le=2_000, description="how many points at most")]


def drawing_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1/reports/{digest}", "drawing", allowed)
    _series(router)
    _curve(router)
    _calendar(router)
    _sections(router)
    return router


def _series(router: APIRouter) -> None:
    @router.get("/series", summary="The loads, and what was held against what by the month", response_model=SeriesTold)
    def series(digest: DigestInPath, bearer: Allowed, service: Served) -> Response:
        found = _index(service, bearer, digest)

        def cut() -> SeriesTold:
            return SeriesTold(
                timezone=found["timezone"],
                loads=found["loads"],
                gaps=dict(Counter(one["kind"] for one in found["gaps"])),
                comparisons=found["comparisons"],
                balances=found["balances"],
                invoices=found["invoices"],
            )

        return _kept(service, (digest, "series"), cut)


def _curve(router: APIRouter) -> None:
    @router.get(
        "/loads/{item}/curve",
        summary="A load's curve (负荷曲线): few points that hide no peak",
        response_model=CurveTold,
    )
    def curve(
        *,
        digest: DigestInPath,
        item: NameInPath,
        bearer: Allowed,
        service: Served,
        from_at: TimeInQuery = None,
        to_at: TimeInQuery = None,
        points: Points = 800,
    ) -> Response:
        index, load = _load(service, bearer, digest, item)

        def cut() -> CurveTold:
            made = curves.curve(load, from_at, to_at, points)
            told, more = _gaps(index, item, from_at, to_at)
            return CurveTold(load=index["loads"][item], gaps=told, more_gaps=more, **made)

        return _kept(service, (digest, item, "curve", from_at, to_at, points), cut)


def _calendar(router: APIRouter) -> None:
    @router.get(
        "/loads/{item}/calendar", summary="A load's hours, day by day (日历热力图)", response_model=CalendarTold
    )
    def calendar(
        digest: DigestInPath, item: NameInPath, bearer: Allowed, service: Served, from_at: TimeInQuery = None
    ) -> Response:
        index, load = _load(service, bearer, digest, item)

        def cut() -> CalendarTold:
            made = curves.calendar(load, ZoneInfo(index["timezone"]), from_at)
            told, more = _gaps(index, item, from_at, made["next_from"])
            days = [DayTold(**one) for one in made.pop("days")]
            named = {"timezone": index["timezone"], "load": index["loads"][item]}
            return CalendarTold(gaps=told, more_gaps=more, days=days, **named, **made)

        return _kept(service, (digest, item, "calendar", from_at), cut)


def _sections(router: APIRouter) -> None:
    @router.get("/sections", summary="The sections that a report's pages have")
    def sections(digest: DigestInPath, bearer: Allowed, service: Served) -> list[SectionNameTold]:
        found = service.sections.all(*_document(service, bearer, digest))
        return [SectionNameTold(name=one["name"], english=one["english"], chinese=one["chinese"]) for one in found]

    @router.get("/sections/{name}", summary="A section of a report's pages", response_model=SectionTold)
    def section(
        digest: DigestInPath, name: NameInPath, bearer: Allowed, service: Served, language: LanguageInQuery = None
    ) -> Response:
        found = service.sections.one(*_document(service, bearer, digest), name, language)
        if found is None:
            raise missing("section")
        return Response(found, 200, {"cache-control": "no-store"}, "application/json")


def _kept(service: Service, of: tuple[object, ...], cut: Callable[[], Told]) -> Response:
    """What was cut of a load before, or now: it follows from what never changes."""
    data = service.drawn.cut(of, lambda: cut().model_dump_json().encode())
    return Response(data, 200, {"cache-control": "no-store"}, "application/json")


def _document(service: Service, bearer: Bearer, digest: str) -> tuple[dict[str, Any], str]:
    return service.read(bearer, bytes.fromhex(digest))[1].said, digest


def _index(service: Service, bearer: Bearer, digest: str) -> dict[str, Any]:
    """What pages draw of a report that the bearer may read; worked out in the process for that where it is not there.

    Raises ApiError 404, and as `Service.computed` does.
    """
    key = bytes.fromhex(digest)
    if service.shelf.find(bearer.organisation, key) is None:
        raise missing("report")

    def make() -> None:
        service.computed(bearer, draw, service.reading, service.shelf.place(key), service.clock())

    try:
        return service.drawn.index(digest, make)
    except OSError:
        raise _unreadable() from None


def _load(service: Service, bearer: Bearer, digest: str, item: str) -> tuple[dict[str, Any], Columns]:
    index = _index(service, bearer, digest)
    if item not in index["loads"]:
        raise missing("load of the report")
    try:
        return index, service.drawn.load(digest, item)
    except OSError:
        raise _unreadable() from None


def _unreadable() -> ApiError:
    return ApiError(
        503,
        "what is drawn of the report can not be read just now",
        Words("the operator finds the reason", "运维人员可在运行日志中查明原因"),
    )


def _gaps(index: dict[str, Any], item: str, from_at: int | None, to_at: int | None) -> tuple[list[GapTold], int]:
    """The gaps of a load in a span, and those of the whole site: what touches no load may touch any."""
    found = [
        one
        for one in index["gaps"]
        if (item in one["loads"] or not one["loads"])
        and (to_at is None or one["from"] < to_at)
        and (from_at is None or one["to"] > from_at)
    ]
    told = [
        GapTold(kind=one["kind"], code=one["code"], touches=one["touches"], from_at=one["from"], to_at=one["to"])
        for one in found[:MOST_GAPS]
    ]
    return told, len(found) - len(told)
