"""What a plausibility check says: a doubt (疑点), or that it could not judge (未判). No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt by a stable name, about a place, over [`from_at`, `to_at`] (Unix seconds), in a sentence.

    The evidence is genuine, and yet it can hardly be true.
    """

    name: str
    touches: str
    from_at: int
    to_at: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Unjudged:
    """What the check `name` could not judge of a place over [`from_at`, `to_at`] (Unix seconds), and why."""

    name: str
    touches: str
    from_at: int
    to_at: int
    reason: str


Said = Doubt | Unjudged


@dataclass(frozen=True, slots=True)
class Weighed:
    """All that the checks said. Iterating gives the doubts; that there are none means little where much is unjudged."""

    doubts: tuple[Doubt, ...]
    unjudged: tuple[Unjudged, ...]

    def __iter__(self) -> Iterator[Doubt]:
        """The doubts."""
        return iter(self.doubts)


def weighed(said: Iterable[Said]) -> Weighed:
    """Doubts apart from what is unjudged, each by name, place and time."""
    ordered = sorted(said, key=lambda one: (one.name, one.touches, one.from_at, one.to_at))
    return Weighed(
        tuple(one for one in ordered if isinstance(one, Doubt)),
        tuple(one for one in ordered if isinstance(one, Unjudged)),
    )
