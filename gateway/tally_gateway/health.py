"""Whether the product does its work: are checkpoints made, is there space, are heads anchored. Not merely: does it
run."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECK_SPACE_EVERY_S: Final = 1.0
"""How often the disk is asked; a gateway fills a megabyte or two in between at most."""

SEALS_MISSED: Final = 10
"""So many cadences without a checkpoint, while statements wait for one, is a fault."""

MIN_SEAL_GRACE_S: Final = 5.0
ANCHORS_MISSED: Final = 3


class DiskGuard:
    """Says whether there is room for more. Asks the disk once a second at most."""

    def __init__(self, folder: Path, min_free_bytes: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._min_free_bytes, self._monotonic = folder, min_free_bytes, monotonic
        self._asked_at = float("-inf")
        self.free_bytes = 0

    def has_space(self) -> bool:
        """Whether at least the configured space is free."""
        now = self._monotonic()
        if now - self._asked_at >= CHECK_SPACE_EVERY_S:
            self.free_bytes = shutil.disk_usage(self._folder).free
            self._asked_at = now
        return self.free_bytes >= self._min_free_bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the service stands. Sizes in entries, times in Unix seconds (0: never), ages in seconds."""

    origin: str
    log_id: str
    size: int
    sealed_size: int
    sealed_at: int
    anchored_size: int
    anchored_at: int
    projected_size: int
    free_bytes: int
    has_space: bool
    now: int
    started_at: int
    seal_every_s: float
    anchor_every_s: float | None
    """None: heads are not anchored by configuration."""
    anchor_alarms: tuple[str, ...] = ()
    """What keeps heads from the chain, name and text (docs/operating-chains.md)."""

    @property
    def checkpoint_age_s(self) -> int:
        """How old the newest checkpoint is."""
        return max(0, self.now - self.sealed_at)

    @property
    def anchor_age_s(self) -> int | None:
        """How old the newest anchor is; None without one."""
        return max(0, self.now - self.anchored_at) if self.anchored_at else None

    def faults(self) -> list[str]:
        """What does not work, as sentences; empty when all does."""
        found: list[str] = []
        if not self.has_space:
            found.append(f"the disk is nearly full: {self.free_bytes >> 20} MB free; nothing is taken")
        grace_s = max(MIN_SEAL_GRACE_S, SEALS_MISSED * self.seal_every_s)
        if self.size > self.sealed_size and self.checkpoint_age_s > grace_s:
            waiting = self.size - self.sealed_size
            found.append(f"{waiting} entries wait for a checkpoint; the newest is {self.checkpoint_age_s} s old")
        if self.anchor_every_s is not None and self.sealed_size > self.anchored_size:
            limit_s = ANCHORS_MISSED * self.anchor_every_s
            age_s = self.anchor_age_s
            if age_s is None and self.now - self.started_at > limit_s:
                found.append(f"nothing is anchored yet, one anchor is due every {self.anchor_every_s:.0f} s")
            elif age_s is not None and min(age_s, self.now - self.started_at) > limit_s:
                found.append(f"the newest anchor is {age_s} s old, one is due every {self.anchor_every_s:.0f} s")
        found += [f"anchoring alarm {alarm}" for alarm in self.anchor_alarms]
        return found
