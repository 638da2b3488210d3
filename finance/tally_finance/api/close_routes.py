"""Signed monthly closes (月结): kept, listed, handed out as they were signed, computed again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body, Response

from tally_finance.api.forms import IdInPath, Told, read, written
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.service import Keyed, Served, Service, allowed
from tally_finance.close.checking import FIGURES, holding
from tally_finance.close.close_file import MEDIA_TYPE
from tally_finance.desk.closes import KeptClose, kept_close, take_close
from tally_finance.desk.documents import Document, Kind
from tally_finance.errors import DeskError
from tally_gateway.http.attachment import attachment


class ReconciledTold(Told):
    """The chain beside a keeper's own book (对账)."""

    keeper: str
    rows: int
    matched: int
    differing: int
    only_on_chain: int
    only_with_keeper: int
    agrees: bool


class ClosedTold(Told):
    """A close that is kept, by the SHA-256 of its file. `key`: id of the key that signed it."""

    digest: str
    month: str
    as_of: int
    known_at: int
    seq: int
    head: str
    key: str
    signed_at: int
    facilities: int
    receipts: int
    with_chain: bool
    keepers: list[ReconciledTold]


class CheckStepTold(Told):
    """A step of docs/close.md: whether it holds, null where it was not looked at, and what was found, in English."""

    number: int
    what: str
    chinese: str
    holds: bool | None
    says: str


class CheckedTold(Told):
    """A close computed again. `figures`: they follow from the book as known then; `holds`: no step fails either.

    `seq`: the entries of the book that were there when it was computed again, at `checked_at`.
    """

    close: ClosedTold
    holds: bool | None
    figures: bool | None
    checked_at: int
    seq: int
    steps: list[CheckStepTold]


def close_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "closes", allowed)

    @router.post("/closes", summary="Keep a signed close of this book", response_model=ClosedTold, status_code=201)
    def taken(data: Annotated[bytes, Body(media_type="application/octet-stream")], once: Keyed) -> Response:
        return once(lambda: _told(take_close(once.service.desk, data)))

    @router.get("/closes", summary="The closes that are kept, the newest month first")
    def closes(service: Served) -> list[ClosedTold]:
        return [_told(one) for one in service.closes.all(service.desk)]

    @router.get(
        "/closes/{digest}",
        summary="A close as it was signed",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {}}}},
    )
    def close(digest: IdInPath, service: Served) -> Response:
        return attachment(_kept(service, digest).body, f"{digest[2:18]}.close", MEDIA_TYPE)

    @router.get(
        "/closes/{digest}/check", summary="A close computed again from the book as known then, and from the chain"
    )
    def check(digest: IdInPath, service: Served) -> CheckedTold:
        data, desk = _kept(service, digest).body, service.desk
        steps = service.closes.checked(desk, data)
        return CheckedTold(
            close=_told(kept_close(data)),
            holds=holding(steps),
            figures=next(one.holds for one in steps if one.number == FIGURES),
            checked_at=desk.now(),
            seq=len(desk.entries()),
            steps=[CheckStepTold(**asdict(one)) for one in steps],
        )

    return router


def _kept(service: Service, digest: str) -> Document:
    """A close's file. Raises ApiError 404."""
    try:
        kept = service.desk.documents.get(read(digest))
    except DeskError:
        raise missing("close") from None
    if kept.kind is not Kind.CLOSE:
        raise missing("close")
    return kept


def _told(one: KeptClose) -> ClosedTold:
    return ClosedTold(
        digest=written(one.digest),
        month=one.month,
        as_of=one.as_of,
        known_at=one.known_at,
        seq=one.seq,
        head=written(one.head),
        key=written(one.kid),
        signed_at=one.signed_at,
        facilities=one.facilities,
        receipts=one.receipts,
        with_chain=one.with_chain,
        keepers=[
            ReconciledTold(
                keeper=written(each.keeper),
                rows=each.rows,
                matched=each.matched,
                differing=len(each.differing),
                only_on_chain=len(each.only_here),
                only_with_keeper=len(each.only_there),
                agrees=each.agrees,
            )
            for each in one.keepers
        ],
    )
