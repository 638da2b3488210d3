"""A log that is kept and anchored, opened from its configuration and closed again: what a gateway and an aggregator
share. Everything about it that can refuse to start does so here.

1. the keys open, and belong to this log
2. the newest anchor is asked for; it, and the newest that was ever heard of, are the floor below which the log does not
   open
3. the log opens and recovers what a crash left
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from tally_chain.engine.interface import Engine
from tally_chain.errors import EngineError
from tally_edge import statement, wire
from tally_edge.log_opening import LogOpening
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link
from tally_gateway.anchor_feed import AnchorFeed, Anchoring, check_holds
from tally_gateway.config import GatewayConfig
from tally_gateway.errors import LogBehind
from tally_gateway.health import DiskGuard, Standing
from tally_gateway.keys_on_disk import LogSigners
from tally_gateway.lane import LogLane
from tally_gateway.log.writer import Log
from tally_gateway.outside import MACHINE, Outside
from tally_gateway.state import drop_fact, get_fact, open_state, put_fact

_LOG = logging.getLogger(__name__)
_ANCHORED_FACT = "anchored"
_WAY_OUT = "If a node lied then, `gateway backup` and `gateway restore` ask the chain anew (docs/operating-gateway.md)"

Clock = Callable[[], int]


def wall_clock() -> int:
    """Unix seconds."""
    return int(time.time())


@dataclass(slots=True)
class AnchoredLog:
    """An open log, its thread, its tables, and what brings its heads to their anchor."""

    config: GatewayConfig
    log: Log
    log_id: bytes
    opening: LogOpening
    signers: LogSigners
    state: sqlite3.Connection
    lane: LogLane
    disk: DiskGuard
    feed: AnchorFeed | None
    engine: Engine | None
    clock: Clock
    started_at: int

    @property
    def projected_size(self) -> int:
        """Entries written to segments; a log without a projection has none."""
        return 0

    async def seal(self) -> None:
        """A checkpoint over what is committed. Raises what Log.seal raises."""
        await self.lane.seal()

    def standing(self) -> Standing:
        """Where the log stands now. Cheap: nothing is asked of disk or chain but free space."""
        config, log = self.config, self.log
        anchors = None if self.feed is None else self.feed.counters
        has_space = self.disk.has_space()
        return Standing(
            origin=log.origin,
            log_id=self.log_id.hex(),
            size=log.size,
            sealed_size=log.head.size,
            sealed_at=log.head.at,
            anchored_size=0 if anchors is None else anchors.anchored_size,
            anchored_at=0 if anchors is None else anchors.anchored_at,
            projected_size=self.projected_size,
            free_bytes=self.disk.free_bytes,
            has_space=has_space,
            now=self.clock(),
            started_at=self.started_at,
            seal_every_s=config.log.seal_every_ms / 1000,
            anchor_every_s=None if self.feed is None else config.anchor.every_minutes * 60.0,
            anchor_alarms=()
            if anchors is None
            else tuple(f"{alarm.value}: {text}" for alarm, text in anchors.alarms.items()),
        )

    def close(self) -> None:
        """What feeds on the log first, the log last; each of them whatever happens to the others."""
        with ExitStack() as ending:  # the last one in is the first to end
            ending.callback(self.lane.close, self._keep_anchored)
            ending.callback(self._close_engine)
            if self.feed is not None:
                ending.callback(self.feed.close)

    def _close_engine(self) -> None:
        """Not under a call that is still in it: that ends with the process."""
        if self.engine is not None and not (self.feed is not None and self.feed.hangs):
            self.engine.close()

    def _keep_anchored(self) -> None:
        """On the log's thread: the newest anchor, for a start at which the chain does not answer."""
        anchors = [] if self.feed is None else self.feed.counters.anchors
        try:
            if anchors:
                keep_anchored(self.state, anchors[-1].size, anchors[-1].root)
        except sqlite3.Error:
            _LOG.exception("the newest anchor could not be noted: an older one is the floor where the chain is silent")


