"""What follows from an object that never changes, found once for that very object. No IO.

By the object and not by what it equals: equal amounts may be written in two ways (0.7 and 0.70), and to compare a state
of a book with another costs more than most of what follows from it. An object stays as long as something of it is here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class ByIdentity(Generic[V]):
    """Of at most `most` objects and names; then it begins anew. Several threads may find the same at once."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, dict[tuple[int, Hashable], tuple[object, V]]()

    def found(self, of: object, make: Callable[[], V], name: Hashable = None) -> V:
        """What `make` gives of an object, by a name where it is more than one thing."""
        key = id(of), name
        held = self._held.get(key)
        if held is None:
            if len(self._held) >= self._most:
                self._held = {}
            held = self._held[key] = of, make()
        return held[1]
