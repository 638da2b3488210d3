"""What a lender's desk prepares, and the two flows around it: goods go out, and a margin call."""

from __future__ import annotations

import re
import secrets
from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse

from tally_chain.receipts.operations import KINDS
from tally_finance.api.forms import IdInPath
from tally_finance.api.rights import Role
from tally_finance.errors import ReleaseError
from tally_finance.portal.signing.beginning_routes import texts_of
from tally_finance.portal.signing.choices import first_choices
from tally_finance.portal.signing.desk_asking import every_seen, now_of, part_key, seen, under_way
from tally_finance.portal.signing.field_words import signer_words
from tally_finance.portal.signing.flows import about, margin_steps, release_steps
from tally_finance.portal.signing.prepared import ACTS, Act, UnfitError, body_of, form_of, picker_of
from tally_finance.portal.signing.refusals import Refusal, must_be_told
from tally_finance.portal.signing.widgets import Widget
from tally_finance.portal.visit import Visit, Visited, Written
from tally_finance.release.picker import SALT_BYTES, encode_picker
from tally_gateway.errors import ApiError
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.shown import CHINA
from tally_gateway.pages.words import Words

MAX_PAPERS_BYTES: Final = 8 << 20
"""Of one form: an ownership pack and a search as scans; the desk takes papers of its own limit each."""

_PREPARED: Final = Words("Tested and prepared. Now it is signed.", "测算通过，已拟制，请签署。")

UPLOADS: Final = {re.compile("/operations/prepare/(accept|substitute)"): MAX_PAPERS_BYTES}


def preparing_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/operations", tags=["operations"], default_response_class=HTMLResponse)
    _flows(router)

    @router.get("/prepare/{name}", summary="The form of what the desk prepares")
    async def form(name: str, visit: Visited) -> Response:
        act = _act(name)
        visit.desk(Role.LENDER)
        return await _page(visit, act, form_of(act, dict(visit.request.query_params), now_of(visit), CHINA))

    @router.post("/prepare/{name}", summary="Have it tested on the loan, and prepared where the loan stays covered")
    async def prepare(name: str, visit: Written) -> Response:
        act, desk = _act(name), visit.desk(Role.LENDER)
        given = await _with_papers(visit, act)
        papers = {field: given[f"{field}.digest"] for field in act.papers if f"{field}.digest" in given}
        try:
            body, picker = body_of(act, given, papers, now_of(visit), CHINA)
        except UnfitError as error:
            return await _page(visit, act, error.widgets, status=422, salt=given.get("salt"))
        try:
            told = await desk.post("/v1/prepared", body, key=visit.once)
        except ApiError as error:
            refused = must_be_told(error)
            shown = form_of(act, given, now_of(visit), CHINA)
            return await _page(visit, act, shown, refused, status=refused.status, salt=given.get("salt"))
        if picker is not None:
            opening = encode_picker(picker)
            return visit.page("signing/picker.html", digest=told["digest"], opening=opening, picker=picker)
        return visit.back(f"/operations/one/{told['digest']}", _PREPARED)

    @router.post("/picker", summary="The opening of a picker as a file, for the keeper")
    async def picker_file(visit: Written) -> Response:
        try:
            picker = picker_of(await texts_of(visit.request))
        except (ReleaseError, ValueError) as error:
            raise ApiError(
                422, "not taken", Words(f"this is no opening of a picker: {error}", "该内容不是有效的提货人信息")
            ) from None
        return attachment(encode_picker(picker).encode(), f"picker-{picker.digest.hex()[:8]}.json", "application/json")

    return router


def _flows(router: APIRouter) -> None:
    @router.get("/release/{receipt}", summary="Goods go out: from the wish to the scale")
    async def release(receipt: IdInPath, visit: Visited) -> Response:
        told, facility = await _of_receipt(visit, receipt)
        signing = about(receipt, await under_way(visit, receipt))
        orders = await every_seen(visit, "/v1/orders", receipt=receipt)
        steps = release_steps(told, signing, orders, now_of(visit))
        return visit.page(
            "signing/flow.html", title=Words("Release of goods", "提货与解押"), steps=steps, receipt=told,
            facility=facility, under_way=signing, orders=orders, flow="release", now=now_of(visit),
        )  # fmt: skip

    @router.get("/margin/{receipt}", summary="A margin call: the call, its answers, its end")
    async def margin(receipt: IdInPath, visit: Visited) -> Response:
        told, facility = await _of_receipt(visit, receipt)
        signing = about(receipt, await under_way(visit, receipt))
        steps = margin_steps(told, signing, facility, now_of(visit))
        return visit.page(
            "signing/flow.html", title=Words("Margin call", "追加担保"), steps=steps, receipt=told, facility=facility,
            under_way=signing, orders=[], flow="margin", now=now_of(visit),
        )  # fmt: skip


async def _of_receipt(visit: Visit, receipt: str) -> tuple[Any, Any]:
    """A receipt and the facility that it secures, as far as the visitor sees them. Raises ApiError 404."""
    told = await seen(visit, f"/v1/receipts/{receipt}")
    if told is None:
        raise ApiError(
            404, "not found", Words("there is no such receipt, or it is not yours to see", "该仓单不存在，或您无权查看")
        )
    found = await seen(visit, "/v1/facilities", secured_by=receipt, lots=False)
    return told, next(iter(found or []), None)


async def _with_papers(visit: Visit, act: Act) -> dict[str, str]:
    """The fields of the form; of papers that were brought, the digests under which the desk keeps them."""
    given: dict[str, str] = {}
    for name, value in (await visit.request.form()).multi_items():
        if not isinstance(value, UploadFile):
            given.setdefault(name, value)
        elif value.size and name.removesuffix(".file") in act.papers:
            field = name.removesuffix(".file")
            told = await visit.desk(Role.LENDER).send("/v1/papers", await value.read(), part_key(visit, field))
            given[field] = given[f"{field}.digest"] = told["digest"]
    return given


async def _page(
    visit: Visit, act: Act, widgets: tuple[Widget, ...], refused: Refusal | None = None, *, status: int = 200,
    salt: str | None = None,
) -> Response:  # fmt: skip
    kind = KINDS[act.kind]
    hidden = {"salt": salt or secrets.token_hex(SALT_BYTES)} if "salt" in act.fields else {}
    return visit.page(
        "signing/form.html", status, kind=kind, title=act.title, widgets=widgets, refused=refused,
        signers=[(signer_words(one.whose), one.when is not None) for one in kind.signers],
        action=f"/operations/prepare/{act.name}", note=act.note, hidden=hidden, takes_files=bool(act.papers),
        choices=await first_choices(visit, act.fields),
    )  # fmt: skip


def _act(name: str) -> Act:
    act = ACTS.get(name)
    if act is None:
        raise ApiError(
            404, "not found", Words("there is nothing of this name that a desk prepares", "没有此名称的拟制事项")
        )
    return act
