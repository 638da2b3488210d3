"""Inclusion paths under one head, quickly: what all of them share is computed once.

A tree of `size` leaves is a row of complete subtrees, one per set bit of the size, largest first. A path leads from the
leaf through its own subtree, then meets the fold of all subtrees to the right, then each to the left.
"""

from __future__ import annotations

from tally_chain.errors import TreeError
from tally_chain.tiles import TILE_HEIGHT
from tally_chain.tree import Nodes, node_hash


class HeadPaths:
    """The inclusion paths of RFC 9162 §2.1.3.1 in the tree of `size` leaves."""

    def __init__(self, nodes: Nodes, size: int) -> None:
        """Raises TreeError for a tree whose nodes are not known."""
        self._nodes = nodes
        self.size = size
        self._peaks: list[tuple[int, int, bytes]] = []
        """First leaf, level and hash of each complete subtree, left to right."""
        start = 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                self._peaks.append((start, level, nodes.node(level, start >> level)))
                start += 1 << level
        self._folds: list[bytes] = []
        """The root over the subtrees from each one to the right end."""
        for _, _, peak in reversed(self._peaks):
            self._folds.append(node_hash(peak, self._folds[-1]) if self._folds else peak)
        self._folds.reverse()
        self._shared: tuple[int, list[bytes]] = (-1, [])
        """Of the tile last asked for: its number, and what the paths of all its leaves end in."""

    def path(self, index: int) -> tuple[bytes, ...]:
        """The path of leaf `index`, leaf's side first. Raises TreeError."""
        if not 0 <= index < self.size:
            raise TreeError(f"leaf {index} is not in a tree of {self.size}")
        node = self._nodes.node
        tile = index >> TILE_HEIGHT
        if (tile + 1) << TILE_HEIGHT > self.size:  # in the partial tile, where leaves lie under different peaks
            number = max(at for at, (start, _, _) in enumerate(self._peaks) if start <= index)
            inner = range(self._peaks[number][1])
            return (*[node(level, (index >> level) ^ 1) for level in inner], *self._beyond(number))
        if self._shared[0] != tile:
            number = max(at for at, (start, _, _) in enumerate(self._peaks) if start <= index)
            above = range(TILE_HEIGHT, self._peaks[number][1])
            rest = [node(level, (index >> level) ^ 1) for level in above] + self._beyond(number)
            self._shared = tile, rest
        return (*[node(level, (index >> level) ^ 1) for level in range(TILE_HEIGHT)], *self._shared[1])

    def _beyond(self, number: int) -> list[bytes]:
        """What a path meets after the complete subtree `number`: the fold to its right, then each to its left."""
        return self._folds[number + 1 : number + 2] + [peak for _, _, peak in reversed(self._peaks[:number])]
