"""What the service notes of each statement as it is appended, so that nobody has to look through the log later.

The log's thread notes (`note`, about a microsecond each: sequence, place, arrival); a tick a second decodes the newest
of each stream (`digest`): who spoke of what, and when by its own clock. Times of arrival are the gateway's own clock,
kept in memory alone: they help an operator and are no evidence. Of what stood in the log before the start, the survey
brings back (`recall`) what the log holds: numbers, places, and times by the devices' clocks.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from tally_edge import statement
from tally_edge.errors import DecodeError
from tally_edge.statement import DEVICE_KINDS, Clock, Kind
from tally_gateway.console.growth import Growth
from tally_gateway.console.sequence import Sequence

PENDING_PER_STREAM: Final = 512
"""Statements of one stream that wait for the next tick; of a burst the newest count."""
OFFSETS_KEPT: Final = 16
"""Arrival minus signing of so many statements: the smallest is the best bound on how far the clocks differ."""


class Appended(NamedTuple):
    """A statement at its place, a log index. `arrived_at`: Unix seconds, 0 where nobody knows any more. `newest`: the
    newest number of its stream that its sender told."""

    kid: bytes
    seq: int
    kind: Kind | None
    place: int
    arrived_at: int
    encoded: bytes
    newest: int | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """The newest statement of one kind about one metering point."""

    kid: bytes
    seq: int
    index: int
    issued_at: int
    arrived_at: int
    encoded: bytes


@dataclass(slots=True)
class StreamRecord:
    """What is known of one stream. `surveyed`: whether its numbers from the beginning of the log are."""

    sequence: Sequence = field(default_factory=Sequence)
    surveyed: bool = False
    last_index: int | None = None
    last_seq: int | None = None
    last_issued_at: int | None = None
    last_arrived_at: int | None = None
    clock: Clock | None = None
    boot_count: int | None = None
    told: tuple[int, int] | None = None
    """The newest number that the device has signed, by its own word, and when that word arrived."""
    taken: int = 0
    """Statements appended since the service started."""
    offsets_s: deque[int] = field(default_factory=lambda: deque(maxlen=OFFSETS_KEPT))


class Watch:
    """See the module's text. `note` is called on the log's thread, the rest from any; locks keep them apart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._digesting = threading.Lock()
        self._pending: dict[bytes, deque[Appended]] = {}
        self._authority: list[Appended] = []
        self.streams: dict[bytes, StreamRecord] = {}
        self.points: dict[tuple[str, Kind], Spoken] = {}
        self.growth = Growth()

    def note(self, appended: Iterable[Appended], size: int) -> None:
        """A batch was committed, and the log has `size` entries now."""
        with self._lock:
            at = 0
            for one in appended:
                record = self.streams.get(one.kid) or self.streams.setdefault(one.kid, StreamRecord())
                if record.surveyed:
                    record.sequence.note(one.seq)
                record.taken += 1
                if one.newest is not None:
                    record.told = (one.newest, one.arrived_at)
                self.growth.appended += 1
                self.growth.appended_bytes += len(one.encoded)
                at = one.arrived_at
                if one.kind in DEVICE_KINDS:
                    self._pending.setdefault(one.kid, deque(maxlen=PENDING_PER_STREAM)).append(one)
                else:
                    self._authority.append(one)
            if at:
                self.growth.note(at, size)

    def copies(self) -> dict[bytes, StreamRecord]:
        """What is known of each stream, as it is now."""
        with self._lock, self._digesting:
            return {
                kid: replace(
                    one, sequence=replace(one.sequence, holes=list(one.sequence.holes)), offsets_s=one.offsets_s.copy()
                )
                for kid, one in self.streams.items()
            }

    def spoken(self) -> dict[tuple[str, Kind], Spoken]:
        """The newest statement of each kind about each metering point."""
        with self._digesting:
            return dict(self.points)

    def grown(self) -> Growth:
        """How the log grew until now."""
        with self._lock:
            return replace(self.growth, points=self.growth.points.copy())

    def take_authority(self) -> list[Appended]:
        """What authorities stated since the last call, in the order of the log."""
        with self._lock:
            found, self._authority = self._authority, []
        return found

    def survey(self, kid: bytes, first: int, last: int, present: Iterable[int] | None, *, done: bool) -> None:
        """The numbers `first` to `last` of a stream were looked up in the log: `present` stand there (None: all).
        Called on the log's thread."""
        with self._lock:
            record = self.streams.setdefault(kid, StreamRecord())
            if present is None:
                record.sequence.next_seq = last + 1
            else:
                record.sequence.note_range(first, last, present)
            record.surveyed = done

    def forked(self, kid: bytes, count: int) -> None:
        """So many places of a stream hold two statements."""
        with self._lock:
            self.streams.setdefault(kid, StreamRecord()).sequence.forks = count

    def recall(self, old: Iterable[Appended]) -> None:
        """Statements that were appended before the service started, oldest first: nothing newer is overwritten."""
        with self._digesting:
            for one in old:
                self._digest(one)

    def digest(self) -> None:
        """Decode what waits. Some 10 microseconds a statement."""
        with self._lock:
            pending, self._pending = self._pending, {}
        with self._digesting:
            for waiting in pending.values():
                for one in waiting:
                    self._digest(one)

    def _digest(self, one: Appended) -> None:
        try:
            claims = statement.decode(one.encoded).claims
        except DecodeError:  # it was checked before it was appended; a log of another program may hold anything
            return
        record = self.streams.setdefault(one.kid, StreamRecord())
        if record.last_seq is None or one.seq >= record.last_seq:
            record.last_seq, record.last_index = one.seq, one.place
            record.last_issued_at = claims.issued_at
            record.clock, record.boot_count = claims.clock, claims.boot_count
            if one.arrived_at:
                record.last_arrived_at = one.arrived_at
        if one.arrived_at:
            record.offsets_s.append(one.arrived_at - claims.issued_at)
        known = self.points.get((claims.subject, claims.kind))
        if known is None or one.place > known.index:
            self.points[claims.subject, claims.kind] = Spoken(
                one.kid, one.seq, one.place, claims.issued_at, one.arrived_at, one.encoded
            )
