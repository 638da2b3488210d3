"""Token buckets in integers: how much a client may send. No IO; time is handed in as nanoseconds of a monotonic
clock."""

from __future__ import annotations

from dataclasses import dataclass

from tally_gateway.errors import IntakeConfigError

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many units per second, after a burst of so many."""

    per_second: int
    burst: int

    def __post_init__(self) -> None:
        if self.per_second < 1 or self.burst < 1:
            raise IntakeConfigError("a rate and its burst are at least 1")


class TokenBucket:
    """Holds up to `burst` tokens and gains `per_second`; starts full."""

    def __init__(self, rate: Rate, now_ns: int) -> None:
        self._rate = rate
        self._level_ns = rate.burst * _NS  # tokens in billionths, so that nothing is rounded away
        self._at_ns = now_ns

    def has(self, amount: int, now_ns: int) -> bool:
        """Whether `amount` tokens are there at `now_ns`."""
        if now_ns > self._at_ns:
            gained = (now_ns - self._at_ns) * self._rate.per_second
            self._level_ns = min(self._rate.burst * _NS, self._level_ns + gained)
            self._at_ns = now_ns
        return self._level_ns >= amount * _NS

    def spend(self, amount: int) -> None:
        """Take `amount` tokens that `has` saw."""
        self._level_ns -= amount * _NS

    def wait_ns(self, amount: int) -> int:
        """How long until `amount` tokens are there, from the last time given to `has`."""
        missing = max(0, amount * _NS - self._level_ns)
        return -(-missing // self._rate.per_second)


class ClientQuota:
    """Messages and bytes per second of one client; a message passes both or spends neither."""

    def __init__(self, messages: Rate, data_bytes: Rate, now_ns: int) -> None:
        self._messages = TokenBucket(messages, now_ns)
        self._bytes = TokenBucket(data_bytes, now_ns)

    def take(self, size_bytes: int, now_ns: int) -> bool:
        """Spend one message of `size_bytes`, or return False and spend nothing."""
        enough_messages, enough_bytes = self._messages.has(1, now_ns), self._bytes.has(size_bytes, now_ns)
        if not (enough_messages and enough_bytes):
            return False
        self._messages.spend(1)
        self._bytes.spend(size_bytes)
        return True

    def wait_ns(self, size_bytes: int) -> int:
        """How long until `take` of the same size can succeed."""
        return max(self._messages.wait_ns(1), self._bytes.wait_ns(size_bytes))
