"""Opinions on a report (结论, 核查声明): what stands against each now, and the way from words to a person's signature.

Nothing is signed here. The page shows what the bytes say; the person's own key signs them, in the page or elsewhere.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile
from starlette.datastructures import FormData
from starlette.responses import JSONResponse

from tally_finance.api.rights import Role
from tally_finance.portal.accounts.visiting import must_be_fresh
from tally_finance.portal.asking import Asking
from tally_finance.portal.reviewer import decoded
from tally_finance.portal.reviewer.asking import JUDGES, Digest, desk_of, headed, judging
from tally_finance.portal.reviewer.ledger_form import words_toml
from tally_finance.portal.reviewer.ledger_routes import kept_ledger
from tally_finance.portal.visit import Visit, Visited, Written
from tally_finance.review import opinion_words
from tally_finance.review_api.forms import DIGEST
from tally_finance.review_api.ledger_routes import EMPTY
from tally_gateway.errors import ApiError
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.words import Words

CONCLUSION: Final = ("bank", "reviewer", "borrower", "loan", "use_of_proceeds", "catalogue", "decision", "until")
VERIFICATION: Final = (
    "verifier", "lead", "borrower", "standard", "independence", "level", "type", "basis", "visited_at", "until",
    "accreditation.body", "accreditation.number", "accreditation.until",
)  # fmt: skip
_FIELDS: Final = {"conclusion": CONCLUSION, "verification": VERIFICATION}
_MOST: Final = 4_000

Kind = Annotated[str, Query(pattern="^(conclusion|verification)$")]
Statement = Annotated[str, Path(pattern=DIGEST)]
Long = Annotated[str, Form(max_length=180_000)]
Hex = Annotated[str, Form(max_length=400)]
KindInForm = Annotated[str, Form(pattern="^(conclusion|verification)$")]


def opinion_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/reviewer/reports/{digest}")
    _listing(router)
    _drafting(router)
    _signing(router)
    return router


def _listing(router: APIRouter) -> None:
    @router.get("/opinions", response_class=Response, summary="The opinions, and what is against each now")
    async def opinions(digest: Digest, visit: Visited) -> Response:
        desk = desk_of(visit)
        head = await headed(desk, digest)
        found = await desk.get(f"/v1/reports/{digest}/opinions")
        return visit.page("reviewer/opinions.html", **head, opinions=found, words=opinion_words)

    @router.get("/opinions/{statement}", response_class=Response, summary="An opinion's file")
    async def file(digest: Digest, statement: Statement, visit: Visited) -> Response:
        found = await desk_of(visit).fetch(f"/v1/reports/{digest}/opinions/{statement}")
        return attachment(found.data, f"{statement[:16]}.opinion")

    @router.post("/opinions", response_class=Response, summary="Bring an opinion that was signed elsewhere")
    async def brought(digest: Digest, visit: Written, opinion: Annotated[UploadFile, File()]) -> Response:
        must_be_fresh(visit)
        await judging(visit).send(f"/v1/reports/{digest}/opinions", await opinion.read())
        return _kept(visit, digest)


def _drafting(router: APIRouter) -> None:
    @router.get("/conclude", response_class=Response, summary="The words of an opinion")
    async def conclude(digest: Digest, visit: Visited, kind: Kind | None = None) -> Response:
        chosen = kind or ("conclusion" if str(Role.REVIEWER) in visit.visitor.roles else "verification")
        return await _form(visit, digest, chosen, {})

    @router.post(
        "/conclude/again", response_class=Response, summary="The form with what was typed, after a fresh proof"
    )
    async def again(digest: Digest, visit: Written, request: Request, kind: KindInForm) -> Response:
        must_be_fresh(visit)
        return await _form(visit, digest, kind, _all_typed(await request.form(), kind))

    @router.post("/conclude/to-sign", summary="The bytes to sign, for the page that signs")
    async def to_sign(digest: Digest, visit: Written, request: Request, kind: KindInForm) -> JSONResponse:
        must_be_fresh(visit)
        form = await request.form()
        draft = await _draft(_desk(visit, kind), digest, kind, form)
        octets = bytes.fromhex(draft["to_sign"])
        told = decoded.lines(decoded.said_of(kind, octets), visit.language)
        return JSONResponse(
            {
                "to_sign": base64.b64encode(octets).decode(),
                "unsigned": base64.b64encode(bytes.fromhex(draft["file"])).decode(),
                "lines": [[name, text] for name, text in told],
            }
        )

    @router.post("/conclude/draft", response_class=Response, summary="A draft to be signed elsewhere")
    async def draft(digest: Digest, visit: Written, request: Request, kind: KindInForm) -> Response:
        form = await request.form()
        desk = _desk(visit, kind)
        try:
            made = await _draft(desk, digest, kind, form)
        except ApiError as error:
            if error.status not in (400, 422):
                raise
            return await _form(visit, digest, kind, _all_typed(form, kind), str(error))
        octets = bytes.fromhex(made["to_sign"])
        return visit.page(
            "reviewer/draft.html",
            **await headed(desk, digest),
            kind=kind,
            draft=made,
            unsigned=base64.b64encode(bytes.fromhex(made["file"])).decode(),
            lines=decoded.lines(decoded.said_of(kind, octets), visit.language),
        )


def _signing(router: APIRouter) -> None:
    @router.post("/conclude", response_class=Response, summary="The signature of a draft")
    async def signed(
        digest: Digest, visit: Written, kind: KindInForm, unsigned: Long = "", signature: Hex = ""
    ) -> Response:
        must_be_fresh(visit)
        try:
            file = base64.b64decode(unsigned, validate=True).hex()
        except (binascii.Error, ValueError):
            raise ApiError(
                400, "the form is not understood", Words("the draft is no base64", "草稿不是 base64 编码")
            ) from None
        body = {"file": file, "signature": signature.strip().lower()}
        await _desk(visit, kind).post(f"/v1/reports/{digest}/signatures", body)
        return _kept(visit, digest)


async def _form(visit: Visit, digest: str, kind: str, typed: dict[str, str], wrong: str = "") -> Response:
    """The form of an opinion, with what was typed, the ledger among it."""
    desk = _desk(visit, kind)
    head = await headed(desk, digest)
    me = await desk.get("/v1/me")
    begun = {"bank": me["bank"], "reviewer": visit.visitor.name, "borrower": head["report"]["entity"]}
    begun["ledger"] = await kept_ledger(desk, digest) or EMPTY
    begun |= {"verifier": visit.visitor.of.within(visit.language), "standard": "ISO 14064-3:2019"}
    return visit.page(
        "reviewer/conclude.html",
        422 if wrong else 200,
        **head,
        kind=kind,
        typed={**begun, **typed},
        wrong=wrong,
        choices=opinion_words.CHOICES,
    )


async def _draft(desk: Asking, digest: str, kind: str, form: FormData) -> dict[str, Any]:
    fields = {name: _typed(form, name) for name in _FIELDS[kind]}
    conditions = [one.strip() for one in _typed(form, "conditions").splitlines() if one.strip()]
    body = {
        "kind": kind,
        "words": words_toml(kind, fields, conditions),
        "ledger": _typed(form, "ledger") or EMPTY,
        "key": (_typed(form, "public_key") or _typed(form, "own_key")).strip().lower(),
    }
    found: dict[str, Any] = await desk.post(f"/v1/reports/{digest}/drafts", body)
    return found


def _all_typed(form: FormData, kind: str) -> dict[str, str]:
    return {name: _typed(form, name) for name in (*_FIELDS[kind], "conditions", "ledger", "own_key")}


def _typed(form: FormData, name: str) -> str:
    value = form.get(name)
    most = 100_000 if name == "ledger" else _MOST
    return value[:most] if isinstance(value, str) else ""


def _desk(visit: Visit, kind: str) -> Asking:
    """A conclusion is brought by a reviewer, a verification by a verifier where the visitor is one."""
    return visit.reviews(*JUDGES) if kind == "conclusion" else visit.reviews(Role.VERIFIER, Role.REVIEWER)


def _kept(visit: Visit, digest: str) -> Response:
    said = Words("The opinion is kept: it stands for this report.", "意见已留存，对本报告有效。")
    return visit.back(f"/reviewer/reports/{digest}/opinions", said)
