"""Tile paths and encodings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import tiles
from tally_chain.errors import TileError
from tally_chain.tiles import TileName
from tally_chain.tree import LeafNodes, leaf_hash, root_of

TESSERA = Path(__file__).parents[3] / "shared" / "data" / "vectors" / "tessera-tlog-tiles" / "testdata" / "log"

NAMES = st.builds(
    TileName,
    st.one_of(st.none(), st.integers(0, tiles.MAX_LEVEL)),
    st.integers(0, 2**55 - 1),
    st.integers(1, tiles.TILE_WIDTH),
)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (TileName(0, 0), "tile/0/000"),
        (TileName(0, 1234067), "tile/0/x001/x234/067"),
        (TileName(3, 999, 1), "tile/3/999.p/1"),
        (TileName(None, 1000, 255), "tile/entries/x001/000.p/255"),
    ],
)
def test_paths_as_the_specification_writes_them(name: TileName, path: str) -> None:
    assert name.path() == path
    assert tiles.parse_path(path) == name


@given(NAMES)
def test_a_path_reads_back(name: TileName) -> None:
    assert tiles.parse_path(name.path()) == name


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/000/001",
        "tile/0/x000/001",
        "tile/00/000",
        "tile/8/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p",
        "tile/0/000.p/1/",
        "tile/0/../000",
        "tile/data/000",
        "/tile/0/000",
        "tile/0/٠٠٠",
        "tile/0/000\n",
        "tile/0/" + "x001/" * 40 + "000",
        "",
    ],
)
def test_another_way_to_write_a_path_is_refused(path: str) -> None:
    with pytest.raises(TileError):
        tiles.parse_path(path)


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=tiles.TILE_WIDTH))
def test_entries_read_back(entries: list[bytes]) -> None:
    assert tiles.decode_entries(tiles.encode_entries(entries), len(entries)) == entries


@pytest.mark.parametrize(
    ("data", "width", "says"),
    [
        (b"\x00\x01a", 2, "entry 1 of 2 runs past"),
        (b"\x00\x01a\x00", 2, "entry 1 of 2 runs past"),
        (b"\x00\x02a", 1, "entry 0 of 1 runs past"),
        (b"\x00\x01ab", 1, "1 trailing bytes"),
        (b"\x00\x00", 1, "empty"),
        (b"", 0, "1..256"),
        (b"\x00\x01a" * 257, 257, "1..256"),
    ],
)
def test_a_wrong_entry_tile_is_refused_by_name(data: bytes, width: int, says: str) -> None:
    with pytest.raises(TileError, match=says):
        tiles.decode_entries(data, width)


@pytest.mark.parametrize("entries", [[], [b""], [b"a" * 65_536], [b"a"] * 257])
def test_what_no_tile_holds_is_not_written(entries: list[bytes]) -> None:
    with pytest.raises(TileError):
        tiles.encode_entries(entries)


@given(st.integers(1, 256), st.data())
def test_inner_nodes_are_those_of_the_tree(width: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(number.to_bytes(2, "big")) for number in range(width)]
    inner = data.draw(st.integers(0, width.bit_length() - 1))
    place = data.draw(st.integers(0, (width >> inner) - 1))
    tile = tiles.HashTile.decode(b"".join(leaves), width)
    assert tile.node(inner, place) == LeafNodes(leaves).node(inner, place)
    with pytest.raises(TileError):
        tile.node(inner, width >> inner)
    with pytest.raises(TileError):
        tile.node(inner, -1)


def test_a_node_that_is_not_complete_lies_in_no_tile() -> None:
    assert tiles.tile_holding(9, 1, 1024) == (TileName(1, 0, 4), 1, 1)
    for level, index, size in ((0, 5, 5), (1, 2, 5), (0, -1, 5), (-1, 0, 5)):
        with pytest.raises(TileError):
            tiles.tile_holding(level, index, size)


@pytest.mark.shared
@pytest.mark.skipif(not TESSERA.is_dir(), reason="../shared is absent")
@pytest.mark.parametrize("width", range(1, 16))
def test_tiles_of_another_implementation(width: int) -> None:
    hashes = (TESSERA / TileName(0, 0, width).path()).read_bytes()
    entries = tiles.decode_entries((TESSERA / TileName(None, 0, width).path()).read_bytes(), width)
    leaves = [leaf_hash(entry) for entry in entries]
    assert b"".join(leaves) == hashes
    assert tiles.encode_entries(entries) == (TESSERA / TileName(None, 0, width).path()).read_bytes()
    assert root_of(leaves)
