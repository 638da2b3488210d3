"""What time it is, and how far that can be believed."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path
from typing import Final, Protocol

from tally_edge.statement import Clock

FLOOR: Final = 1_767_225_600
"""2026-01-01 UTC, before the first release: a clock that shows less has lost its battery or was never set."""

_TIME_ERROR: Final = 5
_STA_UNSYNC: Final = 0x0040
_TIMEX_BYTES: Final = 512
"""struct timex has 208 bytes on 64-bit Linux; more room does no harm."""
_STATUS_OFFSET: Final = 40
"""Of `status` in struct timex on 64-bit Linux: modes (4, padded to 8), offset, freq, maxerror, esterror (8 each)."""


class TimeSource(Protocol):
    """A clock that knows how it stands."""

    def now(self) -> int:
        """Unix seconds."""
        ...

    def state(self) -> Clock:
        """How the clock stands now."""
        ...

    def seconds_until(self, at: int) -> float:
        """How long to wait for `at` (Unix seconds), 0 or less when it has come."""
        ...


class SystemClock:
    """The system's clock. Synchronised where the kernel says so, or where `synchronised_file` exists
    (systemd-timesyncd's)."""

    def __init__(self, floor: int = FLOOR, synchronised_file: Path | None = None) -> None:
        """`floor`: Unix seconds below which the clock counts as unset."""
        self._floor = floor
        self._file = synchronised_file

    def now(self) -> int:
        """Unix seconds."""
        return int(time.time())

    def seconds_until(self, at: int) -> float:
        """How long to wait for `at`."""
        return at - time.time()

    def state(self) -> Clock:
        """Unset below the floor, synchronised where the system says so, informative otherwise."""
        if self.now() < self._floor:
            return Clock.UNSET
        known = self._file.exists() if self._file is not None else kernel_is_synchronised()
        return Clock.SYNCHRONISED if known else Clock.INFORMATIVE


class VirtualClock:
    """A clock that stands still until it is set: tests, and accelerated runs."""

    def __init__(self, start: int, state: Clock = Clock.RELATIVE) -> None:
        """Stand at `start`, Unix seconds."""
        self._now = start
        self._state = state

    def now(self) -> int:
        """Unix seconds."""
        return self._now

    def seconds_until(self, at: int) -> float:
        """As if it ran by itself; whoever sets it decides."""
        return float(at - self._now)

    def state(self) -> Clock:
        """What it was told."""
        return self._state

    def set(self, now: int, state: Clock | None = None) -> None:
        """Show `now` from here on, earlier or later."""
        self._now = now
        self._state = self._state if state is None else state


def kernel_is_synchronised() -> bool:
    """Whether the kernel's clock discipline is in its synchronised state (adjtimex(2)). False where it can not be
    asked.

    The kernel goes back to unsynchronised by itself once its error bound is exceeded, unlike the flags of some daemons.
    """
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        timex = ctypes.create_string_buffer(_TIMEX_BYTES)
        state = libc.adjtimex(timex)
    except (OSError, AttributeError):
        return False
    if state in (-1, _TIME_ERROR) or ctypes.sizeof(ctypes.c_long) != 8:
        return False
    status = int.from_bytes(timex.raw[_STATUS_OFFSET : _STATUS_OFFSET + 4], "little")
    return not status & _STA_UNSYNC
