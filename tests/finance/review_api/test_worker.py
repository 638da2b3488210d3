"""The process that computes: one call at a time, bounded in time and memory, and a new one after each that failed."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tally_finance.errors import ReviewError, WorkFailedError, WorkRefusedError
from tally_finance.review_api.turns import MOST, MOST_OF_ONE, Turns
from tally_finance.review_api.worker import Worker
from tally_gateway.errors import ApiError


def refuses(text: str) -> None:
    raise ReviewError(text)


def breaks() -> None:
    raise ZeroDivisionError("no such thing")


def takes(size: int) -> int:
    return len(bytearray(size))


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(longest_s=2, most_bytes=2 << 30, wait_s=0.2)
    yield made
    made.close()


def test_it_computes_elsewhere_and_goes_on(worker: Worker) -> None:
    first = worker.call(os.getpid)
    assert first != os.getpid()
    with pytest.raises(WorkRefusedError, match="not this one"):
        worker.call(refuses, "not this one")
    assert worker.call(os.getpid) == first


def test_after_a_fault_or_a_death_there_is_another(worker: Worker) -> None:
    first = worker.call(os.getpid)
    with pytest.raises(WorkFailedError, match="ZeroDivisionError"):
        worker.call(breaks)
    second = worker.call(os.getpid)
    with pytest.raises(WorkFailedError, match="died"):
        worker.call(os._exit, 3)
    assert len({first, second, worker.call(os.getpid)}) == 3


def test_neither_time_nor_memory_without_end(worker: Worker) -> None:
    with pytest.raises(WorkFailedError, match="longer than 2 s"):
        worker.call(time.sleep, 60)
    with pytest.raises(WorkFailedError, match="memory"):
        worker.call(takes, 3 << 30)
    assert worker.call(takes, 1_000) == 1_000


def test_who_waits_too_long_is_told_to_come_again(worker: Worker) -> None:
    worker.call(os.getpid)
    first = threading.Thread(target=worker.call, args=(time.sleep, 1))
    first.start()
    while not worker.is_busy:
        time.sleep(0.01)
    with pytest.raises(BlockingIOError):
        worker.call(os.getpid)
    first.join()


def test_signals_for_the_whole_service_are_no_end_of_a_computation(worker: Worker) -> None:
    first = worker.call(os.getpid)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(first, number)
    assert worker.call(os.getpid) == first


def test_what_can_not_be_read_is_no_refusal(worker: Worker) -> None:
    with pytest.raises(OSError, match="no-such-file"):
        worker.call(os.stat, "/no-such-file")


def test_a_process_that_does_not_start_says_nothing_of_what_was_given() -> None:
    """As when it is ended with all of a service while it starts."""
    with pytest.raises(OSError, match="could be started"):
        Worker(most_bytes=1 << 80).call(os.getpid)


def test_the_system_ends_it_where_its_server_does_not() -> None:
    short = Worker(longest_s=1, most_bytes=2 << 30)
    assert short.call(resource.getrlimit, resource.RLIMIT_CPU)[0] <= 4
    short.close()


def test_so_many_wait_and_of_one_organisation_fewer() -> None:
    turns = Turns()
    with contextlib.ExitStack() as stack:
        for number in range(MOST):
            stack.enter_context(turns.taken(bytes([number // MOST_OF_ONE])))
        for organisation, status in ((bytes([0]), 429), (bytes([99]), 503)):
            with pytest.raises(ApiError) as error, turns.taken(organisation):
                pass
            assert error.value.status == status
    with turns.taken(bytes([0])):
        pass
