"""A folder of openings (docs/release.md): pickers of release orders, and plates that scales signed.

Both are persons' data: who deletes a file has deleted the person, and the next look forgets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_finance import json_file
from tally_finance.errors import ReleaseError
from tally_finance.release.picker import Picker, SeenPlate, decode_picker, decode_plate

MOST_FILES: Final = 100_000
"""A year of a busy yard; older ones have done their work and are deleted."""


@dataclass(frozen=True, slots=True)
class Openings:
    """What a folder held. `wrong` are files that open nothing, by name."""

    pickers: tuple[Picker, ...] = ()
    plates: tuple[SeenPlate, ...] = ()
    wrong: tuple[str, ...] = ()


class Folder:
    """Reads each file once, as long as it stays as it is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[tuple[str, int, int], Picker | SeenPlate | None] = {}

    def read(self) -> Openings:
        """What lies there now; nothing where the folder can not be read."""
        try:
            files = sorted(self._path.glob("*.json"))[:MOST_FILES]
            stats = [(file, file.stat()) for file in files]
        except OSError:
            return Openings()
        found = {}
        for file, stat in stats:
            key = file.name, stat.st_mtime_ns, stat.st_size
            found[key] = self._known[key] if key in self._known else _opening(file)
        self._known = found
        return Openings(
            tuple(one for one in found.values() if isinstance(one, Picker)),
            tuple(one for one in found.values() if isinstance(one, SeenPlate)),
            tuple(name for (name, _, _), one in found.items() if one is None),
        )


def _opening(file: Path) -> Picker | SeenPlate | None:
    try:
        with file.open("rb") as opened:
            text = opened.read(json_file.MAX_FILE_BYTES + 1)
    except OSError:
        return None
    for decode in (decode_picker, decode_plate):
        try:
            return decode(text)
        except ReleaseError:
            continue
    return None
