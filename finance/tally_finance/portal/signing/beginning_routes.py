"""An operation of any kind is begun: a form from the tables of the kinds, for whoever has a key that signs it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, JSONResponse

from tally_chain.receipts.kinds.kind import Kind
from tally_chain.receipts.operations import KINDS
from tally_finance.api.rights import KEY_ROLES, Role
from tally_finance.desk.preparing import TESTED
from tally_finance.errors import ReleaseError
from tally_finance.portal.signing.choices import Listed, every_choice, firms_to_choose, first_choices
from tally_finance.portal.signing.desk_asking import beginner, now_of, roles_of, usual_role
from tally_finance.portal.signing.field_words import signer_words
from tally_finance.portal.signing.kind_words import CONTRACTS, kind_words
from tally_finance.portal.signing.prepared import ACTS, picker_of
from tally_finance.portal.signing.refusals import Refusal, must_be_told
from tally_finance.portal.signing.widgets import NEW_NUMBERS, Widget, filled, widgets_of
from tally_finance.portal.visit import Visit, Visited, Written
from tally_gateway.errors import ApiError
from tally_gateway.pages.shown import CHINA
from tally_gateway.pages.words import Words

_NUMBER_BYTES: Final = 32
_FIELD_NAMES: Final = frozenset(field.name for kind in KINDS.values() for field in kind.fields)
_ACT_OF: Final = {act.kind: act.name for act in ACTS.values()}


def beginning_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/operations", tags=["operations"], default_response_class=HTMLResponse)

    @router.get("/begin", summary="What the visitor's keys can begin; with fields in the address, on what they name")
    async def kinds(visit: Visited) -> Response:
        given = {name: value for name, value in visit.request.query_params.items() if name in _FIELD_NAMES}
        return visit.page("signing/kinds.html", groups=_open_to(visit, given), given=given)

    @router.get("/begin/{kind}", summary="The form of a kind; fields of the address stand in it")
    async def form(kind: str, visit: Visited) -> Response:
        about = _kind(kind)
        beginner(visit, about)
        if kind in TESTED:
            return visit.back(f"/operations/prepare/{_ACT_OF[kind]}?{visit.request.url.query}")
        given = {"role": usual_role(visit, about) or ""} | _drawn(about) | dict(visit.request.query_params)
        return await _form_page(visit, about, widgets_of(about, given, now_of(visit), CHINA))

    @router.post("/begin/{kind}", summary="Begin it")
    async def begin(kind: str, visit: Written) -> Response:
        about = _kind(kind)
        desk = beginner(visit, about)
        sent = filled(about, await texts_of(visit.request), now_of(visit), CHINA)
        if sent.values is None:
            return await _form_page(visit, about, sent.widgets, status=422)
        try:
            told = await desk.post("/v1/operations", {"kind": kind, "values": dict(sent.values)}, key=visit.once)
        except ApiError as error:
            refused = must_be_told(error)
            return await _form_page(visit, about, sent.widgets, refused, refused.status)
        return visit.back(f"/operations/one/{told['digest']}", Words("Begun. Now it is signed.", "已拟制，请签署。"))

    @router.get("/choices/{what}", response_class=JSONResponse, summary="All that a field of a form may name")
    async def choices(what: Listed, visit: Visited) -> Response:
        found = await every_choice(visit, what)
        return JSONResponse([(one, words.within(visit.language)) for one, words in found])

    @router.get("/gate", summary="At the gate: who picks up, by the opening that the lender sent")
    async def gate(visit: Visited) -> Response:
        beginner(visit, KINDS["Execute"])
        return visit.page("signing/gate.html", given=dict(visit.request.query_params), wrong=None)

    @router.post("/gate", summary="The digest of an opening, and on to the record of what left")
    async def matched(visit: Written) -> Response:
        beginner(visit, KINDS["Execute"])
        form = await texts_of(visit.request)
        try:
            picker = picker_of(form)
        except (ReleaseError, ValueError) as error:
            wrong = Words(f"This is no opening of a picker: {error}.", "该内容不是有效的提货人信息。")
            return visit.page("signing/gate.html", 422, given=form, wrong=wrong)
        given = {name: form.get(name, "") for name in ("receipt", "order")} | {"picker": "0x" + picker.digest.hex()}
        about = KINDS["Execute"]
        return await _form_page(visit, about, widgets_of(about, given, now_of(visit), CHINA))

    return router


async def texts_of(request: Request) -> dict[str, str]:
    """The text fields of a form; of files that were chosen in one, their text."""
    found: dict[str, str] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, UploadFile):
            if value.size:
                found[name] = (await value.read()).decode("utf-8", "replace")
        else:
            found.setdefault(name, value)
    return found


def _drawn(kind: Kind) -> dict[str, str]:
    """New numbers for a kind that needs some: two where it has a list of them."""
    name = NEW_NUMBERS.get(kind.name)
    if name is None:
        return {}
    return {name: "\n".join(f"0x{secrets.token_hex(_NUMBER_BYTES)}" for _ in range(2 if name == "numbers" else 1))}


async def _form_page(
    visit: Visit, kind: Kind, widgets: tuple[Widget, ...], refused: Refusal | None = None, status: int = 200
) -> Response:
    return visit.page(
        "signing/form.html", status, kind=kind, title=kind_words(kind.name), widgets=widgets, refused=refused,
        signers=[(signer_words(one.whose), one.when is not None) for one in kind.signers],
        action=f"/operations/begin/{kind.name}", note=None, hidden={}, takes_files=False,
        choices=await first_choices(visit, [one.name for one in widgets]) | firms_to_choose(visit, kind),
    )  # fmt: skip


def _open_to(visit: Visit, given: Mapping[str, str]) -> list[tuple[Words, list[tuple[Words, str, list[Words]]]]]:
    """By contract: what a kind is called, where it is begun, who signs it. Only kinds that have all fields `given`."""
    roles = roles_of(visit)
    query = f"?{urlencode(given)}" if given else ""
    groups: dict[str, list[tuple[Words, str, list[Words]]]] = {}
    for kind in KINDS.values():
        if (kind.name in TESTED and Role.LENDER not in roles) or not given.keys() <= {one.name for one in kind.fields}:
            continue
        if not any(set(signer.roles) & KEY_ROLES[role] for role in roles for signer in kind.signers):
            continue
        signers = [signer_words(one.whose) for one in kind.signers]
        groups.setdefault(kind.contract, []).append((kind_words(kind.name), _begun_at(kind) + query, signers))
    return [(CONTRACTS[contract], found) for contract, found in groups.items()]


def _begun_at(kind: Kind) -> str:
    if kind.name in TESTED:
        return f"/operations/prepare/{_ACT_OF[kind.name]}"
    # Who picks up is opened first, and the form has its digest then.
    return "/operations/gate" if kind.name == "Execute" else f"/operations/begin/{kind.name}"


def _kind(name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None:
        raise ApiError(404, "not found", Words("there is no such operation", "没有该操作"))
    return kind
