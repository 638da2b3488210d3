"""Many leaves of one tree at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import pruned, tree
from tally_chain.errors import TreeError
from tally_edge.proof import leaf_hash

LEAVES = [leaf_hash(b"%d" % number) for number in range(40)]


@st.composite
def subsets(draw: st.DrawFn) -> tuple[int, list[int]]:
    size = draw(st.integers(1, 40))
    return size, sorted(draw(st.sets(st.integers(0, size - 1))))


@given(subsets())
def test_any_subset_of_leaves_gives_the_root(subset: tuple[int, list[int]]) -> None:
    size, indexes = subset
    nodes = tree.LeafNodes(LEAVES[:size])
    hashes = pruned.cut_hashes(nodes, indexes, size)
    root = pruned.root_of_pruned([LEAVES[index] for index in indexes], indexes, size, hashes)
    assert root == tree.root_of(LEAVES[:size])
    assert len(hashes) <= max(1, len(indexes) * size.bit_length())
    if len(indexes) == size:
        assert hashes == []
    if len(indexes) == 1:
        assert sorted(hashes) == sorted(tree.inclusion_path(nodes, indexes[0], size))


@given(subsets(), st.data())
def test_nothing_else_gives_the_root(subset: tuple[int, list[int]], data: st.DataObject) -> None:
    size, indexes = subset
    leaves = [LEAVES[index] for index in indexes]
    hashes = pruned.cut_hashes(tree.LeafNodes(LEAVES[:size]), indexes, size)
    root = tree.root_of(LEAVES[:size])
    for wrong in (hashes[:-1], [*hashes, bytes(32)], [*hashes[:-1], bytes(31)]):
        if wrong != hashes:
            with pytest.raises(TreeError):
                pruned.root_of_pruned(leaves, indexes, size, wrong)
    if hashes:
        at = data.draw(st.integers(0, len(hashes) - 1))
        changed = [*hashes[:at], bytes(32), *hashes[at + 1 :]]
        assert pruned.root_of_pruned(leaves, indexes, size, changed) != root
    if indexes:
        at = data.draw(st.integers(0, len(indexes) - 1))
        other = [*leaves[:at], bytes(32), *leaves[at + 1 :]]
        assert pruned.root_of_pruned(other, indexes, size, hashes) != root


@pytest.mark.parametrize(
    ("leaves", "indexes", "size", "fragment"),
    [
        (LEAVES[:1], [0, 1], 4, "1 leaves for 2 places"),
        (LEAVES[:2], [1, 1], 4, "strictly ascending"),
        (LEAVES[:2], [1, 0], 4, "strictly ascending"),
        (LEAVES[:1], [4], 4, "outside a tree of 4"),
        (LEAVES[:1], [-1], 4, "outside a tree of 4"),
        ([], [], 0, "no root to prove"),
        (LEAVES[:1], [0], 2**63, "no root to prove"),
    ],
)
def test_places_that_make_no_sense_are_refused(
    leaves: list[bytes], indexes: list[int], size: int, fragment: str
) -> None:
    with pytest.raises(TreeError, match=fragment):
        pruned.root_of_pruned(leaves, indexes, size, [bytes(32)])


def test_a_huge_claimed_size_costs_a_path_and_no_more() -> None:
    hashes = [bytes(32)] * 62
    assert len(pruned.root_of_pruned(LEAVES[:1], [5], 2**62, hashes)) == 32


@given(subsets(), st.data())
def test_a_known_leaf_has_its_path(subset: tuple[int, list[int]], data: st.DataObject) -> None:
    size, indexes = subset
    nodes = tree.LeafNodes(LEAVES[:size])
    hashes = pruned.cut_hashes(nodes, indexes, size)
    index = data.draw(st.integers(0, size - 1))
    leaves = [LEAVES[known] for known in indexes]
    if index not in indexes:
        with pytest.raises(TreeError, match="not among"):
            pruned.leaf_path(leaves, indexes, size, hashes, index)
        return
    path = pruned.leaf_path(leaves, indexes, size, hashes, index)
    assert path == tree.inclusion_path(nodes, index, size)
