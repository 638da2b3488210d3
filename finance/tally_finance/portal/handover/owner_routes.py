"""The owner's side: evidence, terms, signature, the sealed file, and the end of a grant (`/handover/grants/…`)."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Path, Response, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from tally_chain import bundle, fingerprint, granting, sealing
from tally_chain.bundle import Bundle
from tally_chain.errors import BundleError
from tally_edge import keys
from tally_edge.errors import DecodeError
from tally_edge.keys import PublicKey
from tally_finance.portal.accounts.visiting import must_be_fresh
from tally_finance.portal.gateways.clients import Gateways
from tally_finance.portal.handover import carrying, drafting, owner_page, readers
from tally_finance.portal.handover.drafting import Document, Filled, FormError
from tally_finance.portal.handover.grants import Chosen, Grants, Kept
from tally_finance.portal.visit import Visit, Visited, Written
from tally_finance.portal.visitor import OWNER, Visitor
from tally_gateway.errors import ApiError
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.paging import Skip
from tally_gateway.pages.words import Words

MAX_EVIDENCE_BYTES: Final = 32 << 20
"""As long as a desk takes one; a bundle is held in memory as a whole."""

GrantInPath = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Text = Annotated[str, Form(max_length=600)]
HexText = Annotated[str, Form(max_length=2_000)]
Files = Annotated[list[UploadFile] | None, File()]


def owner_routes(grants: Grants, gateways: Gateways) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/handover/grants", tags=["handover"])
    _looking(router, grants, gateways)
    _choosing(router, grants)
    _signing(router, grants)
    _ending(router, grants, gateways)
    return router


def _looking(router: APIRouter, grants: Grants, gateways: Gateways) -> None:
    @router.get("", summary="Grants of the visitor's organisation", response_class=Response)
    async def listed(visit: Visited, skip: Skip = 0) -> Response:
        own = await run_in_threadpool(grants.all, owner(visit).organisation)
        return owner_page.listed(visit, own, grants.clock(), skip)

    @router.get("/{grant}", summary="A grant, and what is to do next for it", response_class=Response)
    async def one(grant: GrantInPath, visit: Visited) -> Response:
        who = owner(visit)
        kept = await run_in_threadpool(grants.get, who.organisation, grant)
        token = "" if kept.revoked_at is None else kept.token_name
        at = await readers.standing(gateways, who.organisation, token)
        return await run_in_threadpool(lambda: owner_page.one(visit, kept, grants.clock(), at=at))

    @router.get("/{grant}/file/{name}", summary="A file of a grant", response_class=Response)
    async def file(grant: GrantInPath, name: Annotated[str, Path(max_length=40)], visit: Visited) -> Response:
        kept = await run_in_threadpool(grants.get, owner(visit).organisation, grant)
        return await run_in_threadpool(file_of, kept, name, grants.clock())


def _choosing(router: APIRouter, grants: Grants) -> None:
    @router.post("", summary="Bring the evidence to grant from", response_class=Response)
    async def bring(visit: Written, evidence: Annotated[UploadFile, File()]) -> Response:
        who = writing_owner(visit)
        data = await evidence.read(MAX_EVIDENCE_BYTES + 1)
        await run_in_threadpool(_must_be_bundle, data)
        name = await run_in_threadpool(grants.begin, who.organisation, who.name, data)
        return visit.back(f"/handover/grants/{name}", Words("Now choose who may read what.", "请选择读者和披露范围。"))

    @router.post("/{grant}/terms", summary="Choose reader, scope, purpose and expiry", response_class=Response)
    async def terms(  # noqa: PLR0917  one form
        grant: GrantInPath,
        visit: Written,
        owner: Text = "",
        owner_key: HexText = "",
        reader: Text = "",
        reader_key: HexText = "",
        purpose: Text = "",
        expires: Text = "",
        content: Text = "full",
        from_day: Text = "",
        to_day: Text = "",
        points: Annotated[list[str] | None, Form()] = None,
        reader_organisation: Text = "",
        token_name: Text = "",
        carry: Files = None,
        withhold: Files = None,
    ) -> Response:
        who = writing_owner(visit)
        kept = await run_in_threadpool(grants.get, who.organisation, grant)
        documents = [await _document(one, is_carried=True) for one in carry or () if one.filename]
        documents += [await _document(one, is_carried=False) for one in withhold or () if one.filename]
        filled = Filled(
            owner, owner_key, reader, reader_key, purpose, expires, content, from_day, to_day,
            tuple(points or ()), reader_organisation, token_name, tuple(documents),
        )  # fmt: skip
        try:
            made = await run_in_threadpool(drafting.drafted, bundle.decode(kept.evidence), filled, grants.clock())
        except FormError as error:
            return await run_in_threadpool(owner_page.one, visit, kept, grants.clock(), filled, error)
        chosen = Chosen(
            bundle.encode(made.draft.unsigned),
            made.draft.owner.encode(),
            made.reader_key.encode(),
            made.reader_organisation,
            filled.token_name,
            json.dumps(made.salts, ensure_ascii=False),
        )
        await run_in_threadpool(grants.choose, who.organisation, grant, chosen)
        return visit.back(
            f"/handover/grants/{grant}", Words("Compare the digits, then sign.", "请核对指纹，然后签名。")
        )


def _signing(router: APIRouter, grants: Grants) -> None:
    @router.post("/{grant}/to-sign", summary="The bytes that the owner's key is to sign", response_class=JSONResponse)
    async def to_sign(grant: GrantInPath, visit: Written, public_key: HexText = "") -> Response:
        kept = await run_in_threadpool(grants.get, signing_owner(visit).organisation, grant)
        now = grants.clock()
        made = await run_in_threadpool(_draft, kept, public_key, now)

        def within(words: Words | str) -> str:
            return words if isinstance(words, str) else words.within(visit.language)

        lines = [[within(name), within(value)] for name, value in owner_page.said(made.grant)]
        told = base64.b64encode(made.to_be_signed).decode()
        return JSONResponse({"to_sign": told, "unsigned": str(now), "lines": lines})

    @router.post("/{grant}/signature", summary="The owner's signature of the draft", response_class=Response)
    async def signature(
        grant: GrantInPath, visit: Written, public_key: HexText = "", unsigned: Text = "", signature: HexText = ""
    ) -> Response:
        kept = await run_in_threadpool(grants.get, signing_owner(visit).organisation, grant)
        at = int(unsigned) if unsigned.isascii() and unsigned.isdigit() and len(unsigned) <= 11 else -1
        if not 0 <= grants.clock() - at <= 3_600:
            raise ApiError(
                409,
                "not as things stand",
                Words("the draft was shown too long ago: sign it again", "草稿显示已久，请重新签署。"),
            )
        made = await run_in_threadpool(_draft, kept, public_key, at)
        try:
            granted = made.signed(bytes.fromhex(signature))
        except (ValueError, BundleError) as error:
            raise ApiError(
                422,
                "not this grant",
                Words(
                    f"the signature is not the owner's over this draft: {error}",
                    f"签名不是数据所有方对此草稿的签名：{error}",
                ),
            ) from None
        return await _sealed(visit, grants, kept, granted)

    @router.post("/{grant}/signed", summary="The draft as `bundle sign` signed it", response_class=Response)
    async def signed(grant: GrantInPath, visit: Written, file: Annotated[UploadFile, File()]) -> Response:
        kept = await run_in_threadpool(grants.get, signing_owner(visit).organisation, grant)
        data = await file.read(MAX_EVIDENCE_BYTES + (4 << 20))
        granted = await run_in_threadpool(_as_signed, kept, data)
        return await _sealed(visit, grants, kept, granted)


def _ending(router: APIRouter, grants: Grants, gateways: Gateways) -> None:
    @router.post("/{grant}/revoke", summary="End a grant: service stops, copies do not", response_class=Response)
    async def revoke(grant: GrantInPath, visit: Written, reason: Annotated[str, Form(max_length=200)] = "") -> Response:
        who = writing_owner(visit)
        if not reason.strip() or not reason.isprintable():
            raise ApiError(
                422,
                "a reason is needed",
                Words("say in a sentence why the grant ends", "请用一句话说明终止授权的原因。"),
            )
        await run_in_threadpool(grants.revoke, who.organisation, grant, who.name, reason.strip())
        said = Words(
            "Revoked: nothing is served any more. Copies that were handed over stay readable.",
            "已撤销：不再提供服务。已交出的副本仍可读。",
        )
        return visit.back(f"/handover/grants/{grant}", said)

    @router.post("/{grant}/end-token", summary="End the reader's token at a gateway", response_class=Response)
    async def end_token(
        grant: GrantInPath, visit: Written, gateway: Annotated[str, Form(max_length=64)] = ""
    ) -> Response:
        who = writing_owner(visit)
        kept = await run_in_threadpool(grants.get, who.organisation, grant)
        if kept.revoked_at is None or not kept.token_name:
            raise ApiError(
                409,
                "not as things stand",
                Words("a token is ended after its grant was revoked", "须先撤销授权，再移除令牌。"),
            )
        await readers.end(gateways, who.organisation, gateway, kept.token_name)
        said = Words(
            f"Gateway {gateway} serves the reader no entries any more.", f"网关 {gateway} 已不再向读者提供条目。"
        )
        return visit.back(f"/handover/grants/{grant}", said)


def owner(visit: Visit) -> Visitor:
    """The visitor as an owner. Raises ApiError 403."""
    return visit.must_be(OWNER)


def writing_owner(visit: Visit) -> Visitor:
    """The visitor as an owner who may write. Raises ApiError 403."""
    who = owner(visit)
    if not who.may_write:
        raise ApiError(403, "not for writing", Words("your account may only look", "您的账户仅可查看。"))
    return who


def signing_owner(visit: Visit) -> Visitor:
    """The same, who proved a moment ago who it is: what is signed leaves the house for good. Raises ApiError 403."""
    who = writing_owner(visit)
    must_be_fresh(visit)
    return who


def file_of(kept: Kept, name: str, now: int) -> Response:
    """A file of a grant by its name. Raises ApiError 404 for one that is not there (yet, or any more)."""
    found: dict[str, bytes] = {}
    if kept.draft is not None:
        found["draft.tally"] = kept.draft
    if kept.salts != "{}":
        found["salts.json"] = kept.salts.encode()
    if kept.sealed is not None and kept.draft is not None and kept.owner_key is not None and kept.revoked_at is None:
        said = granting.grant_in(bundle.decode(kept.draft))
        if said.expires_at >= now:
            kid = keys.decode_public_key(kept.owner_key).kid
            found[carrying.SEALED_NAME] = kept.sealed
            found[carrying.README_NAME] = carrying.readme(said, kid, kept.sealed).encode("utf-8-sig")
            found["handover.zip"] = carrying.parcel(said, kid, kept.sealed)
    if name not in found:
        raise ApiError(
            404,
            "not found",
            Words(
                "there is no such file of this grant, or it is not served any more",
                "该授权没有此文件，或文件已不再提供。",
            ),
        )
    return attachment(found[name], name)


async def _document(one: UploadFile, *, is_carried: bool) -> Document:
    content = await one.read(drafting.MAX_DOCUMENT_BYTES + 1)
    return Document(one.filename or "", one.content_type or "", content, is_carried)


def _must_be_bundle(data: bytes) -> None:
    if len(data) > MAX_EVIDENCE_BYTES:
        raise ApiError(
            413,
            "too long",
            Words(
                f"a bundle of more than {MAX_EVIDENCE_BYTES >> 20} MB is granted by the command",
                f"超过 {MAX_EVIDENCE_BYTES >> 20} MB 的证据包请用命令行授权。",
            ),
        )
    try:
        bundle.decode(data)
    except BundleError as error:
        raise ApiError(
            422,
            "not a bundle",
            Words(f"this is not a bundle, or is damaged: {error}", f"该文件不是证据包，或已损坏：{error}"),
        ) from None


def _draft(kept: Kept, public_key: str, now: int) -> granting.Draft:
    """The draft again, dated `now`, for the key that the owner chose. Raises ApiError 409, 422."""
    if kept.draft is None or kept.owner_key is None:
        raise ApiError(409, "not as things stand", Words("choose reader and scope first", "请先选择读者与范围。"))
    try:
        key: PublicKey = keys.decode_public_key(bytes.fromhex(public_key))
    except (ValueError, DecodeError):
        raise ApiError(422, "not a key", Words("the public key can not be read", "公钥无法读取。")) from None
    if key.encode() != kept.owner_key:
        said = fingerprint.digits(keys.decode_public_key(kept.owner_key).kid)
        raise ApiError(
            422,
            "another key",
            Words(
                f"the grant names the owner's key {said}, and this is another",
                f"授权所列数据所有方密钥为 {said}，与此密钥不符。",
            ),
        )
    return granting.draft_again(bundle.decode(kept.draft), key, now)


def _as_signed(kept: Kept, data: bytes) -> Bundle:
    """A file that differs from the draft in its signature and date alone. Raises ApiError 409, 422."""
    if kept.draft is None or kept.owner_key is None:
        raise ApiError(409, "not as things stand", Words("choose reader and scope first", "请先选择读者与范围。"))
    try:
        granted, drafted = bundle.decode(data), bundle.decode(kept.draft)
        same = granting.grant_in(granted) == granting.grant_in(drafted)
        if not same or (granted.sections, granted.attachments) != (drafted.sections, drafted.attachments):
            raise BundleError("it is another grant than the draft, or of other evidence")
        granting.must_be_signed(granted, keys.decode_public_key(kept.owner_key))
    except BundleError as error:
        raise ApiError(
            422,
            "not this grant",
            Words(f"the file is not this draft, signed: {error}", f"该文件不是此草稿的已签署版本：{error}"),
        ) from None
    return granted


async def _sealed(visit: Visit, grants: Grants, kept: Kept, granted: Bundle) -> Response:
    def seal() -> bytes:
        reader = keys.decode_public_key(kept.reader_key or b"")
        return sealing.seal(bundle.encode(granted), [reader])

    sealed = await run_in_threadpool(seal)
    await run_in_threadpool(grants.sign, kept, sealed)
    said = Words("Signed and sealed: hand the file over.", "已签名并密封，可以交接。")
    return visit.back(f"/handover/grants/{kept.id}", said)
