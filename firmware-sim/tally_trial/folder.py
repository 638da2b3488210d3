"""The folder that a run is left in: made before anything else, and gone again where the run does not end well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tally_edge import durable
from tally_trial.errors import TrialUsageError


@contextmanager
def left_whole(folder: Path) -> Iterator[None]:
    """Make `folder`, which is empty or not there; whatever ends the block early (Ctrl-C, too) leaves what was before.

    Raises TrialUsageError where it is not empty, or can not be made or written to.
    """
    try:
        made = _missing(folder)
        _require_empty(folder)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        _make(folder)
        yield
    except BaseException:
        _clear(folder, made)
        raise


def _make(folder: Path) -> None:
    try:
        durable.make_folder(folder)
    except OSError as error:
        raise _unusable(folder, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise TrialUsageError(f"{folder} can not be written to")


def _unusable(folder: Path, error: OSError) -> TrialUsageError:
    return TrialUsageError(f"{folder} can not be used: {error.strerror or error}")


def _missing(folder: Path) -> Path | None:
    """The uppermost folder that has to be made."""
    missing = None
    for one in (folder, *folder.parents):
        if one.exists():
            break
        missing = one
    return missing


def _require_empty(folder: Path) -> None:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        raise TrialUsageError(f"{there} is a file; name a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise TrialUsageError(f"{folder} is not empty; name another folder")


def _clear(folder: Path, made: Path | None) -> None:
    if made is not None:
        shutil.rmtree(made, ignore_errors=True)
        return
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
