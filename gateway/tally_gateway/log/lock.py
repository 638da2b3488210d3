"""One writer per log, held by flock: the kernel lets go when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from tally_gateway.errors import LogLocked

LOCK_NAME = "lock"


class WriterLock:
    """Held from construction until `release`."""

    def __init__(self, folder: Path) -> None:
        """Take the lock in `folder`. Raises LogLocked naming the process that has it."""
        path = folder / LOCK_NAME
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._descriptor)
            raise LogLocked(f"the log in {folder} is written by process {holder}") from None
        # The number only helps whoever reads the error; the lock itself is the kernel's.
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let go; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
