"""Reports: what there is, what comes, who reads, and every part of one as its bytes."""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from starlette.responses import FileResponse

from tally_finance.api.pages import Page, page_of
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.export import pact_of
from tally_finance.report.folder import REPORT, TRACE
from tally_finance.review import opinions
from tally_finance.review_api.arrivals import Arrival, State
from tally_finance.review_api.asked_forms import FootprintAsked, ReaderAsked
from tally_finance.review_api.computing import exchanged
from tally_finance.review_api.computing import export as exporting
from tally_finance.review_api.exports import EXPORTS
from tally_finance.review_api.forms import AfterDigest, DigestInPath, Limit, NameInPath, PartInPath
from tally_finance.review_api.service import Allowed, Served, allowed
from tally_finance.review_api.shelf import Reader, Shelved
from tally_finance.review_api.told_report import (
    ArrivalTold,
    DifferenceTold,
    ExportTold,
    MeTold,
    ReaderTold,
    ReportTold,
    SheetsTold,
)
from tally_gateway.errors import ApiError
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.words import Words


def _of_bytes(*media_types: str) -> dict[str, Any]:
    schema = {"schema": {"type": "string", "format": "binary"}}
    content = {200: {"description": "its bytes", "content": dict.fromkeys(media_types, schema)}}
    return {"response_class": Response, "responses": content}


_JSON: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {"description": "its bytes", "content": {"application/json": {"schema": {"type": "object"}}}},
    },
}


def shelf_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "reports", allowed)
    _arriving(router)
    _telling(router)
    _parts(router)
    _exporting(router)
    return router


def _arriving(router: APIRouter) -> None:
    @router.post(
        "/reports",
        summary="Send a report's archive, to be computed again before it is kept (送审)",
        response_model=ArrivalTold,
        status_code=202,
    )
    def sent(
        data: Annotated[bytes, Body(media_type="application/octet-stream")], bearer: Allowed, service: Served
    ) -> ArrivalTold:
        return arrival_told(service.arrivals.take(data, bearer.organisation))

    @router.get("/arrivals/{digest}", summary="What became of a report that was sent")
    def arrival(digest: DigestInPath, bearer: Allowed, service: Served) -> ArrivalTold:
        found = service.arrivals.find(bytes.fromhex(digest), bearer.organisation)
        if found is None:
            raise missing("report of yours")
        return arrival_told(found)

    @router.get("/arrivals", summary="What you sent, the newest first; what differs stands with each alone")
    def arrivals(bearer: Allowed, service: Served, limit: Limit = 50) -> list[ArrivalTold]:
        return [arrival_told(one, differences=False) for one in service.arrivals.all(bearer.organisation, limit)]

    @router.get("/reports/{digest}/readers", summary="Which organisations may read a report")
    def readers(digest: DigestInPath, bearer: Allowed, service: Served) -> list[ReaderTold]:
        _must_have(service, bearer, digest)
        found = service.shelf.readers(bytes.fromhex(digest))
        return [ReaderTold(organisation=one.organisation.hex(), by=one.by.hex(), since=one.since) for one in found]

    @router.post("/reports/{digest}/readers", summary="Let an organisation read a report (授权查阅)", status_code=201)
    def let(digest: DigestInPath, asked: ReaderAsked, bearer: Allowed, service: Served) -> ReaderTold:
        _must_have(service, bearer, digest)
        report, organisation = bytes.fromhex(digest), bytes.fromhex(asked.organisation)
        own = {one.organisation for one in service.shelf.readers(report) if one.by == one.organisation}
        if bearer.organisation not in own:
            raise ApiError(
                403,
                "not yours to show",
                Words(
                    "whoever brought a report lets others read it, and this desk does",
                    "报告由提交方及本系统所属单位授权他人查看",
                ),
            )
        service.shelf.let(report, Reader(organisation, bearer.organisation, service.clock()))
        told = next(one for one in service.shelf.readers(report) if one.organisation == organisation)
        return ReaderTold(organisation=told.organisation.hex(), by=told.by.hex(), since=told.since)


def _telling(router: APIRouter) -> None:
    @router.get("/me", summary="Whose token this is")
    def me(bearer: Allowed, service: Served) -> MeTold:
        sheet = service.sheet
        return MeTold(
            name=bearer.name,
            organisation=bearer.organisation.hex(),
            role=bearer.role,
            may_write=bearer.may_write,
            desk=sheet.desk,
            bank=sheet.bank,
            is_own_desk=bearer.organisation == sheet.organisation,
        )

    @router.get("/reports", summary="The reports that you may read, by digest")
    def reports(bearer: Allowed, service: Served, after: AfterDigest = None, limit: Limit = 50) -> Page[ReportTold]:
        found = [(one.digest, one) for one in service.shelf.all(bearer.organisation)]
        first = 0 if after is None else bisect_right(found, bytes.fromhex(after), key=itemgetter(0))
        return page_of(found, first, limit, lambda _, one: report_told(one), write=bytes.hex)

    @router.get("/reports/{digest}", summary="A report: whose, of what, and when it was computed again")
    def one(digest: DigestInPath, bearer: Allowed, service: Served) -> ReportTold:
        return report_told(_must_have(service, bearer, digest))


