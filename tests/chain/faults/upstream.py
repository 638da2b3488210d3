"""The true node beneath the proxy, asked over one connection that stays.

A run asks a few hundred times, and there are hundreds of runs: the plain client of the standard library takes a part of
the work that a general one does. The client under test has its own.
"""

from __future__ import annotations

import functools
import http.client
import json
import threading
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 30


class Upstream:
    """The node at `endpoint`: a request object to its answer object, whoever of several threads asks."""

    def __init__(self, endpoint: str) -> None:
        place = urlsplit(endpoint)
        self._path = place.path or "/"
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE_S)
        self._guard = threading.Lock()

    def __call__(self, question: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(question)
        with self._guard:
            self._connection.request("POST", self._path, body, {"Content-Type": "application/json"})
            return dict(json.loads(self._connection.getresponse().read()))

    def close(self) -> None:
        """Hangs up."""
        self._connection.close()


@functools.cache
def upstream(endpoint: str) -> Upstream:
    """One for all tests that share a node."""
    return Upstream(endpoint)
