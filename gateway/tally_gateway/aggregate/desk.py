"""Takes heads into the log of heads, and shows where they stand.

A head is judged (tally_chain.head_rules) and appended in one call on the log's thread, so that two heads of one log can
not both be taken on top of a third. What is held of a log is read from the log of heads itself: there is no second
table that could say otherwise.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_chain import head_entry, tree
from tally_chain.anchoring.reading import Anchor
from tally_chain.errors import HeadRefusal, HeadRefusedError
from tally_chain.head_rules import HeldHead, judge
from tally_edge import proof
from tally_edge.errors import DecodeError
from tally_edge.proof import HASH_BYTES, HeadSignature, InclusionPath, Proof
from tally_gateway.aggregate.head_counters import HeadCounters
from tally_gateway.aggregate.registered import LogsFile, RegisteredLog
from tally_gateway.anchored_log import AnchoredLog
from tally_gateway.errors import ApiError, SinkUnavailable
from tally_gateway.log.records import Entry
from tally_gateway.log.writer import Log
from tally_gateway.state import get_fact, put_fact
from tally_gateway.table_errors import naming_errors

MAX_PATH_HASHES: Final = 128
"""No consistency path is longer: one hash for each bit of the two sizes."""
_KEPT_HEADS: Final = 64
"""Signatures of anchored heads that are kept: a proof is asked for at the newest few."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a head stands in the log of heads. `repeated`: it was held before."""

    index: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A head that is held, and its proof: under an anchored head where one covers it, else under the newest one."""

    held: HeldHead
    encoded: bytes
    proof: Proof
    anchor: Anchor | None
    """Of the head that the proof is under; None where no anchored head covers the entry yet."""


class HeadDesk:
    """See the module's text."""

    def __init__(self, kept: AnchoredLog, logs: LogsFile) -> None:
        """`kept` is the log of heads."""
        self.kept, self.logs = kept, logs
        self.counters = HeadCounters()
        self._heads: dict[int, HeadSignature] = {}

    async def take(self, name: str, encoded: bytes, path: Sequence[bytes]) -> Placed:
        """Take a head of the log registered as `name`; durable on return.

        Raises HeadRefusedError, counted; SinkUnavailable or LogError when nothing can be stored now.
        """
        if not self.kept.disk.has_space():
            raise SinkUnavailable("the disk is nearly full")
        try:
            entry = _decoded(encoded, path)
            registered = self.logs.named(name)
            if registered is None:
                raise HeadRefusedError(HeadRefusal.UNREGISTERED, f"no log is registered as {name}")
            placed = await self.kept.lane.run(lambda log: self._place(log, registered, entry, encoded, path))
        except HeadRefusedError as error:
            self.counters.refused[error.refusal] = self.counters.refused.get(error.refusal, 0) + 1
            raise
        self.counters.repeated += placed.repeated
        self.counters.taken += not placed.repeated
        return placed

    def _place(
        self, log: Log, registered: RegisteredLog, entry: head_entry.HeadEntry, encoded: bytes, path: Sequence[bytes]
    ) -> Placed:
        """On the log's thread."""
        kid = registered.known.proof_key.kid
        try:
            index = judge(entry, path, registered.known, newest_of(log, kid), lambda size: held_at(log, kid, size))
        except HeadRefusedError as error:
            if error.refusal is HeadRefusal.FORK:
                self._keep_fork(registered, encoded)
            raise
        if index is not None:
            return Placed(index, repeated=True)
        place = log.append([Entry(kid, entry.head.size, encoded)])[0]
        return Placed(place.index, repeated=place.duplicate)

    def _keep_fork(self, registered: RegisteredLog, encoded: bytes) -> None:
        """The first one: with the head that is held it proves that the key signed two histories."""
        with naming_errors("the tables of the log of heads"):
            if get_fact(self.kept.state, _fork_name(registered.log_id)) is None:
                put_fact(self.kept.state, _fork_name(registered.log_id), encoded)

    async def newest(self, log_id: bytes) -> HeldHead | None:
        """The largest head held of a registered log. Raises ApiError 404 for one that is not registered."""
        kid = self._registered(log_id).known.proof_key.kid
        return await self.kept.lane.run(lambda log: newest_of(log, kid))

    async def show(self, log_id: bytes, size: int) -> Shown:
        """A head of that size, with its proof. Raises ApiError 404: not registered, not held, or not sealed yet."""
        kid = self._registered(log_id).known.proof_key.kid
        feed = self.kept.feed
        anchors = [] if feed is None else feed.counters.anchors

        def show(log: Log) -> Shown:
            held = held_at(log, kid, size)
            if held is None:
                raise ApiError(404, "not held", f"no head of size {size} of this log is held")
            at = bisect_right(anchors, held.index, key=lambda anchor: anchor.size)
            covering = anchors[at] if at < len(anchors) else None
            if covering is None and held.index >= log.head.size:
                raise ApiError(404, "not sealed yet", "the head waits for the next checkpoint; ask again in a second")
            under = log.head.size if covering is None else covering.size
            path = tuple(tree.inclusion_path(log.nodes, held.index, under))
            made = Proof(self._signed(log, under), (InclusionPath(held.index, path),))
            return Shown(held, held.entry.encode(), made, covering)

        return await self.kept.lane.run(show)

    def _registered(self, log_id: bytes) -> RegisteredLog:
        found = self.logs.of_id(log_id)
        if found is None:
            raise ApiError(404, "not registered", "no log of this id is registered here")
        return found

    def _signed(self, log: Log, size: int) -> HeadSignature:
        """The head of `size`, signed: the newest as it was published, an older one anew."""
        if size == log.head.size:
            return log.head.signed
        known = self._heads.get(size)
        if known is None:
            root = tree.CompactRange.load(size, log.nodes).root()
            known = proof.sign_head(log.origin, size, root, self.kept.clock(), self.kept.signers.proof)
            if len(self._heads) >= _KEPT_HEADS:
                del self._heads[next(iter(self._heads))]
            self._heads[size] = known
        return known


def newest_of(log: Log, kid: bytes) -> HeldHead | None:
    """The largest head held under a proof key. On the log's thread."""
    place = log.last_of(kid)
    return None if place is None else _held(log, place[1])


def held_at(log: Log, kid: bytes, size: int) -> HeldHead | None:
    """The head of that size held under a proof key. On the log's thread."""
    places = log.indexes_of(kid, size, size)
    return _held(log, places[0][1]) if places else None


def kept_forks(path: Path, logs: LogsFile) -> list[tuple[RegisteredLog, bytes]]:
    """Every log of which a contradicting head was offered, and the first one; from the tables in `path`, beside a
    running service. Raises StateError."""
    if not path.is_file():
        return []
    with naming_errors(str(path)), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as state:
        found = [(log, get_fact(state, _fork_name(log.log_id))) for log in logs.all()]
    return [(log, encoded) for log, encoded in found if encoded is not None]


def _held(log: Log, index: int) -> HeldHead:
    return HeldHead(index, head_entry.decode(log.entry(index)))


def _fork_name(log_id: bytes) -> str:
    return f"fork-{log_id.hex()}"


def _decoded(encoded: bytes, path: Sequence[bytes]) -> head_entry.HeadEntry:
    if len(path) > MAX_PATH_HASHES or any(len(node) != HASH_BYTES for node in path):
        raise HeadRefusedError(HeadRefusal.MALFORMED, f"the path is not up to {MAX_PATH_HASHES} hashes")
    try:
        return head_entry.decode(encoded)
    except DecodeError as error:
        raise HeadRefusedError(HeadRefusal.MALFORMED, str(error)) from None
