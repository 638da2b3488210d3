"""What a way in owes the gateway, and what the gateway owes a way in.

The text of the two protocols below is their contract. Whatever implements them (the listener, the broker intakes, a
simulated network; the appender, a test's SQLite table) keeps it, and the tests in tests/gateway/intake hold it.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

MAX_UNDER_WAY: Final = 3
"""Batches of one intake that its sink has at a time: one is being written, one is being checked, and one lies ready for
the processes that check, so that none of them ever waits for a write. More would only grow old in memory."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that a client published, exactly as it came.

    `client` is the transport name that the way in authenticated (listener) or that the topic carries (broker, whose own
    access rules must tie it to the login). It routes answers and quotas and proves nothing: who signed stands in
    `payload`.
    """

    client: str
    topic: str
    payload: bytes
    newest: int | None = None
    """The newest number of its stream that the client told beside it (tally_edge.newest_told)."""


class Outcome(enum.Enum):
    """What became of one delivery; docs/formats/mqtt.md has the reason code of each."""

    COMMITTED = "committed"
    """Durable: it survives the loss of power. A repeat of something already stored is COMMITTED too."""

    REFUSED = "refused"
    """It will never be accepted as it is. A signed refusal follows on the client's down topic."""

    OVER_QUOTA = "over-quota"
    """Not stored because this client has used up its share. The client keeps it and sends it again later."""

    TRY_LATER = "try-later"
    """Not stored, through no fault of the client. The client keeps it and sends it again later."""


class Sink(Protocol):
    """Where deliveries go."""

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Store a batch; return one outcome per delivery, in the same order, once every COMMITTED one is durable.

        - One intake has at most MAX_UNDER_WAY calls under way. What it handed over first is stored first, whichever
          call ends first; the sink may look at a later batch before an earlier one is stored. Two intakes may call at
          the same time, in no order.
        - Deliveries of one client stand in the order in which the client sent them. A delivery may be offered any
          number of times (a redelivery after a lost acknowledgement); storing is idempotent, and the repeat is
          COMMITTED.
        - Cancellation is safe at every await: a cancelled call has stored each delivery or has not, and the intake
          acknowledges none of them, so all are offered again.
        - `SinkUnavailable` means that nothing is known to be stored: the whole batch counts as TRY_LATER and the
          intake goes on. Any other exception is a bug or the end of the service: the intake acknowledges nothing and
          raises it from `serve`.
        """
        ...


class Intake(Protocol):
    """One way in."""

    async def serve(self, sink: Sink) -> None:
        """Hand everything that arrives to `sink` until cancelled, or until the sink raises what it may not survive.

        - A message is acknowledged only after `deliver` returned COMMITTED or REFUSED for it. (The listener also
          answers OVER_QUOTA and TRY_LATER, with reason codes that mean "not stored".)
        - What waits in memory is bounded in messages and bytes; at the bound the intake stops reading its sockets.
        - On cancellation it takes nothing new, gives the sink a bounded time to finish the batch it has,
          acknowledges that batch, closes its connections and raises CancelledError. It can be served again afterwards.
        """
        ...

    async def send(self, client: str, payload: bytes) -> bool:
        """Send `payload` to the client's down topic, best effort: it may be lost, and nothing is kept for absent
        clients.

        True: handed to the client's connection (listener) or to the broker. False: the client is not there, has not
        subscribed, or does not read fast enough. Never waits for the client, and never raises for a client's sake.
        """
        ...
