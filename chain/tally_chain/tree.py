"""The Merkle tree of RFC 9162 over SHA-256: roots, inclusion and consistency. Verdict-critical: no IO.

A tree is known by its leaf hashes; a log's right edge is known by a `CompactRange`, which is all that appending needs.
`Nodes` is what proofs are built from: any source of the hashes of complete subtrees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tally_chain.errors import TreeError
from tally_edge.proof import HASH_BYTES, MAX_TREE_SIZE, leaf_hash, node_hash

__all__ = [
    "CompactRange",
    "LeafNodes",
    "Nodes",
    "consistency_path",
    "inclusion_path",
    "leaf_hash",
    "node_hash",
    "root_of",
    "verify_consistency",
]

EMPTY_ROOT = hashlib.sha256(b"").digest()


class Nodes(Protocol):
    """Hashes of complete subtrees: level 0 are leaves, `index` counts the subtrees of 2**level leaves from the left.

    Raises TreeError for a subtree that is not complete or not known.
    """

    def node(self, level: int, index: int) -> bytes:
        """The hash over leaves [index * 2**level, (index + 1) * 2**level)."""
        ...


@dataclass
class CompactRange:
    """The right edge of a growing tree: its size and the roots of its complete subtrees, largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self.peaks.pop(), node)
            size >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    @staticmethod
    def load(size: int, nodes: Nodes) -> CompactRange:
        """The right edge of the tree of `size` leaves, from its subtrees. Raises TreeError."""
        return CompactRange(size, [nodes.node(level, index) for level, index in _peaks(0, size)])


@dataclass(frozen=True)
class LeafNodes:
    """`Nodes` over leaf hashes in memory; inner nodes are computed when asked for, and kept."""

    leaves: Sequence[bytes]
    _known: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def node(self, level: int, index: int) -> bytes:
        """See `Nodes`."""
        if (index + 1) << level > len(self.leaves) or index < 0:
            raise TreeError(f"subtree {index} of level {level} is not complete in a tree of {len(self.leaves)}")
        if level == 0:
            return self.leaves[index]
        known = self._known.get((level, index))
        if known is None:
            known = node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))
            self._known[level, index] = known
        return known


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    edge = CompactRange()
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def _peaks(start: int, stop: int) -> list[tuple[int, int]]:
    """The complete subtrees (level, index) that cover [start, stop), left to right; `start` must begin the first."""
    peaks = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        peaks.append((level, start >> level))
        start += 1 << level
    return peaks


def subtree_root(nodes: Nodes, start: int, stop: int) -> bytes:
    """RFC 9162's MTH(D[start:stop]), for a `start` that is a multiple of the largest power of two below the width."""
    hashes = [nodes.node(level, index) for level, index in _peaks(start, stop)]
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def inclusion_path(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """RFC 9162 §2.1.3.1: the path from leaf `index` to the root of `size`, leaf's side first. Raises TreeError."""
    if not 0 <= index < size <= MAX_TREE_SIZE:
        raise TreeError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + split(stop - start)
        if index < middle:
            path.append(subtree_root(nodes, middle, stop))
            stop = middle
        else:
            path.append(subtree_root(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_path(nodes: Nodes, old_size: int, new_size: int) -> list[bytes]:
    """RFC 9162 §2.1.4.1: that the tree of `new_size` begins with the tree of `old_size`. Raises TreeError.

    Empty for equal sizes, and for an old size of 0, of which every tree is a continuation.
    """
    if not 0 <= old_size <= new_size <= MAX_TREE_SIZE:
        raise TreeError(f"a tree of {new_size} can not continue one of {old_size}")
    if old_size in (0, new_size):
        return []
    path: list[bytes] = []
    start, stop = 0, new_size
    while stop != old_size:
        middle = start + split(stop - start)
        if old_size <= middle:
            path.append(subtree_root(nodes, middle, stop))
            stop = middle
        else:
            path.append(subtree_root(nodes, start, middle))
            start = middle
    if start:  # the old tree's last subtree is not the whole old tree: the reader can not know it
        path.append(subtree_root(nodes, start, stop))
    return path[::-1]


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """RFC 9162 §2.1.4.2. Raises TreeError that says what does not fit.

    An old size of 0 is an error here, as in RFC 9162: callers that allow it know why.
    """
    if not 0 < old_size <= new_size <= MAX_TREE_SIZE:
        raise TreeError(f"a tree of {new_size} can not be shown to continue one of {old_size}")
    if any(len(node) != HASH_BYTES for node in path):
        raise TreeError("a node of the path has not 32 bytes")
    if old_size == new_size:
        if path or old_root != new_root:
            raise TreeError("equal sizes need equal roots and an empty path")
        return
    if not path:
        raise TreeError("the path is empty")
    old, new = _roots_of_path(old_size, old_root, new_size, path)
    if old != old_root:
        raise TreeError("the path does not lead to the older root")
    if new != new_root:
        raise TreeError("the path does not lead to the newer root")


def _roots_of_path(old_size: int, old_root: bytes, new_size: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The older and the newer root that a consistency path leads to. Raises TreeError for a path of another length."""
    nodes = list(path)
    if old_size & (old_size - 1) == 0:
        nodes.insert(0, old_root)
    first, second = old_size - 1, new_size - 1
    while first & 1:
        first >>= 1
        second >>= 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if second == 0:
            raise TreeError("the path is longer than its sizes allow")
        if first & 1 or first == second:
            old, new = node_hash(node, old), node_hash(node, new)
            while not first & 1 and first:
                first >>= 1
                second >>= 1
        else:
            new = node_hash(new, node)
        first >>= 1
        second >>= 1
    if second:
        raise TreeError("the path is shorter than its sizes need")
    return old, new
