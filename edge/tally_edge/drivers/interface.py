"""What the agent asks of a driver. A driver knows one meter; it neither packs, signs nor keeps anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tally_edge.resolution import Value


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """What a register showed at `taken_at` (Unix seconds). `unit` is empty for text, bytes and flags."""

    register: str
    value: Value
    unit: str
    taken_at: int


class Driver(Protocol):
    """Reads one meter.

    `read` may be called at any time and repeated; it returns every configured register, or raises. Besides them it may
    return records (a weighing's ticket) that happened since the call before.
    """

    def read(self, at: int) -> list[RegisterReading]:
        """Read the registers now, which is `at`. Raises DriverError: silent, or nonsense."""
        ...

    def close(self) -> None:
        """Let go of the meter."""
        ...


@runtime_checkable
class Advancing(Protocol):
    """A simulated or replayed meter whose clock the agent moves in an accelerated run."""

    def advance_to(self, at: int) -> None:
        """Set the meter's clock to `at`. Raises DriverError."""
        ...


@runtime_checkable
class Freezing(Protocol):
    """A meter that freezes its registers at boundaries and keeps them (日冻结): asked after an outage."""

    def freeze(self, at: int) -> list[RegisterReading] | None:
        """The registers that the meter itself froze at `at`, None where it kept none. Raises DriverError."""
        ...


@runtime_checkable
class Recording(Protocol):
    """A meter that stores its registers at regular times by itself (负荷记录): asked for what was missed."""

    @property
    def keeps_records(self) -> bool:
        """Whether this one does; where it does not, `recorded` is never called."""
        ...

    def recorded(self, since: int, until: int) -> list[list[RegisterReading]]:
        """What it stored at `since` < t < `until` of its own clock, oldest first: each time every configured register.
        Fewer where it kept fewer. Raises DriverError."""
        ...


@runtime_checkable
class Spanning(Protocol):
    """A meter that exists for a while only, such as a file."""

    def span(self) -> tuple[int, int]:
        """The first and the last instant that can be read."""
        ...
