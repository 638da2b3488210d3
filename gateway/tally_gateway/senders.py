"""Which keys' statements a client has brought: whom an ask is about when the client's name is no key id."""

from __future__ import annotations

import sqlite3
from typing import Final

MAX_KEYS_PER_CLIENT: Final = 1_024
"""An agent with a thousand meters; an ask is answered for each."""

MAX_CLIENTS: Final = 10_000
"""Behind a broker anybody with a login may make up names, and one statement repeated under each would be a row each."""


class Senders:
    """Client to key ids, kept in the tables. Used from the log's thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._kids: dict[str, dict[bytes, None]] = {}
        """In the order in which they came."""
        self._brought: set[bytes] = set()
        """By anybody."""
        for client, kid in connection.execute("SELECT client, kid FROM sender ORDER BY rowid"):
            self._kids.setdefault(client, {})[kid] = None
            self._brought.add(kid)

    def note(self, client: str, kid: bytes) -> None:
        """`client` brought an accepted statement of `kid`."""
        kids = self._kids.get(client)
        if kids is None:
            if len(self._kids) >= MAX_CLIENTS:
                return
            kids = self._kids[client] = {}
        if kid in kids or len(kids) >= MAX_KEYS_PER_CLIENT:
            return
        self._connection.execute("INSERT OR IGNORE INTO sender VALUES (?, ?)", (client, kid))
        kids[kid] = None
        self._brought.add(kid)

    def kids_of(self, client: str) -> list[bytes]:
        """The keys whose statements it brought, oldest first."""
        return list(self._kids.get(client, ()))

    def is_of_another(self, client: str, kid: bytes) -> bool:
        """Whether others bring that key's statements and `client` never did: then it is told nothing about them."""
        return kid in self._brought and kid not in self._kids.get(client, ())
