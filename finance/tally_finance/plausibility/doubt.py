"""What a plausibility check says: a doubt (疑点). The evidence is genuine, and yet it can hardly be true."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt by a stable name, about a place, over [`from_at`, `to_at`] (Unix seconds), in a sentence."""

    name: str
    touches: str
    from_at: int
    to_at: int
    sentence: str
