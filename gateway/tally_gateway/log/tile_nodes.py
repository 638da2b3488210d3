"""Hashes and entries of a log, from memory where they are new and from tiles where they are old, each checked.

The right edge is trusted (its root is the head's). A full tile is taken only if its root stands in the tile above it,
up to the edge; an entry only if its hash stands in its tile. So an altered file is found where it is read, and named.
"""

from __future__ import annotations

import threading
from pathlib import Path

from tally_chain.errors import TileError, TreeError
from tally_chain.tiles import TILE_HEIGHT, TILE_WIDTH, HashTile, TileName, decode_entries, extent, tile_holding
from tally_edge.proof import leaf_hash
from tally_gateway.errors import LogDamaged
from tally_gateway.log.right_edge import RightEdge
from tally_gateway.log.tile_folder import TileFolder

CACHED_TILES = 128
"""Hash tiles with their inner nodes: 16 kB each, 2 MB in all."""

CACHED_ENTRY_TILES = 2
"""Entry tiles can have 16 MB; two serve a reader that goes through in order, and one beside it."""


class TileNodes:
    """`tree.Nodes` over tiles and the right edge. Safe for threads: all work is done under `lock`."""

    def __init__(self, folder: TileFolder, edge: RightEdge, lock: threading.RLock | None = None) -> None:
        """`edge` is read under `lock` at every call, so that whoever extends it must hold `lock` too."""
        self._folder = folder
        self._lock = lock or threading.RLock()
        self._edge = edge
        self._tiles: dict[TileName, HashTile] = {}
        self._entries: dict[TileName, list[bytes]] = {}

    @property
    def size(self) -> int:
        """Leaves known."""
        return self._edge.size

    def node(self, level: int, index: int) -> bytes:
        """See `tree.Nodes`. Raises TreeError, or LogDamaged naming a missing or altered tile."""
        with self._lock:
            name, inner, place = tile_holding(level, index, self._edge.size)
            return self._tile(name).node(inner, place)

    def _tile(self, name: TileName) -> HashTile:
        tile = self._tiles.pop(name, None)
        if tile is None:
            tile = self._load(name)
            if len(self._tiles) >= CACHED_TILES:
                del self._tiles[next(iter(self._tiles))]
        self._tiles[name] = tile  # last in, last out
        return tile

    def _load(self, name: TileName) -> HashTile:
        if name.level is None:
            raise TreeError("an entry tile holds no nodes")
        if name.width < TILE_WIDTH:
            return HashTile([bytes(self._edge.rows[name.level])])
        waiting = self._edge.full.get(name)
        if waiting is not None:
            return HashTile([waiting])
        tile = HashTile.decode(self._folder.read(name), TILE_WIDTH)
        if tile.node(TILE_HEIGHT, 0) != self.node(TILE_HEIGHT * (name.level + 1), name.number):
            raise LogDamaged(
                f"{self._folder.root / name.path()} is altered: its root is not what the tile above it holds"
            )
        return tile

    def entry(self, index: int) -> bytes:
        """The entry at `index`, from its tile. Raises TreeError outside the log, LogDamaged naming a bad tile."""
        with self._lock:
            if not 0 <= index < self._edge.size:
                raise TreeError(f"entry {index} is not in a log of {self._edge.size}")
            number, place = divmod(index, TILE_WIDTH)
            full, partial = extent(self._edge.size, 0)
            name = TileName(None, number, TILE_WIDTH if number < full else partial)
            entries = self._entries.pop(name, None)
            if entries is None:
                entries = self._load_entries(name)
                if len(self._entries) >= CACHED_ENTRY_TILES:
                    del self._entries[next(iter(self._entries))]
            self._entries[name] = entries
            entry = entries[place]
        self.check_entry(index, entry, self._folder.root / name.path())
        return entry

    def check_entry(self, index: int, entry: bytes, path: Path) -> None:
        """Raise LogDamaged naming `path` if `entry`, read from it, is not what the hash at `index` says."""
        if leaf_hash(entry) != self.node(0, index):
            raise LogDamaged(f"{path} is altered: entry {index} is not what its hash says")

    def _load_entries(self, name: TileName) -> list[bytes]:
        for width_name in (name, name.full):
            path = self._folder.root / width_name.path()
            try:
                return decode_entries(path.read_bytes(), width_name.width)
            except FileNotFoundError:
                continue  # a partial tile goes, perhaps just now, when its full one has come
            except TileError as error:
                raise LogDamaged(f"{path}: {error}") from None
        raise LogDamaged(f"{self._folder.root / name.path()} is missing")

    def replace_edge(self, edge: RightEdge) -> None:
        """Go over to a longer log."""
        with self._lock:
            self._edge = edge
