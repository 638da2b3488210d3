"""Keeps the segments up with the log: reads what is sealed, writes segments, merges small ones. One writer, held by a
lock.

A segment is written whole, synced, renamed, and only then named by the manifest; a crash leaves files that no manifest
names, which the next start removes. Segments never change. Eight neighbours of one level are merged into one of the
next, so a year has tens of files.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from tally_chain.anchoring.reading import Anchor
from tally_edge import durable
from tally_gateway.errors import ProjectionBusy, ProjectionError
from tally_gateway.projection import manifest as manifests
from tally_gateway.projection.manifest import Manifest, Segment
from tally_gateway.projection.rows import Rows
from tally_gateway.projection.schema import ANCHORS, TABLES

FOLDER: Final = "projection"
FAN_IN: Final = 8
"""Neighbours of one level that become one of the next."""

MAX_LEVEL: Final = 4
"""8**4 of the smallest segments; larger files gain nothing and cost memory to merge."""

MAX_ENTRIES_AT_ONCE: Final = 20_000
"""Of one segment, which is held in memory as columns: some 60 MB at 15 readings an entry."""

_ENTRIES_AS_ROWS: Final = 500
"""Entries that are rows, objects of Python, before they become columns: some 8 MB at 15 readings an entry."""

_LOCK_NAME: Final = "lock"


class Entries(Protocol):
    """Where entries are read from."""

    def entry(self, index: int) -> bytes:
        """The entry at `index`."""
        ...


class Projector:
    """Writes the projection in `folder`. Raises ProjectionBusy when another process does, ProjectionError when it is
    damaged or of another log."""

    def __init__(self, folder: Path, log_id: bytes) -> None:
        durable.make_folder(folder)
        self._folder = folder
        self._closing = threading.Event()
        self._writing = threading.Lock()
        """Held while files are written, so that the folder's lock is not given back in the middle of it."""
        self._lock = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._manifest = manifests.load(folder) or Manifest(log_id)
            if self._manifest.log_id != log_id:
                raise ProjectionError(f"{folder} is the projection of another log; rebuild it")
            self._sweep()
        except BlockingIOError:
            os.close(self._lock)
            raise ProjectionBusy(f"{folder} is being written by another process") from None
        except BaseException:
            os.close(self._lock)
            raise

    @property
    def size(self) -> int:
        """Entries projected."""
        return self._manifest.size

    def close(self) -> None:
        """Let go of the lock, when another thread that writes has come to the end of what it does. Closing again does
        nothing."""
        self._closing.set()
        with self._writing:
            if self._lock >= 0:
                os.close(self._lock)
                self._lock = -1

    def advance(self, log: Entries, size: int) -> None:
        """Project entries up to `size`, which are sealed; fewer when it is closed meanwhile."""
        with self._writing:
            while self.size < size and self._advance_one(log, size):
                self._merge()

    def _advance_one(self, log: Entries, size: int) -> bool:
        """The next segment, unless it is closed meanwhile."""
        first, stop = self.size, min(size, self.size + MAX_ENTRIES_AT_ONCE)
        parts: dict[str, list[Any]] = {name: [] for name in TABLES}
        for start in range(first, stop, _ENTRIES_AS_ROWS):
            if self._closing.is_set():
                return False
            rows = Rows()
            for index in range(start, min(start + _ENTRIES_AS_ROWS, stop)):
                rows.add(index, log.entry(index))
            for name, part in rows.by_table.items():
                if part:
                    parts[name].append(pa.Table.from_pylist(part, schema=TABLES[name]))
        tables = {name: pa.concat_tables(made).combine_chunks() for name, made in parts.items() if made}
        segment = self._write(first, stop, 0, tables)
        self._swap(replace(self._manifest, segments=(*self._manifest.segments, segment)), ())
        return True

    def set_anchors(self, anchors: Sequence[Anchor]) -> None:
        """Replace the table of anchors by `anchors`, oldest first."""
        rows = [
            {
                "size": anchor.size,
                "root": anchor.root,
                "anchored_at": anchor.block_time_seconds,
                "block_number": anchor.block_number,
                "block_hash": anchor.block_hash,
                "tx_hash": anchor.tx_hash,
            }
            for anchor in anchors
        ]
        name = f"anchors-{len(rows)}-{anchors[-1].size if anchors else 0}.parquet"
        with self._writing:
            old = self._manifest.anchors
            if name == old or self._closing.is_set():
                return
            self._write_table(name, pa.Table.from_pylist(rows, schema=ANCHORS))
            self._swap(replace(self._manifest, anchors=name), () if old is None else (old,))

    def _merge(self) -> None:
        """Merge the newest FAN_IN segments of one level, and again while that makes FAN_IN of the next."""
        while True:
            tail = self._manifest.segments[-FAN_IN:]
            level = tail[-1].level
            if len(tail) < FAN_IN or level >= MAX_LEVEL or any(one.level != level for one in tail):
                return
            tables: dict[str, Any] = {}
            for name, schema in TABLES.items():
                files = [one.files[name] for one in tail if name in one.files]
                if files:
                    parts = [pq.read_table(self._folder / file, schema=schema) for file in files]
                    tables[name] = pa.concat_tables(parts).combine_chunks()
            merged = self._write(tail[0].first, tail[-1].size, level + 1, tables)
            retired = tuple(file for one in tail for file in one.files.values())
            self._swap(replace(self._manifest, segments=(*self._manifest.segments[:-FAN_IN], merged)), retired)

    def _write(self, first: int, stop: int, level: int, tables: dict[str, Any]) -> Segment:
        files = {}
        for name, table in tables.items():
            files[name] = f"{name}-{first}-{stop}.parquet"
            self._write_table(files[name], table)
        return Segment(first, stop, level, files)

    def _write_table(self, name: str, table: Any) -> None:
        temporary = self._folder / f".{name}.tmp"
        pq.write_table(table, temporary, compression="zstd")
        descriptor = os.open(temporary, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(self._folder / name)

    def _swap(self, new: Manifest, retired: tuple[str, ...]) -> None:
        """Make `new` the manifest; delete what the one before had retired."""
        durable.sync_folder(self._folder)
        gone = self._manifest.retired if retired else ()
        self._manifest = replace(new, retired=retired or new.retired)
        self._manifest.save(self._folder)
        for name in gone:
            (self._folder / name).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what a crash left: files that the manifest does not name."""
        named = {file for segment in self._manifest.segments for file in segment.files.values()}
        named |= {*self._manifest.retired, self._manifest.anchors or ""}
        for path in self._folder.iterdir():
            if path.name.endswith((".parquet", ".tmp")) and path.name not in named:
                path.unlink()
