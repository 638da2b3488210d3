"""What both broker intakes do alike: connect again and again, and acknowledge after the commit, in order of arrival.

Rules measured against Mosquitto 2.0: a broker sends unacknowledged messages again only after a reconnect, so a batch
that was not stored is answered by dropping the connection; a packet identifier means nothing on another connection,
so everything that waits dies with the connection it came on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from paho.mqtt.properties import Properties

from tally_edge import newest_told
from tally_gateway.errors import IntakeError
from tally_gateway.intake.broker_settings import BrokerSettings, backoff_s
from tally_gateway.intake.commit import commit_forever
from tally_gateway.intake.counters import BrokerCounters
from tally_gateway.intake.inbox import Inbox
from tally_gateway.intake.interface import Delivery, Outcome, Sink


class BrokerLost(IntakeError):  # noqa: N818  what happened; never leaves the intake
    """The connection to the broker ended, or could not be made."""


class RedeliveryNeeded(BrokerLost):
    """Something was not stored: the connection is dropped so that the broker sends it again."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message from the broker and how to acknowledge it. `acknowledge` does nothing once its connection has ended."""

    delivery: Delivery
    acknowledge: Callable[[], None]


def told_beside(properties: Properties | None) -> int | None:
    """The newest number that a message's user properties tell (tally_edge.newest_told)."""
    return newest_told.read(getattr(properties, "UserProperty", ()))


def answer_in_order(
    batch: Sequence[Arrived], outcomes: Sequence[Outcome], counters: BrokerCounters, done: Callable[[int], None]
) -> None:
    """Acknowledge up to the first delivery that must come again; raise RedeliveryNeeded there.

    REFUSED is acknowledged: its refusal goes to the client. OVER_QUOTA too: a greedy client must not hold up the
    others, and the message is still in its outbox. `done` is told how many messages have left the intake's memory.
    """
    done(len(batch))
    for arrived, outcome in zip(batch, outcomes, strict=True):
        if outcome is Outcome.TRY_LATER:
            counters.forced_redeliveries += 1
            raise RedeliveryNeeded("the sink did not store a message")
        arrived.acknowledge()
        counters.acked += 1


async def commit_until_lost(
    inbox: Inbox[Arrived],
    sink: Sink,
    *,
    settings: BrokerSettings,
    counters: BrokerCounters,
    lost: asyncio.Future[str],
    stands_still: Coroutine[Any, Any, str],
    done: Callable[[int], None],
) -> None:
    """Commit and acknowledge until the connection is `lost`, or its session `stands_still`. Raises BrokerLost, or what
    the sink may not survive.

    A batch that the sink has when the connection ends is finished; its acknowledgements go nowhere, and the broker
    sends it again.
    """
    commit = asyncio.ensure_future(
        commit_forever(
            inbox,
            sink,
            lambda batch, outcomes: answer_in_order(batch, outcomes, counters, done),
            settings.commit,
            counters,
        )
    )
    watching = asyncio.ensure_future(stands_still)
    try:
        ends: set[asyncio.Future[Any]] = {commit, lost, watching}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if commit.done():
            commit.result()
        raise BrokerLost(lost.result() if lost.done() else watching.result())
    finally:
        watching.cancel()
        if not commit.done():
            commit.cancel()
            await asyncio.wait({commit})
        if not commit.cancelled():
            commit.exception()  # seen here; raised above, or a redelivery that the lost connection brings anyway


async def reconnect_forever(
    connect_and_serve: Callable[[], Awaitable[None]], settings: BrokerSettings, counters: BrokerCounters
) -> None:
    """Run one connection after the other, waiting longer while they fail to come up, until cancelled."""
    attempt = 0
    while True:
        connects, acked = counters.connects, counters.acked
        try:
            await connect_and_serve()
        except BrokerLost as error:
            connected = counters.connects > connects and not isinstance(error, RedeliveryNeeded)
            if connected or counters.acked > acked:
                attempt = 0
            await asyncio.sleep(backoff_s(attempt, settings, random.random))
            attempt += 1
