"""The right edge of a log in memory: the partial tile of every level, and the full ones that are not on disk yet.

It is all that appending and computing a root need, so neither depends on the length of the log. One hash per leaf, and
a few hundred per root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from tally_chain.tiles import TILE_HEIGHT, TILE_WIDTH, HashTile, TileName, extent
from tally_chain.tree import EMPTY_ROOT, node_hash
from tally_edge.proof import HASH_BYTES

_TILE_BYTES = TILE_WIDTH * HASH_BYTES


@dataclass(slots=True)
class RightEdge:
    """`rows[level]`: the hashes of that level's partial tile, end to end. `full`: full tiles to be written."""

    size: int = 0
    rows: list[bytearray] = field(default_factory=list)
    full: dict[TileName, bytes] = field(default_factory=dict)

    def extend(self, leaves: bytes) -> None:
        """Add leaf hashes, end to end."""
        at = 0
        while at < len(leaves):
            taken = _TILE_BYTES - self.size % TILE_WIDTH * HASH_BYTES
            chunk = leaves[at : at + taken]
            self.size += len(chunk) // HASH_BYTES
            self._add(0, chunk)
            at += taken

    def _add(self, level: int, hashes: bytes) -> None:
        """Add hashes that fill at most one tile of `level`; `size` counts their leaves already."""
        if level == len(self.rows):
            self.rows.append(bytearray())
        row = self.rows[level]
        row += hashes
        if len(row) == _TILE_BYTES:
            tile = HashTile([bytes(row)])
            self.full[TileName(level, extent(self.size, level)[0] - 1)] = tile.rows[0]
            row.clear()
            self._add(level + 1, tile.node(TILE_HEIGHT, 0))

    def root(self) -> bytes:
        """The root over all leaves: the complete subtrees of the edge, folded from the right."""
        root: bytes | None = None
        for row in self.rows:
            width = len(row) // HASH_BYTES
            tile = HashTile([bytes(row)])
            for inner in range(TILE_HEIGHT):
                if width >> inner & 1:
                    peak = tile.node(inner, (width >> inner) - 1)
                    root = peak if root is None else node_hash(peak, root)
        return EMPTY_ROOT if root is None else root

    def partial(self) -> dict[TileName, bytes]:
        """The partial tiles as they stand, empty ones left out."""
        tiles = {}
        for level, row in enumerate(self.rows):
            if row:
                tiles[TileName(level, extent(self.size, level)[0], len(row) // HASH_BYTES)] = bytes(row)
        return tiles

    def digests(self) -> bytes:
        """SHA-256 of each level's partial tile, level 0 first: lets recovery name the one that was altered."""
        return b"".join(hashlib.sha256(row).digest() for row in self.rows)

    def copy(self) -> RightEdge:
        """A copy that further appending leaves alone."""
        return RightEdge(self.size, [bytearray(row) for row in self.rows], dict(self.full))

    @staticmethod
    def load(size: int, read: Callable[[TileName], bytes]) -> RightEdge:
        """The edge of a tree of `size` from its partial tiles; `read` returns a tile's bytes, or raises."""
        edge = RightEdge(size)
        level = 0
        while size >> (TILE_HEIGHT * level):
            number, width = extent(size, level)
            name = TileName(level, number, width)
            edge.rows.append(bytearray(HashTile.decode(read(name), width).rows[0]) if width else bytearray())
            level += 1
        return edge
