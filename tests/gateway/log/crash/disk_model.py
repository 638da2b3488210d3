"""A disk that forgets: what may be found on it after the power went, by the rules of POSIX and no kinder.

- Data of a file is durable once the file was synced after it was written. Before, each write is there, or not, or in
  part.
- A name (created, renamed, removed) is durable once its folder was synced. Before, a folder shows its names as they
  were after any number of its changes.
- Syncing a file does not make its name durable, nor the name of its folder.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.gateway.log.crash.recording import Event

SECTOR = 512


@dataclass(slots=True)
class File:
    """A file: what is durable of it, and what was done to it since."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(offset, data), or (size, None) for a truncation."""


@dataclass(slots=True)
class Folder:
    """A folder: the names that are durable, and the changes since."""

    durable: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[tuple[str, File | Folder | None]] = field(default_factory=list)
    """(name, what it names now; None: nothing)."""

    def now(self) -> dict[str, File | Folder]:
        """The names as a running program sees them."""
        return self.after(len(self.pending))

    def after(self, changes: int) -> dict[str, File | Folder]:
        """The names with the first `changes` of those pending."""
        names = dict(self.durable)
        for name, target in self.pending[:changes]:
            if target is None:
                names.pop(name, None)
            else:
                names[name] = target
        return names


Deaf = Callable[[str, Event | None], bool]
"""(path synced, the event before) -> whether the disk only pretends to sync it."""


class Disk:
    """Replays events. `deaf` makes some syncs do nothing, as if the call stood not in the program."""

    def __init__(self, deaf: Deaf | None = None) -> None:
        """An empty disk."""
        self.root = Folder()
        self._deaf = deaf
        self._before: Event | None = None

    @staticmethod
    def of(folder: Path) -> Disk:
        """A disk that holds what stands in `folder`, all of it durable."""
        disk = Disk()
        disk.root = _read_folder(folder)
        return disk

    def apply(self, event: Event) -> None:
        """Do what a call did."""
        if event.what == "mark":
            return
        folder, name = self._parent(event.path)
        node = folder.now().get(name) if name else self.root
        if event.what == "create" and node is None:
            folder.pending.append((name, File()))
        elif event.what == "mkdir" and node is None:
            folder.pending.append((name, Folder()))
        elif event.what in ("unlink", "rmdir"):
            folder.pending.append((name, None))
        elif event.what == "rename":
            target, new_name = self._parent(event.target)
            assert target is folder, "renames across folders are not modelled, and not used"
            assert node is not None
            folder.pending.append((new_name, node))
            folder.pending.append((name, None))
        elif event.what == "write" and isinstance(node, File):
            node.pending.append((event.offset, event.data))
        elif event.what == "truncate" and isinstance(node, File):
            node.pending.append((event.offset, None))
        elif event.what == "sync" and node is not None:
            if self._deaf is None or not self._deaf(event.path, self._before):
                _sync(node)
        elif event.what not in ("create", "mkdir"):
            raise AssertionError(f"{event.what} of {event.path}, which the model does not have")
        self._before = event

    def _parent(self, path: str) -> tuple[Folder, str]:
        *parts, name = path.split("/")
        folder = self.root
        for part in parts:
            below = folder.now()[part]
            assert isinstance(below, Folder)
            folder = below
        return folder, name

    def materialise(self, target: Path, mode: str, choose: random.Random) -> None:
        """Write to `target` what the power cut left. Modes: kept (all of it), dropped (nothing unsynced), torn."""
        _write_folder(self.root, target, mode, choose)


def _sync(node: File | Folder) -> None:
    if isinstance(node, File):
        _write(node.durable, node.pending)
    else:
        node.durable = node.now()
    node.pending.clear()


def _read_folder(folder: Path) -> Folder:
    names: dict[str, File | Folder] = {}
    for path in sorted(folder.iterdir()):
        names[path.name] = _read_folder(path) if path.is_dir() else File(bytearray(path.read_bytes()))
    return Folder(names)


def _content(file: File, done: list[tuple[int, bytes | None]]) -> bytes:
    content = bytearray(file.durable)
    _write(content, done)
    return bytes(content)


def _write(content: bytearray, done: list[tuple[int, bytes | None]]) -> None:
    for offset, data in done:
        if data is None:
            del content[offset:]
            content += bytes(offset - len(content))
        else:
            content += bytes(max(0, offset - len(content)))
            content[offset : offset + len(data)] = data


def _torn(file: File, choose: random.Random) -> list[tuple[int, bytes | None]]:
    """Some of what is pending: writes missing, cut short, or with sectors missing, independently of their order."""
    done: list[tuple[int, bytes | None]] = []
    for offset, data in file.pending:
        fate = choose.choice(("whole", "missing", "prefix", "sectors"))
        if data is None:
            if fate != "missing":
                done.append((offset, None))
        elif fate == "whole":
            done.append((offset, data))
        elif fate == "prefix":
            done.append((offset, data[: choose.randrange(len(data) + 1)]))
        elif fate == "sectors":
            at = 0
            while at < len(data):
                end = at + SECTOR - (offset + at) % SECTOR
                if choose.random() < 0.5:
                    done.append((offset + at, data[at:end]))
                at = end
    return done


def _write_folder(folder: Folder, target: Path, mode: str, choose: random.Random) -> None:
    target.mkdir(exist_ok=True)
    changes = len(folder.pending)
    if mode == "dropped":
        changes = 0
    elif mode == "torn":
        changes = choose.randint(0, changes)
    for name, node in folder.after(changes).items():
        if isinstance(node, Folder):
            _write_folder(node, target / name, mode, choose)
        elif mode == "torn":
            (target / name).write_bytes(_content(node, _torn(node, choose)))
        else:
            (target / name).write_bytes(_content(node, node.pending if mode == "kept" else []))
