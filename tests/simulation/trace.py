"""What happened, in order: a digest of everything, and the lines themselves where somebody reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable


class Trace:
    """Two runs of one seed have the same digest after every line."""

    def __init__(self, now: Callable[[], float], say: Callable[[str], None] | None = None) -> None:
        """`now` counts virtual seconds; `say` is told every line."""
        self.now, self._say = now, say
        self._digest = hashlib.sha256()
        self.lines = 0

    def note(self, who: str, what: str) -> None:
        """Something happened."""
        line = f"{self.now():.6f} {who} {what}"
        self._digest.update(line.encode())
        self._digest.update(b"\n")
        self.lines += 1
        if self._say is not None:
            self._say(line)

    def digest(self) -> str:
        """Of all lines so far."""
        return self._digest.hexdigest()
