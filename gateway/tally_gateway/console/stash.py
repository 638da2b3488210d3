"""What somebody uploaded, kept between two pages: in memory, for a quarter of an hour, for that person alone.

Bounded in number and in bytes; the oldest goes first. Nothing secret is ever uploaded: lists of meters, and statements
that are signed already.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

KEPT_S: Final = 900
MAX_BYTES: Final = 64 << 20
MAX_EACH_PERSON: Final = 8


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing: whose, what kind, what it is, and how large it counts."""

    owner: str
    kind: str
    thing: Any
    size: int
    at: float


class Stash:
    """See the module's text. Used from the event loop."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, max_bytes: int = MAX_BYTES) -> None:
        self._monotonic, self._max_bytes = monotonic, max_bytes
        self._kept: dict[str, Kept] = {}

    def put(self, owner: str, kind: str, thing: Any, size: int) -> str:
        """Keep a thing of about `size` bytes; its key."""
        now = self._monotonic()
        for key, one in list(self._kept.items()):
            if now - one.at > KEPT_S:
                del self._kept[key]
        mine = [key for key, one in self._kept.items() if one.owner == owner]
        for key in mine[: max(0, len(mine) - MAX_EACH_PERSON + 1)]:
            del self._kept[key]
        while self._kept and sum(one.size for one in self._kept.values()) + size > self._max_bytes:
            del self._kept[next(iter(self._kept))]
        key = secrets.token_urlsafe(18)
        self._kept[key] = Kept(owner, kind, thing, size, now)
        return key

    def get(self, owner: str, kind: str, key: str) -> Any:
        """What was kept. Raises ApiError 404 for what is gone, or another's."""
        found = self._kept.get(key)
        if found is None or (found.owner, found.kind) != (owner, kind) or self._monotonic() - found.at > KEPT_S:
            raise ApiError(
                404,
                "not kept any more",
                Words("uploads are kept for a quarter of an hour: upload it again", "上传内容仅保留一刻钟，请重新上传"),
            )
        return found.thing
