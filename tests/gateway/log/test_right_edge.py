"""The right edge, and paths under a head, against the plain tree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tally_chain import tree
from tally_chain.tiles import TileName
from tally_chain.tree import LeafNodes, leaf_hash, root_of
from tally_gateway.log.paths import HeadPaths
from tally_gateway.log.right_edge import RightEdge

LEAVES = [leaf_hash(number.to_bytes(3, "big")) for number in range(70_000)]


@given(st.lists(st.integers(0, 700), max_size=6))
@settings(deadline=None, max_examples=60)
def test_the_root_does_not_depend_on_how_leaves_came(steps: list[int]) -> None:
    edge, size = RightEdge(), 0
    for step in steps:
        edge.extend(b"".join(LEAVES[size : size + step]))
        size += step
    assert edge.size == size
    assert edge.root() == root_of(LEAVES[:size])
    tiles = {**edge.full, **edge.partial()}
    again = RightEdge.load(size, tiles.__getitem__)
    assert again.root() == edge.root()
    assert again.digests() == edge.digests()


def test_three_levels() -> None:
    edge = RightEdge()
    edge.extend(b"".join(LEAVES))
    assert edge.root() == root_of(LEAVES)
    level1 = [root_of(LEAVES[at : at + 256]) for at in range(0, 65_536, 256)]
    assert edge.full[TileName(1, 0)] == b"".join(level1)
    assert edge.partial()[TileName(2, 0, 1)] == root_of(LEAVES[:65_536])
    assert set(edge.full) == {TileName(0, number) for number in range(273)} | {TileName(1, 0)}


def test_a_copy_stays_as_it_was() -> None:
    edge = RightEdge()
    edge.extend(b"".join(LEAVES[:300]))
    copy = edge.copy()
    edge.extend(b"".join(LEAVES[300:900]))
    assert copy.root() == root_of(LEAVES[:300])
    assert len(copy.full) == 1


@given(st.integers(1, 1_100), st.data())
@settings(deadline=None, max_examples=200)
def test_paths_are_those_of_the_tree(size: int, data: st.DataObject) -> None:
    nodes = LeafNodes(LEAVES[:size])
    paths = HeadPaths(nodes, size)
    for index in data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=12)):
        assert list(paths.path(index)) == tree.inclusion_path(nodes, index, size)
