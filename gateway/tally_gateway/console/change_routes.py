"""The pages on which an operator prepares changes: a site's list of meters, operations on keys and meters, finished
statements on their way into the log, another gateway in the place of this one. Nothing is signed here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.datastructures import FormData, UploadFile

from tally_edge import keys
from tally_edge.errors import ConfigError
from tally_edge.site_import.columns import COLUMNS
from tally_gateway.console import handed_in, onboarding, operation_fields, operations, replacing
from tally_gateway.console.given import Given
from tally_gateway.console.reception import Desk, Reception, desk_of
from tally_gateway.console.site_book import SiteBook
from tally_gateway.errors import ApiError
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.visit import Visit
from tally_gateway.pages.words import Words

MAX_FIELD: Final = 2_000
_LIST, _FILE, _STATEMENTS = "list", "file", "statements"

Key = Annotated[str, Path(max_length=64)]
Text = Annotated[str, Query(max_length=255)]


def change_routes(at: Reception) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=at.prefix, tags=["operator"])
    _onboarding_routes(router, at)
    _operation_routes(router, at)
    _statement_routes(router, at)
    _replace_route(router, at)
    return router


def _onboarding_routes(router: APIRouter, at: Reception) -> None:
    looked, written = Depends(at.visited), Depends(at.written)

    @router.get("/onboarding", response_class=Response, summary="Bring a site in from its list of meters")
    async def form(visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        state = await desk.gateway.looked()
        return desk.page("onboarding.html", form=_usual_form(state), wrong={}, columns=COLUMNS, mends=onboarding.MENDS)

    @router.post("/onboarding", response_class=Response, summary="Check a list of meters")
    async def check(request: Request, visit: Visit = written) -> Response:
        desk = desk_of(at, visit)
        sent = await request.form()
        state = await desk.gateway.state()
        name, data = await _uploaded(sent, "list")
        values = {**_usual_form(state), **_texts(sent), "origin": state["log"]["origin"]}
        read = await asyncio.to_thread(onboarding.read, name, data, values, state["log"]["now"])
        if read.wrong:
            return desk.page(
                "onboarding.html", 422, form=values, wrong=read.wrong, columns=COLUMNS, mends=onboarding.MENDS
            )
        return desk.back(f"onboarding/{desk.stash.put(desk.owner, _LIST, read, 4 * len(data))}")

    @router.get("/onboarding/{key}", response_class=Response, summary="What was read of a list, or what is wrong in it")
    async def read_list(key: Key, visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        read = desk.stash.get(desk.owner, _LIST, key)
        books = await _books(desk, await desk.gateway.state())
        plan = next((one.standing.plan for one in books if one.standing.plan is not None), None)
        told: dict[str, Any] = {"tree": onboarding.tree(read.meters), "change": onboarding.change(read.meters, plan)}
        return desk.page("onboarding_read.html", read=read, key=key, columns=COLUMNS, mends=onboarding.MENDS, **told)

    @router.get("/onboarding/{key}/drafts.zip", response_class=Response, summary="The drafts of a list")
    async def drafts(key: Key, visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        read = desk.stash.get(desk.owner, _LIST, key)
        if not read.drafts:
            raise ApiError(
                409,
                "not as things stand",
                Words("the list has faults, so there are no drafts of it", "清单有误，未生成草稿"),
            )
        return attachment(await asyncio.to_thread(onboarding.archive, read), "drafts.zip", "application/zip")


def _operation_routes(router: APIRouter, at: Reception) -> None:
    looked, written = Depends(at.visited), Depends(at.written)

    @router.get("/operations", response_class=Response, summary="What can be stated about keys and meters")
    async def operations_page(visit: Visit = looked) -> Response:
        return desk_of(at, visit).page("operations.html", operations=operation_fields.OPERATIONS)

    @router.get("/operations/{name}", response_class=Response, summary="The form of an operation")
    async def form(name: Key, point: Text = "", kid: Text = "", visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        return await _operation_page(desk, name, {"point": point, "kid": kid})

    @router.post("/operations/{name}", response_class=Response, summary="Check an operation; what its persons sign")
    async def check(name: Key, request: Request, visit: Visit = written) -> Response:
        desk = desk_of(at, visit)
        sent = await request.form()
        _, data = await _uploaded(sent, "file", needed=False)
        return await _operation_page(desk, name, _texts(sent), data, is_sent=True)

    @router.get("/operations/files/{key}", response_class=Response, summary="A file that a command takes")
    async def file(key: Key, visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        name, data = desk.stash.get(desk.owner, _FILE, key)
        return attachment(data, name)


async def _operation_page(
    desk: Desk, name: str, values: Mapping[str, str], data: bytes = b"", *, is_sent: bool = False
) -> Response:
    operation = operation_fields.operation(name)
    if operation is None:
        raise ApiError(404, "not found", Words("there is no such operation", "没有该操作"))
    state = await desk.gateway.state()
    books = await _books(desk, state)
    book = _book_for(books, values)
    if book is None:
        raise ApiError(
            409,
            "not as things stand",
            Words("no authority of this gateway has stated a site plan yet", "本网关的授权方尚未发布站点方案"),
        )
    point, kid = values.get("point", ""), values.get("kid", "")
    plans = [one.standing.plan for one in books if one.standing.plan is not None]
    is_planned = any(one.point == point for plan in plans for one in plan.points)
    heard = await _heard(desk, point) if is_planned or (operation.of_point and point) else {}
    stream = next((one for one in state["devices"] if one["kid"] == kid), None)
    now, standing = state["log"]["now"], book.standing
    asked = operation_fields.fields(name, standing, (point, kid), heard, now)
    if name == "install" and len(plans) > 1 and not is_planned:
        asked.insert(0, operation_fields.site_of([plan.site for plan in plans]))
    told: dict[str, Any] = {"operation": operation, "asked": asked, "values": values, "point": point, "kid": kid}
    if not is_sent:
        return desk.page("operation.html", **told, wrong="")
    given = Given(values, data, standing, now, heard, stream)
    try:
        prepared = operations.prepare(name, given)
    except ConfigError as error:
        return desk.page("operation.html", 422, **told, wrong=str(error))
    files = {
        one: desk.stash.put(desk.owner, _FILE, (one, bytes_), len(bytes_)) for one, bytes_ in prepared.files.items()
    }
    told = {"prepared": prepared, "files": files, "export": operations.EXPORT, "operation": operation}
    return desk.page("prepared.html", **told, book=book)


def _statement_routes(router: APIRouter, at: Reception) -> None:
    looked, written = Depends(at.visited), Depends(at.written)

    @router.get("/statements", response_class=Response, summary="Hand finished statements in")
    async def form(visit: Visit = looked) -> Response:
        return desk_of(at, visit).page("statements.html")

    @router.post("/statements", response_class=Response, summary="Look at finished statements before they are sent")
    async def upload(request: Request, visit: Visit = written) -> Response:
        desk = desk_of(at, visit)
        sent = await request.form()
        files = [one for one in sent.getlist("statements") if isinstance(one, UploadFile)]
        uploads = [(one.filename or "?", await one.read()) for one in files]
        if not any(data for _, data in uploads):
            raise ApiError(400, "the form is not understood", Words("no file was chosen", "未选择文件"))
        size = sum(len(data) for _, data in uploads)
        thing: dict[str, Any] = {"uploads": [one for one in uploads if one[1]], "outcomes": None, "proofs": {}}
        return desk.back(f"statements/{desk.stash.put(desk.owner, _STATEMENTS, thing, size)}")

    @router.get("/statements/{key}", response_class=Response, summary="Statements in words, and what became of them")
    async def statements(key: Key, visit: Visit = looked) -> Response:
        desk = desk_of(at, visit)
        thing = desk.stash.get(desk.owner, _STATEMENTS, key)
        state = await desk.gateway.state()
        if thing["outcomes"] is not None:
            followed = await _followed(desk, state, thing)
            return desk.page("followed.html", followed=followed, state=state, key=key)
        found = handed_in.look(thing["uploads"], await _books(desk, state))
        return desk.page("statements_read.html", found=found, key=key)

    @router.post("/statements/{key}/submit", response_class=Response, summary="Hand the statements to the gateway")
    async def submit(key: Key, visit: Visit = written) -> Response:
        desk = desk_of(at, visit)
        thing = desk.stash.get(desk.owner, _STATEMENTS, key)
        if thing["outcomes"] is None:
            found = handed_in.look(thing["uploads"], await _books(desk, await desk.gateway.state()))
            sendable = [one for one in found if one.tone != "bad"]
            if not sendable:
                raise ApiError(
                    409,
                    "not as things stand",
                    Words("none of these statements can be handed in", "其中没有可提交的陈述"),
                )
            thing["outcomes"] = list(
                zip(sendable, await desk.gateway.submit([one.encoded for one in sendable]), strict=True)
            )
        return desk.back(f"statements/{key}", Words("Handed to the gateway.", "已提交网关。"))


def _replace_route(router: APIRouter, at: Reception) -> None:
    looked = Depends(at.visited)

    @router.get("/replace", response_class=Response, summary="Another gateway in the place of this one, step by step")
    async def replace(
        backup: Annotated[str, Query(max_length=8)] = "", chain: Annotated[str, Query(max_length=8)] = "",
        visit: Visit = looked,
    ) -> Response:  # fmt: skip
        desk = desk_of(at, visit)
        try:
            state = await desk.gateway.looked()
        except ApiError as error:
            if error.status != 503:
                raise
            state = None  # a gateway that is to be replaced may well not answer
        guide = replacing.guide(state, desk.gateway.name, backup, chain)
        return desk.page("replace.html", guide=guide, state=state, backup=backup, chain=chain)


async def _followed(desk: Desk, state: Any, thing: Any) -> list[tuple[Any, handed_in.Followed]]:
    history = await desk.gateway.get("/v1/state/history")
    key = keys.decode_public_key(bytes.fromhex(state["log"]["proof_key"]))
    found = []
    for one, outcome in thing["outcomes"]:
        index = outcome.get("index")
        proven = thing["proofs"].get(index)
        if proven is None and index is not None and index < state["log"]["sealed_size"]:
            try:
                proven = thing["proofs"][index] = await desk.gateway.fetch(f"/v1/proof/{index}")
            except ApiError as error:  # the next look asks again
                if error.status not in (404, 429):
                    raise
        found.append((one, handed_in.follow(outcome, one.encoded, proven, key, history["anchors"])))
    return found


async def _books(desk: Desk, state: Any) -> list[SiteBook]:
    return await desk.books.of(desk.gateway, state["log"]["log_id"], [site["kid"] for site in state["sites"]])


def _book_for(books: Sequence[SiteBook], values: Mapping[str, str]) -> SiteBook | None:
    """The authority whose plan holds the point, that enrolled the key, or of the site; else the first with a plan."""
    planned = [book for book in books if book.standing.plan is not None]
    for book in planned:
        plan = book.standing.plan
        if plan is not None and any(one.point == values.get("point") for one in plan.points):
            return book
        if any(kid.hex() == values.get("kid") for kid in book.standing.device_of_key):
            return book
    of_site = (one for one in planned if one.standing.plan and one.standing.plan.site == values.get("site"))
    return next(of_site, planned[0] if planned else None)


async def _heard(desk: Desk, point: str) -> dict[str, tuple[str, str, int]]:
    try:
        detail = await desk.gateway.get("/v1/state/point", name=point)
    except ApiError as error:
        if error.status != 404:
            raise
        return {}
    return {one["register"]: (one["value"], one["unit"], one["taken_at"]) for one in detail["values"]}


def _usual_form(state: Any) -> dict[str, str]:
    site = next((one for one in state["sites"] if one["site"] is not None), None)
    if site is None:
        return {"site": "", "owner": "", "timezone": "Asia/Shanghai", "persons": "", "days": "90"}
    persons = "\n".join(f"{kid} = {organisation}" for kid, organisation in site["persons"])
    return {
        "site": site["site"],
        "owner": site["owner"],
        "timezone": site["timezone"],
        "persons": persons,
        "days": "90",
    }


def _texts(sent: FormData) -> dict[str, str]:
    return {name: value[:MAX_FIELD] for name, value in sent.multi_items() if isinstance(value, str)}


async def _uploaded(sent: FormData, name: str, *, needed: bool = True) -> tuple[str, bytes]:
    found = sent.get(name)
    if isinstance(found, UploadFile) and found.filename:
        return found.filename, await found.read()
    if needed:
        raise ApiError(400, "the form is not understood", Words("no file was chosen", "未选择文件"))
    return "", b""
