"""A second RFC 9162, written from the recursive definitions (sections 2.1.1 and 2.1.4.1) and not from the algorithm of
section 2.1.4.2 that the contract follows. Slow, and obviously right.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence

Hash = bytes


def node(left: Hash, right: Hash) -> Hash:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(width: int) -> int:
    """The largest power of two smaller than `width`."""
    power = 1
    while power * 2 < width:
        power *= 2
    return power


@functools.lru_cache(maxsize=1 << 18)
def root(start: int, stop: int) -> Hash:
    """MTH(D[start:stop]) of the tree whose leaf number i holds the text of i."""
    if stop == start:
        return hashlib.sha256(b"").digest()
    if stop - start == 1:
        return hashlib.sha256(b"\x00" + str(start).encode()).digest()
    middle = start + _split(stop - start)
    return node(root(start, middle), root(middle, stop))


def proof(old: int, new: int) -> list[Hash]:
    """PROOF(old, D[new]); empty when old is 0, as the contract wants it."""
    return [] if old == 0 else _subproof(old, 0, new, whole=True)


def _subproof(old: int, start: int, stop: int, *, whole: bool) -> list[Hash]:
    if old == stop - start:
        return [] if whole else [root(start, stop)]
    k = _split(stop - start)
    if old <= k:
        return [*_subproof(old, start, start + k, whole=whole), root(start + k, stop)]
    return [*_subproof(old - k, start + k, stop, whole=False), root(start, start + k)]


def accepts(old: int, old_root: Hash, new: int, new_root: Hash, path: Sequence[Hash]) -> bool:
    """Whether `path` has the shape of PROOF(old, D[new]) and leads to both roots; 0 < old < new."""
    reached = _reach(old, new, list(path), old_root, whole=True)
    return reached == (old_root, new_root)


def _reach(old: int, width: int, path: list[Hash], old_root: Hash, *, whole: bool) -> tuple[Hash, Hash] | None:
    """The old and the new root of a subtree from its part of the path; None when the path has another length."""
    if old == width:
        if whole:
            return (old_root, old_root) if not path else None
        return (path[0], path[0]) if len(path) == 1 else None
    if not path:
        return None
    k = _split(width)
    sibling = path[-1]
    if old <= k:
        reached = _reach(old, k, path[:-1], old_root, whole=whole)
        return None if reached is None else (reached[0], node(reached[1], sibling))
    reached = _reach(old - k, width - k, path[:-1], old_root, whole=False)
    return None if reached is None else (node(sibling, reached[0]), node(sibling, reached[1]))
