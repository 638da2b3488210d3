"""The folder that a run is left in: its own while it runs, and gone again where the run does not end well."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tally_edge import durable
from tally_trial.errors import TrialUsageError

_MARK: Final = ".running"
"""The file that a run makes in its folder and takes away in the end: of two runs only one can have made it."""


@contextmanager
def left_whole(folder: Path) -> Iterator[None]:
    """Make `folder`, which is empty or not there; what ends the block with an exception (Ctrl-C, too) leaves what was
    before. What another run put beside it stays.

    Raises TrialUsageError where it is not empty, another run has it, or it can not be made or written to.
    """
    made: list[Path] = []
    try:
        mark = _entered(folder, made)
        try:
            _require_empty(folder)
            yield
        except _NotEmptyError:
            raise
        except BaseException:
            _clear(folder)
            raise
        finally:
            mark.unlink(missing_ok=True)
    except BaseException:
        with suppress(OSError):  # another run may have put something there
            for one in reversed(made):
                one.rmdir()
        raise


class _NotEmptyError(TrialUsageError):
    """What stands in the folder is not of this run."""


def _entered(folder: Path, made: list[Path]) -> Path:
    """Make the folder and what of its parents is missing, each told to `made`, and the mark in it."""
    try:
        _require_empty(folder)
        for one in (*reversed(folder.parents), folder):
            with suppress(FileExistsError):
                one.mkdir()
                made.append(one)
                durable.sync_folder(one.parent)
        mark = folder / _MARK
        mark.touch(exist_ok=False)
    except FileExistsError:
        raise TrialUsageError(f"another run writes to {folder}; name another folder") from None
    except OSError as error:
        raise TrialUsageError(f"{folder} can not be used: {error.strerror or error}") from error
    return mark


def _require_empty(folder: Path) -> None:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        raise TrialUsageError(f"{there} is a file; name a folder")
    if folder.is_dir() and any(path.name != _MARK for path in folder.iterdir()):
        raise _NotEmptyError(f"{folder} is not empty; name another folder")


def _clear(folder: Path) -> None:
    """All but the mark: while it stands no other run comes in."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != _MARK:
            path.unlink(missing_ok=True)
