"""Which files make the projection: one small JSON file, replaced whole. What it does not name does not count.

    {"version": 1, "log": "<log id, hex>", "size": 4096, "anchors": "anchors-3.parquet" or null, "retired": ["…"],
     "segments": [{"first": 0, "size": 4096, "level": 1, "files": {"readings": "readings-0-4096.parquet", …}}, …]}

Segments follow one another without a gap: each begins where the one before ends. Retired files are deleted one change
later, so that a reader who has just read the manifest still finds them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tally_edge import durable
from tally_gateway.errors import ProjectionError
from tally_gateway.projection.schema import TABLES, VERSION

NAME: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Segment:
    """Entries [first, size) as one file per table that has rows. `level` says how often it was merged."""

    first: int
    size: int
    level: int
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The projection of the log `log_id` up to `size`."""

    log_id: bytes
    segments: tuple[Segment, ...] = ()
    anchors: str | None = None
    retired: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Entries projected."""
        return self.segments[-1].size if self.segments else 0

    def files_of(self, table: str) -> list[str]:
        """The files of a table, in the order of the log."""
        return [segment.files[table] for segment in self.segments if table in segment.files]

    def save(self, folder: Path) -> None:
        """Replace the manifest in `folder`, durable on return."""
        document = {
            "version": VERSION,
            "log": self.log_id.hex(),
            "size": self.size,
            "anchors": self.anchors,
            "retired": list(self.retired),
            "segments": [
                {"first": one.first, "size": one.size, "level": one.level, "files": one.files} for one in self.segments
            ],
        }
        durable.write_file(folder / NAME, json.dumps(document, indent=1).encode())


def load(folder: Path) -> Manifest | None:
    """The manifest in `folder`, None where there is none. Raises ProjectionError."""
    path = folder / NAME
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ProjectionError(f"{path}: {error}") from None
    try:
        return _parse(document)
    except (KeyError, TypeError, ValueError) as error:
        raise ProjectionError(f"{path} is not a manifest of version {VERSION}: {error!r}") from None


def _parse(document: Any) -> Manifest:
    if document["version"] != VERSION:
        raise ValueError(f"version {document['version']!r}")
    segments = tuple(
        Segment(int(one["first"]), int(one["size"]), int(one["level"]), {t: _name(f) for t, f in one["files"].items()})
        for one in document["segments"]
    )
    at = 0
    for segment in segments:
        if segment.first != at or segment.size <= at or segment.files.keys() - TABLES.keys():
            raise ValueError(f"segment {segment.first}..{segment.size} does not follow {at}")
        at = segment.size
    anchors = document["anchors"]
    log_id = bytes.fromhex(document["log"])
    retired = tuple(_name(name) for name in document["retired"])
    return Manifest(log_id, segments, None if anchors is None else _name(anchors), retired)


def _name(text: Any) -> str:
    """A file name that stays inside the folder."""
    if not isinstance(text, str) or not text.endswith(".parquet") or "/" in text or text.startswith("."):
        raise ValueError(f"{text!r} is not the name of a segment file")
    return text
