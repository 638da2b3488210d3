"""The tree against RFC 9162's own recursive definitions."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import tree
from tally_chain.errors import TreeError
from tally_edge import proof

LEAVES = [proof.leaf_hash(b"%d" % number) for number in range(70)]


def mth(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162 §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return [*path(m, leaves[:k]), mth(leaves[k:])] if m < k else [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """RFC 9162 §2.1.4.1."""
    n = len(leaves)
    if m == n:
        return [] if whole else [mth(leaves)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


@pytest.mark.parametrize("size", range(1, 70))
def test_roots_paths_and_edges_are_the_definitions(size: int) -> None:
    leaves = LEAVES[:size]
    nodes = tree.LeafNodes(leaves)
    root = mth(leaves)
    assert tree.root_of(leaves) == root == tree.CompactRange.load(size, nodes).root()
    for index in range(size):
        made = tree.inclusion_path(nodes, index, size)
        assert made == path(index, leaves)
        assert proof.root_of_path(leaves[index], index, size, made) == root
    for old in range(1, size + 1):
        between = tree.consistency_path(nodes, old, size)
        assert between == subproof(old, leaves, True)
        tree.verify_consistency(old, mth(leaves[:old]), size, root, between)


def test_the_empty_tree() -> None:
    assert tree.root_of([]) == mth([]) == tree.CompactRange.load(0, tree.LeafNodes([])).root()
    assert tree.consistency_path(tree.LeafNodes(LEAVES), 0, 5) == []


@given(st.integers(0, 60), st.integers(0, 9))
def test_a_loaded_edge_grows_as_one_that_was_kept(size: int, more: int) -> None:
    edge = tree.CompactRange.load(size, tree.LeafNodes(LEAVES[:size]))
    for leaf in LEAVES[size : size + more]:
        edge.append(leaf)
    assert edge.root() == mth(LEAVES[: size + more])


@given(st.data())
def test_no_changed_consistency_proof_passes(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 70))
    old = data.draw(st.integers(1, new - 1))
    nodes = tree.LeafNodes(LEAVES[:new])
    good = tree.consistency_path(nodes, old, new)
    old_root, new_root = mth(LEAVES[:old]), mth(LEAVES[:new])
    at = data.draw(st.integers(0, len(good) - 1))
    flipped = bytes((good[at][0] ^ 1,)) + good[at][1:]
    for claim in (
        (old, old_root, new, new_root, [*good[:at], flipped, *good[at + 1 :]]),
        (old, old_root, new, new_root, good[:at] + good[at + 1 :]),
        (old, old_root, new, new_root, [*good[:at], bytes(32), *good[at:]]),
        (old, old_root, new, new_root, [*good, bytes(31)]),
        (old, new_root, new, new_root, good),
        (old, old_root, new, old_root, good),
        (new, new_root, old, old_root, good),
        (0, tree.EMPTY_ROOT, new, new_root, []),
        (new, new_root, new, new_root, good),
        (new, old_root, new, new_root, []),
        (old, old_root, new, new_root, []),
    ):
        with pytest.raises(TreeError):
            tree.verify_consistency(*claim)


def test_what_is_not_in_the_tree_has_no_path() -> None:
    nodes = tree.LeafNodes(LEAVES[:5])
    for index, size in ((5, 5), (-1, 5), (0, 0), (0, 2**63)):
        with pytest.raises(TreeError):
            tree.inclusion_path(nodes, index, size)
    for old, new in ((6, 5), (-1, 5), (1, 2**63)):
        with pytest.raises(TreeError):
            tree.consistency_path(nodes, old, new)
    for level, index in ((0, 5), (0, -1), (1, 2), (3, 0)):
        with pytest.raises(TreeError):
            nodes.node(level, index)
