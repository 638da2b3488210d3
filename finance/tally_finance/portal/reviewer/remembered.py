"""What was drawn of the same bytes before, as far as there is place. Whether it may be seen the desk is asked anew.

A drawing follows from what the desk told and the language alone, so it is kept under the digest of both.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256
from threading import Lock
from typing import Final

from markupsafe import Markup

MOST_BYTES: Final = 24 << 20
"""A calendar of a year has 100 kB."""


class Remembered:
    """Drawings by what they are of; used from several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._held = most_bytes, OrderedDict[bytes, Markup]()
        self._bytes = 0
        self._turn = Lock()

    def drawn(self, of: Sequence[bytes], draw: Callable[[], Markup]) -> Markup:
        """The drawing of some bytes, made where it is not here."""
        key = sha256(b"".join(sha256(one).digest() for one in of)).digest()
        with self._turn:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = draw()
        with self._turn:
            if key not in self._held and len(made) <= self._most:
                self._held[key] = made
                self._bytes += len(made)
            while self._bytes > self._most:
                _, gone = self._held.popitem(last=False)
                self._bytes -= len(gone)
        return made
