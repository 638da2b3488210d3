"""The page of one statement, whatever it was reached by, and what can be fetched of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from tally_finance.portal.opening import files, findings, steps
from tally_finance.portal.visit import Visit
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.words import Words

Crumbs = list[tuple[Words | str, str]]

START: Words = Words("Drill-down", "穿透")


@dataclass(frozen=True, slots=True)
class Reached:
    """A statement as an interface told it, and the way to it. `base`: its page's path. `bundle`: a file's, or none."""

    told: dict[str, Any]
    verified_at: int
    base: str
    crumbs: Crumbs
    bundle: str = ""


def page(visit: Visit, reached: Reached) -> Response:
    """The page."""
    told = reached.told
    tone, words = steps.overall(told)
    kind = steps.KINDS.get(told["statement"]["kind"]) if told["statement"] else None
    entry = f"{told['entry']:,}"
    return visit.page(
        "opening/statement.html",
        told=told,
        kind=kind or Words("Statement", "陈述"),
        title=Words(f"Entry {entry} of {told['log']}", f"{told['log']} 第 {entry} 条"),
        tone=tone,
        words=words,
        summary=steps.summary(told),
        steps=steps.shown(told),
        findings=findings.shown(told["findings"]),
        verified_at=reached.verified_at,
        base=reached.base,
        bundle=reached.bundle,
        crumbs=[(START, "/open"), *reached.crumbs, (Words(f"Entry {entry}", f"第 {entry} 条"), "")],
    )


def fetched(reached: Reached, part: str) -> Response:
    """`steps.json`: what a browser checks again. Else a file of `files`. Raises ApiError 404, 409."""
    if part == "steps.json":
        return JSONResponse(reached.told)
    made = files.part_of(reached.told, part)
    return attachment(made.data, made.name, made.media_type)
