"""Group commit: batches from an inbox to the sink, and the outcomes back. Shared by every way in."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from tally_gateway.errors import IntakeConfigError, SinkContractBroken, SinkUnavailable
from tally_gateway.intake.counters import IntakeCounters
from tally_gateway.intake.inbox import Inbox
from tally_gateway.intake.interface import MAX_UNDER_WAY, Delivery, Outcome, Sink

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


_UnderWay = deque[tuple[Sequence[P], "asyncio.Task[Sequence[Outcome]]"]]


async def commit_forever(
    inbox: Inbox[P], sink: Sink, answer: Answer[P], settings: CommitSettings, counters: IntakeCounters
) -> None:
    """Take, deliver, answer, until cancelled; then finish the batches that the sink has, within `drain_s`.

    The sink has up to `interface.MAX_UNDER_WAY` batches at a time. `answer` is called with a batch and its outcomes, in
    the order of arrival; what it raises ends the loop, as does what the sink raises.
    """
    under_way: _UnderWay[P] = deque()
    taking: asyncio.Task[list[P]] | None = None
    try:
        while True:
            if taking is None and len(under_way) < MAX_UNDER_WAY:
                taking = asyncio.create_task(inbox.take(settings.batch_messages, settings.batch_wait_s))
            oldest: list[asyncio.Task[Any]] = [under_way[0][1]] if under_way else []
            awaited = oldest if taking is None else [*oldest, taking]
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            while under_way and under_way[0][1].done():
                batch, work = under_way.popleft()
                answer(batch, work.result())
            if taking is not None and taking.done():
                batch, taking = taking.result(), None
                under_way.append((batch, asyncio.create_task(_deliver(batch, sink, counters))))
    except asyncio.CancelledError:
        # The sink is not cancelled with its intake: cutting it off could leave a commit that nobody answers.
        await _finish(under_way, answer, settings.drain_s)
        raise
    finally:
        await _end([*([] if taking is None else [taking]), *(work for _, work in under_way)])


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


async def _finish(under_way: _UnderWay[P], answer: Answer[P], drain_s: float) -> None:
    """Give the sink `drain_s` for what it has, and answer what it finished."""
    if under_way:
        await asyncio.wait({work for _, work in under_way}, timeout=drain_s)
    while under_way and under_way[0][1].done():
        batch, work = under_way.popleft()
        if work.cancelled() or work.exception() is not None:
            break
        answer(batch, work.result())


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel what is still running. What it raises meanwhile is of no use to anybody."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()
