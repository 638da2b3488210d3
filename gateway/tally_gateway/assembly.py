"""Puts the service together from its configuration, and takes it apart again. Everything that can refuse to start does
so here.

1. the keys open, and belong to this log
2. the chain's newest anchor is asked for; it is the floor below which the log does not open
3. the log opens and recovers what a crash left
4. no confirmation beyond the log was ever shown to it
5. the keys that the log itself made known are brought up to date
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from tally_chain.anchoring.client import Anchorer
from tally_chain.engine.interface import Engine
from tally_chain.errors import EngineError
from tally_edge import keys, statement, wire
from tally_edge.log_opening import LogOpening
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link, keys_on_disk
from tally_gateway.anchor_feed import AnchorFeed
from tally_gateway.beacons import Beacons
from tally_gateway.checking import Checker, make_checker
from tally_gateway.config import GatewayConfig
from tally_gateway.health import DiskGuard, Standing
from tally_gateway.key_state import KeyState
from tally_gateway.lane import LogLane
from tally_gateway.log.writer import Log
from tally_gateway.pipeline import Pipeline, PipelineParts
from tally_gateway.projection.projector import FOLDER as PROJECTION_FOLDER
from tally_gateway.projection.projector import Projector
from tally_gateway.refuse import RefusalDesk
from tally_gateway.shown import refuse_behind
from tally_gateway.state import get_fact, open_state, put_fact
from tally_gateway.table_errors import naming_errors

_LOG = logging.getLogger(__name__)
_ANCHORED_FACT = "anchored"

Clock = Callable[[], int]


def wall_clock() -> int:
    """Unix seconds."""
    return int(time.time())


@dataclass(slots=True)
class Parts:
    """A service that has started and takes nothing yet."""

    config: GatewayConfig
    log: Log
    log_id: bytes
    opening: LogOpening
    state: sqlite3.Connection
    lane: LogLane
    checker: Checker
    pipeline: Pipeline
    disk: DiskGuard
    feed: AnchorFeed | None
    engine: Engine | None
    projector: Projector | None
    keys: KeyState
    desk: RefusalDesk
    clock: Clock
    started_at: int

    def standing(self) -> Standing:
        """Where the service stands now. Cheap: nothing is asked of disk or chain but free space."""
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
            projected_size=0 if self.projector is None else self.projector.size,
            free_bytes=self.disk.free_bytes,
            has_space=has_space,
            now=self.clock(),
            started_at=self.started_at,
            seal_every_s=config.log.seal_every_ms / 1000,
            anchor_every_s=None if self.feed is None else config.anchor.every_minutes * 60.0,
        )

    def close(self) -> None:
        """Everything in order: what feeds on the log first, the log last; each of them whatever happens to the
        others."""
        with ExitStack() as ending:  # the last one in is the first to end
            ending.callback(self.lane.close, self._keep_anchored)
            ending.callback(self.checker.close)
            for part in (self.projector, self.engine, self.feed):
                if part is not None:
                    ending.callback(part.close)

    def _keep_anchored(self) -> None:
        """On the log's thread: the newest anchor, for a start at which the chain does not answer."""
        anchors = [] if self.feed is None else self.feed.counters.anchors
        try:
            if anchors:
                keep_anchored(self.state, anchors[-1].size, anchors[-1].root)
        except sqlite3.Error:
            _LOG.exception("the newest anchor could not be noted: an older one is the floor where the chain is silent")


def assemble(config: GatewayConfig, clock: Clock = wall_clock) -> Parts:
    """Steps 1 to 5 of the module's text. Raises GatewayError, ChainError or EdgeError that says what is wrong; then
    nothing is left open."""
    with ExitStack() as undo:
        with naming_errors(f"{config.folder}"):
            parts = _assemble(config, clock, undo)
        undo.pop_all()
    return parts


