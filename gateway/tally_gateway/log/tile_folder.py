"""The folder of tiles, `<folder>/log`: written once, never changed, durable before any head speaks of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tally_chain.tiles import TileName
from tally_edge.proof import HASH_BYTES
from tally_gateway.errors import LogDamaged
from tally_gateway.log.files import Files

LOG_FOLDER: Final = "log"
CHECKPOINT_NAME: Final = "checkpoint"
_MAX_KNOWN_FOLDERS: Final = 1_024


class TileFolder:
    """Reads and writes tiles below one folder."""

    def __init__(self, root: Path, files: Files) -> None:
        """`root` holds `tile/` and `checkpoint`, and stands."""
        self.root = root
        self._files = files
        self._known: set[Path] = set()
        self._unsynced: set[Path] = set()

    def read(self, name: TileName) -> bytes:
        """A tile's bytes; a hash tile has `name.width` hashes.

        A partial hash tile that has given way to its full one is cut from that. Raises LogDamaged naming a missing
        file, or one of another length.
        """
        path = self.root / name.path()
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            full = self.root / name.full.path()
            if name.level is None or full == path or not full.exists():
                raise LogDamaged(f"{path} is missing") from None
            data = full.read_bytes()[: name.width * HASH_BYTES]
        if name.level is not None and len(data) != name.width * HASH_BYTES:
            raise LogDamaged(f"{path} has {len(data)} bytes, and should have {name.width * HASH_BYTES}")
        return data

    def write(self, name: TileName, data: bytes) -> None:
        """Write a tile; durable after `sync`. Raises OSError, or LogDamaged where other bytes stand there already."""
        path = self.root / name.path()
        self._stand(path.parent)
        try:
            standing = path.read_bytes()
        except FileNotFoundError:
            self._files.place(path, data)
        else:
            # A seal that was cut short has written it before; its name may not be durable yet: sync the folder again.
            if standing != data:
                raise LogDamaged(f"{path} holds other bytes than the log has for it; a tile never changes")
        self._unsynced.add(path.parent)

    def _stand(self, folder: Path) -> None:
        """Make `folder` and what is above it, down from the root.

        The first time in this process each name is synced even if it stands: a process killed between creating and
        syncing it leaves a name that the next power cut takes, with everything below.
        """
        if folder in self._known or folder == self.root:
            return
        self._stand(folder.parent)
        self._files.make_folder(folder)
        self._unsynced.add(folder.parent)
        if len(self._known) >= _MAX_KNOWN_FOLDERS:
            self._known.clear()
        self._known.add(folder)

    def sync(self) -> None:
        """Make the names of everything written durable. Raises OSError."""
        for folder in sorted(self._unsynced):
            self._files.sync(folder)
            self._unsynced.discard(folder)

    def publish(self, checkpoint: bytes) -> None:
        """Put the signed checkpoint where readers look, durable on return. Raises OSError.

        Both syncs are for readers: they go by this file alone, and must not see the log shrink after a power cut, not
        even before the writer is back.
        """
        self._files.place(self.root / CHECKPOINT_NAME, checkpoint)
        self._files.sync(self.root)

    def settle(self) -> None:
        """Sync the name of the checkpoint: a killed process may have renamed it and no more. Raises OSError."""
        self._files.sync(self.root)

    def published(self) -> bytes | None:
        """The checkpoint file's bytes."""
        try:
            return (self.root / CHECKPOINT_NAME).read_bytes()
        except FileNotFoundError:
            return None

    def remove_partials(self, name: TileName) -> None:
        """Remove the partial tiles that the full tile `name` contains. Raises OSError."""
        folder = self.root / f"{name.full.path()}.p"
        if folder.is_dir():
            for path in folder.iterdir():
                self._files.remove(path)
            self._files.remove(folder)
            self._known.discard(folder)

    def sweep(self, name: TileName) -> None:
        """Remove what a cut left beside `name`, the first tile that is not full under the sealed head.

        That is temporary files, and partials of full tiles: full under the sealed head, for one that merely stands may
        not be durable, and then the partial one is all there is. Looks at one folder of at most a thousand tiles,
        never at the whole log. Raises OSError.
        """
        folder = (self.root / name.path()).parent
        if not folder.is_dir():
            return
        for path in folder.iterdir():
            if path.name.endswith(".tmp"):
                self._files.remove(path)
            elif path.suffix == ".p":
                number = name.number // 1_000 * 1_000 + int(path.stem)
                if number < name.number:
                    self.remove_partials(TileName(name.level, number))
                else:
                    for stray in path.glob(".*.tmp"):
                        self._files.remove(stray)
