"""Telling people what happens: steps with their time, a bar for what takes longer, and the table at the end."""

from __future__ import annotations

import sys
import time
from typing import Final, TextIO

_BAR: Final = 30


class Terminal:
    """Writes to a stream; bars are redrawn in place where it is a terminal, and told by tenths where it is not."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream` (standard output)."""
        self._stream = sys.stdout if stream is None else stream
        self._start = time.monotonic()
        self._in_place = self._stream.isatty()
        self._tenth = -1
        self._open = False

    def say(self, text: str) -> None:
        """A step."""
        self._close()
        self._stream.write(f"[{time.monotonic() - self._start:5.1f} s] {text}\n")
        self._stream.flush()

    def line(self, text: str = "") -> None:
        """A plain line."""
        self._close()
        self._stream.write(text + "\n")
        self._stream.flush()

    def progress(self, what: str, done: int, whole: int) -> None:
        """`done` of `whole`."""
        share = min(1.0, done / whole) if whole else 1.0
        if self._in_place:
            filled = round(share * _BAR)
            self._stream.write(f"\r          {'█' * filled}{'░' * (_BAR - filled)} {done} of {whole} {what}")
            self._open = True
            if done >= whole:
                self._close()
        elif int(share * 10) != self._tenth:
            self._tenth = int(share * 10)
            self._stream.write(f"          {done} of {whole} {what}\n")
        self._stream.flush()

    def _close(self) -> None:
        self._tenth = -1
        if self._open:
            self._stream.write("\n")
            self._open = False
