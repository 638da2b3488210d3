"""A reader's token at the gateways of the owner's organisation: whether it is good there still, and its end.

A portal ends it where the token of its sheet is of scope `readers`; else the gateway's operator does, by the command.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from tally_finance.portal.gateways.clients import Gateways
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words


@dataclass(frozen=True, slots=True)
class AtGateway:
    """How a reader's token stands at a gateway; `can_end`: whether this portal may end it there."""

    gateway: str
    tone: str
    words: Words
    can_end: bool = False
    is_gone: bool = False


_GOOD: Final = Words("still serves entries to the reader", "仍向读者提供条目")
_GONE: Final = Words("knows no such token", "无此令牌")
_BY_COMMAND: Final = Words(
    "can not be asked by this portal: its operator looks, and ends the token by the command",
    "本门户无权查询，须由网关运行人员查看并用命令移除令牌",
)
_SILENT: Final = Words(
    "does not answer: look again later, or have its operator end the token by the command",
    "无应答：请稍后再查，或由其运行人员用命令移除令牌",
)


async def standing(gateways: Gateways, organisation: bytes, token: str) -> list[AtGateway]:
    """At every gateway that the organisation's operators look after, in the order of the sheet."""
    if not token:
        return []
    return list(await asyncio.gather(*(_at(gateways, name, token) for name in gateways.of(organisation))))


async def end(gateways: Gateways, organisation: bytes, gateway: str, token: str) -> None:
    """End it at one of them. Raises ApiError 404 for another's gateway, and with what the gateway said."""
    if gateway not in gateways.of(organisation):
        raise ApiError(
            404,
            "not found",
            Words("your organisation has no gateway of that name here", "本单位在此没有该名称的网关。"),
        )
    await gateways.asked(gateway).delete(f"/v1/readers/{token}")


async def _at(gateways: Gateways, name: str, token: str) -> AtGateway:
    try:
        await gateways.asked(name).get(f"/v1/readers/{token}")
    except ApiError as error:
        if error.status == 404:
            return AtGateway(name, "good", _GONE, is_gone=True)
        return AtGateway(name, "doubt", _BY_COMMAND if error.status == 403 else _SILENT)
    return AtGateway(name, "bad", _GOOD, can_end=True)
