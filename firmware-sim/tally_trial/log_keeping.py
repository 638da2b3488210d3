"""The gateway of a play: its checks are the gateway's own, its log is in memory or in a folder.

A play of a thousand seeds keeps its log in memory; `tallystick sim run` keeps it in a folder with the gateway's own
writer. Both see the same statements in the same order, so they show the same bytes (a test compares them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

from tally_chain import checkpoint
from tally_chain.bundling import LogSource
from tally_chain.checkpoint import Checkpoint
from tally_chain.tree import LeafNodes, Nodes, root_of
from tally_edge import keys, proof, statement, wire
from tally_edge.answers import RefusalReason
from tally_edge.authority import PAYLOAD_OF_KIND, Enrolment, Rotation
from tally_edge.errors import DecodeError
from tally_edge.keys import PublicKey
from tally_edge.proof import HeadSignature, leaf_hash
from tally_edge.signer import FileSigner
from tally_edge.statement import Kind
from tally_gateway.admission import Checked, Message, check_batch
from tally_gateway.export import LogAt, LogKeys
from tally_gateway.log.identity import identity_of, opening_of
from tally_gateway.log.reader import LogReader
from tally_gateway.log.records import COUNTED_ONLY, Entry, Place
from tally_gateway.log.writer import Log
from tally_trial.parties import ISSUER

MAX_SIDES: Final = 2
"""Statements of one (kid, seq) that a log keeps: two prove a fork."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message: at `index` in the log (`duplicate`: before already), or refused for a reason."""

    encoded: bytes
    index: int | None
    duplicate: bool = False
    reason: RefusalReason | None = None
    explanation: str = ""


class Keeper(Protocol):
    """Keeps a log. Entry 0 is its opening."""

    def append(self, entries: Sequence[Entry]) -> Sequence[Place]:
        """Append; one place per entry."""
        ...

    def seal(self, at: int) -> tuple[int, bytes]:
        """A head over what was appended, at a time: its size and root."""
        ...

    def source(self, log_keys: LogKeys, now: int) -> LogSource:
        """The log at its newest head, which is signed anew by `log_keys`."""
        ...

    def entries(self) -> list[bytes]:
        """Every entry under the newest head."""
        ...


@dataclass(frozen=True)
class ShownLog:
    """A list of entries as a log under some keys: what an honest gateway or a forger shows. A bundling.LogSource."""

    origin: str
    listed: Sequence[bytes]
    log_keys: LogKeys
    now: int

    @cached_property
    def nodes(self) -> Nodes:
        """See LogSource."""
        return LeafNodes([leaf_hash(entry) for entry in self.listed])

    @cached_property
    def root(self) -> bytes:
        """The root over all entries."""
        return root_of(leaf_hash(entry) for entry in self.listed)

    @property
    def head(self) -> HeadSignature:
        """See LogSource."""
        return proof.sign_head(self.origin, len(self.listed), self.root, self.now, self.log_keys.proof)

    @property
    def checkpoint(self) -> bytes:
        """See LogSource."""
        return checkpoint.sign(Checkpoint(self.origin, len(self.listed), self.root), self.log_keys.checkpoint)

    def entry(self, index: int) -> bytes:
        """See LogSource."""
        return self.listed[index]


class MemoryLog:
    """A log in a list, with the places that the gateway's log would give."""

    def __init__(self, origin: str, log_keys: LogKeys, at: int) -> None:
        """Begin with the opening."""
        self._origin = origin
        identity = identity_of(origin, log_keys.checkpoint, log_keys.proof)
        self._entries = [opening_of(identity, log_keys.proof, at, None)]
        self._sides: dict[tuple[bytes, int | None], list[int]] = {}

    def append(self, entries: Sequence[Entry]) -> list[Place]:
        """See Keeper."""
        return [self._place(entry) for entry in entries]

    def _place(self, entry: Entry) -> Place:
        sides = self._sides.setdefault((entry.kid, entry.seq), [])
        for index in sides:
            if self._entries[index] == entry.encoded:
                return Place(index, duplicate=True)
        if len(sides) == MAX_SIDES:
            return Place(COUNTED_ONLY, duplicate=False)
        sides.append(len(self._entries))
        self._entries.append(entry.encoded)
        return Place(len(self._entries) - 1, duplicate=False)

    def seal(self, at: int) -> tuple[int, bytes]:
        """See Keeper."""
        return len(self._entries), root_of(leaf_hash(entry) for entry in self._entries)

    def source(self, log_keys: LogKeys, now: int) -> LogSource:
        """See Keeper."""
        return ShownLog(self._origin, tuple(self._entries), log_keys, now)

    def entries(self) -> list[bytes]:
        """See Keeper."""
        return list(self._entries)


class FolderLog:
    """The gateway's own log in a folder, under the clock of the play."""

    def __init__(self, folder: Path, origin: str, checkpoint_key: FileSigner, proof_key: FileSigner, at: int) -> None:
        """Create the log. Raises LogExists."""
        self._folder, self._now = folder, at
        self._log = Log.create(folder, origin, checkpoint_key, proof_key, lambda: self._now)

    def append(self, entries: Sequence[Entry]) -> Sequence[Place]:
        """See Keeper."""
        return self._log.append(entries)

    def seal(self, at: int) -> tuple[int, bytes]:
        """See Keeper."""
        self._now = at
        self._log.seal()
        return self._log.head.size, self._log.head.root

    def source(self, log_keys: LogKeys, now: int) -> LogSource:
        """See Keeper."""
        reader = LogReader(self._folder)
        return LogAt(reader, reader.size, log_keys, now)

    def entries(self) -> list[bytes]:
        """See Keeper."""
        reader = LogReader(self._folder)
        return [reader.entry(index) for index in range(reader.size)]

    def close(self) -> None:
        """Let go of the folder."""
        self._log.close()


@dataclass(slots=True)
class Intake:
    """Checks what comes as the gateway does, appends what passes, and learns keys from the authority's statements."""

    keeper: Keeper
    authority: PublicKey
    known: dict[bytes, PublicKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The authority's key comes from the settings."""
        self.known[self.authority.kid] = self.authority

    def take(self, messages: Sequence[bytes]) -> list[Taken]:
        """One answer per message, in order. An enrolment counts for what comes behind it."""
        taken: list[Taken] = []
        for encoded in messages:
            (checked,) = check_batch([Message(encoded)], self.known)
            taken.append(self._append(encoded, checked))
        return taken

    def _append(self, encoded: bytes, checked: Checked) -> Taken:
        if checked.reason is not None:
            return Taken(encoded, None, reason=checked.reason, explanation=checked.explanation)
        (place,) = self.keeper.append([Entry(checked.kid, checked.seq, encoded)])
        if place.index == COUNTED_ONLY:
            return Taken(encoded, None, reason=RefusalReason.FORKED, explanation="holds two others already")
        if checked.kid == self.authority.kid:
            self._learn(encoded)
        return Taken(encoded, place.index, place.duplicate)

    def _learn(self, encoded: bytes) -> None:
        signed = statement.decode(encoded)
        if signed.claims.issuer != ISSUER or signed.claims.kind not in (Kind.ENROLMENT, Kind.ROTATION):
            return
        payload = wire.decode(PAYLOAD_OF_KIND[signed.claims.kind], signed.payload)
        if isinstance(payload, Enrolment | Rotation):
            try:
                key = keys.decode_public_key(payload.public_key)
            except DecodeError:
                return  # logged all the same; a reader finds it
            self.known[key.kid] = key
