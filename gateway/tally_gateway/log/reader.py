"""Reading a log from its tiles alone, in any process, beside its writer or without one."""

from __future__ import annotations

from pathlib import Path

from tally_chain import checkpoint, note
from tally_chain.checkpoint import Checkpoint
from tally_chain.errors import NoteError
from tally_chain.note import VerifierKey
from tally_gateway.errors import LogDamaged, LogForeign, LogMissing
from tally_gateway.log.files import DurableFiles
from tally_gateway.log.right_edge import RightEdge
from tally_gateway.log.tile_folder import CHECKPOINT_NAME, LOG_FOLDER, TileFolder
from tally_gateway.log.tile_nodes import TileNodes


class LogReader:
    """The log in `<folder>/log` as its checkpoint says, until `refresh` looks again.

    Every hash is checked against the checkpoint's root, every entry against its hash. Who signed the checkpoint is
    checked where `key` is given.
    """

    def __init__(self, folder: Path, key: VerifierKey | None = None) -> None:
        """Raises LogMissing without a checkpoint, LogDamaged naming a bad file, LogForeign for another signer."""
        self._folder = TileFolder(folder / LOG_FOLDER, DurableFiles())
        self._key = key
        self._checkpoint, self._signed = self._read()
        self._nodes = TileNodes(self._folder, self._edge(self._checkpoint))

    def refresh(self) -> bool:
        """Look for a newer checkpoint; True if there is one. Raises as the constructor, and LogDamaged if it shrank."""
        seen, signed = self._read()
        if seen.size < self.size or seen.origin != self._checkpoint.origin:
            raise LogDamaged(f"{self._folder.root / CHECKPOINT_NAME} went back from {self.size} to {seen.size}")
        if seen.size == self.size:
            if seen.root != self._checkpoint.root:
                raise LogDamaged(f"{self._folder.root / CHECKPOINT_NAME} has another root at {seen.size} than before")
            return False
        self._nodes.replace_edge(self._edge(seen))
        self._checkpoint, self._signed = seen, signed
        return True

    @property
    def size(self) -> int:
        """Entries under the checkpoint."""
        return self._checkpoint.size

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint, parsed."""
        return self._checkpoint

    @property
    def signed_checkpoint(self) -> bytes:
        """The checkpoint file's bytes."""
        return self._signed

    @property
    def nodes(self) -> TileNodes:
        """Hashes of every complete subtree under the checkpoint."""
        return self._nodes

    def entry(self, index: int) -> bytes:
        """The entry at `index`. Raises TreeError outside the log, LogDamaged naming a bad tile."""
        return self._nodes.entry(index)

    def _read(self) -> tuple[Checkpoint, bytes]:
        path = self._folder.root / CHECKPOINT_NAME
        data = self._folder.published()
        if data is None:
            raise LogMissing(f"{path} is missing")
        try:
            seen = checkpoint.decode(note.decode(data).text)
            if self._key is not None:
                note.verify(note.decode(data), [self._key])
        except NoteError as error:
            raise LogDamaged(f"{path}: {error}") from None
        if self._key is not None and seen.origin != self._key.name:
            raise LogForeign(f"{path} is of {seen.origin}, not of {self._key.name}")
        return seen, data

    def _edge(self, seen: Checkpoint) -> RightEdge:
        edge = RightEdge.load(seen.size, self._folder.read)
        if edge.root() != seen.root:
            raise LogDamaged(f"the tiles of {self._folder.root} do not lead to the root of their checkpoint")
        return edge
