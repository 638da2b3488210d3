"""The books of a gateway's authorities on the side of its pages: fetched once, then only what is new."""

from __future__ import annotations

import asyncio
import base64

from tally_gateway.console.asking import GatewayAsked
from tally_gateway.console.site_book import SiteBook, empty_book


class Books:
    """Kept by gateway and authority. The statements are checked by nobody here: they are shown and reckoned with,
    and whoever relies on them verifies them from a bundle."""

    def __init__(self) -> None:
        self._books: dict[tuple[str, str, str], SiteBook] = {}

    async def of(self, gateway: GatewayAsked, log_id: str, authorities: list[str]) -> list[SiteBook]:
        """The books of these authorities (key ids in hex) of the log, as they stand now."""
        return [await self._one(gateway, log_id, kid) for kid in authorities]

    async def _one(self, gateway: GatewayAsked, log_id: str, kid: str) -> SiteBook:
        key = (gateway.name, log_id, kid)
        book = self._books.get(key)
        after = -1 if book is None or not book.stated else book.stated[-1].index
        told = await gateway.get(f"/v1/state/authorities/{kid}", after=after)
        book = book or empty_book(told["issuer"], bytes.fromhex(kid))
        found = [(int(one["index"]), base64.b64decode(one["statement"])) for one in told["statements"]]
        if found:
            book = await asyncio.to_thread(book.with_statements, found)
        self._books[key] = book
        return book
