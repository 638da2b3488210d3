"""How much a client may ask: each answer costs a look into the log and a proof, on the thread that commits. No IO.

An ask is let in while its client has anything left, and then pays for what it was answered, so that one for a thousand
streams is answered whole and the next has to wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from tally_gateway.intake.quota import Rate, TokenBucket
from tally_gateway.senders import MAX_CLIENTS, MAX_KEYS_PER_CLIENT

ANSWERS: Final = Rate(per_second=8, burst=2 * MAX_KEYS_PER_CLIENT)
"""Per client. An agent asks once per connection and stream."""


class AskBudget:
    """What each client has left. Used from the event loop."""

    def __init__(self, rate: Rate = ANSWERS, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._rate, self._now_ns = rate, now_ns
        self._left: dict[str, TokenBucket] = {}

    def allows(self, client: str) -> bool:
        """Whether `client` may ask now."""
        return self._of(client).has(1, self._now_ns())

    def spend(self, client: str, answers: int) -> None:
        """`client` was answered so often; an ask that was refused costs as much as one answer."""
        self._of(client).spend(max(1, answers))

    def _of(self, client: str) -> TokenBucket:
        bucket = self._left.pop(client, None)
        if bucket is None:
            bucket = TokenBucket(self._rate, self._now_ns())
            if len(self._left) >= MAX_CLIENTS:
                del self._left[next(iter(self._left))]
        self._left[client] = bucket  # last in, last out
        return bucket
