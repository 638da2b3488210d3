"""Writing files so that they survive a power cut. The one place that knows how.

What a write does, in this order, and what a cut between any two steps leaves:

    open(tmp) write fsync close    the old file, and perhaps a stray temporary one
    rename(tmp, path)              the old or the new file, whole; which of them is open until the next step
    fsync(folder)                  the new file
"""

from __future__ import annotations

import os
from pathlib import Path


def write_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` by `data`, all or nothing, durable on return. Raises OSError; then the old file still stands."""
    place_file(path, data, mode=mode)
    sync_folder(path.parent)


def place_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` by `data`, all or nothing; which of them stands after a cut is open until `sync_folder`.

    For writers of many files, who sync each folder once. Raises OSError; then the old file still stands.
    """
    try:
        _place(path, path.with_name(f".{path.name}.{os.getpid()}.tmp"), data, mode)
    except OSError as error:
        error.filename = os.fspath(path)  # nobody knows the temporary name
        raise


def _place(path: Path, temporary: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    except BaseException:
        os.close(descriptor)
        temporary.unlink(missing_ok=True)
        raise
    os.close(descriptor)
    temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, *, mode: int = 0o755) -> None:
    """Create `folder` and its parents, each name durable. An existing one is left alone. Raises OSError."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for name in reversed(missing):
        name.mkdir(mode=mode, exist_ok=True)
        sync_folder(name.parent)
