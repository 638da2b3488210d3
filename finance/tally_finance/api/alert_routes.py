"""Alerts (预警): what stands against the loans, and what a person says of it. Kept as a watch keeps them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from tally_finance.api.asked_forms import WordAsked
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.service import Keyed, Once, Served, allowed
from tally_finance.api.told_alerts import AlertTold, alert_told, kept_told
from tally_finance.errors import WatchError
from tally_finance.watch.record import Kept
from tally_gateway.errors import ApiError

Number = Annotated[int, Path(ge=1, le=2**53 - 1, description="the alert's number")]


def alert_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "alerts", allowed)

    @router.get("/alerts", summary="The alerts that stand: those that a watch keeps, gravest first, then what is new")
    def alerts(service: Served) -> list[AlertTold]:
        kept, desk = service.alerts.standing(), service.desk
        if not desk.book.head().seq:
            return [kept_told(one) for one in kept]
        # A desk whose watch stands still, or that has none, judges its book and its chain all the same.
        judged = service.judged.of(desk)
        return [*map(kept_told, kept), *map(alert_told, service.alerts.unnoted(judged))]

    @router.post(
        "/alerts/{number}/acknowledge",
        summary="Say that an alert was seen, and what is done; it stands on (确认)",
        response_model=AlertTold,
        status_code=201,
    )
    def acknowledged(number: Number, asked: WordAsked, once: Keyed) -> Response:
        return _said(once, number, asked, once.service.alerts.acknowledge)

    @router.post(
        "/alerts/{number}/end",
        summary="End an alert that stands until a person ends it (解除)",
        response_model=AlertTold,
        status_code=201,
    )
    def ended(number: Number, asked: WordAsked, once: Keyed) -> Response:
        return _said(once, number, asked, once.service.alerts.end)

    return router


def _said(once: Once, number: int, asked: WordAsked, say: Callable[..., Kept]) -> Response:
    def do() -> AlertTold:
        service = once.service
        try:
            service.alerts.get(number)
        except WatchError:
            raise missing("alert") from None
        said: dict[str, Any] = {"by": once.bearer.name, "reason": asked.reason, "at": service.desk.now()}
        try:
            return kept_told(say(number, **said))
        except WatchError as error:
            raise ApiError(409, "not as things stand", str(error)) from None

    return once(do)
