"""Group commit: batches from an inbox to the sink, and the outcomes back. Shared by every way in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tally_gateway.errors import IntakeConfigError, SinkContractBroken, SinkUnavailable
from tally_gateway.intake.counters import IntakeCounters
from tally_gateway.intake.inbox import Inbox
from tally_gateway.intake.interface import Delivery, Outcome, Sink

# Brokers deliver no more than their in-flight window before they see an acknowledgement (Mosquitto: 20, unless asked
# for more), so a batch that waits for more than the window would wait for ever; a timer always ends it. 200 ms keeps
# confirmations under a second.
MAX_BATCH_WAIT_S = 0.2


@dataclass(frozen=True, slots=True)
class CommitSettings:
    """How batches are cut."""

    batch_messages: int = 500
    """One transaction of a few hundred rows costs about as much to sync as one of a single row."""
    batch_wait_s: float = 0.002
    """How long a first message waits for company. While the sink works the next batch gathers anyway."""
    drain_s: float = 5.0
    """How long the sink may take for the batch it has when the intake is told to stop."""

    def __post_init__(self) -> None:
        if self.batch_messages < 1:
            raise IntakeConfigError("a batch holds at least one message")
        if not 0 <= self.batch_wait_s <= MAX_BATCH_WAIT_S:
            raise IntakeConfigError(f"a batch waits between 0 and {MAX_BATCH_WAIT_S} seconds")


class Pending(Protocol):
    """A message that waits for its outcome."""

    @property
    def delivery(self) -> Delivery:
        """What the sink sees of it."""
        ...


P = TypeVar("P", bound=Pending)
Answer = Callable[[Sequence[P], Sequence[Outcome]], None]


async def commit_forever(
    inbox: Inbox[P], sink: Sink, answer: Answer[P], settings: CommitSettings, counters: IntakeCounters
) -> None:
    """Take, deliver, answer, until cancelled; then finish the batch that the sink has, within `drain_s`.

    `answer` is called with a batch and its outcomes, in the order of arrival; what it raises ends the loop.
    """
    while True:
        batch = await inbox.take(settings.batch_messages, settings.batch_wait_s)
        work = asyncio.ensure_future(_deliver(batch, sink, counters))
        try:
            # The sink is shielded from the intake's cancellation: cutting it off could leave a commit that nobody
            # answers.
            outcomes = await asyncio.shield(work)
        except asyncio.CancelledError:
            await _finish(work, batch, answer, settings.drain_s)
            raise
        answer(batch, outcomes)


async def _deliver(batch: Sequence[P], sink: Sink, counters: IntakeCounters) -> Sequence[Outcome]:
    counters.batches += 1
    counters.delivered += len(batch)
    try:
        outcomes = await sink.deliver([pending.delivery for pending in batch])
    except SinkUnavailable:
        counters.sink_unavailable += 1
        outcomes = [Outcome.TRY_LATER] * len(batch)
    if len(outcomes) != len(batch):
        raise SinkContractBroken(f"{len(outcomes)} outcomes for {len(batch)} deliveries")
    counters.committed += sum(outcome is Outcome.COMMITTED for outcome in outcomes)
    counters.refused += sum(outcome is Outcome.REFUSED for outcome in outcomes)
    counters.over_quota += sum(outcome is Outcome.OVER_QUOTA for outcome in outcomes)
    counters.try_later += sum(outcome is Outcome.TRY_LATER for outcome in outcomes)
    return outcomes


async def _finish(
    work: asyncio.Future[Sequence[Outcome]], batch: Sequence[P], answer: Answer[P], drain_s: float
) -> None:
    """Give the sink `drain_s` for what it has. A second cancellation, or the deadline, cancels the sink."""
    try:
        await asyncio.wait({work}, timeout=drain_s)
        if work.done() and not work.cancelled() and work.exception() is None:
            answer(batch, work.result())
    finally:
        if not work.done():
            work.cancel()
            await asyncio.wait({work})
