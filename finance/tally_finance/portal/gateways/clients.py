"""The gateways of a portal's sheet, each asked over HTTP with the token of its file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tally_edge import passphrase, pinned_tls
from tally_edge.errors import TallyError
from tally_finance.portal.site import GatewaySheet
from tally_finance.portal.visitor import Visitor
from tally_gateway.console.asking import GatewayAsked, StateCache, elsewhere
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words


@dataclass(slots=True)
class Gateways:
    """By name. A client is opened when it is first needed: a gateway that is down keeps no portal from starting."""

    sheets: tuple[GatewaySheet, ...]
    own: bytes
    """The portal's organisation."""
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    _states: StateCache = field(default_factory=StateCache)

    def asked(self, name: str) -> GatewayAsked:
        """The gateway of that name. Raises ApiError 404, or 503 where its files can not be read."""
        sheet = next((one for one in self.sheets if one.name == name), None)
        if sheet is None:
            raise ApiError(
                404, "not found", Words("this portal looks after no gateway of that name", "本门户未管理该名称的网关")
            )
        try:
            token = passphrase.read(sheet.token_file, passphrase.TOKEN_VARIABLE)
            client = self._clients.get(name)
            if client is None:
                tls = None if sheet.ca is None else pinned_tls.client_context(sheet.ca)
                client = self._clients[name] = elsewhere(sheet.url, tls)
        except (TallyError, OSError):
            text = Words(
                f"the token or the certificate of {name} can not be read: look at the portal's sheet",
                f"{name} 的令牌或证书无法读取，请核对门户配置",
            )
            raise ApiError(503, "not set up", text) from None
        return GatewayAsked(name, client, token, self._states)

    def of(self, organisation: bytes) -> list[str]:
        """The names of those that an organisation's operators look after, in the order of the sheet."""
        return [one.name for one in self.sheets if (one.organisation or self.own) == organisation]

    def asked_by(self, guest: object, name: str) -> GatewayAsked:
        """The gateway of that name, of the organisation of whoever asks. Raises ApiError 404, 503."""
        if not isinstance(guest, Visitor) or name not in self.of(guest.organisation):
            raise ApiError(
                404,
                "not found",
                Words("your organisation looks after no gateway of that name here", "贵单位在此未管理该名称的网关"),
            )
        return self.asked(name)

    async def standing(self, names: Sequence[str]) -> list[tuple[str, Any, str]]:
        """(name, state, "") of each of these gateways, or (name, None, why not)."""
        return list(await asyncio.gather(*(self._one(name) for name in names)))

    async def _one(self, name: str) -> tuple[str, Any, str]:
        try:
            return name, await self.asked(name).looked(), ""
        except ApiError as error:
            return name, None, str(error)