def _parts(router: APIRouter) -> None:
    @router.get("/reports/{digest}/report", summary="report.json: the very bytes that opinions are bound to", **_JSON)
    def document(digest: DigestInPath, bearer: Allowed, service: Served) -> Response:
        return _file(service.read(bearer, bytes.fromhex(digest))[1].data, "application/json", digest, REPORT)

    @router.get("/reports/{digest}/trace", summary="trace.json: every step of the calculation", **_JSON)
    def trace(digest: DigestInPath, bearer: Allowed, service: Served) -> Response:
        return _file(service.read(bearer, bytes.fromhex(digest))[1].trace, "application/json", digest, TRACE)

    @router.get("/reports/{digest}/sheets", summary="Which sheets and bundles a report rests on")
    def sheets(digest: DigestInPath, bearer: Allowed, service: Served) -> SheetsTold:
        said = service.read(bearer, bytes.fromhex(digest))[1].said
        return SheetsTold(sheets=said["sheets"], evidence=said["evidence"])

    binary = _of_bytes("application/octet-stream")

    @router.get("/reports/{digest}/sheets/{part}", summary="A sheet as it was read", **binary)
    def sheet(digest: DigestInPath, part: PartInPath, bearer: Allowed, service: Served) -> Response:
        kept = service.read(bearer, bytes.fromhex(digest))[1]
        role = next((role for role, its in kept.said["sheets"].items() if its == part), None)
        if role is None:
            raise missing("sheet")
        return _file(kept.sheets[role], "application/octet-stream", digest, f"sheet-{part[:16]}")

    @router.get("/reports/{digest}/evidence/{part}", summary="A bundle as it came; sealed ones stay sealed", **binary)
    def evidence(digest: DigestInPath, part: PartInPath, bearer: Allowed, service: Served) -> Response:
        kept = service.read(bearer, bytes.fromhex(digest))[1]
        path = next((path for path in kept.bundles if path.name == part), None)
        if path is None:
            raise missing("bundle")
        if not path.is_file():
            raise ApiError(
                503,
                "the bundle can not be read just now",
                Words("the operator finds the reason", "运维人员可在运行日志中查明原因"),
            )
        name = f"{digest[:16]}-{part[:16]}.tally"
        return FileResponse(path, 200, {"cache-control": "no-store"}, "application/octet-stream", filename=name)


def _exporting(router: APIRouter) -> None:
    @router.get("/reports/{digest}/exports", summary="What a report is given out as (导出)")
    def exports(digest: DigestInPath, bearer: Allowed, service: Served) -> list[ExportTold]:
        _must_have(service, bearer, digest)
        return [ExportTold(kind=kind, media_type=one.media_type) for kind, one in sorted(EXPORTS.items())]

    kinds = _of_bytes(*sorted({one.media_type for one in EXPORTS.values()}))

    @router.get("/reports/{digest}/exports/{kind}", summary="A report as another document", **kinds)
    def export(digest: DigestInPath, kind: NameInPath, bearer: Allowed, service: Served) -> Response:
        _must_have(service, bearer, digest)
        found = EXPORTS.get(kind)
        if found is None:
            raise missing("kind of export")
        place = service.shelf.place(bytes.fromhex(digest))
        data = service.computed(bearer, exporting, service.reading, kind, place, service.clock())
        return _file(data, found.media_type, digest, found.name)

    @router.post("/reports/{digest}/footprints", summary="A product's footprint as others exchange it", **_JSON)
    def footprint(digest: DigestInPath, asked: FootprintAsked, bearer: Allowed, service: Served) -> Response:
        _, kept, about = service.read(bearer, bytes.fromhex(digest))
        parties, now = service.sheet.third_parties, service.clock()
        named = asked.verification
        chosen = [one.opinion for one in service.judged(bearer, about) if one.opinion.statement.id.hex() == named]
        if named is not None and not chosen:
            raise missing("verification")
        proof = None if named is None else opinions.encode(pact_of.standing(chosen[0], kept, now, parties))
        place = service.shelf.place(bytes.fromhex(digest))
        data = service.computed(bearer, exchanged, asked.kind, place, (asked.product, asked.sheet), now, proof)
        return _file(data, "application/json", digest, f"{asked.kind}.json")


def _must_have(service: Served, bearer: Allowed, digest: str) -> Shelved:
    found = service.shelf.find(bearer.organisation, bytes.fromhex(digest))
    if found is None:
        raise missing("report")
    return found


def _file(data: bytes, media_type: str, digest: str, name: str) -> Response:
    """A file to keep, and so one whose taking a portal writes down."""
    return attachment(data, f"{digest[:16]}-{name}", media_type)


def report_told(one: Shelved) -> ReportTold:
    """A report of the shelf."""
    return ReportTold(
        digest=one.digest.hex(),
        entity=one.entity,
        site=one.site,
        from_at=one.from_at,
        to_at=one.to_at,
        timezone=one.timezone,
        holds=one.holds,
        verified_at=one.verified_at,
    )


def arrival_told(one: Arrival, *, differences: bool = True) -> ArrivalTold:
    """What became of what was sent."""
    said = one.said if one.state is State.REFUSED else ""
    every = one.differences if differences else ()
    return ArrivalTold(
        digest=one.digest.hex(),
        state=one.state,
        said=said,
        differences=[DifferenceTold(path=path, left=left, right=right) for path, left, right in every],
        arrived_at=one.arrived_at,
        done_at=one.done_at,
    )
