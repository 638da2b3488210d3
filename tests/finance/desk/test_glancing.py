"""What is shown of a book to whoever looks: never without what was written, and of a large book not waited for."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from tally_finance.book.loan_events import ReserveSet
from tally_finance.book.position import FacilityPosition, State, position_in
from tally_finance.desk import glancing
from tally_finance.desk.desk import Desk
from tally_finance.desk.glancing import GLANCE_S, LATE_S, RENEWED_S
from tally_finance.errors import DeskError
from tests.bench.bench_lender import desk_of


class Moved:
    """A desk whose clock stands until a test moves it."""

    def __init__(self, folder: Path) -> None:
        self.desk: Desk = desk_of(folder, 10)
        self.now = -(-(self.desk.now() + 60) // GLANCE_S) * GLANCE_S
        self.desk.clock = lambda: self.now


@pytest.fixture
def moved(tmp_path: Path) -> Iterator[Moved]:
    made = Moved(tmp_path)
    yield made
    made.desk.glances.close()
    made.desk.engine.dispose()


@pytest.fixture
def large(moved: Moved, monkeypatch: pytest.MonkeyPatch) -> Moved:
    monkeypatch.setattr(glancing, "LARGE", 10)
    return moved


def until(holds: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to be")


def no_thread() -> bool:
    """None that reckons."""
    return "glance" not in {one.name for one in threading.enumerate()}


def no_timer() -> bool:
    """None that would have it done."""
    return "glance due" not in {one.name for one in threading.enumerate()}


def test_a_book_that_is_not_large_is_seen_as_of_three_seconds_ago_at_most(moved: Moved) -> None:
    seen = moved.desk.glance()
    moved.now += GLANCE_S - 1
    assert moved.desk.glance() is seen
    moved.now += 1
    assert moved.desk.glance().as_of == moved.now


def test_nobody_waits_for_the_next_state_of_a_large_book(large: Moved) -> None:
    reckoned: list[State] = []
    large.desk.glances.warmers.append(reckoned.append)
    seen = large.desk.glance()
    large.now += RENEWED_S
    assert large.desk.glance() is seen
    until(lambda: large.desk.glance() is not seen)
    assert large.desk.glance().as_of == large.now
    assert [one.as_of for one in reckoned] == [large.now]


def test_a_large_book_is_not_reckoned_again_before_its_state_is_old(large: Moved) -> None:
    gate = threading.Event()
    large.desk.glances.warmers.insert(0, lambda _: gate.wait(30))
    seen = large.desk.glance()
    large.now += RENEWED_S - 1
    assert large.desk.glance() is seen
    begun = not no_thread()
    gate.set()
    assert not begun


def test_a_state_that_is_late_is_not_shown(large: Moved) -> None:
    seen = large.desk.glance()
    large.now += LATE_S
    assert large.desk.glance() is not seen
    assert large.desk.glance().as_of == large.now - large.now % GLANCE_S


def test_of_many_who_come_after_a_while_one_reckons_the_state(large: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    large.desk.glance()
    large.now += LATE_S
    reckoned: list[str] = []

    def counted(state: State, facility: str) -> FacilityPosition:
        reckoned.append(facility)
        time.sleep(0.05)
        return position_in(state, facility)

    monkeypatch.setattr(glancing, "position_in", counted)
    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(lambda _: large.desk.glance(), range(8)))
    assert all(one is seen[0] for one in seen)
    assert reckoned == list(seen[0].facilities)


def test_what_was_written_is_seen_at_once(large: Moved) -> None:
    seen = large.desk.glance()
    large.desk.record(ReserveSet(seen.facilities[0], Decimal(7)), key="rent")
    assert large.desk.glance().head.seq == seen.head.seq + 1


def test_while_somebody_looked_lately_the_next_states_are_reckoned_though_nobody_looks(
    large: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glancing, "RENEWED_S", 0.05)
    monkeypatch.setattr(glancing, "LINGERS_S", 2)
    reckoned: list[int] = []

    def warm(state: State) -> None:
        reckoned.append(state.as_of)
        large.now += GLANCE_S

    large.desk.glances.warmers.append(warm)
    large.desk.glance()
    large.now += GLANCE_S
    until(lambda: len(reckoned) > 3)
    assert reckoned == sorted(set(reckoned))
    until(no_timer)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_reckoning_goes_on_after_it_failed(large: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glancing, "RENEWED_S", 0.05)
    reckoned: list[int] = []

    def warm(state: State) -> None:
        large.now += GLANCE_S
        reckoned.append(state.as_of)
        if len(reckoned) in (1, 2):
            raise (DeskError, RuntimeError)[len(reckoned) - 1]("now and then")

    large.desk.glances.warmers.append(warm)
    large.desk.glance()
    large.now += GLANCE_S
    until(lambda: len(reckoned) > 3)


def test_a_book_that_is_closed_or_let_go_of_is_not_reckoned_on(
    large: Moved, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(glancing, "RENEWED_S", 0.05)
    large.desk.glance()
    large.desk.glances.close()
    until(no_timer)
    (tmp_path / "other").mkdir()
    other = Moved(tmp_path / "other")
    other.desk.glance()
    other.desk.engine.dispose()
    assert not no_timer()
    del other
    gc.collect()
    until(no_timer)


def test_what_was_written_is_reckoned_though_nobody_looks(large: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glancing, "RENEWED_S", 0.5)
    reckoned: list[str] = []

    def counted(state: State, facility: str) -> FacilityPosition:
        reckoned.append(facility)
        return position_in(state, facility)

    monkeypatch.setattr(glancing, "position_in", counted)
    seen = large.desk.glance()
    reckoned.clear()
    large.desk.record(ReserveSet(seen.facilities[0], Decimal(7)), key="rent")
    until(lambda: len(reckoned) == len(seen.facilities))
    assert large.desk.glance().head.seq == seen.head.seq + 1
    assert len(reckoned) == len(seen.facilities)


def test_a_state_that_can_not_be_reckoned_is_told_in_the_log_and_tried_again(
    large: Moved, caplog: pytest.LogCaptureFixture
) -> None:
    fails = [True]

    def warm(_: State) -> None:
        if fails.pop():
            fails.append(False)
            raise DeskError("the disk is full")
        fails.append(False)

    large.desk.glances.warmers.append(warm)
    seen = large.desk.glance()
    large.now += RENEWED_S
    with caplog.at_level(logging.WARNING):
        assert large.desk.glance() is seen
        until(lambda: "the disk is full" in caplog.text)
        until(lambda: large.desk.glance() is not seen)


def test_a_state_that_came_late_takes_no_newer_ones_place(large: Moved) -> None:
    gate = threading.Event()

    def warm(_: State) -> None:
        gate.wait(30)

    large.desk.glances.warmers.append(warm)
    seen = large.desk.glance()
    large.now += RENEWED_S
    assert large.desk.glance() is seen  # and the next is being reckoned
    large.now += LATE_S - RENEWED_S
    newer = large.desk.glance()
    assert newer.as_of == large.now - large.now % GLANCE_S
    gate.set()
    until(no_thread)
    assert large.desk.glance() is newer
