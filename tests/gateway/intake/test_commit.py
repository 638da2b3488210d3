"""Group commit: how many batches the sink has at a time, in which order they are answered, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tally_gateway.intake.commit import CommitSettings, commit_forever
from tally_gateway.intake.counters import IntakeCounters
from tally_gateway.intake.inbox import Inbox
from tally_gateway.intake.interface import MAX_UNDER_WAY, Delivery, Outcome
from tests.gateway.intake.support import eventually


@dataclass
class Waiting:
    delivery: Delivery


@dataclass
class Gated:
    """A sink whose calls end when the test says so, by the number of the call."""

    calls: list[list[bytes]] = field(default_factory=list)
    ends: list[asyncio.Future[None]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        number = len(self.calls)
        self.calls.append([one.payload for one in deliveries])
        self.ends.append(asyncio.get_running_loop().create_future())
        try:
            await self.ends[number]
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        return [Outcome.COMMITTED] * len(deliveries)

    def end(self, number: int) -> None:
        self.ends[number].set_result(None)


@dataclass
class Bench:
    inbox: Inbox[Waiting]
    sink: Gated
    answered: list[bytes]
    task: asyncio.Task[None]

    def put(self, *payloads: bytes) -> None:
        for payload in payloads:
            self.inbox.put_now(Waiting(Delivery("a", "tally/1/a/up", payload)), len(payload))


@asynccontextmanager
async def committing(batch: int = 1, drain_s: float = 5.0) -> AsyncIterator[Bench]:
    inbox: Inbox[Waiting] = Inbox(100, 10_000)
    sink, answered = Gated(), []

    def answer(pending: Sequence[Waiting], outcomes: Sequence[Outcome]) -> None:
        assert len(pending) == len(outcomes)
        answered.extend(one.delivery.payload for one in pending)

    settings = CommitSettings(batch_messages=batch, batch_wait_s=0.0, drain_s=drain_s)
    task = asyncio.create_task(commit_forever(inbox, sink, answer, settings, IntakeCounters()))
    try:
        yield Bench(inbox, sink, answered, task)
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_the_sink_has_so_many_batches_and_no_more() -> None:
    async with committing() as bench:
        bench.put(*(b"%d" % number for number in range(6)))
        await eventually(lambda: len(bench.sink.calls) == MAX_UNDER_WAY)
        await asyncio.sleep(0.05)
        assert bench.sink.calls == [[b"0"], [b"1"], [b"2"]]
        bench.sink.end(0)
        await eventually(lambda: len(bench.sink.calls) == MAX_UNDER_WAY + 1)
        for number in range(1, 6):
            await eventually(lambda number=number: len(bench.sink.ends) > number)  # type: ignore[misc]
            bench.sink.end(number)
        await eventually(lambda: len(bench.answered) == 6)


async def test_answers_keep_the_order_of_arrival() -> None:
    async with committing() as bench:
        bench.put(b"0", b"1", b"2")
        await eventually(lambda: len(bench.sink.ends) == 3)
        bench.sink.end(2)
        bench.sink.end(1)
        await asyncio.sleep(0.05)
        assert bench.answered == []
        bench.sink.end(0)
        await eventually(lambda: bench.answered == [b"0", b"1", b"2"])


async def test_what_the_sink_has_at_the_end_is_finished_and_answered() -> None:
    async with committing() as bench:
        bench.put(b"0", b"1", b"2", b"3")
        await eventually(lambda: len(bench.sink.ends) == 3)
        bench.task.cancel()
        await asyncio.sleep(0.02)
        for number in (1, 0, 2):
            bench.sink.end(number)
        await asyncio.wait({bench.task})
        assert bench.task.cancelled()
        assert bench.answered == [b"0", b"1", b"2"]
        assert len(bench.inbox) == 1, "nothing new is taken"


async def test_what_the_sink_does_not_finish_in_time_is_cancelled_and_not_answered() -> None:
    async with committing(drain_s=0.1) as bench:
        bench.put(b"0", b"1", b"2")
        await eventually(lambda: len(bench.sink.ends) == 3)
        bench.sink.end(0)
        await eventually(lambda: bench.answered == [b"0"])
        bench.task.cancel()
        await asyncio.sleep(0.02)
        bench.sink.end(2)
        await asyncio.wait({bench.task})
        assert bench.answered == [b"0"], "2 is stored and offered again: 1 before it was not"
        assert bench.sink.cancelled == [1]


async def test_a_broken_sink_ends_everything_that_is_under_way() -> None:
    async with committing() as bench:
        bench.put(b"0", b"1", b"2")
        await eventually(lambda: len(bench.sink.ends) == 3)
        bench.sink.ends[1].set_exception(RuntimeError("broken"))
        bench.sink.end(0)
        await asyncio.wait({bench.task})
        with pytest.raises(RuntimeError, match="broken"):
            bench.task.result()
        assert bench.answered == [b"0"]
        assert bench.sink.cancelled == [2]