def open_anchored_log(config: GatewayConfig, clock: Clock, undo: ExitStack, outside: Outside = MACHINE) -> AnchoredLog:
    """Steps 1 to 3 of the module's text. `undo` is given what must be closed when a later step refuses.

    Raises GatewayError, ChainError or EdgeError that says what is wrong.
    """
    signers = outside.signers(config)
    log_id = log_id_of(config.gateway.origin)
    state = open_state(config.folder, log_id)
    undo.callback(state.close)
    engine, anchoring = outside.anchoring(config, signers, undo)
    log = _open_log(config, signers, clock, state, _heard(anchoring))
    undo.callback(log.close)
    lane = LogLane(log, state)
    feed = None
    if anchoring is not None:
        every_s, every_entries = config.anchor.every_minutes * 60.0, config.anchor.every_entries
        alarm_after_s = anchor_link.alarm_after_s(config)
        feed = AnchorFeed(
            anchoring,
            lane,
            every_s=every_s,
            every_entries=every_entries,
            alarm_after_s=alarm_after_s,
            monotonic=outside.monotonic,
            thread=outside.thread,
        )
    return AnchoredLog(
        config=config,
        log=log,
        log_id=log_id,
        opening=read_opening(log.entry(0)),
        signers=signers,
        state=state,
        lane=lane,
        disk=DiskGuard(config.folder, config.log.min_free_mb << 20, outside.monotonic),
        feed=feed,
        engine=engine,
        clock=clock,
        started_at=clock(),
    )


def read_opening(entry: bytes) -> LogOpening:
    """The log-opening that entry 0 is. Raises StatementError."""
    return wire.decode(LogOpening, statement.decode(entry).payload)


def _heard(anchoring: Anchoring | None) -> tuple[int, bytes] | None:
    """The newest anchored head by the chain's word; None where it does not answer. AnchorFeed asks again later."""
    if anchoring is None:
        return None
    try:
        return anchoring.newest()
    except EngineError as error:
        _LOG.warning("the chain does not answer; the newest anchor known here is the floor: %s", error)
        return None


def _open_log(
    config: GatewayConfig,
    signers: LogSigners,
    clock: Clock,
    state: sqlite3.Connection,
    heard: tuple[int, bytes] | None,
) -> Log:
    """The log, which holds both what the chain says now and what it was heard to say before.

    Neither word outweighs the other: a node that lags, or lies, says less than was heard before, and a log that holds
    one of two roots only is not the one that was anchored. What is heard is kept before the log is asked, so that a
    log that is behind stays shut when the chain is silent at the next start.
    """
    kept = kept_anchor(state)
    if heard is not None:
        keep_anchored(state, *heard)
    known = sorted((head for head in (kept, heard) if head is not None), key=lambda head: head[0])
    floor = known[-1] if known else None
    try:
        log = Log.open(config.folder, signers.checkpoint, signers.proof, clock, floor, origin=config.gateway.origin)
    except LogBehind as error:
        if kept is None or (heard is not None and heard[0] >= kept[0]):
            raise
        said = "does not answer" if heard is None else f"names size {heard[0]} now"
        text = f"{error}: so it was heard before, and the chain {said}. {_WAY_OUT}"
        raise LogBehind(text) from error
    try:
        for size, root in known[:-1]:
            check_holds(log, size, root)
    except BaseException:
        log.close()
        raise
    return log


def kept_anchor(state: sqlite3.Connection) -> tuple[int, bytes] | None:
    """Size and root of the largest head that was ever heard to be anchored."""
    kept = get_fact(state, _ANCHORED_FACT)
    return None if kept is None else (int.from_bytes(kept[:8], "big"), kept[8:])


def keep_anchored(state: sqlite3.Connection, size: int, root: bytes) -> None:
    """Keep an anchor for a start at which the chain does not answer, or says less. The floor never goes down: of two
    the larger is kept, of two roots of one size the first."""
    known = kept_anchor(state)
    if known is None or known[0] < size:
        put_fact(state, _ANCHORED_FACT, size.to_bytes(8, "big") + root)


def forget_unheld(state: sqlite3.Connection, log: Log) -> None:
    """For a restored copy, which the chain was just asked about: an anchor that was heard of and is not of this log
    binds no more."""
    known = kept_anchor(state)
    try:
        if known is not None:
            check_holds(log, *known)
    except LogBehind:
        _LOG.warning("an anchor of size %d was heard of, which the chain does not name", known[0] if known else 0)
        drop_fact(state, _ANCHORED_FACT)