def _assemble(config: GatewayConfig, clock: Clock, undo: ExitStack) -> Parts:
    """What `undo` is given is what must be closed when a later step refuses."""
    signers = keys_on_disk.load(config.folder, config.passphrase())
    log_id = log_id_of(config.gateway.origin)
    state = open_state(config.folder, log_id)
    undo.callback(state.close)
    engine = None if config.anchor.engine == "none" else anchor_link.open_engine(config)
    if engine is not None:
        undo.callback(engine.close)
    anchorer = None if engine is None else _anchorer(config, engine, log_id)
    if anchorer is not None:
        undo.callback(anchorer.close)
    floor = _floor(state, anchorer)
    log = Log.open(config.folder, signers.checkpoint, signers.proof, clock, floor, origin=config.gateway.origin)
    undo.callback(log.close)
    refuse_behind(state)
    key_state = _key_state(config, state, log)
    opening = read_opening(log.entry(0))
    projector = Projector(config.path(PROJECTION_FOLDER), log_id) if config.projection.enabled else None
    if projector is not None:
        undo.callback(projector.close)
    lane = LogLane(log, state)
    disk = DiskGuard(config.folder, config.log.min_free_mb << 20)
    desk = RefusalDesk(state, signers.proof, log_id, config.log.refusal_kb_per_client << 10, clock)
    checker = make_checker(config.log.workers)
    undo.callback(checker.close)
    proof_key = keys.decode_public_key(opening.proof_key)
    pipeline = Pipeline(
        PipelineParts(
            lane=lane,
            state=state,
            checker=checker,
            keys=key_state,
            desk=desk,
            beacons=Beacons(signers.proof, log_id, clock),
            log_id=log_id,
            proof_keys={key.kid: key for key in (proof_key, signers.proof.public_key)},
            has_space=disk.has_space,
        )
    )
    every_s, every_entries = config.anchor.every_minutes * 60.0, config.anchor.every_entries
    feed = None if anchorer is None else AnchorFeed(anchorer, lane, every_s=every_s, every_entries=every_entries)
    return Parts(
        config,
        log,
        log_id,
        opening,
        state,
        lane,
        checker,
        pipeline,
        disk,
        feed,
        engine,
        projector,
        key_state,
        desk,
        clock,
        clock(),
    )


def _key_state(config: GatewayConfig, state: sqlite3.Connection, log: Log) -> KeyState:
    found = KeyState(state, config.authorities)
    applied = found.catch_up(log)
    if applied:
        _LOG.info("applied %d authority statements that were appended before the last stop", applied)
    return found


def read_opening(entry: bytes) -> LogOpening:
    """The log-opening that entry 0 is. Raises StatementError."""
    return wire.decode(LogOpening, statement.decode(entry).payload)


def _anchorer(config: GatewayConfig, engine: Engine, log_id: bytes) -> Anchorer:
    target = anchor_link.target_of(config, log_id)
    signer = anchor_link.open_transaction_key(config)
    return Anchorer(engine, signer, target, anchor_link.profile_of(config), anchor_link.journal_path(config))


def _floor(state: sqlite3.Connection, anchorer: Anchorer | None) -> tuple[int, bytes] | None:
    """The newest anchored head: the chain's, or where it does not answer the newest that it was heard to hold.

    When the chain answers later, AnchorFeed compares again.
    """
    if anchorer is None:
        return None
    try:
        head = anchorer.head()
    except EngineError as error:
        _LOG.warning("the chain does not answer; the newest anchor known here is the floor: %s", error)
        kept = get_fact(state, _ANCHORED_FACT)
        return None if kept is None else (int.from_bytes(kept[:8], "big"), kept[8:])
    if head is None:
        return None
    keep_anchored(state, head.size, head.root)
    return head.size, head.root


def keep_anchored(state: sqlite3.Connection, size: int, root: bytes) -> None:
    """Keep the newest anchor, the floor of a start at which the chain does not answer."""
    put_fact(state, _ANCHORED_FACT, size.to_bytes(8, "big") + root)
