"""The disks of the nodes: what each process does to its files, what of it a power cut leaves, and how calls fail.

Files are real, in memory (/dev/shm). Beside them the model of tests/gateway/log/crash keeps what is durable: it is told
of every call by the shim, before the call is made. A process that dies leaves its files as they are now (kill), or as a
power cut may leave them (dropped: nothing that was not synced; torn: some of it, in sectors, in no order). The next
process finds them in a folder of its own, so that nothing that still hangs on the old one reaches it.
"""

from __future__ import annotations

import ctypes
import errno
import random
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from unittest import mock

from tests.gateway.log.crash.disk_model import Disk
from tests.gateway.log.crash.recording import Event
from tests.simulation.shim import Watch
from tests.simulation.trace import Trace

_WHAT = {1: "create", 2: "write", 3: "truncate", 4: "sync", 5: "rename", 6: "unlink", 7: "mkdir", 8: "rmdir"}
_UNKNOWN = 9
_ASK = 0x100
_NEEDS_SPACE = frozenset({"create", "write", "mkdir"})


class Loss(Enum):
    """What a death leaves of what was not synced."""

    KEPT = "kept"
    DROPPED = "dropped"
    TORN = "torn"


@dataclass
class DiskFaults:
    """What happens to calls of one process just now."""

    full: bool = False
    """Nothing can be written."""
    sync_error_rate: float = 0.0
    """How often a sync fails with EIO."""


@dataclass
class Process:
    """One life of a node: its folder, what is known of its disk, and whether it lives."""

    name: str
    life: int
    folder: Path
    disk: Disk
    chance: random.Random
    faults: DiskFaults = field(default_factory=DiskFaults)
    alive: bool = True
    calls: int = 0
    steps: int = 0
    dies_at_call: int | None = None
    dies_at_step: int | None = None
    now: Callable[[], float] = lambda: 0.0
    failed_at: list[float] = field(default_factory=list)
    """When calls failed by a fault, virtual seconds: what the process says of its disk is not held against it then."""
    connections: list[sqlite3.Connection] = field(default_factory=list)
    on_death: Callable[[str], None] = lambda _why: None

    @property
    def label(self) -> str:
        """Name and life."""
        return f"{self.name}.{self.life}"

    def die(self, why: str) -> None:
        """From here on it changes nothing any more, and nobody hears of it."""
        if self.alive:
            self.alive = False
            self.on_death(why)

    def step(self) -> None:
        """It has come to an await."""
        self.steps += 1
        if self.steps == self.dies_at_step:
            self.die("at an await")

    def decide(self, what: str, path: str) -> int:
        """Whether the call goes through: 0, or the error number."""
        if not self.alive:
            return errno.EIO
        self.calls += 1
        if self.calls == self.dies_at_call:
            self.die(f"before it could {what} {path}")
            return errno.EIO
        if self.faults.full and what in _NEEDS_SPACE:
            self.failed_at.append(self.now())
            return errno.ENOSPC
        if what == "sync" and self.faults.sync_error_rate and self.chance.random() < self.faults.sync_error_rate:
            self.failed_at.append(self.now())
            return errno.EIO
        return 0


class Machines:
    """Every process that runs or ran, and the one place that hears of their calls."""

    def __init__(self, root: Path, trace: Trace) -> None:
        """`root` is below /dev/shm."""
        self.root = root
        self._trace = trace
        self._running: dict[str, Process] = {}
        self._watch = Watch(root, self._told)
        self.broken: list[str] = []
        """What went wrong in here; then the run proves nothing."""
        self.calls = 0

    def first(self, name: str, chance: random.Random) -> Process:
        """A new machine's first process, with an empty folder."""
        return self._begin(name, 0, Disk(), chance)

    def next(self, dead: Process, loss: Loss) -> Process:
        """The machine's next process, with the files that the death of `dead` left."""
        process = self._begin(dead.name, dead.life + 1, dead.disk, dead.chance)
        dead.disk.materialise(process.folder, loss.value, dead.chance)
        if loss is not Loss.KEPT:
            process.disk = Disk.of(process.folder)
        self._running[process.label] = process
        return process

    def _begin(self, name: str, life: int, disk: Disk, chance: random.Random) -> Process:
        folder = self.root / f"{name}.{life}"
        process = Process(name, life, folder, disk, chance, now=self._trace.now)
        folder.mkdir()
        if life == 0:
            self._running[process.label] = process
        return process

    def bury(self, dead: Process) -> None:
        """Close what a dead process held open, once. Nothing that this does reaches its files."""
        assert not dead.alive
        while dead.connections:
            dead.connections.pop().close()
        self._watch.close_below(dead.folder)
        self._running.pop(dead.label, None)

    def close(self) -> None:
        """Hear no more."""
        self._watch.close()

    def _told(self, what: int, path: bytes, target: bytes | None, offset: int, data: int, length: int) -> int:
        try:
            return self._hear(what, path.decode(), None if target is None else target.decode(), offset, data, length)
        except BaseException:  # noqa: BLE001  nothing may be raised through the C library
            self.broken.append(traceback.format_exc())
            return errno.EIO

    def _hear(self, what: int, path: str, target: str | None, offset: int, data: int, length: int) -> int:
        label, _, below = path[len(str(self.root)) + 1 :].partition("/")
        process = self._running.get(label)
        if process is None or below.endswith("-shm"):
            return 0  # a folder that is being made ready; memory that processes share is never on the disk
        if what == _UNKNOWN:
            raise AssertionError(f"{target} of {path}, which the model does not have")
        name = _WHAT[what & ~_ASK]
        if what & _ASK:
            return process.decide(name, below)
        if name in ("write", "truncate", "sync") and (error := process.decide(name, below)):
            return error
        if not process.alive:
            return 0  # an open or a close of a dead process: nothing that its disk would know
        self.calls += 1
        self._trace.note(process.label, f"{name} {below} {offset} {length}")
        content = ctypes.string_at(data, length) if name == "write" else b""
        new = "" if target is None else target[len(str(process.folder)) + 1 :]
        process.disk.apply(Event(name, below, new, offset, content))
        return 0

    @contextmanager
    def connections_are_known(self) -> Iterator[None]:
        """Who opens a database is its process's: a death closes it."""
        connect = sqlite3.connect

        def noted(database: str | Path, *arguments: object, **options: object) -> sqlite3.Connection:
            made: sqlite3.Connection = connect(database, *arguments, **options)  # as they came
            label = str(database).removeprefix("file:")[len(str(self.root)) + 1 :].partition("/")[0]
            if (process := self._running.get(label)) is not None:
                process.connections.append(made)
            return made

        with mock.patch.object(sqlite3, "connect", noted):
            yield
