"""Two processes give what one gives, in the same order; a process that dies is replaced."""

from __future__ import annotations

import os
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
