"""Puts the service together from its configuration, and takes it apart again. Everything that can refuse to start does
so here.

1. the log opens, above its newest anchor (anchored_log)
2. no confirmation beyond the log was ever shown to it
3. the keys that the log itself made known are brought up to date
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass, fields
from typing import Any

from tally_edge import keys
from tally_gateway.anchored_log import AnchoredLog, Clock, open_anchored_log, wall_clock
from tally_gateway.beacons import Beacons
from tally_gateway.checking import Checker, make_checker
from tally_gateway.config import GatewayConfig
from tally_gateway.console.watching import Watch
from tally_gateway.errors import GatewayConfigError
from tally_gateway.key_state import KeyState
from tally_gateway.log.writer import Log
from tally_gateway.outside import MACHINE, Outside
from tally_gateway.pipeline import Pipeline, PipelineParts
from tally_gateway.projection.projector import FOLDER as PROJECTION_FOLDER
from tally_gateway.projection.projector import Projector
from tally_gateway.refuse import RefusalDesk
from tally_gateway.shown import refuse_behind
from tally_gateway.table_errors import naming_errors

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Parts(AnchoredLog):
    """A service that has started and takes nothing yet."""

    checker: Checker
    pipeline: Pipeline
    projector: Projector | None
    keys: KeyState
    desk: RefusalDesk
    watch: Watch

    @property
    def projected_size(self) -> int:
        """See AnchoredLog."""
        return 0 if self.projector is None else self.projector.size

    async def seal(self) -> None:
        """A checkpoint, and the confirmations that it allows."""
        await self.pipeline.seal()

    def close(self) -> None:
        """See AnchoredLog; and what feeds on the log without its feed."""
        with ExitStack() as ending:  # the last one in is the first to end
            ending.callback(AnchoredLog.close, self)
            ending.callback(self.checker.close)
            if self.projector is not None:
                ending.callback(self.projector.close)


def assemble(config: GatewayConfig, clock: Clock = wall_clock, outside: Outside = MACHINE) -> Parts:
    """Steps 1 to 3 of the module's text. Raises GatewayError, ChainError or EdgeError that says what is wrong; then
    nothing is left open."""
    with ExitStack() as undo:
        with naming_errors(f"{config.folder}"):
            parts = _assemble(config, clock, undo, outside)
        undo.pop_all()
    return parts


def _assemble(config: GatewayConfig, clock: Clock, undo: ExitStack, outside: Outside) -> Parts:
    """What `undo` is given is what must be closed when a later step refuses."""
    if config.heads.enabled:
        raise GatewayConfigError(f"{config.folder} keeps a log of heads: run it with `tallystick heads run`")
    kept = open_anchored_log(config, clock, undo, outside)
    refuse_behind(kept.state)
    key_state = _key_state(config, kept.state, kept.log)
    projector = Projector(config.path(PROJECTION_FOLDER), kept.log_id) if config.projection.enabled else None
    if projector is not None:
        undo.callback(projector.close)
    signer = kept.signers.proof
    desk = RefusalDesk(kept.state, signer, kept.log_id, config.log.refusal_kb_per_client << 10, clock)
    checker = make_checker(config.log.workers)
    undo.callback(checker.close)
    watch = Watch()
    proof_key = keys.decode_public_key(kept.opening.proof_key)
    pipeline = Pipeline(
        PipelineParts(
            lane=kept.lane,
            state=kept.state,
            checker=checker,
            keys=key_state,
            desk=desk,
            beacons=Beacons(signer, kept.log_id, clock),
            log_id=kept.log_id,
            proof_keys={key.kid: key for key in (proof_key, signer.public_key)},
            has_space=kept.disk.has_space,
            watch=watch,
            clock=clock,
        )
    )
    log_parts: dict[str, Any] = {item.name: getattr(kept, item.name) for item in fields(kept)}
    return Parts(
        **log_parts, checker=checker, pipeline=pipeline, projector=projector, keys=key_state, desk=desk, watch=watch
    )


def _key_state(config: GatewayConfig, state: sqlite3.Connection, log: Log) -> KeyState:
    found = KeyState(state, config.authorities)
    applied = found.catch_up(log)
    if applied:
        _LOG.info("applied %d authority statements that were appended before the last stop", applied)
    return found
