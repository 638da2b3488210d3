"""The account of a run: what the world was told, held against what the files say, again and again.

told        statements seen on the wire; what the gateway answered for; confirmations; checkpoints that a reader saw;
            heads that a chain took
found       the log as its owner opens it, the log as a reader sees its files, the agents' outboxes

    lost        answered for or confirmed, and not in the log; a number used whose statement is nowhere
    doubled     in the log more than once
    forked      one (key, number) with two contents; a head that is no prefix of the log
    dropped     gone from an outbox, or marked as confirmed there, without a confirmation
    broken      a link, a number, a confirmation that does not hold; a process that refuses to go on

The account is the run's own: it asks the product to read files and to check signatures, and for nothing else.
`tests/system/oracle.py` judges the end once more, from the files alone. Whether what was signed is so is asked of the
meters and clocks themselves (truth.py); what a reader must find in it, of the log (due.py).
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tally_chain import note, tree
from tally_edge import statement
from tally_edge.agent import down
from tally_edge.agent.outbox import EntryState
from tally_edge.answers import Refusal
from tally_edge.errors import EdgeError, TallyError
from tally_edge.proof import Proof, leaf_hash
from tally_edge.statement import NO_PREV, STREAM_KINDS, Statement
from tally_gateway.errors import LogMissing
from tally_gateway.intake.interface import Outcome
from tally_gateway.log.reader import LogReader
from tally_gateway.log.writer import Log
from tests.simulation.site import ORIGIN, SiteOfRun
from tests.system.oracle import Seen, box_of
from tests.system.oracle import judge as judge_files


class FaultFound(Exception):
    """The account does not add up."""


@dataclass
class Told:
    """Everything that left a process. Numbers are of a stream, by key id."""

    wire: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    answered: set[bytes] = field(default_factory=set)
    confirmed: dict[tuple[bytes, int], int] = field(default_factory=dict)
    """Where in the log a confirmation said that a statement stands."""
    refused: set[bytes] = field(default_factory=set)
    heads: dict[int, bytes] = field(default_factory=dict)
    """Size to root, by confirmations, checkpoints and anchors."""
    anchored: dict[int, bytes] = field(default_factory=dict)


class Oracle:
    """See the module's text. Every method raises FaultFound."""

    def __init__(self, site: SiteOfRun, now: Callable[[], float]) -> None:
        self._site, self._now = site, now
        self.told = Told()
        self.seen = Seen()
        self.checks = 0
        self.begun_at: dict[bytes, int] = {}
        self._roots: list[bytes] = [tree.EMPTY_ROOT]
        self._grown = tree.CompactRange()
        self._entries: list[bytes] = []
        self._place_of: dict[bytes, int] = {}
        self._published = 0

    def _must(self, holds: bool, text: str) -> None:
        self.checks += 1
        if not holds:
            raise FaultFound(f"at {self._now():.3f} s: {text}")

    # What is told

    def on_wire(self, client: str, payload: bytes) -> None:
        """An agent sent this."""
        signed = _decoded(payload)
        if signed.claims.kind not in STREAM_KINDS:
            return
        self.seen.wire.add(payload)
        key = (signed.claims.kid, signed.claims.seq or 0)
        known = self.told.wire.setdefault(key, payload)
        self._must(known == payload, f"forked: {client[:8]} sent two statements with number {key[1]}")

    def acknowledged(self, client: str, payload: bytes, outcome: Outcome) -> None:
        """The gateway answered for this: it is durable now, or refused."""
        del client
        if outcome is Outcome.COMMITTED and _decoded(payload).claims.kind in STREAM_KINDS:
            self.told.answered.add(payload)

    def sent_down(self, client: str, payload: bytes) -> None:
        """The gateway sent this."""
        said = down.read(payload, self._site.signers.proof.public_key)
        if isinstance(said, Refusal):
            self.told.refused.add(said.message)
            self._must(False, f"broken: a statement of {client[:8]} was refused: {said.explanation}")
        elif isinstance(said, Proof):
            self.seen.confirmations.add(payload)
            self._confirmation(said)

    def _confirmation(self, said: Proof) -> None:
        self._must(said.run is not None, "broken: a confirmation for no run")
        assert said.run is not None
        kid, first = said.run
        for number, path in enumerate(said.paths):
            encoded = self.told.wire.get((kid, first + number))
            self._must(encoded is not None, f"broken: number {first + number} is confirmed and was never sent")
            assert encoded is not None
            root = said.root_for(number, encoded)
            said.head.verify(root, self._site.signers.proof.public_key)
            self._head(said.head.size, root, "a confirmation's")
            at = self.told.confirmed.setdefault((kid, first + number), path.index)
            self._must(at == path.index, f"doubled: number {first + number} is confirmed at {at} and at {path.index}")

    def _head(self, size: int, root: bytes, whose: str) -> None:
        known = self.told.heads.setdefault(size, root)
        self._must(known == root, f"forked: {whose} head of size {size} has another root than was told before")

    def anchored(self, size: int, root: bytes) -> None:
        """A chain took this head for ever."""
        self.told.anchored[size] = root
        self._head(size, root, "the anchored")

    # What is found

    def reader_looks(self, folder: Path, *, alone: bool = False) -> None:
        """A reader goes by the files. `alone`: after a crash, before any writer is back."""
        try:
            reader = LogReader(folder)
        except LogMissing:
            self._must(self._published == 0, "lost: the log's files are gone")
            return
        except TallyError as error:
            raise FaultFound(f"at {self._now():.3f} s: broken: a reader can not read the log: {error}") from error
        size = reader.size
        self._must(size >= self._published, f"lost: a reader sees {size} entries, {self._published} were published")
        self._head(size, reader.checkpoint.root, "the published")
        self.seen.checkpoints.add((folder / "log" / "checkpoint").read_bytes())
        if alone:
            hashes = [leaf_hash(reader.entry(index)) for index in range(size)]
            self._must(tree.root_of(hashes) == reader.checkpoint.root, "broken: the entries do not make the root")

    def published(self, size: int) -> None:
        """The gateway says that its checkpoint of this size is durable."""
        self._published = max(self._published, size)

    def log_opened(self, log: Log) -> None:
        """A gateway has begun: nothing of what was found before is believed."""
        self._roots, self._grown = [tree.EMPTY_ROOT], tree.CompactRange()
        self._entries, self._place_of = [], {}
        self.look_at_log(log)

    def look_at_log(self, log: Log) -> None:
        """The whole log against all that was told."""
        for index in range(len(self._entries), log.size):
            encoded = log.entry(index)
            before = self._place_of.setdefault(encoded, index)
            self._must(before == index, f"doubled: one statement stands at {before} and at {index}")
            self._entries.append(encoded)
            self._grown.append(leaf_hash(encoded))
            self._roots.append(self._grown.root())
        size = len(self._entries)
        for encoded in self.told.answered:
            self._must(encoded in self._place_of, f"lost: {_named(encoded)} was acknowledged and is not in the log")
        for key, index in self.told.confirmed.items():
            stands = index < size and self._entries[index] == self.told.wire[key]
            self._must(stands, f"lost: number {key[1]} was confirmed at {index} and does not stand there")
        for told, root in self.told.heads.items():
            self._must(told <= size, f"lost: a head of size {told} was told, the log ends at {size}")
            self._must(self._roots[told] == root, f"forked: the head of size {told} is none of this log's")
        self._must(log.head.size >= self._published, "lost: the sealed head is behind what was published")
        self._must(not log.forks(), "forked: the log holds a fork")

    def look_at_outbox(self, kid: bytes, folder: Path) -> None:
        """An agent's own record against all that was told."""
        try:
            box = box_of(folder)
        except (EdgeError, sqlite3.Error, TypeError) as error:
            raise FaultFound(f"at {self._now():.3f} s: broken: an outbox can not be read: {error}") from error
        self._must(box.kid == kid, "broken: the outbox is another key's")
        before = self.begun_at.get(kid, 0)
        self._must(box.next_seq >= before, f"lost: the next number was {before}, and is {box.next_seq}")
        self.begun_at[kid] = box.next_seq
        sent = [seq for of, seq in self.told.wire if of == kid]
        self._must(max(sent, default=-1) < box.next_seq, "lost: the outbox does not know a number that was sent")
        prev, held = NO_PREV, -1
        for seq, (encoded, state) in box.entries.items():
            signed = _decoded(encoded)
            claims = signed.claims
            self._must(claims.seq == seq, f"broken: number {claims.seq} stands at {seq}")
            self._must(held != seq - 1 or claims.prev == prev, f"broken: number {seq} is not linked to the one before")
            prev, held = signed.id, seq
            on_wire = self.told.wire.get((kid, seq), encoded)
            self._must(on_wire == encoded, f"forked: number {seq} was sent with another content")
            self._must(state is not EntryState.DEAD, f"broken: number {seq} is a dead letter")
            if state is EntryState.CONFIRMED:
                self._must((kid, seq) in self.told.confirmed, f"dropped: number {seq} is marked, and was not confirmed")
        for seq in range(box.next_seq):
            if seq not in box.entries:
                self._must((kid, seq) in self.told.confirmed, f"dropped: number {seq} is gone, and was not confirmed")

    # The end

    def is_settled(self, kids: list[bytes], log: Log) -> bool:
        """Whether every number of every key is confirmed, and everything is anchored."""
        whole = all((kid, seq) in self.told.confirmed for kid in kids for seq in range(self.begun_at.get(kid, 0)))
        return whole and max(self.told.anchored, default=0) >= log.size

    def judge_end(self, folder: Path, boxes: list[Path]) -> int:
        """The files alone, by the oracle of tests/system. How many statements the devices signed."""
        public = self._site.signers.proof.public_key
        vkey = note.verifier_key_of(ORIGIN, self._site.signers.checkpoint)
        signed = 0
        for box in boxes:
            tally = judge_files(folder / "log", box_of(box), self.seen, vkey, public)
            self._must(not tally.faults, f"broken: {'; '.join(tally.faults)}")
            self._must(tally.waiting == 0, f"lost: {tally.waiting} statements still wait")
            self.checks += tally.heads
            signed += tally.signed
        return signed


@functools.lru_cache(maxsize=20_000)
def _decoded(encoded: bytes) -> Statement:
    return statement.decode(encoded)


def _named(encoded: bytes) -> str:
    claims = _decoded(encoded).claims
    return f"number {claims.seq} of {claims.issuer}"
