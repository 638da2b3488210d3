"""Batches that overlap are stored in the order in which they were handed over."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from tally_gateway.admission import Checked, Message
from tally_gateway.checking import InlineChecker, KnownKeys
from tally_gateway.errors import CheckerLost, SinkUnavailable
from tally_gateway.pipeline import Incoming
from tally_gateway.turns import Turns
from tests.gateway.service.world import World, device


async def test_turns_come_in_the_order_of_entering_whoever_is_ready_first() -> None:
    turns, chance, done = Turns(), random.Random(3), []

    async def one(number: int) -> None:
        with turns.enter() as turn:
            await asyncio.sleep(chance.random() / 50)
            await turn
            done.append(number)

    await asyncio.gather(*(one(number) for number in range(30)))
    assert done == list(range(30))


async def test_whoever_leaves_early_holds_up_nobody_and_lets_nobody_overtake() -> None:
    turns, done, first_goes_on = Turns(), [], asyncio.Event()

    async def one(number: int, wait: asyncio.Event | None = None) -> None:
        with turns.enter() as turn:
            if wait is not None:
                await wait.wait()
            await turn
            done.append(number)

    tasks = [asyncio.create_task(one(number, first_goes_on if number == 0 else None)) for number in range(4)]
    await asyncio.sleep(0.01)
    tasks[1].cancel()
    await asyncio.sleep(0.01)
    assert done == []
    first_goes_on.set()
    await asyncio.wait(tasks)
    assert done == [0, 2, 3]


class SlowFirst(InlineChecker):
    """The first batch takes longest; a batch can be lost."""

    def __init__(self) -> None:
        self.calls = 0
        self.lost: set[int] = set()

    async def check(self, messages: Sequence[Message], keys: KnownKeys) -> list[Checked]:
        number, self.calls = self.calls, self.calls + 1
        await asyncio.sleep(0.06 / (number + 1))
        if number in self.lost:
            raise CheckerLost("told to")
        return await super().check(messages, keys)


async def test_overlapping_batches_are_appended_in_order(world: World) -> None:
    stream = device()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        pipeline._parts.checker.close()
        object.__setattr__(pipeline._parts, "checker", SlowFirst())
        # The second batch is checked before the first has made its key known: it is looked at once more.
        sent = [world.enrolment(stream), *(stream.readings() for _ in range(5))]
        batches = [pipeline.take([Incoming(Message(one.encoded), "test")]) for one in sent]
        taken = [one for batch in await asyncio.gather(*batches) for one in batch]
        assert [one.index for one in taken] == [1, 2, 3, 4, 5, 6]


async def test_a_lost_batch_is_not_stored_and_the_next_ones_are(world: World) -> None:
    stream = device()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        checker = SlowFirst()
        checker.lost.add(2)
        object.__setattr__(pipeline._parts, "checker", checker)
        sent = [world.enrolment(stream), *(stream.readings() for _ in range(4))]
        batches = [pipeline.take([Incoming(Message(one.encoded), "test")]) for one in sent]
        results = await asyncio.gather(*batches, return_exceptions=True)
        assert isinstance(results[2], SinkUnavailable)
        assert [result[0].index for result in results if not isinstance(result, BaseException)] == [1, 2, 3, 4]
        assert [seq for seq, _ in service.parts.log.indexes_of(stream.kid, 0, 9)] == [0, 2, 3]


@pytest.mark.parametrize("cancelled", [0, 1, 2])
async def test_a_cancelled_batch_is_stored_whole_or_not_at_all(world: World, cancelled: int) -> None:
    stream = device()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        await pipeline.take([Incoming(Message(world.enrolment(stream).encoded), "test")])
        object.__setattr__(pipeline._parts, "checker", SlowFirst())
        sent = [[stream.readings() for _ in range(3)] for _ in range(3)]
        tasks = [
            asyncio.create_task(pipeline.take([Incoming(Message(one.encoded), "test") for one in batch]))
            for batch in sent
        ]
        await asyncio.sleep(0.03)
        tasks[cancelled].cancel()
        await asyncio.wait(tasks)
        assert [task.cancelled() for task in tasks] == [number == cancelled for number in range(3)]
        seqs = [seq for seq, _ in service.parts.log.indexes_of(stream.kid, 0, 99)]
        whole = [seq for number in range(3) for seq in range(3 * number, 3 * number + 3) if number != cancelled]
        assert seqs in (whole, list(range(9)))
