"""Who may wait for the process that opens loads: so many at once, and of one organisation fewer. No IO.

Whoever waits holds a thread of the server, and all requests share those: without a bound, a few tokens that ask for
what takes minutes would keep everybody from being answered.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

MOST: Final = 8
MOST_OF_ONE: Final = 2
"""A page that opens a load and gives out an export."""
_AGAIN_S: Final = 5


class Turns:
    """Those who compute or wait; used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: Counter[bytes] = Counter()

    @contextmanager
    def taken(self, organisation: bytes) -> Iterator[None]:
        """Until the end it is under way. Raises ApiError 429 for too many of one organisation, 503 for too many."""
        with self._lock:
            if self._under_way[organisation] >= MOST_OF_ONE:
                text = Words(
                    f"{MOST_OF_ONE} computations of this organisation are under way",
                    f"本单位已有 {MOST_OF_ONE} 项计算在进行",
                )
                raise ApiError(429, "too many computations", text, retry_after_s=_AGAIN_S)
            if self._under_way.total() >= MOST:
                raise ApiError(
                    503,
                    "busy",
                    Words(f"{MOST} computations are under way", f"已有 {MOST} 项计算在进行"),
                    retry_after_s=_AGAIN_S,
                )
            self._under_way[organisation] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[organisation] -= 1
                if not self._under_way[organisation]:
                    del self._under_way[organisation]
