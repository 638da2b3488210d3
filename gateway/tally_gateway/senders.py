"""Which keys' statements a client has brought: whom an ask is about when the client's name is no key id."""

from __future__ import annotations

import sqlite3
from typing import Final

MAX_KEYS_PER_CLIENT: Final = 1_024
"""An agent with a thousand meters; an ask is answered for each."""


class Senders:
    """Client to key ids, kept in the tables. Used from the log's thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._kids: dict[str, list[bytes]] = {}
        for client, kid in connection.execute("SELECT client, kid FROM sender ORDER BY rowid"):
            self._kids.setdefault(client, []).append(kid)
        self._seen = {(client, kid) for client, kids in self._kids.items() for kid in kids}

    def note(self, client: str, kid: bytes) -> None:
        """`client` brought an accepted statement of `kid`."""
        if (client, kid) in self._seen:
            return
        kids = self._kids.setdefault(client, [])
        if len(kids) >= MAX_KEYS_PER_CLIENT:
            return
        self._connection.execute("INSERT OR IGNORE INTO sender VALUES (?, ?)", (client, kid))
        self._seen.add((client, kid))
        kids.append(kid)

    def kids_of(self, client: str) -> list[bytes]:
        """The keys whose statements it brought, oldest first."""
        return list(self._kids.get(client, ()))

    def is_of_another(self, client: str, kid: bytes) -> bool:
        """Whether others bring that key's statements and `client` never did: then it is told nothing about them."""
        return (client, kid) not in self._seen and any(kid in kids for kids in self._kids.values())
