"""Delivery: sends what waits in the outbox, until each entry is confirmed or refused with a signature.

A PUBACK frees a place in the transport's window and nothing else. An entry that was sent and is not confirmed by its
deadline is sent again, with a longer deadline each time; the gateway knows a repetition by its bytes.
"""

from __future__ import annotations

import heapq
import logging
import random
import time
from collections.abc import Callable
from typing import Final

from tally_edge.agent.outbox import Outbox
from tally_edge.agent.transport import DELIVERED, Transport
from tally_edge.answers import Refusal
from tally_edge.errors import SignatureError, StatementError
from tally_edge.keys import PublicKey
from tally_edge.proof import Proof

_LOG = logging.getLogger(__name__)

FIRST_DEADLINE_S: Final = 30.0
"""Several checkpoint cadences: sooner would repeat what is merely on its way."""
LONGEST_DEADLINE_S: Final = 3_600.0
NOT_TAKEN_S: Final = 5.0
"""Where the gateway says that it can not take it now (its disk is full, nobody has subscribed): again after so long."""
LONGEST_NOT_TAKEN_S: Final = 60.0
"""And at least so often, or a gateway that has space again would idle for an hour."""
MAX_UNCONFIRMED: Final = 1_024
"""Sent and not confirmed at once: the longest run that one confirmation can cover."""
_BATCH: Final = 64


class Delivery:
    """Between one outbox and one transport. `client` is the transport's name of this agent."""

    def __init__(
        self,
        outbox: Outbox,
        transport: Transport,
        client: str,
        key: PublicKey,
        proof_key: PublicKey,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`key` signs here, `proof_key` confirms."""
        self._outbox = outbox
        self._transport = transport
        self._client = client
        self._key = key
        self._proof_key = proof_key
        self._monotonic = monotonic
        self._chance = chance
        self._attempts: dict[int, int] = {}
        self._due: dict[int, float] = {}
        self._unacked: set[int] = set()
        self._deadlines: list[tuple[float, int]] = []
        self._next_seq = 0

    @property
    def unconfirmed(self) -> int:
        """How many entries are sent and neither confirmed nor refused."""
        return len(self._attempts)

    def start_over(self) -> None:
        """Look at the outbox from its beginning: after a resend or a refill."""
        self._next_seq = 0

    def seconds_until_due(self) -> float | None:
        """When something has to be sent again, None when nothing waits for a deadline."""
        return self._deadlines[0][0] - self._monotonic() if self._deadlines else None

    def pump(self) -> None:
        """Send again what is overdue, then what was never sent, as far as the window allows."""
        now, newest = self._monotonic(), self._outbox.stream().next_seq - 1
        while self._deadlines and self._deadlines[0][0] <= now:
            due, seq = self._deadlines[0]
            if self._due.get(seq) != due:
                pass  # an older deadline of an entry that has gone out again since
            elif self._outbox.is_waiting(seq):
                encoded = self._outbox.entries(seq, 1)[seq]
                if not self._send(seq, encoded, newest):
                    return
            else:
                self._forget(seq)
            heapq.heappop(self._deadlines)
        while len(self._attempts) < MAX_UNCONFIRMED:
            batch = self._outbox.waiting(self._next_seq, _BATCH)
            for seq, encoded in batch:
                if seq not in self._attempts and not self._send(seq, encoded, newest):
                    return
                self._next_seq = seq + 1
            if not batch:
                return

    def _send(self, seq: int, encoded: bytes, newest: int) -> bool:
        attempt = self._attempts.get(seq, 0)
        if not self._transport.publish(seq, self._client, encoded, newest):
            return False
        self._attempts[seq] = attempt + 1
        self._unacked.add(seq)
        wait = min(LONGEST_DEADLINE_S, FIRST_DEADLINE_S * 2.0 ** min(attempt, 20)) * (0.75 + self._chance() / 2)
        self._set_deadline(seq, self._monotonic() + wait)
        return True

    def _set_deadline(self, seq: int, due: float) -> None:
        self._due[seq] = due
        heapq.heappush(self._deadlines, (due, seq))

    def _forget(self, seq: int) -> None:
        self._attempts.pop(seq, None)
        self._due.pop(seq, None)
        self._unacked.discard(seq)

    def on_puback(self, seq: int, reason: int) -> None:
        """Somebody took it, or nobody did; either way only a confirmation ends it."""
        if reason == DELIVERED:
            self._unacked.discard(seq)
        elif reason > DELIVERED and seq in self._attempts:
            wait = min(LONGEST_NOT_TAKEN_S, NOT_TAKEN_S * 2.0 ** min(self._attempts[seq] - 1, 20))
            self._set_deadline(seq, self._monotonic() + wait * (0.75 + self._chance() / 2))

    def on_connected(self) -> None:
        """What was on its way when the connection broke goes out again at once."""
        now = self._monotonic()
        for seq in sorted(self._unacked):
            self._set_deadline(seq, now)

    def on_confirmation(self, confirmation: Proof) -> None:
        """Note what a confirmation covers. Raises StatementError, CoseError or SignatureError for one that does not
        hold, OutboxFullError where the disk does not take the note; the deadline brings it again.
        """
        if confirmation.run is None or confirmation.run[0] != self._key.kid:
            raise StatementError("the confirmation is not for a run of this stream")
        first = confirmation.run[1]
        held = self._outbox.entries(first, len(confirmation.paths))
        if not held:
            return  # of entries that were confirmed and evicted long ago
        roots = {confirmation.root_for(seq - first, encoded) for seq, encoded in held.items()}
        if len(roots) != 1:
            raise SignatureError("the confirmation does not lead from this device's bytes to one root")
        confirmation.head.verify(roots.pop(), self._proof_key)
        self._outbox.confirm(sorted(held), confirmation.encode(), confirmation.head.size)
        for seq in held:
            self._forget(seq)

    def on_refusal(self, refusal: Refusal) -> None:
        """Move what was refused to the dead letters. Raises OutboxFullError."""
        mendable = "mendable" if refusal.mendable else "not mendable"
        seq = self._outbox.bury(refusal.message, f"{refusal.reason.name}, {mendable}: {refusal.explanation}")
        if seq is not None:
            _LOG.warning("statement %d was refused: %s", seq, refusal.explanation)
            self._forget(seq)
