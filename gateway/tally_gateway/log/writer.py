"""The log's one writer: commit, seal, look up, prove.

Promises, each held by tests/gateway/log:

- `append` returns after the commit: what it placed survives the loss of power, exactly once.
- `seal` returns after the checkpoint file is durable. A head is never taken back, nor is the time in it.
- LogFull: nothing of the call happened that a repeat would not finish. LogBroken: open the log again.
- Memory does not grow with the log, nor does the work of opening it.

Safe for threads. A seal writes its files while appends go on; it takes the lock only to look and to swap.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tally_chain import checkpoint, note
from tally_chain.checkpoint import Checkpoint
from tally_chain.errors import TreeError
from tally_chain.tiles import TILE_WIDTH, TileName, encode_entries, extent
from tally_edge import durable, proof
from tally_edge.keys import Signer
from tally_edge.log_opening import Predecessor
from tally_gateway.errors import LogBroken, LogDamaged, LogError, LogExists, LogFull, LogMissing
from tally_gateway.log.files import DurableFiles, Files
from tally_gateway.log.identity import check_identity, identity_of, is_begun, opening_of
from tally_gateway.log.lock import WriterLock
from tally_gateway.log.paths import HeadPaths
from tally_gateway.log.placing import Placing
from tally_gateway.log.records import Entry, Fork, Head, Place
from tally_gateway.log.recovery import Recovered, recover
from tally_gateway.log.right_edge import RightEdge
from tally_gateway.log.store import STATE_NAME, WAL_PAGES, Identity, Rows, Store
from tally_gateway.log.tile_folder import CHECKPOINT_NAME, LOG_FOLDER, TileFolder
from tally_gateway.log.tile_nodes import TileNodes

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})

Clock = Callable[[], int]


class Log:
    """An open log. `create` or `open` make one; `close` ends it."""

    def __init__(
        self,
        *,
        lock: WriterLock,
        store: Store,
        folder: TileFolder,
        identity: Identity,
        recovered: Recovered,
        checkpoint_signer: Signer,
        proof_signer: Signer,
        clock: Clock,
    ) -> None:
        """Use `create` or `open`."""
        self.origin = identity.origin
        self._writer_lock = lock
        self._store = store
        self._folder = folder
        self._checkpoint_signer = checkpoint_signer
        self._proof_signer = proof_signer
        self._clock = clock
        self._lock = threading.RLock()
        """Guards the store, the edge, the head and `_broken`."""
        self._sealing = threading.Lock()
        """Held by the one seal that runs; taken before `_lock`."""
        self._edge = recovered.edge
        self._nodes = TileNodes(folder, self._edge, self._lock)
        self._placing = Placing(store, self._nodes)
        self._head = recovered.head
        self._published = recovered.published
        self._paths: HeadPaths | None = None
        self._broken: str | None = None

    @staticmethod
    def create(  # noqa: PLR0917  one call per log, all of it needed
        folder: Path,
        origin: str,
        checkpoint_signer: Signer,
        proof_signer: Signer,
        clock: Clock,
        predecessor: Predecessor | None = None,
        *,
        files: Files | None = None,
        wal_pages: int = WAL_PAGES,
    ) -> Log:
        """Start a log in `folder`: the log-opening is entry 0, and the head of size 1 is sealed.

        Raises LogExists where any log stands. A creation that was cut short can be repeated.
        """
        identity = identity_of(origin, checkpoint_signer, proof_signer)
        opening = opening_of(identity, proof_signer, clock(), predecessor)
        durable.make_folder(folder / LOG_FOLDER)
        lock = WriterLock(folder)
        try:
            if (folder / LOG_FOLDER / CHECKPOINT_NAME).exists():
                raise LogExists(f"{folder / LOG_FOLDER} holds a published log")
            store = Store(folder, wal_pages)
            try:
                standing = store.identity()
                if standing is None:
                    leaf = proof.leaf_hash(opening)
                    store.create(identity, Rows(staged=[(0, leaf, opening)], alone=[(leaf, 0)]))
                elif standing != identity or not is_begun(store, predecessor):
                    raise LogExists(f"{folder} holds a log")
            finally:
                store.close()
        finally:
            lock.release()
        return Log.open(folder, checkpoint_signer, proof_signer, clock, None, files=files, wal_pages=wal_pages)

    @staticmethod
    def open(
        folder: Path,
        checkpoint_signer: Signer,
        proof_signer: Signer,
        clock: Clock,
        floor: tuple[int, bytes] | None,
        *,
        origin: str | None = None,
        files: Files | None = None,
        wal_pages: int = WAL_PAGES,
    ) -> Log:
        """Open the log in `folder` for writing.

        `floor` is the newest anchored head that the caller knows (size, root); `origin`, where given, the log expected.
        Raises LogMissing, LogLocked, LogForeign (another origin or key), LogBehind, LogDamaged, LogFull, LogBroken.
        """
        if not (folder / STATE_NAME).is_file():
            raise LogMissing(f"{folder} holds no {STATE_NAME}")
        lock = WriterLock(folder)
        try:
            store = Store(folder, wal_pages)
            try:
                identity = store.identity()
                if identity is None:
                    raise LogMissing(f"{folder} holds no log: its creation was cut short")
                check_identity(folder, identity, origin, checkpoint_signer, proof_signer)
                tiles = TileFolder(folder / LOG_FOLDER, files or DurableFiles())
                recovered = recover(store, tiles, note.decode_verifier_key(identity.verifier_key), floor)
                log = Log(
                    lock=lock,
                    store=store,
                    folder=tiles,
                    identity=identity,
                    recovered=recovered,
                    checkpoint_signer=checkpoint_signer,
                    proof_signer=proof_signer,
                    clock=clock,
                )
                log._settle()
            except BaseException:
                store.close()
                raise
        except BaseException:
            lock.release()
            raise
        return log

    def _settle(self) -> None:
        """After recovery: publish what was swapped and not published, tidy, and seal a log that never was."""
        if self._head is None:
            self.seal()
            return
        with self._file_errors():
            if self._published:
                self._folder.settle()
            else:
                self._publish(self._head)
            for level in (None, *range(len(self._edge.rows))):
                self._folder.sweep(TileName(level, extent(self._head.size, level or 0)[0]))

    def close(self) -> None:
        """Let go of files and lock. What is committed and not sealed waits in state.sqlite."""
        with self._sealing, self._lock:
            if self._broken is None:
                self._broken = "it is closed"
            self._store.close()
            self._writer_lock.release()

    @property
    def size(self) -> int:
        """Entries committed."""
        return self._edge.size

    @property
    def head(self) -> Head:
        """The newest sealed head."""
        assert self._head is not None, "open and create seal the first head"  # noqa: S101
        return self._head

    @property
    def nodes(self) -> TileNodes:
        """Hashes of every complete subtree of what is committed."""
        return self._nodes

    def append(self, entries: Sequence[Entry]) -> list[Place]:
        """Commit a batch; durable on return. One place per entry, in order.

        Raises LogFull (nothing stored), LogError for an entry that no log can hold (nothing stored), LogBroken.
        """
        with self._usable():
            plan = self._placing.plan(entries, self._edge.size)
            if plan.rows.any():
                self._store.commit(plan.rows)
            self._placing.keep(plan)
            self._edge.extend(b"".join([leaf for _, leaf, _ in plan.rows.staged]))
            return plan.places

    def seal(self) -> Head | None:
        """Write the tiles of what is committed, swap the head, publish it. None when there was nothing to do.

        Raises LogFull (the next call finishes what this one began), LogDamaged, LogBroken.
        """
        with self._sealing:
            with self._usable():
                edge, old = self._edge.copy(), self._head
                if old is not None and edge.size == old.size and self._published:
                    return None
            with self._file_errors():
                if old is None or edge.size > old.size:
                    self._write_tiles(edge, old.size if old else 0)
                    old = self._swap(old, edge)
                self._publish(old)
                for name in edge.full:
                    self._folder.remove_partials(name)
                    if name.level == 0:
                        self._folder.remove_partials(TileName(None, name.number))
            return old

    def _write_tiles(self, edge: RightEdge, sealed: int) -> None:
        for name, data in (*edge.full.items(), *edge.partial().items()):
            self._folder.write(name, data)
        for start in range(sealed // TILE_WIDTH * TILE_WIDTH, edge.size, TILE_WIDTH):
            stop = min(start + TILE_WIDTH, edge.size)
            with self._usable():
                entries = [encoded for _, encoded in self._store.staged(start, stop)]
            if len(entries) != stop - start:
                raise LogDamaged(f"{STATE_NAME} has lost a statement in {start}..{stop - 1}")
            self._folder.write(TileName(None, start // TILE_WIDTH, stop - start), encode_entries(entries))
        self._folder.sync()

    def _swap(self, old: Head | None, edge: RightEdge) -> Head:
        """The head of `edge`, signed and swapped in. Every tile of it is durable."""
        root = edge.root()
        at = max(self._clock(), old.at if old else 0)  # a clock that steps back does not take heads with it
        signed = proof.sign_head(self.origin, edge.size, root, at, self._proof_signer)
        text = checkpoint.sign(Checkpoint(self.origin, edge.size, root), self._checkpoint_signer)
        new = Head(edge.size, root, text, signed, at)
        with self._usable():
            self._store.swap_head(old, new, edge.digests(), edge.size // TILE_WIDTH * TILE_WIDTH)
            self._head, self._published, self._paths = new, False, None
            for name in edge.full:
                self._edge.full.pop(name, None)
        return new

    def _publish(self, head: Head) -> None:
        self._folder.publish(head.checkpoint)
        self._published = True

    def entry(self, index: int) -> bytes:
        """A committed statement. Raises TreeError outside the log, LogDamaged naming a bad tile."""
        with self._usable():
            staged = self._store.staged(index, index + 1)
            return staged[0][1] if staged else self._nodes.entry(index)

    def last_of(self, kid: bytes) -> tuple[int, int] | None:
        """(seq, index) of the highest seq of a key; at a fork, of the statement that came first."""
        with self._usable():
            stream = self._store.stream(kid)
            return None if stream is None else self._store.last_place(stream)

    def indexes_of(self, kid: bytes, seq_from: int, seq_to: int) -> list[tuple[int, int]]:
        """(seq, index) of a key's statements from `seq_from` to `seq_to`, both included, ascending; forks twice."""
        with self._usable():
            stream = self._store.stream(kid)
            return [] if stream is None else self._store.places(stream, seq_from, seq_to)

    def count_of(self, kid: bytes, seq_from: int, seq_to: int) -> int:
        """How many numbers of a key from `seq_from` to `seq_to`, both included, hold a statement."""
        with self._usable():
            stream = self._store.stream(kid)
            return 0 if stream is None else self._store.count_places(stream, seq_from, seq_to)

    def forks(self) -> list[Fork]:
        """Every fork, in the order in which they were proven."""
        with self._usable():
            return self._store.forks()

    def proof(self, indexes: Sequence[int], run: tuple[bytes, int] | None = None) -> proof.Proof:
        """A proof of the entries at `indexes` under the newest sealed head.

        Raises LogError for none or more than a proof carries, TreeError for one that no sealed head covers yet.
        """
        if not 0 < len(indexes) <= proof.MAX_RUN:
            raise LogError(f"a proof covers 1..{proof.MAX_RUN} entries, not {len(indexes)}")
        with self._usable():
            head = self.head
            if max(indexes) >= head.size:
                raise TreeError(f"entry {max(indexes)} is not under the head of {head.size} yet")
            if self._paths is None:
                self._paths = HeadPaths(self._nodes, head.size)
            paths = tuple(proof.InclusionPath(index, self._paths.path(index)) for index in indexes)
        return proof.Proof(head.signed, paths, run)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Hold the lock; refuse if the log is closed or in doubt; a LogBroken from inside puts it in doubt."""
        with self._lock:
            if self._broken is not None:
                raise LogBroken(f"the log of {self.origin} can not be used: {self._broken}")
            try:
                yield
            except LogBroken as error:
                self._broken = str(error)
                raise

    @contextmanager
    def _file_errors(self) -> Iterator[None]:
        """A full disk can be waited out. After any other error nobody knows what a later fsync is worth."""
        try:
            yield
        except OSError as error:
            if error.errno in NO_SPACE:
                raise LogFull(f"no space below {self._folder.root}: {error}") from error
            self._broken = f"{self._folder.root}: {error}"
            raise LogBroken(self._broken) from error
