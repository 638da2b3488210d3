"""Tiles of a log: the paths and encodings of C2SP tlog-tiles. Verdict-critical: no IO.

    hash tile    tile/<level>/<number>[.p/<width>]     width x 32 bytes: the hashes of that level, left to right
    entry tile   tile/entries/<number>[.p/<width>]     width x (uint16 length, big endian; the entry)
    number       groups of three digits, all but the last with an x before it: 1234067 is x001/x234/067
    width        1..255 in a path; a full tile has 256 and no suffix

Tile `number` of `level` holds the roots of the complete subtrees of 256**level leaves from number * 256 on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from tally_chain.errors import TileError
from tally_edge.proof import HASH_BYTES, MAX_TREE_SIZE

TILE_WIDTH: Final = 256
"""Hashes in a full tile; fixed by tlog-tiles (tile height 8)."""

TILE_HEIGHT: Final = 8

MAX_ENTRY_BYTES: Final = 65_535
"""The length before an entry has 16 bits."""

MAX_LEVEL: Final = MAX_TREE_SIZE.bit_length() // TILE_HEIGHT
"""Above it no tree of at most 2**63 - 1 leaves has a node."""

_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<number>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)
_MAX_PATH_CHARS: Final = 64
"""A path of the highest tile number has fewer."""


class TileName(NamedTuple):
    """Which tile: its level (None: entries), its number from the left, and its width (256: full).

    A tuple, since proofs make and look up millions.
    """

    level: int | None
    number: int
    width: int = TILE_WIDTH

    def path(self) -> str:
        """Its path below the log's folder or address."""
        level = "entries" if self.level is None else str(self.level)
        suffix = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{number_path(self.number)}{suffix}"

    @property
    def full(self) -> TileName:
        """The full tile that this one grows into."""
        return TileName(self.level, self.number)


def number_path(number: int) -> str:
    """The path of a tile number: 1234067 is x001/x234/067."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))


def parse_path(path: str) -> TileName:
    """The tile that a path names, strictly: one path per tile. Raises TileError."""
    match = _PATH.fullmatch(path) if len(path) <= _MAX_PATH_CHARS else None
    if match is None:
        raise TileError(f"{path[:_MAX_PATH_CHARS]!r} is not the path of a tile")
    level = None if match["level"] == "entries" else int(match["level"])
    if level is not None and level > MAX_LEVEL:
        raise TileError(f"level {level} is above {MAX_LEVEL}")
    number = int(match["number"].replace("x", "").replace("/", ""))
    width = int(match["width"] or TILE_WIDTH)
    if match["width"] and width >= TILE_WIDTH:
        raise TileError(f"a partial tile has fewer than {TILE_WIDTH} hashes, not {width}")
    name = TileName(level, number, width)
    if name.path() != path:
        raise TileError(f"{path!r} is not the one way to write {name.path()!r}")
    return name


def extent(size: int, level: int) -> tuple[int, int]:
    """How many full tiles a tree of `size` has at `level`, and how many hashes stand in the partial one after them."""
    return divmod(size >> (TILE_HEIGHT * level), TILE_WIDTH)


def tile_holding(level: int, index: int, size: int) -> tuple[TileName, int, int]:
    """Where the node (`level`, `index`) of a tree of `size` lies: its tile, the level in the tile, the place there.

    Raises TileError for a node that is not complete in that tree.
    """
    if level < 0 or index < 0 or (index + 1) << level > size:
        raise TileError(f"subtree {index} of level {level} is not complete in a tree of {size}")
    tile_level, inner = divmod(level, TILE_HEIGHT)
    number = (index << inner) // TILE_WIDTH
    full, partial = extent(size, tile_level)
    width = TILE_WIDTH if number < full else partial
    return TileName(tile_level, number, width), inner, index - (number << (TILE_HEIGHT - inner))


@dataclass(slots=True)
class HashTile:
    """A hash tile in memory, with the inner nodes over it. Rows are built once, when first asked for."""

    rows: list[bytes]

    @staticmethod
    def decode(data: bytes, width: int) -> HashTile:
        """Parse a tile of `width` hashes. Raises TileError."""
        if not 0 < width <= TILE_WIDTH or len(data) != width * HASH_BYTES:
            raise TileError(f"a tile of {width} hashes has {width * HASH_BYTES} bytes, not {len(data)}")
        return HashTile([data])

    def node(self, inner: int, place: int) -> bytes:
        """The node `inner` levels (0..8) above the tile's own hashes, `place` from the left. Raises TileError."""
        while len(self.rows) <= inner:
            self.rows.append(_row_above(self.rows[-1]))
        node = self.rows[inner][HASH_BYTES * place : HASH_BYTES * (place + 1)]
        if len(node) != HASH_BYTES or place < 0:
            raise TileError(f"the tile has no complete node {place} at {inner} levels above it")
        return node


def _row_above(row: bytes) -> bytes:
    pairs = range(0, len(row) - HASH_BYTES, 2 * HASH_BYTES)
    return b"".join([hashlib.sha256(b"\x01" + row[at : at + 2 * HASH_BYTES]).digest() for at in pairs])


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """An entry tile. Raises TileError for too many entries, or one that is empty or too long."""
    if not 0 < len(entries) <= TILE_WIDTH:
        raise TileError(f"an entry tile has 1..{TILE_WIDTH} entries, not {len(entries)}")
    parts: list[bytes] = []
    for entry in entries:
        if not 0 < len(entry) <= MAX_ENTRY_BYTES:
            raise TileError(f"an entry has 1..{MAX_ENTRY_BYTES} bytes, not {len(entry)}")
        parts.append(len(entry).to_bytes(2, "big"))
        parts.append(entry)
    return b"".join(parts)


def decode_entries(data: bytes, width: int) -> list[bytes]:
    """Parse an entry tile of `width` entries that fills `data`. Raises TileError."""
    if not 0 < width <= TILE_WIDTH:
        raise TileError(f"an entry tile has 1..{TILE_WIDTH} entries, not {width}")
    entries: list[bytes] = []
    at = 0
    for number in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise TileError(f"entry {number} of {width} runs past the end of the tile")
        if start == at:
            raise TileError(f"entry {number} of {width} is empty")
        entries.append(data[start:at])
    if at != len(data):
        raise TileError(f"{len(data) - at} trailing bytes after entry {width - 1}")
    return entries
