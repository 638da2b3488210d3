"""Opening a log: which crash or which hand left it as it is. The case analysis stands in `recover`.

What is durable, in this order (docs/decisions/sqlite-commit-then-tiles.md):

    1  commit      statements in state.sqlite; from here on they are acknowledged
    2  tiles       hash and entry tiles of the next head, contents and names
    3  swap        the head in state.sqlite; statements whose full entry tile stands leave it
    4  publish     the checkpoint file; from here on readers hold us to this head
    5  tidy        partial tiles of full ones go
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tally_chain import checkpoint, tree
from tally_chain.errors import NoteError, TileError, TreeError
from tally_chain.note import VerifierKey
from tally_chain.tiles import TILE_HEIGHT, TILE_WIDTH, TileName, decode_entries, extent
from tally_edge.proof import HASH_BYTES
from tally_gateway.errors import LogBehind, LogDamaged, LogMissing
from tally_gateway.log.records import Head
from tally_gateway.log.right_edge import RightEdge
from tally_gateway.log.store import STATE_NAME, Store
from tally_gateway.log.tile_folder import CHECKPOINT_NAME, TileFolder
from tally_gateway.log.tile_nodes import TileNodes

_READ_AT_ONCE = 1_024


@dataclass(frozen=True, slots=True)
class Recovered:
    """The state to go on from. `head` None: nothing was ever sealed. `published`: the checkpoint file says `head`."""

    edge: RightEdge
    head: Head | None
    published: bool


def recover(store: Store, folder: TileFolder, key: VerifierKey, floor: tuple[int, bytes] | None) -> Recovered:
    """Bring memory to what is committed, or refuse. Writes nothing; work does not grow with the log.

    Raises LogBehind, LogDamaged (naming a file) or LogForeign.
    """
    sealed = store.head()
    head = sealed[0] if sealed else None

    # The right edge of the sealed head is on disk, always: tiles are durable before the swap. No crash takes them away,
    # so a missing or altered one is damage.
    edge = _sealed_edge(folder, *sealed) if sealed else RightEdge()
    nodes = TileNodes(folder, edge)
    if head:
        _check_last_tiles(nodes, folder, head.size)

    # Killed after a commit and before its seal: statements stand in state.sqlite and in no tile. They are committed;
    # the next seal writes their tiles. Killed while tiles were written: the same, with some tiles already there; they
    # hold the same bytes, since the order of what is committed never changes, and the next seal finds them so.
    _replay_staged(store, folder, edge, head.size if head else 0)
    if edge.size == 0:
        raise LogMissing(f"{folder.root.parent} holds no entry: its creation was cut short")

    # Temporary files of a killed write never count: only whole, renamed files are read. The writer sweeps them later.
    published = _compare_published(folder, key, head, nodes)
    if floor is not None:
        _check_floor(folder, nodes, *floor)
    return Recovered(edge, head, published)


def _compare_published(folder: TileFolder, key: VerifierKey, head: Head | None, nodes: TileNodes) -> bool:
    """Compare the checkpoint file with the sealed head. True: it says just that head."""
    path = folder.root / CHECKPOINT_NAME
    data = folder.published()
    if data is None:
        # Killed during creation before the first publication; or somebody removed the file. It is written again from
        # the sealed head, which is never older than what was published.
        return False
    try:
        seen = checkpoint.open_signed(data, key)
    except NoteError as error:
        # The file is replaced whole or not at all, so no crash leaves half of one.
        raise LogDamaged(f"{path}: {error}") from None
    if head is None or seen.size > head.size:
        # No crash does this: the swap is durable before publication. state.sqlite was restored from a backup, or the
        # disk lied about a sync. Going on would give published places to other statements.
        raise LogBehind(
            f"{folder.root.parent / STATE_NAME} stands at {head.size if head else 0}, but {path} was published at "
            f"{seen.size}: an older copy was restored, or the disk lost what it had promised"
        )
    if _root_at(nodes, seen.size) != seen.root:
        raise LogDamaged(f"{path} is no head of this log: the root at {seen.size} differs")
    # Equal: a clean stop, or killed while idle. Older: killed between swap and publication; it is published again.
    return data == head.checkpoint


def _check_floor(folder: TileFolder, nodes: TileNodes, size: int, root: bytes) -> None:
    """The anchored head binds: a log that is shorter, or has another root there, is not the one that was anchored."""
    if size > nodes.size:
        raise LogBehind(f"{folder.root.parent} has {nodes.size} entries, but {size} are anchored")
    if _root_at(nodes, size) != root:
        raise LogDamaged(f"{folder.root.parent} is not what was anchored: the root at {size} differs")


def _root_at(nodes: TileNodes, size: int) -> bytes:
    return tree.subtree_root(nodes, 0, size) if size else tree.EMPTY_ROOT


def _sealed_edge(folder: TileFolder, head: Head, digests: bytes) -> RightEdge:
    """The partial tiles of the sealed head. Their digests are in state.sqlite, so an altered one can be named."""
    edge = RightEdge.load(head.size, folder.read)
    for level, row in enumerate(edge.rows):
        if hashlib.sha256(row).digest() != digests[HASH_BYTES * level : HASH_BYTES * (level + 1)]:
            number, width = extent(head.size, level)
            raise LogDamaged(f"{folder.root / TileName(level, number, width).path()} is altered")
    if edge.root() != head.root:
        raise LogDamaged(f"the tiles of {folder.root} do not lead to the root in {STATE_NAME}")
    return edge


def _check_last_tiles(nodes: TileNodes, folder: TileFolder, size: int) -> None:
    """The newest full tile of each level, and the newest entry tile: there, and as their hashes say."""
    level = 0
    while (full := extent(size, level)[0]) > 0:
        nodes.node(TILE_HEIGHT * level, full * TILE_WIDTH - 1)
        level += 1
    full, partial = extent(size, 0)
    name = TileName(None, full, partial) if partial else TileName(None, full - 1)
    path = folder.root / name.path()
    try:
        entries = decode_entries(folder.read(name), name.width)
        for place in range(name.width):
            nodes.check_entry(name.number * TILE_WIDTH + place, entries[place], path)
    except (TileError, TreeError) as error:
        raise LogDamaged(f"{path}: {error}") from None


def _replay_staged(store: Store, folder: TileFolder, edge: RightEdge, sealed: int) -> None:
    """Extend the edge by what is committed and not sealed; check that nothing staged is missing or altered."""
    path = folder.root.parent / STATE_NAME
    span = store.staged_span()
    keep_from = sealed // TILE_WIDTH * TILE_WIDTH
    if span is None:
        if sealed != keep_from:
            raise LogDamaged(f"{path} has lost the statements {keep_from}..{sealed - 1}")
        return
    first, stop = span
    if first != keep_from or stop < sealed:
        raise LogDamaged(f"{path} holds the statements {first}..{stop - 1}, and should from {keep_from} to {sealed}")
    sealed_leaves = bytes(edge.rows[0]) if edge.rows else b""
    for start, end in ((keep_from, sealed), *_pieces(sealed, stop)):
        rows = store.staged(start, end)
        leaves = b"".join([leaf for leaf, _ in rows])
        whole = len(rows) == end - start and all(tree.leaf_hash(encoded) == leaf for leaf, encoded in rows)
        if not whole or (end == sealed and leaves != sealed_leaves):
            raise LogDamaged(f"{path} has lost or altered a statement in {start}..{end - 1}")
        if start >= sealed:
            edge.extend(leaves)


def _pieces(start: int, stop: int) -> list[tuple[int, int]]:
    return [(at, min(stop, at + _READ_AT_ONCE)) for at in range(start, stop, _READ_AT_ONCE)]
