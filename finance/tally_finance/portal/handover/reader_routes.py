"""The reader's side (`/handover/arrivals`): a bundle comes in, is opened, compared by another way, verified, used."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Path, Response, UploadFile
from fastapi.concurrency import run_in_threadpool

from tally_chain import policy_text
from tally_chain.errors import PolicyError
from tally_finance.api.forms import ID_PATTERN
from tally_finance.api.openings import Openings
from tally_finance.api.rights import Role
from tally_finance.portal.handover import carrying, reader_page, reading
from tally_finance.portal.handover.arrivals import Arrival, Arrivals
from tally_finance.portal.handover.grants import Grants
from tally_finance.portal.handover.owner_routes import MAX_EVIDENCE_BYTES, file_of
from tally_finance.portal.visit import Visit, Visited, Written
from tally_finance.portal.visitor import Visitor
from tally_gateway.errors import ApiError
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.paging import Skip
from tally_gateway.pages.words import Words

MAX_FILE_BYTES: Final = MAX_EVIDENCE_BYTES + (1 << 20)
"""A sealed bundle is a little longer than what is in it."""

MAX_POLICY_BYTES: Final = 2 << 20

ArrivalInPath = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Hex32 = Annotated[str, Form(pattern="^[0-9a-f]{64}$")]
Text = Annotated[str, Form(max_length=600)]


def reader_routes(arrivals: Arrivals, grants: Grants, openings: Openings) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/handover/arrivals", tags=["handover"])
    _looking(router, arrivals, grants, openings)
    _taking(router, arrivals)
    _opening(router, arrivals)
    _using(router, arrivals)
    return router


def _looking(router: APIRouter, arrivals: Arrivals, grants: Grants, openings: Openings) -> None:
    @router.get("", summary="Bundles of the visitor's organisation", response_class=Response)
    async def listed(visit: Visited, skip: Skip = 0, offered: Skip = 0) -> Response:
        own = await run_in_threadpool(arrivals.all, visit.visitor.organisation)
        granted = await run_in_threadpool(grants.served, visit.visitor.organisation)
        return reader_page.listed(visit, own, granted, arrivals.clock(), (skip, offered))

    @router.get("/{arrival}", summary="A bundle: what was granted, withheld, and found", response_class=Response)
    async def one(arrival: ArrivalInPath, visit: Visited, findings: Skip = 0) -> Response:
        kept = await run_in_threadpool(arrivals.get, visit.visitor.organisation, arrival)
        return await run_in_threadpool(reader_page.one, visit, kept, openings, arrivals.clock(), findings)

    @router.get("/{arrival}/file/{name}", summary="The file as it came, or opened", response_class=Response)
    async def file(
        arrival: ArrivalInPath, name: Annotated[str, Path(pattern="^(came|opened)$")], visit: Visited
    ) -> Response:
        kept = await run_in_threadpool(arrivals.get, visit.visitor.organisation, arrival)
        data = kept.body if name == "came" else kept.opened
        if data is None:
            raise ApiError(404, "not found", Words("the bundle is sealed still", "证据包尚未解密。"))
        return attachment(data, f"{arrival[:8]}-{name}.tally")

    @router.get("/served/{grant}", summary="A sealed file that an owner serves here", response_class=Response)
    async def served(grant: ArrivalInPath, visit: Visited) -> Response:
        kept = await run_in_threadpool(grants.get_served, visit.visitor.organisation, grant)
        return await run_in_threadpool(file_of, kept, carrying.SEALED_NAME, grants.clock())


def _taking(router: APIRouter, arrivals: Arrivals) -> None:
    @router.post("", summary="Bring a bundle, sealed or not", response_class=Response)
    async def bring(
        visit: Written, bundle: Annotated[UploadFile, File()], policy: Annotated[UploadFile | None, File()] = None
    ) -> Response:
        who = writing(visit)
        data = await bundle.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ApiError(
                413,
                "too long",
                Words(
                    f"at most {MAX_EVIDENCE_BYTES >> 20} MB; longer ones are verified by command",
                    f"不得超过 {MAX_EVIDENCE_BYTES >> 20} MB，更大的请用命令行核验。",
                ),
            )
        inside = await run_in_threadpool(reading.checked, data)
        text = await _policy_text(policy)
        name = await run_in_threadpool(arrivals.take, who.organisation, who.name, bundle.filename or "", data, inside)
        if text is not None:
            await run_in_threadpool(arrivals.read_under, who.organisation, name, text)
        return visit.back(f"/handover/arrivals/{name}")

    @router.post("/{arrival}/policy", summary="Read it under a policy of one's own", response_class=Response)
    async def policy_of(arrival: ArrivalInPath, visit: Written, policy: Annotated[UploadFile, File()]) -> Response:
        who, _ = await _own(visit, arrivals, arrival)
        text = await _policy_text(policy)
        if text is None:
            raise ApiError(422, "a file is needed", Words("choose the policy's file", "请选择策略文件。"))
        await run_in_threadpool(arrivals.read_under, who.organisation, arrival, text)
        return visit.back(f"/handover/arrivals/{arrival}")


def _opening(router: APIRouter, arrivals: Arrivals) -> None:
    @router.post("/{arrival}/open", summary="Open it by the key of this file alone", response_class=Response)
    async def opened(arrival: ArrivalInPath, visit: Written, kid: Hex32, wrapping_key: Hex32) -> Response:
        who, kept = await _own(visit, arrivals, arrival)
        key = bytes.fromhex(kid)
        inside = await run_in_threadpool(reading.opened_with, kept, key, bytes.fromhex(wrapping_key))
        return await _kept_open(visit, arrivals, who, (arrival, inside, key))

    @router.post("/{arrival}/open-here", summary="Open it by the desk's own key", response_class=Response)
    async def opened_here(arrival: ArrivalInPath, visit: Written) -> Response:
        who, kept = await _own(visit, arrivals, arrival)
        key = await run_in_threadpool(reading.desk_key, visit.site, who.organisation)
        if key is None:
            raise ApiError(
                409,
                "not as things stand",
                Words(
                    "this organisation's desk holds no key that opens bundles", "本单位服务端没有可解密证据包的密钥。"
                ),
            )
        inside = await run_in_threadpool(reading.opened_by, kept, key)
        return await _kept_open(visit, arrivals, who, (arrival, inside, key.public_key.kid))


def _using(router: APIRouter, arrivals: Arrivals) -> None:
    @router.post("/{arrival}/compare", summary="Digits that one was told, compared", response_class=Response)
    async def compare(arrival: ArrivalInPath, visit: Written, what: Text, digits: Text) -> Response:
        who, kept = await _own(visit, arrivals, arrival)
        equal = await run_in_threadpool(reader_page.compared, kept, what, digits)
        found = {"equal": equal, "at": arrivals.clock(), "by": who.name}
        await run_in_threadpool(arrivals.compare, who.organisation, arrival, what, found)
        said = Words("Equal.", "一致。") if equal else Words("Not equal: do not rely on it.", "不一致：请勿采信。")
        return visit.back(f"/handover/arrivals/{arrival}#digits", said)

    @router.post("/{arrival}/to-lot", summary="On to the desk, as evidence of a lot", response_class=Response)
    async def to_lot(arrival: ArrivalInPath, visit: Written, lot: Annotated[str, Form(pattern=ID_PATTERN)]) -> Response:
        _, kept = await _own(visit, arrivals, arrival)
        if kept.opened is None:
            raise ApiError(
                409,
                "not as things stand",
                Words("the bundle is sealed still: open it first", "证据包尚未解密，请先打开。"),
            )
        desk = visit.desk(Role.LENDER, Role.KEEPER)
        await desk.send(f"/v1/lots/{lot}/evidence", kept.opened, key=visit.once)
        to = f"/open/lot/{lot}" if str(Role.LENDER) in visit.visitor.roles else f"/keeper/lots/{lot}"
        return visit.back(to, Words("Taken as evidence of the lot.", "已作为该批次的证据。"))

    @router.post("/{arrival}/delete", summary="Forget it", response_class=Response)
    async def forget(arrival: ArrivalInPath, visit: Written) -> Response:
        who = writing(visit)
        await run_in_threadpool(arrivals.delete, who.organisation, arrival)
        return visit.back("/handover/arrivals", Words("Deleted here.", "已在本处删除。"))


def writing(visit: Visit) -> Visitor:
    """The visitor, who may write. Raises ApiError 403."""
    if not visit.visitor.may_write:
        raise ApiError(403, "not for writing", Words("your account may only look", "您的账户仅可查看。"))
    return visit.visitor


async def _own(visit: Visit, arrivals: Arrivals, arrival: str) -> tuple[Visitor, Arrival]:
    who = writing(visit)
    return who, await run_in_threadpool(arrivals.get, who.organisation, arrival)


async def _kept_open(visit: Visit, arrivals: Arrivals, who: Visitor, made: tuple[str, bytes, bytes]) -> Response:
    await run_in_threadpool(arrivals.open, who.organisation, *made)
    return visit.back(f"/handover/arrivals/{made[0]}", Words("Opened with your key.", "已用您的密钥打开。"))


async def _policy_text(file: UploadFile | None) -> str | None:
    """The text of a policy's file that was chosen. Raises ApiError 422 where it is no policy."""
    if file is None or not file.filename:
        return None
    data = await file.read(MAX_POLICY_BYTES + 1)
    try:
        if len(data) > MAX_POLICY_BYTES:
            raise PolicyError("is longer than 2 MB")
        text = data.decode("utf-8-sig")
        policy_text.parse(text)
    except (UnicodeDecodeError, PolicyError) as error:
        raise ApiError(422, "not a policy", Words(f"the policy: {error}", f"策略有误：{error}")) from None
    return text
