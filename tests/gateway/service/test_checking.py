"""Two processes give what one gives, in the same order; a process that dies is replaced."""

from __future__ import annotations

import asyncio
import os
import pickle
import random
import signal

import pytest

from tally_gateway.admission import Message, check_batch
from tally_gateway.checking import InlineChecker, KnownKeys, ProcessChecker
from tally_gateway.errors import CheckerLost
from tests.gateway.service.world import device


def _messages(count: int) -> tuple[list[Message], KnownKeys]:
    """Good and bad messages of two known keys and a stranger, mixed by a fixed seed."""
    chance = random.Random(7)
    streams, stranger, keys = [device(), device()], device(), KnownKeys()
    for stream in streams:
        keys.add(stream.key.public_key)
    messages = []
    for _ in range(count):
        encoded = chance.choice([*streams, *streams, stranger]).readings().encoded
        if chance.random() < 0.3:
            place = chance.randrange(len(encoded))
            encoded = encoded[:place] + bytes((encoded[place] ^ 1 << chance.randrange(8),)) + encoded[place + 1 :]
        messages.append(Message(encoded, chance.choice([None, streams[0].kid])))
    return messages, keys


async def test_two_processes_give_the_same_results_in_order() -> None:
    messages, keys = _messages(120)
    expected = check_batch(messages, keys.by_kid)
    assert len({one.reason for one in expected}) > 3
    assert await InlineChecker().check(messages, keys) == expected
    checker = ProcessChecker(2)
    try:
        assert await checker.check(messages, keys) == expected
        late = device()
        reading = Message(late.readings().encoded)
        assert not (await checker.check([reading], keys))[0].accepted
        keys.add(late.key.public_key)
        assert all(one.accepted for one in await checker.check([reading] * 40, keys))
        assert await checker.check([], keys) == []
    finally:
        checker.close()


async def test_a_process_that_dies_is_replaced() -> None:
    messages, keys = _messages(40)
    checker = ProcessChecker(2)
    try:
        await checker.check(messages, keys)
        victim = checker._workers[1]._process.pid
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        checker._workers[1]._process.join(5)
        with pytest.raises(CheckerLost):
            await checker.check(messages, keys)
        assert await checker.check(messages, keys) == check_batch(messages, keys.by_kid)
    finally:
        checker.close()


async def test_several_batches_under_way_are_answered_each_with_its_own_results() -> None:
    messages, keys = _messages(160)
    checker = ProcessChecker(2)
    try:
        parts = [messages[start : start + 40] for start in range(0, 160, 40)]
        results = await asyncio.gather(*(checker.check(part, keys) for part in parts))
        assert results == [check_batch(part, keys.by_kid) for part in parts]
        # Whoever is cancelled loses its answer; the next answers stay in step.
        given_up = asyncio.create_task(checker.check(messages, keys))
        await asyncio.sleep(0)
        given_up.cancel()
        assert await checker.check(parts[1], keys) == results[1]
    finally:
        checker.close()


async def test_what_a_dead_process_had_is_lost_and_what_comes_after_is_checked() -> None:
    messages, keys = _messages(400)
    checker = ProcessChecker(1)
    try:
        await checker.check(messages[:20], keys)
        process = checker._workers[0]._process
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        under_way = [asyncio.create_task(checker.check(messages, keys)) for _ in range(3)]
        await asyncio.sleep(0.1)
        os.kill(process.pid, signal.SIGKILL)
        results = await asyncio.gather(*under_way, return_exceptions=True)
        assert isinstance(results[0], CheckerLost)
        expected = check_batch(messages, keys.by_kid)  # what was not yet written to the pipe goes to the next process
        assert all(isinstance(result, CheckerLost) or result == expected for result in results)
        assert await checker.check(messages, keys) == check_batch(messages, keys.by_kid)
    finally:
        checker.close()


@pytest.mark.parametrize("answer", [b"no pickle", b"\x80\x04]\x94."])  # the second is an empty list
async def test_an_answer_that_is_none_ends_the_batch_and_the_process(answer: bytes) -> None:
    messages, keys = _messages(20)
    checker = ProcessChecker(1)
    worker = checker._workers[0]
    try:
        await checker.check(messages, keys)
        real = worker._connection.recv_bytes
        worker._connection.recv = lambda: pickle.loads(answer) if real() else None  # type: ignore[method-assign]
        with pytest.raises(CheckerLost):
            await asyncio.wait_for(checker.check(messages, keys), 20)
        assert await checker.check(messages, keys) == check_batch(messages, keys.by_kid)
    finally:
        checker.close()


async def test_what_cannot_be_written_to_a_process_ends_the_batch() -> None:
    messages, keys = _messages(20)
    checker = ProcessChecker(1)
    try:
        unpicklable = Message(b"x", lambda: None)  # type: ignore[arg-type]
        with pytest.raises(CheckerLost):
            await asyncio.wait_for(checker.check([unpicklable], keys), 20)
        assert await checker.check(messages, keys) == check_batch(messages, keys.by_kid)
    finally:
        checker.close()


async def test_a_process_that_could_not_be_started_again_is_started_at_the_next_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages, keys = _messages(20)
    checker = ProcessChecker(1)
    worker = checker._workers[0]
    try:
        await checker.check(messages, keys)
        assert worker._process.pid is not None
        os.kill(worker._process.pid, signal.SIGKILL)
        worker._process.join(5)
        with monkeypatch.context() as patched:

            def refuse(_: object) -> None:
                raise BlockingIOError("no more processes")

            patched.setattr(worker._context.Process, "start", refuse)
            with pytest.raises(CheckerLost):
                await asyncio.wait_for(checker.check(messages, keys), 20)
        with pytest.raises(CheckerLost):
            await asyncio.wait_for(checker.check(messages, keys), 20)
        assert await checker.check(messages, keys) == check_batch(messages, keys.by_kid)
    finally:
        checker.close()
