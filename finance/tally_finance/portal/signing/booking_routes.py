"""Money, which stays off the chain: a draw (放款), a payment (还款). The desk tests a draw on the position after it."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Response, UploadFile
from starlette.responses import HTMLResponse

from tally_finance.api.forms import WordInPath
from tally_finance.api.rights import Role
from tally_finance.portal.signing.desk_asking import now_of, seen
from tally_finance.portal.signing.refusals import Refusal, must_be_told
from tally_finance.portal.signing.widgets import instant, local
from tally_finance.portal.visit import Visit, Visited, Written
from tally_gateway.errors import ApiError
from tally_gateway.pages.shown import CHINA
from tally_gateway.pages.words import Words

MAX_ADVICE_BYTES: Final = 4 << 20
"""A scanned advice of a bank, and the rest of its form."""

UPLOADS: Final = {re.compile("/operations/facility/[^/]+/repay"): MAX_ADVICE_BYTES}

Amount = Annotated[str, Form(max_length=32)]


def booking_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/operations/facility", tags=["operations"], default_response_class=HTMLResponse)

    @router.get("/{facility}", summary="Draw on a facility, or book a payment")
    async def money(facility: WordInPath, visit: Visited) -> Response:
        return await _page(visit, facility)

    @router.post("/{facility}/draw", summary="Draw, if the position after it is covered")
    async def draw(facility: WordInPath, visit: Written, amount: Amount) -> Response:
        return await _booked(visit, facility, "draws", {"amount": _money(amount)}, Words("Drawn.", "已放款记账。"))

    @router.post("/{facility}/repay", summary="A payment came")
    async def repay(
        facility: WordInPath,
        visit: Written,
        *,
        amount: Amount,
        paid_at: Annotated[str, Form(max_length=32)],
        payment: Annotated[str, Form(max_length=80)] = "",
        advice: Annotated[UploadFile | None, File()] = None,
    ) -> Response:
        try:
            when = instant(paid_at, CHINA)
        except ValueError as error:
            raise ApiError(422, "not taken", Words(f"paid_at: {error}", "付款时间无效")) from None
        digest = sha256(await advice.read()).hexdigest() if advice is not None and advice.size else payment
        body = {"amount": _money(amount), "payment": _digest(digest), "paid_at": when}
        return await _booked(visit, facility, "repayments", body, Words("The payment is booked.", "还款已入账。"))

    return router


async def _booked(visit: Visit, facility: str, route: str, body: dict[str, Any], said: Words) -> Response:
    try:
        await visit.desk(Role.LENDER).post(f"/v1/facilities/{facility}/{route}", body, key=visit.once)
    except ApiError as error:
        return await _page(visit, facility, must_be_told(error))
    return visit.back(f"/operations/facility/{facility}", said)


async def _page(visit: Visit, facility: str, refused: Refusal | None = None) -> Response:
    told = await seen(visit, f"/v1/facilities/{facility}")
    if told is None:
        raise ApiError(
            404,
            "not found",
            Words("there is no such facility, or it is not yours to see", "该授信不存在，或您无权查看"),
        )
    return visit.page(
        "signing/facility.html", 200 if refused is None else refused.status, told=told, refused=refused,
        is_lender=Role.LENDER in visit.visitor.roles, came_at=local(now_of(visit), CHINA),
    )  # fmt: skip


def _digest(text: str) -> str:
    """Raises ApiError 422 where neither a file was brought nor a digest typed."""
    plain = text.strip().lower()
    if not plain:
        raise ApiError(
            422,
            "not taken",
            Words("bring the bank's advice as a file, or its SHA-256", "请上传银行回单，或填写其 SHA-256 摘要"),
        )
    return plain if plain.startswith("0x") else "0x" + plain


def _money(text: str) -> str:
    """Yuan and fen as the interface has them; what is no amount stays as it is, for the desk to refuse."""
    plain = text.strip().replace(",", "")
    whole, point, rest = plain.partition(".")
    return f"{whole}.{rest.ljust(2, '0')}" if point or whole.isdigit() else plain
