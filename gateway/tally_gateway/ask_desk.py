"""Answers asks: judges the head that is shown, then says where the stream of the asking key stands (ask.py)."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping

from tally_edge import statement, wire
from tally_edge.answers import CLIENT_PREFIX, Ask, RefusalReason
from tally_edge.errors import DecodeError
from tally_edge.keys import PublicKey
from tally_edge.statement import Statement
from tally_gateway import ask as asks
from tally_gateway.ask import Judged, Verdict
from tally_gateway.ask_budget import AskBudget
from tally_gateway.asked_log import LogForAsks
from tally_gateway.counters import PipelineCounters
from tally_gateway.errors import ConfirmationAhead
from tally_gateway.lane import LogLane
from tally_gateway.log.writer import Log
from tally_gateway.refuse import ToRefuse
from tally_gateway.shown import remember_shown

_LOG = logging.getLogger(__name__)


class AskDesk:
    """Used from the event loop. `proof_keys` are the keys that ever signed this log's proofs, by id."""

    def __init__(
        self,
        lane: LogLane,
        state: sqlite3.Connection,
        log_id: bytes,
        proof_keys: Mapping[bytes, PublicKey],
        counters: PipelineCounters,
    ) -> None:
        self._lane, self._state = lane, state
        self._log_id, self._proof_keys = log_id, proof_keys
        self._counters = counters
        self.budget = AskBudget()

    async def answer(self, client: str, payload: bytes) -> bytes | ToRefuse | None:
        """Judge an ask of `client` and answer it; None when it has asked too much.

        The ask is checked already (admission.py), or its key is not known here: then it is signed by nobody, and there
        is no stream to tell of. Raises ConfirmationAhead when it proves that this log is behind.
        """
        self._counters.asks += 1
        if not self.budget.take(client):
            self._counters.asks_over_budget += 1
            return None
        answered = await self._answer(client, payload)
        if isinstance(answered, ToRefuse):
            self._counters.asks_refused += 1
        return answered

    async def _answer(self, client: str, payload: bytes) -> bytes | ToRefuse:
        try:
            signed = statement.decode(payload)
            ask = wire.decode(Ask, signed.payload)
        except DecodeError as error:
            return ToRefuse(client, payload, RefusalReason.MALFORMED, str(error)[:300])
        if signed.claims.subject != CLIENT_PREFIX + client:
            text = f"the ask is of {signed.claims.subject}, and came from {client}"
            return ToRefuse(client, payload, RefusalReason.WRONG_SENDER, text[:300])
        judged, body = await self._lane.run(lambda log: self._judge(log, signed, ask))
        if judged.verdict is Verdict.AHEAD:
            raise ConfirmationAhead(
                f"{judged.text}. Restore a newer copy, or open a successor log (tallystick gateway replace)."
            )
        if judged.verdict is Verdict.REFUSED:
            return ToRefuse(client, payload, RefusalReason.MALFORMED, judged.text[:300])
        return body

    def _judge(self, log: Log, signed: Statement, ask: Ask) -> tuple[Judged, bytes]:
        """On the log's thread."""
        view = LogForAsks(log)
        judged = asks.judge(ask, view, self._log_id, self._proof_keys)
        if judged.verdict is Verdict.AHEAD:
            try:
                remember_shown(self._state, judged.size)
            except sqlite3.Error:  # it stops all the same; the agent will show its head to the next start too
                _LOG.exception("the head that was shown could not be noted")
        return judged, asks.answer(signed.claims.kid, view)
