"""How a lot's attested quantity opens (穿透): to its bundles, their statements, and each statement's steps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from tally_chain import bundle
from tally_chain.errors import BundleError
from tally_chain.verify import one_statement_told, verdict
from tally_chain.verify.one_statement import Openable
from tally_edge.errors import TallyError
from tally_finance.api.forms import IdInPath, Limit, read, written
from tally_finance.api.refusing import missing
from tally_finance.api.rights import Role
from tally_finance.api.routing import guarded
from tally_finance.api.service import Allowed, Served, Service, allowed
from tally_finance.api.told_evidence import (
    EvidenceTold,
    QuantityTold,
    StatementTold,
    SubjectTold,
    TakenEvidenceTold,
)
from tally_finance.book.goods_events import QuantityDoubted, QuantitySeen
from tally_finance.desk.documents import Document, Kind
from tally_finance.desk.evidence import news_from
from tally_finance.errors import DeskError
from tally_gateway.http.attachment import attachment

StatementInPath = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the statement")]
Subject = Annotated[str, Query(max_length=512, description="whose statements are listed; none: no list")]
Skip = Annotated[int, Query(ge=0, le=10_000_000, description="how many were shown before")]


def evidence_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1/lots/{lot}/evidence", "evidence", allowed)
    _bundles(router)
    _statements(router)
    return router


def _bundles(router: APIRouter) -> None:
    @router.get("", summary="The bundles that were taken for a lot, oldest first")
    def taken(lot: IdInPath, bearer: Allowed, service: Served) -> list[TakenEvidenceTold]:
        # Evidence is taken before anything is pledged, of lots that the desk's own sheet names.
        if read(lot) not in service.desk.sheet.stores and service.sight(bearer).lot(read(lot)) is None:
            raise missing("lot")
        return [
            TakenEvidenceTold(
                digest=written(one.digest), received_at=one.received_at, seq=one.seq, size_bytes=one.size_bytes
            )
            for one in service.desk.documents.of_lot(read(lot))
        ]

    @router.get("/{digest}/bundle", summary="A bundle's bytes", response_class=Response)
    def file(lot: IdInPath, digest: IdInPath, service: Served) -> Response:
        return attachment(kept_bundle(service, read(lot), read(digest)).body, f"{digest[2:18]}.tally")


def _statements(router: APIRouter) -> None:
    @router.get("/{digest}", summary="What a bundle proves of a lot: verdict, quantity, statements")
    def evidence(
        *,
        lot: IdInPath,
        digest: IdInPath,
        service: Served,
        subject: Subject = "",
        skip: Skip = 0,
        skip_subjects: Skip = 0,
        limit: Limit = 50,
    ) -> EvidenceTold:
        kept = kept_bundle(service, read(lot), read(digest))
        openable, verified_at = openable_of(service, kept)
        quantity, unreckoned = _quantity(service, read(lot), openable, kept.digest)
        of_subject = len(openable.by_subject.get(subject, []))
        subjects = sorted(openable.by_subject.items(), key=lambda one: (-len(one[1]), one[0]))
        return EvidenceTold(
            digest=digest,
            verified_at=verified_at,
            verdict=verdict.to_json(openable.examined.verdict),
            quantity=quantity,
            unreckoned=unreckoned,
            subjects=[
                SubjectTold(subject=name, statements=len(those)) for name, those in subjects[skip_subjects:][:limit]
            ],
            subjects_in_all=len(openable.by_subject),
            statements=one_statement_told.listed(openable, subject, skip, limit),
            statements_in_all=of_subject,
        )

    @router.get("/{digest}/statements/{statement}", summary="A statement, checked step by step (穿透验证)")
    def opened(
        lot: IdInPath, digest: IdInPath, statement: StatementInPath, bearer: Allowed, service: Served
    ) -> StatementTold:
        if bearer.role is Role.KEEPER and service.sight(bearer).lot(read(lot)) is None:
            raise missing("lot")
        openable, verified_at = openable_of(service, kept_bundle(service, read(lot), read(digest)))
        try:
            place = openable.carried.place_of(bytes.fromhex(statement))
        except BundleError:
            raise missing("statement in the bundle") from None
        return StatementTold(opened=one_statement_told.to_json(openable.open(*place)), verified_at=verified_at)


def kept_bundle(service: Service, lot: bytes, digest: bytes) -> Document:
    """A bundle that was taken for a lot. Whose book it is was asked already. Raises ApiError 404."""
    try:
        kept = service.desk.documents.get(digest, lot)
    except DeskError:
        raise missing("bundle of this lot") from None
    if kept.kind is not Kind.BUNDLE:
        raise missing("bundle of this lot")
    return kept


def openable_of(service: Service, kept: Document) -> tuple[Openable, int]:
    """A bundle verified under the desk's policy, now or within the hour, and when. Raises ApiError 404 without one."""
    policy, now = service.desk.policy, service.desk.now()
    if policy is None:
        raise missing("policy of this desk, and so no evidence,")
    return service.openings.of(
        (kept.digest,), policy, now, lambda: (Openable(bundle.decode(kept.body), policy, now=now), len(kept.body))
    )


def _quantity(
    service: Service, lot: bytes, openable: Openable, digest: bytes
) -> tuple[QuantityTold | None, str | None]:
    """What the bundle gives of the lot as the chain stands now."""
    desk = service.desk
    try:
        found = news_from(desk, desk.view.book, lot, openable.examined, digest, desk.now())
        news = [one.event for one in found]
    except TallyError as error:
        return None, str(error)
    seen = next(one for one in news if isinstance(one, QuantitySeen))
    doubt = next((one.why for one in news if isinstance(one, QuantityDoubted)), None)
    told = QuantityTold(
        lower_g=str(seen.lower_g),
        estimate_g=str(seen.estimate_g),
        upper_g=str(seen.upper_g),
        is_short=seen.short,
        doubt=doubt,
    )
    return told, None
