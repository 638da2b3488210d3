"""Versions (重述): which report stood for a figure at a time, why there is another, and what it changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from tally_finance.api.once import KeyInHeader, answered, digest_of
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.exact_json import plain
from tally_finance.review.versions import Change, Reason, Version
from tally_finance.review_api.asked_forms import VersionAsked
from tally_finance.review_api.forms import DigestInPath, TimeInQuery
from tally_finance.review_api.service import Allowed, Served, allowed
from tally_finance.review_api.told_review import LinesTold, VersionsTold, VersionTold

Line = Annotated[str, Query(min_length=1, max_length=255, pattern=r"^[^\x00]+$", description="as /v1/lines has it")]


def version_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "versions", allowed)

    @router.get("/lines", summary="Sites, periods and figures that have versions")
    def lines(service: Served) -> LinesTold:
        return LinesTold(lines=list(service.versions.lines()))

    @router.get("/versions", summary="The versions of a line, and the one that stood at a time")
    def versions(line: Line, service: Served, known_at: TimeInQuery = None) -> VersionsTold:
        found = service.versions.versions(line)
        if not found.all:
            raise missing("line")
        changes = {one.after.number: one for one in found.changes()}
        stood = found.as_known_at(service.clock() if known_at is None else known_at)
        return VersionsTold(
            line=line,
            items=[_told(one, changes.get(one.number)) for one in found.all],
            stood=None if stood is None else stood.number,
        )

    @router.post(
        "/reports/{digest}/versions",
        summary="Keep a report as the newest version of its line, for ever",
        response_model=VersionTold,
        status_code=201,
    )
    def kept(
        *,
        digest: DigestInPath,
        asked: VersionAsked,
        bearer: Allowed,
        service: Served,
        idempotency_key: KeyInHeader,
        request: Annotated[bytes, Depends(digest_of)],
    ) -> Response:
        about = service.read(bearer, bytes.fromhex(digest))[2]

        def do() -> VersionTold:
            why = Reason[asked.reason.upper()], asked.why
            made = service.versions.keep(about, asked.figure, why, bearer.name, service.clock())
            changes = service.versions.versions(made.line).changes()
            return _told(made, next((one for one in changes if one.after == made), None))

        return answered(service.answers, bearer.name, (idempotency_key, request), service.clock, do)

    return router


def _told(version: Version, change: Change | None) -> VersionTold:
    return VersionTold(
        number=version.number,
        digest=version.digest.hex(),
        report=version.report.hex(),
        total_kg=version.total,
        known_at=version.known_at,
        reason=version.reason.name.lower(),
        explanation=version.explanation,
        made_by=version.made_by,
        by_kg=None if change is None else plain(change.by_kg),
        is_significant=None if change is None else change.is_significant,
    )
