"""The projection made again from the log: beside the old one, then in its place. Equal queries, by a test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tally_chain.anchoring.reading import Anchor
from tally_edge import durable
from tally_gateway.errors import ProjectionBusy, ProjectionError
from tally_gateway.projection.manifest import NAME as MANIFEST_NAME
from tally_gateway.projection.projector import MAX_ENTRIES_AT_ONCE, Entries, Projector

_NEW: Final = ".new"
_OLD: Final = ".old"


def rebuild(
    folder: Path,
    log_id: bytes,
    log: Entries,
    size: int,
    anchors: Sequence[Anchor],
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Make the projection of `size` entries anew in `folder`. Raises ProjectionError while a service writes there.

    Cut short, the old projection still stands, or is put back by running this again.
    """
    fresh, old = folder.with_name(folder.name + _NEW), folder.with_name(folder.name + _OLD)
    shutil.rmtree(fresh, ignore_errors=True)
    durable.make_folder(folder)
    guard = _guard(folder, log_id)
    try:
        projector = Projector(fresh, log_id)
        try:
            while projector.size < size:
                projector.advance(log, min(size, projector.size + MAX_ENTRIES_AT_ONCE))
                progress(projector.size, size)
            projector.set_anchors(anchors)
        finally:
            projector.close()
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
        fresh.rename(folder)
        durable.sync_folder(folder.parent)
    finally:
        guard.close()
    shutil.rmtree(old, ignore_errors=True)


def _guard(folder: Path, log_id: bytes) -> Projector:
    """Hold the old projection's lock. One that is damaged or of another log is about to be replaced, so its manifest
    goes.

    Raises ProjectionError when another process writes it.
    """
    try:
        return Projector(folder, log_id)
    except ProjectionBusy:
        raise
    except ProjectionError:
        (folder / MANIFEST_NAME).unlink(missing_ok=True)
        return Projector(folder, log_id)
