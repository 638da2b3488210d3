"""How much one address may ask of what costs the log's thread: a token bucket each, for a bounded number of addresses.

Checkpoints and hash tiles have none: they are files that are read and sent, which costs less than the request around
it, and mirrors read thousands of them in a row. Entries and statements have a token to take away.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from fastapi import Request

from tally_gateway.errors import ApiError
from tally_gateway.http.counters import HttpCounters
from tally_gateway.intake.admission import address_key
from tally_gateway.intake.quota import Rate, TokenBucket

PROOF_COST: Final = 1
"""A path of hashes on the log's thread: a part of a millisecond."""
SEARCH_COST: Final = 10
"""A search by id opens the segments: some ten milliseconds of a thread, two at once."""
LIST_COST: Final = 10
"""The list of anchors grows by fifty thousand a year."""
RATE: Final = Rate(per_second=20, burst=200)
"""A reader that wants more than a few hundred proofs wants a bundle."""
MAX_ADDRESSES: Final = 4096
"""Buckets kept, some hundred bytes each. Who has more addresses than that has fresh buckets anyhow."""
_MAX_KEY: Final = 64
"""No address is longer; a proxy may forward what is none."""
_NS: Final = 1_000_000_000


class AddressRates:
    """The buckets. Use it from one event loop."""

    def __init__(
        self,
        counters: HttpCounters,
        rate: Rate = RATE,
        max_addresses: int = MAX_ADDRESSES,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._counters, self._rate, self._max, self._now_ns = counters, rate, max_addresses, now_ns
        self._buckets: dict[str, TokenBucket] = {}

    def spend(self, request: Request, cost: int) -> None:
        """Take `cost` from the bucket of the request's address. Raises ApiError 429, with the time to wait."""
        host = "" if request.client is None else request.client.host
        bucket, now_ns = self._bucket(address_key(host)[:_MAX_KEY]), self._now_ns()
        if not bucket.has(cost, now_ns):
            self._counters.over_rate += 1
            text = "proofs cost the gateway work, and this address has asked for many; ask for a bundle if you need all"
            raise ApiError(429, "too many requests", text, retry_after_s=-(-bucket.wait_ns(cost) // _NS))
        bucket.spend(cost)

    def __len__(self) -> int:
        """Addresses that have a bucket."""
        return len(self._buckets)

    def _bucket(self, key: str) -> TokenBucket:
        bucket = self._buckets.pop(key, None)
        if bucket is None:
            bucket = TokenBucket(self._rate, self._now_ns())
            if len(self._buckets) >= self._max:
                del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = bucket  # last in, last out
        return bucket
