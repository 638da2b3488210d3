"""A report given out (导出): its archive, pages, tables and exchange documents; and who may read it (访问名单)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Form, Response

from tally_finance.api.rights import Role
from tally_finance.portal.accounts.visiting import must_be_fresh
from tally_finance.portal.asking import Answer
from tally_finance.portal.reviewer.asking import Digest, Item, desk_of, headed
from tally_finance.portal.visit import Visited, Written
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.words import Words

KINDS: Final = {
    "archive": Words("The report's folder as it was sent: whoever has it computes it again", "送审原件（可复算）"),
    "html": Words("One page for a browser, in both languages", "网页报告（中英双语）"),
    "pdf": Words("The same on paper", "PDF 报告"),
    "excel": Words("All tables as a workbook", "全部数据表（Excel）"),
    "csv": Words("All tables as CSV, with every interval of every meter", "全部数据表（CSV，含逐时段负荷）"),
    "parquet": Words("The same as Parquet", "全部数据表（Parquet，含逐时段负荷）"),
}
SHEET: Final = """name = ""
description = ""
product_ids = ["urn:pact:example.com:product-id:1"]
standards = ["ISO14067", "PACT-3.0"]

[company]
name = ""
ids = ["urn:pact:example.com:company-id:1"]

[unit]
of = "kilogram"

[geography]
country = "CN"

[carbon]
fossil = 0

[exempted]
percent = 0
reason = ""
"""

Sheet = Annotated[str, Form(max_length=100_000)]
Short = Annotated[str, Form(max_length=200)]


def sharing_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/reviewer/reports/{digest}")

    @router.get("/exports", response_class=Response, summary="What a report is given out as")
    async def exports(digest: Digest, visit: Visited) -> Response:
        desk = desk_of(visit)
        head, at = await headed(desk, digest), f"/v1/reports/{digest}"
        every, figures, opinions = await asyncio.gather(
            desk.get(f"{at}/exports"), desk.get(f"{at}/figures"), desk.get(f"{at}/opinions")
        )
        there = {one["kind"] for one in every}
        return visit.page(
            "reviewer/exports.html",
            **head,
            kinds=[(kind, words) for kind, words in KINDS.items() if kind in there],
            products=[one["name"] for one in figures["products"]],
            proofs=[one for one in opinions if one["kind"] == "verification" and one["stands"]],
            sheet=SHEET,
            readers=await desk.get(f"{at}/readers") if desk.bearer.role is Role.REVIEWER else None,
        )

    @router.get("/exports/{kind}", response_class=Response, summary="One of them")
    async def export(digest: Digest, kind: Item, visit: Visited) -> Response:
        return _file(await desk_of(visit).fetch(f"/v1/reports/{digest}/exports/{kind}"), kind)

    @router.post("/footprints", response_class=Response, summary="A product's footprint as others exchange it")
    async def footprint(
        *,
        digest: Digest,
        visit: Written,
        product: Short = "",
        sheet: Sheet = "",
        kind: Annotated[str, Form(pattern="^(pact|catenax)$")] = "pact",
        verification: Annotated[str, Form(pattern="^([0-9a-f]{64})?$")] = "",
    ) -> Response:
        body = {"product": product, "sheet": sheet, "kind": kind, "verification": verification or None}
        found = await desk_of(visit).told_by(f"/v1/reports/{digest}/footprints", body)
        return _file(found, f"{kind}.json")

    @router.post("/readers", response_class=Response, summary="Let an organisation read a report")
    async def let(digest: Digest, visit: Written, organisation: Short = "") -> Response:
        must_be_fresh(visit)
        body = {"organisation": organisation.strip().lower().removeprefix("0x")}
        await visit.reviews(Role.REVIEWER).post(f"/v1/reports/{digest}/readers", body)
        said = Words("That organisation may read this report now.", "该机构现可查阅本报告。")
        return visit.back(f"/reviewer/reports/{digest}/exports", said)

    return router


def _file(found: Answer, name: str) -> Response:
    return attachment(found.data, found.name or name, found.media_type)
