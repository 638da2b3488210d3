"""What is brought to an operation: signatures, its sending, its end. The server has nobody's key and signs nothing."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Response, UploadFile
from starlette.responses import HTMLResponse

from tally_chain.receipts.operation_file import MAX_FILE_BYTES
from tally_finance.api.forms import IdInPath
from tally_finance.api.rights import Role
from tally_finance.portal.accounts.visiting import must_be_fresh
from tally_finance.portal.asking import Asking
from tally_finance.portal.firms import firms
from tally_finance.portal.signing.desk_asking import as_waiting, opened, part_key
from tally_finance.portal.signing.offered import NotASignatureError, Offered, offered
from tally_finance.portal.signing.reading_routes import operation_page
from tally_finance.portal.signing.refusals import must_be_told
from tally_finance.portal.signing.waiting import Group, Waiting
from tally_finance.portal.visit import Visit, Written
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

_SENT: Final = Words("Sent: the chain has carried it out.", "已提交，上链成功。")


def signing_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/operations/one", tags=["operations"], default_response_class=HTMLResponse)

    @router.post("/{digest}/signatures", summary="Bring a signature, or the signed file")
    async def signatures(
        digest: IdInPath,
        visit: Written,
        signature: Annotated[str, Form(max_length=MAX_FILE_BYTES)] = "",
        place: Annotated[str, Form(pattern="^([0-9]|[12][0-9]|3[01])?$")] = "",
        file: Annotated[UploadFile | None, File()] = None,
    ) -> Response:
        must_be_fresh(visit)
        one, desk = await opened(visit, digest)
        data = signature.encode("utf-8", "replace")
        if file is not None and file.size:
            data = await file.read(MAX_FILE_BYTES + 1)
        try:
            brought = offered(one, data, int(place) if place else None)
        except NotASignatureError as error:
            return await operation_page(visit, one, wrong=error.words)
        return await _brought(visit, one, desk, brought)

    @router.post("/{digest}/send", summary="Bring an operation that all have signed to its contract")
    async def send(digest: IdInPath, visit: Written) -> Response:
        one, desk = await opened(visit, digest)
        try:
            await desk.post(f"/v1/operations/{digest}/send", key=visit.once)
        except ApiError as error:
            return await operation_page(visit, one, refused=must_be_told(error))
        return visit.back(f"/operations/one/{digest}", _SENT)

    @router.post("/{digest}/withdraw", summary="End a prepared operation that nobody of the lender has signed")
    async def withdraw(
        digest: IdInPath, visit: Written, reason: Annotated[str, Form(min_length=1, max_length=200)]
    ) -> Response:
        one, _ = await opened(visit, digest)
        body = {"reason": reason, "no_copy_was_signed": False}
        try:
            await visit.desk(Role.LENDER).post(f"/v1/operations/{digest}/withdraw", body, key=visit.once)
        except ApiError as error:
            return await operation_page(visit, one, refused=must_be_told(error))
        said = Words("Withdrawn: nothing is held for it any more.", "已撤回，预留已释放。")
        return visit.back("/operations", said)

    return router


async def _brought(visit: Visit, one: Waiting, desk: Asking, brought: tuple[Offered, ...]) -> Response:
    """Each to its place; of a file with several the desk takes those of the visitor's own organisation."""
    taken: dict[str, Any] | None = None
    refused: ApiError | None = None
    for each in brought:
        body = {"place": each.place, "signature": each.signature}
        try:
            taken = await desk.post(f"/v1/operations/{one.digest}/signatures", body, key=part_key(visit, each.place))
        except ApiError as error:
            refused = error
    if taken is None and refused is not None:
        return await operation_page(visit, one, refused=must_be_told(refused))
    after = one if taken is None else as_waiting(visit, taken, firms(visit))
    return visit.back(f"/operations/one/{one.digest}", _said(after))


def _said(one: Waiting) -> Words:
    """What happens next."""
    if one.group is Group.READY:
        return Words("Signed. All have signed: have it sent.", "签署成功。各方均已签署，请提交上链。")
    if not one.missing:
        return Words("Signed.", "签署成功。")
    first = one.missing[0].who
    return Words(f"Signed. Still missing: {first.english}.", f"签署成功，尚待{first.chinese}签署。")
