"""The ledger of misstatements (错报汇总): a form that is kept between visits, what it comes to, and who wrote what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request, Response

from tally_finance.portal.asking import Asking
from tally_finance.portal.reviewer import pictures
from tally_finance.portal.reviewer.asking import Digest, headed, judging
from tally_finance.portal.reviewer.ledger_form import draft_of, rows_of
from tally_finance.portal.visit import Visit, Visited, Written
from tally_finance.portal.visitor import MARK
from tally_finance.review import ledger_draft
from tally_finance.review.ledger_draft import SORTS, Draft
from tally_finance.review_api.forms import DIGEST
from tally_gateway.errors import ApiError

MOST: Final = 2**31 - 2

Number = Annotated[int | None, Query(ge=1, le=MOST)]
Over = Annotated[int, Form(ge=0, le=MOST)]
From = Annotated[str, Form(pattern=f"^$|{DIGEST}")]


@dataclass(frozen=True, slots=True)
class Shown:
    """A ledger as the page has it. `kept`: as the desk tells of it; `draft`: what stands in the form.

    `refused`: why it was not saved; `theirs`: what somebody else saved meanwhile, as the desk tells of it.
    """

    kept: dict[str, Any]
    draft: Draft
    refused: str = ""
    theirs: dict[str, Any] | None = None


async def kept_ledger(desk: Asking, digest: str) -> str | None:
    """The ledger that the visitor's organisation is writing (TOML); None where nobody saved one."""
    kept = await desk.get(f"/v1/reports/{digest}/ledger/draft")
    return str(kept["ledger"]) if kept["revision"] else None


def ledger_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/reviewer/reports/{digest}/ledger")

    @router.get("", response_class=Response, summary="The ledger of misstatements, as it was left")
    async def ledger(digest: Digest, visit: Visited, revision: Number = None) -> Response:
        kept = await judging(visit).get(f"/v1/reports/{digest}/ledger/draft", revision=revision)
        return await _page(visit, digest, Shown(kept, ledger_draft.read(kept["ledger"])))

    @router.post("", response_class=Response, summary="Save the ledger, and hold it against the report")
    async def saved(
        digest: Digest, visit: Written, request: Request, revision: Over = 0, carried_from: From = ""
    ) -> Response:
        desk, at = judging(visit), f"/v1/reports/{digest}/ledger/draft"
        form = await request.form()
        draft = draft_of({name: [str(one) for one in form.getlist(name)] for name in form})
        text = ledger_draft.write(draft)
        if not desk.bearer.may_write:  # who may only look computes, and keeps nothing
            return await _page(visit, digest, Shown(await desk.get(at), draft))
        asked = {"ledger": text, "revision": revision, "carried_from": carried_from or None}
        try:
            return await _page(visit, digest, Shown(await desk.post(at, asked), draft))
        except ApiError as error:
            if error.status not in (400, 409, 422):
                raise
            kept = await desk.get(at)
            if error.status != 409:  # too long, or carried from elsewhere
                return await _page(visit, digest, Shown(kept, draft, str(error)), 422)
            return await _page(visit, digest, Shown(kept, draft, theirs=kept), 409)

    return router


async def _page(visit: Visit, digest: str, shown: Shown, status: int = 200) -> Response:
    """The page, with what the form comes to where something stands in it."""
    desk, at = judging(visit), f"/v1/reports/{digest}"
    head = await headed(desk, digest)
    told, history = await desk.get(f"{at}/figures"), await desk.get(f"{at}/ledger/revisions")
    text, found, wrong = ledger_draft.write(shown.draft), None, shown.refused
    if not wrong and (shown.kept["revision"] or shown.draft.entries):
        try:
            found = await desk.post(f"{at}/ledger", {"ledger": text})
        except ApiError as error:
            if error.status not in (400, 422):
                raise
            wrong = str(error)
    theirs = None if shown.theirs is None else ledger_draft.read(shown.theirs["ledger"])
    return visit.page(
        "reviewer/ledger.html",
        status,
        **head,
        kept=shown.kept,
        draft=shown.draft,
        rows=rows_of(shown.draft),
        sorts=SORTS,
        figures=[one["name"] for one in told["figures"]],
        figure_words=pictures.figure_words,
        history=history["items"],
        person=_person,
        toml=text,
        found=found,
        wrong=wrong,
        is_refused=bool(shown.refused),
        their_draft=theirs,
        theirs=None if theirs is None else ledger_draft.changes(theirs, shown.draft),
    )


def _person(name: str) -> str:
    """Of the portal: the account; else the token's name."""
    return name.removeprefix(MARK)
