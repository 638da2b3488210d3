"""How much a client may ask: each answer costs a look into the log and a proof, on the thread that commits. No IO.

An ask is for one stream. An agent with a thousand meters asks a thousand times when it connects.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from tally_gateway.intake.quota import Rate, TokenBucket

ANSWERS: Final = Rate(per_second=8, burst=2_048)
"""Per client. An agent asks once per connection and stream; a thousand streams may connect twice in a row."""

MAX_CLIENTS: Final = 10_000
"""Behind a broker anybody with a login may make up names; whoever asked longest ago is forgotten."""


class AskBudget:
    """What each client has left. Used from the event loop."""

    def __init__(self, rate: Rate = ANSWERS, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._rate, self._now_ns = rate, now_ns
        self._left: dict[str, TokenBucket] = {}

    def take(self, client: str) -> bool:
        """Whether `client` may ask now; it has then asked."""
        bucket = self._of(client)
        if not bucket.has(1, self._now_ns()):
            return False
        bucket.spend(1)
        return True

    def _of(self, client: str) -> TokenBucket:
        bucket = self._left.pop(client, None)
        if bucket is None:
            bucket = TokenBucket(self._rate, self._now_ns())
            if len(self._left) >= MAX_CLIENTS:
                del self._left[next(iter(self._left))]
        self._left[client] = bucket  # last in, last out
        return bucket
