"""Many leaves of one tree proven at once: the tree less every branch that holds none. Verdict-critical: no IO.

Walk the tree of `size` leaves from its root, left before right, splitting as RFC 9162 does. A subtree that holds no
known leaf is one hash; these hashes, in the order of the walk, are the proof. It has exactly one length and one
reading. A bundle of a whole log needs none; of k leaves, at most k * log2(size).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from tally_chain.errors import TreeError
from tally_chain.tree import Nodes, split, subtree_root
from tally_edge.proof import HASH_BYTES, MAX_TREE_SIZE, node_hash


def cut_hashes(nodes: Nodes, indexes: Sequence[int], size: int) -> list[bytes]:
    """The hashes of the subtrees of `size` that hold none of `indexes` (strictly ascending). Raises TreeError."""
    _check(indexes, size)
    out: list[bytes] = []

    def walk(start: int, stop: int, low: int, high: int) -> None:
        if low == high:
            out.append(subtree_root(nodes, start, stop))
        elif stop - start > 1 and high - low < stop - start:
            middle = start + split(stop - start)
            cut = bisect_left(indexes, middle, low, high)
            walk(start, middle, low, cut)
            walk(middle, stop, cut, high)

    walk(0, size, 0, len(indexes))
    return out


def root_of_pruned(leaves: Sequence[bytes], indexes: Sequence[int], size: int, hashes: Sequence[bytes]) -> bytes:
    """The root of the tree of `size` with `leaves` (leaf hashes) at `indexes` and `hashes` for the rest.

    Raises TreeError when the hashes are too few, too many, or not hashes.
    """
    _check(indexes, size)
    if len(leaves) != len(indexes):
        raise TreeError(f"{len(leaves)} leaves for {len(indexes)} places")
    rest = iter(hashes)

    def walk(start: int, stop: int, low: int, high: int) -> bytes:
        if low == high:
            node = next(rest, None)
            if node is None:
                raise TreeError(f"no hash left for leaves {start}..{stop - 1}")
            if len(node) != HASH_BYTES:
                raise TreeError("a hash has not 32 bytes")
            return node
        if stop - start == 1:
            return leaves[low]
        middle = start + split(stop - start)
        cut = bisect_left(indexes, middle, low, high)
        return node_hash(walk(start, middle, low, cut), walk(middle, stop, cut, high))

    root = walk(0, size, 0, len(indexes))
    if next(rest, None) is not None:
        raise TreeError("more hashes than the tree has cut branches")
    return root


class PrunedTree:
    """A pruned tree with the hash of every branch kept: many paths out of it cost one walk."""

    def __init__(self, leaves: Sequence[bytes], indexes: Sequence[int], size: int, hashes: Sequence[bytes]) -> None:
        """As `root_of_pruned`, which see. Raises TreeError."""
        _check(indexes, size)
        if len(leaves) != len(indexes):
            raise TreeError(f"{len(leaves)} leaves for {len(indexes)} places")
        self._indexes, self._size = indexes, size
        self._known: dict[tuple[int, int], bytes] = {}
        rest = iter(hashes)

        def walk(start: int, stop: int, low: int, high: int) -> bytes:
            if low == high:
                node = next(rest, None)
                if node is None:
                    raise TreeError(f"no hash left for leaves {start}..{stop - 1}")
                if len(node) != HASH_BYTES:
                    raise TreeError("a hash has not 32 bytes")
            elif stop - start == 1:
                node = leaves[low]
            else:
                middle = start + split(stop - start)
                cut = bisect_left(indexes, middle, low, high)
                node = node_hash(walk(start, middle, low, cut), walk(middle, stop, cut, high))
            self._known[start, stop] = node
            return node

        self.root = walk(0, size, 0, len(indexes))
        if next(rest, None) is not None:
            raise TreeError("more hashes than the tree has cut branches")

    def path(self, index: int) -> list[bytes]:
        """The inclusion path of the known leaf `index`, leaf's side first. Raises TreeError."""
        at = bisect_left(self._indexes, index)
        if at == len(self._indexes) or self._indexes[at] != index:
            raise TreeError(f"leaf {index} is not among those known")
        path: list[bytes] = []
        start, stop = 0, self._size
        while stop - start > 1:
            middle = start + split(stop - start)
            if index < middle:
                path.append(self._known[middle, stop])
                stop = middle
            else:
                path.append(self._known[start, middle])
                start = middle
        return path[::-1]


def leaf_path(
    leaves: Sequence[bytes], indexes: Sequence[int], size: int, hashes: Sequence[bytes], index: int
) -> list[bytes]:
    """The inclusion path of the known leaf `index`, leaf's side first, out of a pruned tree. Raises TreeError."""
    return PrunedTree(leaves, indexes, size, hashes).path(index)


def _check(indexes: Sequence[int], size: int) -> None:
    if not 0 < size <= MAX_TREE_SIZE:
        raise TreeError(f"a tree of {size} has no root to prove")
    if any(left >= right for left, right in pairwise(indexes)):
        raise TreeError("the places are not strictly ascending")
    if indexes and not 0 <= indexes[0] <= indexes[-1] < size:
        raise TreeError(f"a place lies outside a tree of {size}")
