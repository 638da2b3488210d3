"""What is looked at: the inbox, one operation, its file, and the lender's computation behind it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.responses import HTMLResponse

from tally_chain.receipts.operation_file import encode
from tally_chain.receipts.words import tell
from tally_finance.api.forms import ID_PATTERN, IdInPath
from tally_finance.api.rights import Role
from tally_finance.portal.accounts.shown import ROLES
from tally_finance.portal.firms import firms
from tally_finance.portal.signing.changes import changes, coverage
from tally_finance.portal.signing.desk_asking import as_waiting, now_of, opened, roles_of, seen, under_way
from tally_finance.portal.signing.field_words import field_words
from tally_finance.portal.signing.refusals import Refusal
from tally_finance.portal.signing.waiting import Group, Waiting, grouped, next_step
from tally_finance.portal.visit import Visit, Visited
from tally_gateway.errors import ApiError
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.paging import ON_A_PAGE, Address, Cursor, Skip, of_told, sliced
from tally_gateway.pages.shown import CHINA
from tally_gateway.pages.words import Words

Receipt = Annotated[str | None, Query(pattern=ID_PATTERN)]


def reading_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/operations", tags=["operations"], default_response_class=HTMLResponse)
    _lists(router)
    _one(router)
    _computations(router)
    return router


def _lists(router: APIRouter) -> None:
    @router.get("", summary="What waits for whom")
    async def inbox(
        visit: Visited, receipt: Receipt = None, mine: Skip = 0, ready: Skip = 0, others: Skip = 0
    ) -> Response:
        groups = grouped(await under_way(visit, receipt))
        words, href, tone = next_step(groups)
        begins = {"mine": mine, "ready": ready, "others": others}
        parts_of = {
            name: sliced(
                groups[Group(name)], skip, Address("/operations", {"receipt": receipt}, f"g-{name}"), name=name
            )
            for name, skip in begins.items()
        }
        return visit.page(
            "signing/inbox.html", parts_of=parts_of, next_words=words, next_href=href, next_tone=tone, receipt=receipt,
            now=now_of(visit),
        )  # fmt: skip

    @router.get("/done", summary="What was sent, and what is over; newest first, in one role at a time")
    async def done(visit: Visited, receipt: Receipt = None, role: Role | None = None, after: Cursor = "") -> Response:
        mine = roles_of(visit)
        chosen = role if role in mine else mine[0]
        told = await visit.desk(chosen).get(
            "/v1/operations", under_way=False, about=receipt, newest=True, after=after or None, limit=ON_A_PAGE
        )
        kept = {"receipt": receipt, "role": chosen if len(mine) > 1 else None}
        return visit.page(
            "signing/done.html",
            found=[as_waiting(visit, one, firms(visit)) for one in told["items"]],
            paging=of_told(told, Address("/operations/done", kept)),
            roles=[(str(one), ROLES[str(one)], one is chosen) for one in mine],
            receipt=receipt,
        )


def _one(router: APIRouter) -> None:
    @router.get("/one/{digest}", summary="One operation: what it changes, who signs, how to sign")
    async def one(digest: IdInPath, visit: Visited) -> Response:
        found, _ = await opened(visit, digest)
        return await operation_page(visit, found)

    @router.get("/one/{digest}/file", summary="The file that is signed and passed on")
    async def file(digest: IdInPath, visit: Visited) -> Response:
        found, _ = await opened(visit, digest)
        return attachment(encode(found.file).encode(), file_name(found), "application/json")

    @router.get("/one/{digest}/typed-data", summary="The EIP-712 document, for a wallet or an external signer")
    async def typed_data(digest: IdInPath, visit: Visited) -> Response:
        found, _ = await opened(visit, digest)
        document = found.file.operation.typed_data(found.file.chain_id, found.file.contract)
        text = json.dumps(document, indent=1, ensure_ascii=False).encode()
        return attachment(text, file_name(found).replace("operation", "typed-data"), "application/json")


def _computations(router: APIRouter) -> None:
    @router.get("/computations/{digest}", summary="The test of the loan behind an operation")
    async def computation(digest: IdInPath, visit: Visited) -> Response:
        told = await visit.desk(Role.LENDER).get(f"/v1/computations/{digest}")
        return visit.page("signing/computation.html", told=told, rows=coverage(told))

    @router.get("/computations/{digest}/bytes", summary="The computation's bytes: they hash to its digest")
    async def computation_bytes(digest: IdInPath, visit: Visited) -> Response:
        told = await visit.desk(Role.LENDER).get(f"/v1/computations/{digest}")
        data = bytes.fromhex(told["encoded"].removeprefix("0x"))
        return attachment(data, f"computation-{digest[2:10]}.cbor", "application/cbor")


async def operation_page(
    visit: Visit, one: Waiting, refused: Refusal | None = None, wrong: Words | None = None
) -> Response:
    """The page of one operation; `refused`: what did not go; `wrong`: what is wrong with a signature."""
    values = one.file.operation.values
    receipt = lot = computed = None
    if isinstance(values.get("receipt"), bytes):
        receipt = await seen(visit, f"/v1/receipts/0x{values['receipt'].hex()}")
    if one.kind == "Attest":
        lot = await seen(visit, f"/v1/lots/0x{values['lot'].hex()}")
    if one.computation is not None and Role.LENDER in visit.visitor.roles:
        computed = await _computed(visit, one.computation)
    told, known = tell(one.file.operation, now_seconds=now_of(visit)), firms(visit)
    status = 422 if wrong is not None else 200 if refused is None else refused.status
    return visit.page(
        "signing/one.html",
        status,
        one=one,
        file_name=file_name(one),
        fields=[(field_words(one.kind, field.name), text) for field, text in told.fields],
        warnings=told.warnings if one.group is not Group.SENT else (),
        changed=() if one.group is Group.SENT else changes(one.file.operation, receipt, lot, CHINA, known),
        covered=() if computed is None else coverage(computed),
        computed=computed,
        refused=refused,
        wrong=wrong,
        link=f"{visit.site.address}/operations/one/{one.digest}",
        now=now_of(visit),
        firms=known,
        own="0x" + visit.visitor.organisation.hex(),
        is_lender=Role.LENDER in visit.visitor.roles,
        receipt=receipt,
    )


def file_name(one: Waiting) -> str:
    """What the file of an operation is called when it is saved."""
    return f"operation-{one.digest[2:10]}.json"


async def _computed(visit: Visit, digest: str) -> Any:
    """The computation where the book is the visitor's own."""
    try:
        return await visit.desk(Role.LENDER).get(f"/v1/computations/{digest}")
    except ApiError as error:
        if error.status in (403, 404):
            return None
        raise
