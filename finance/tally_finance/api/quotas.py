"""How much one token may ask: requests, bytes and operations by token buckets, and so many at once. No IO.

A token is a party's, and a party that asks without end must not keep others from being answered, fill the memory with
bundles, or the lists of those who would sign. Counted in this process, from its start on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tally_gateway.errors import ApiError
from tally_gateway.intake.quota import Rate, TokenBucket
from tally_gateway.pages.words import Words

_NS: Final = 1_000_000_000
_AGAIN_S: Final = 2
"""When it is worth another attempt where something under way must end first."""

DRAFT_COST: Final = 60
"""Units of `Quotas.drafts` for an operation that is begun: at one unit a second, one a minute."""


REQUESTS: Final = Rate(per_second=20, burst=1_200)
"""A program that looks at every receipt of a large book once, and again a minute later."""

BODY_BYTES: Final = Rate(per_second=256 << 10, burst=256 << 20)
"""Eight of the longest bundles in a row; a month of a busy yard is some 3 MB."""

DRAFTS: Final = Rate(per_second=1, burst=300 * DRAFT_COST)
"""A busy yard's day of operations in one go."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """Of one token, but for `bundles`, which is of all: each is held in memory as a whole while it is verified.

    Of those a token has one, so that whoever sends a bundle slowly holds no other's place.
    """

    requests: Rate = REQUESTS
    body_bytes: Rate = BODY_BYTES
    drafts: Rate = DRAFTS
    at_once: int = 16
    bundles: int = 4


QUOTAS: Final = Quotas()


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request takes. `body_bytes`: as long as it says it is; the most that is taken where it does not say."""

    body_bytes: int
    is_bundle: bool = False
    is_draft: bool = False


class _Purse:
    def __init__(self, quotas: Quotas, now_ns: int) -> None:
        self.requests = TokenBucket(quotas.requests, now_ns)
        self.body_bytes = TokenBucket(quotas.body_bytes, now_ns)
        self.drafts = TokenBucket(quotas.drafts, now_ns)


class Meter:
    """What every token has used. Use it from one event loop."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas
        self._purses: dict[str, _Purse] = {}
        self._under_way: Counter[str] = Counter()
        self._bundles: set[str] = set()
        """Whose are under way."""

    @contextmanager
    def used(self, name: str, cost: Cost, now_ns: int) -> Iterator[None]:
        """Take `cost` from the token of that name; until the end it is under way. Raises ApiError 429 and 503."""
        self._spend(name, cost, now_ns)
        self._under_way[name] += 1
        if cost.is_bundle:
            self._bundles.add(name)
        try:
            yield
        finally:
            if cost.is_bundle:
                self._bundles.remove(name)
            self._under_way[name] -= 1
            if not self._under_way[name]:
                del self._under_way[name]

    def _spend(self, name: str, cost: Cost, now_ns: int) -> None:
        """All of it or nothing."""
        if self._under_way[name] >= self._quotas.at_once:
            raise _too_many(
                f"{self._quotas.at_once} requests of this token are under way",
                f"该令牌已有 {self._quotas.at_once} 个请求在办理",
                _AGAIN_S,
            )
        if cost.is_bundle and name in self._bundles:
            raise _too_many("a bundle of this token is under way", "该令牌已有一个证据包在核验", _AGAIN_S)
        if cost.is_bundle and len(self._bundles) >= self._quotas.bundles:
            text = Words(
                f"{self._quotas.bundles} bundles are being verified, more do not fit: send it again",
                f"已有 {self._quotas.bundles} 个证据包在核验，请稍后重新发送",
            )
            raise ApiError(503, "busy", text, retry_after_s=_AGAIN_S)
        purse = self._purses.get(name)
        if purse is None:
            purse = self._purses[name] = _Purse(self._quotas, now_ns)
        wanted = (
            (purse.requests, 1, Words("requests", "请求数")),
            (purse.body_bytes, cost.body_bytes, Words("bytes in bodies", "上传字节数")),
            (purse.drafts, DRAFT_COST if cost.is_draft else 0, Words("operations that are begun", "拟制操作数")),
        )
        for bucket, amount, what in wanted:
            if not bucket.has(amount, now_ns):
                wait_s = max(1, -(-bucket.wait_ns(amount) // _NS))
                raise _too_many(f"this token has used up its {what.english}", f"该令牌的{what.chinese}已用尽", wait_s)
        for bucket, amount, _ in wanted:
            bucket.spend(amount)


def _too_many(english: str, chinese: str, retry_after_s: int) -> ApiError:
    said = Words(f"{english}: come again in {retry_after_s} s", f"{chinese}，请 {retry_after_s} 秒后再试")
    return ApiError(429, "too many requests", said, retry_after_s=retry_after_s)
