"""What was made before under a name that says all that it follows from, as far as there is place. No IO.

Nothing here may be seen by anybody for being here: whoever asks is judged first, and then finds it made.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from hashlib import sha256
from threading import Lock
from typing import Final, Generic, TypeVar

T = TypeVar("T", bound=Sized)

MOST_NAMES: Final = 4_096
"""However small what they name is."""


class Remembered(Generic[T]):
    """Texts or bytes by their names, those that were asked for last; used from several threads."""

    def __init__(self, most: int) -> None:
        """`most`: of bytes or characters in all. A name's own size is not counted: it is to be short (`name_of`)."""
        self._most, self._held = most, OrderedDict[Hashable, T]()
        self._size = 0
        self._turn = Lock()

    def get(self, name: Hashable) -> T | None:
        """What is held under a name."""
        with self._turn:
            if name in self._held:
                self._held.move_to_end(name)
            return self._held.get(name)

    def found(self, name: Hashable, make: Callable[[], T]) -> T:
        """The same, made where it is not here. Several may make it at once: it is the same, whoever does."""
        held = self.get(name)
        if held is not None:
            return held
        made = make()
        with self._turn:
            if name not in self._held and len(made) <= self._most:
                self._held[name] = made
                self._size += len(made)
            while self._size > self._most or len(self._held) > MOST_NAMES:
                _, gone = self._held.popitem(last=False)
                self._size -= len(gone)
        return made


def name_of(*parts: bytes) -> bytes:
    """A name for what follows from these bytes alone."""
    return sha256(b"".join(sha256(one).digest() for one in parts)).digest()
