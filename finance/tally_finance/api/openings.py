"""Bundles that were verified to be opened statement by statement: the newest few are kept, and verified anew in time.

A verification is of one policy at one time. It may serve an hour; behind that a key may have been revoked, or a grant
be over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from tally_chain.policy import Policy
from tally_chain.verify.one_statement import Openable

FRESH_S: Final = 3_600
MOST_HELD_BYTES: Final = 64 << 20
"""Of the files; in memory a bundle takes some five times as much."""


@dataclass(frozen=True, slots=True)
class Held:
    """An opened bundle, when it was verified (Unix seconds), under which policy, and how long its file is."""

    openable: Openable
    verified_at: int
    policy: Policy
    size_bytes: int


@dataclass(slots=True)
class Openings:
    """By whatever tells bundles apart; one is verified at a time, so that many readers cost one verification."""

    most_bytes: int = MOST_HELD_BYTES
    _held: OrderedDict[tuple[object, ...], Held] = field(default_factory=OrderedDict)
    _turn: Lock = field(default_factory=Lock)

    def of(
        self, key: tuple[object, ...], policy: Policy, now: int, read: Callable[[], tuple[Openable, int]]
    ) -> tuple[Openable, int]:
        """The bundle under `key` and when it was verified; `read` gives it and its file's length where it is not held.

        Raises what `read` raises.
        """
        with self._turn:
            held = self._held.get(key)
            if held is None or held.policy != policy or not 0 <= now - held.verified_at <= FRESH_S:
                openable, size = read()
                held = Held(openable, now, policy, size)
                self._held[key] = held
            self._held.move_to_end(key)
            while len(self._held) > 1 and sum(one.size_bytes for one in self._held.values()) > self.most_bytes:
                self._held.popitem(last=False)
            return held.openable, held.verified_at
