"""What the log asks of a file system, so that tests can let it fail. `DurableFiles` is the real one."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tally_edge import durable


class Files(Protocol):
    """Writing. Every call raises OSError, and then what stood before still stands."""

    def place(self, path: Path, data: bytes) -> None:
        """Put `data` at `path`, whole or not at all. Contents are durable; the name is after `sync` of its folder."""
        ...

    def make_folder(self, folder: Path) -> None:
        """Create `folder` if it is missing; its parent stands. The name is durable after `sync` of the parent."""
        ...

    def sync(self, folder: Path) -> None:
        """Make all names in `folder` durable."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file, or an empty folder; a missing one is no error. Durable at some later time, or never."""
        ...


class DurableFiles:
    """The file system of the machine."""

    def place(self, path: Path, data: bytes) -> None:
        """See `Files`."""
        durable.place_file(path, data)

    def make_folder(self, folder: Path) -> None:
        """See `Files`."""
        folder.mkdir(exist_ok=True)

    def sync(self, folder: Path) -> None:
        """See `Files`."""
        durable.sync_folder(folder)

    def remove(self, path: Path) -> None:
        """See `Files`."""
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
