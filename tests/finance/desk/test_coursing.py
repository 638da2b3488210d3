"""A facility over time: of a large book the points come by and by, and are those that one would have waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tally_finance.book.journal import Recorded
from tally_finance.book.position import State, state_at
from tally_finance.desk import coursing
from tally_finance.desk.coursing import Course, Courses
from tally_finance.desk.desk import Desk
from tests.bench.bench_lender import desk_of

MOST = 30


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Whose clock stands; with so many receipts as a test says."""
    made = desk_of(tmp_path, getattr(request, "param", 10))
    now = made.now() + 60
    made.clock = lambda: now
    yield made
    made.engine.dispose()


def whole(courses: Courses, desk: Desk, facility: str) -> Course:
    for _ in range(2_000):
        found = courses.of(desk, facility, MOST)
        if found.is_whole:
            return found
        time.sleep(0.01)
    raise AssertionError("points are missing still")


def test_of_a_large_book_the_first_look_has_now_and_later_ones_have_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    facility = desk.glance().facilities[0]
    waited_for = Courses().of(desk, facility, MOST)
    assert waited_for.is_whole
    assert len(waited_for.points) > 20
    monkeypatch.setattr(coursing, "_AT_ONCE", 0)
    monkeypatch.setattr(coursing, "_RESTS", 0)
    courses = Courses()
    first = courses.of(desk, facility, MOST)
    assert not first.is_whole
    assert first.points[-1] == waited_for.points[-1]
    assert len(first.points) < len(waited_for.points)
    assert whole(courses, desk, facility) == waited_for


def test_points_are_reckoned_once_whoever_asks_how_often(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coursing, "_AT_ONCE", 0)
    monkeypatch.setattr(coursing, "_RESTS", 0)
    folded: list[int] = []

    def counted(entries: Sequence[Recorded], known_at: int, as_of: int) -> State:
        folded.append(as_of)
        return state_at(entries, known_at, as_of)

    monkeypatch.setattr("tally_finance.desk.coursing.state_at", counted)
    courses, facility = Courses(), desk.glance().facilities[0]
    for _ in range(5):
        courses.of(desk, facility, MOST)
    found = whole(courses, desk, facility)
    courses.of(desk, facility, MOST)
    assert len(folded) == len(set(folded)) == len(found.points) - 1


@pytest.mark.parametrize("desk", [101], indirect=True)
def test_a_moment_is_folded_once_for_all_facilities_that_wait_for_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coursing, "_AT_ONCE", 0)
    monkeypatch.setattr(coursing, "_RESTS", 0)
    folded: list[int] = []
    gate = threading.Event()

    def counted(entries: Sequence[Recorded], known_at: int, as_of: int) -> State:
        gate.wait(30)
        folded.append(as_of)
        return state_at(entries, known_at, as_of)

    monkeypatch.setattr("tally_finance.desk.coursing.state_at", counted)
    courses, facilities = Courses(), desk.glance().facilities
    assert len(facilities) == 2
    for facility in facilities:
        assert not courses.of(desk, facility, MOST).is_whole
    gate.set()
    found = {facility: whole(courses, desk, facility) for facility in facilities}
    one_for_each = sum(len(course.points) - 1 for course in found.values())
    assert len(folded) <= len(set(folded)) + 1 < one_for_each  # the first was begun when one facility waited
    for facility in facilities:
        assert whole(Courses(), desk, facility) == found[facility]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_program_stops_no_other_point(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coursing, "_AT_ONCE", 0)
    monkeypatch.setattr(coursing, "_RESTS", 0)
    faults = [ZeroDivisionError("a fault")]

    def faulty(entries: Sequence[Recorded], known_at: int, as_of: int) -> State:
        if faults:
            raise faults.pop()
        return state_at(entries, known_at, as_of)

    monkeypatch.setattr("tally_finance.desk.coursing.state_at", faulty)
    courses, facility = Courses(), desk.glance().facilities[0]
    assert not courses.of(desk, facility, MOST).is_whole
    assert len(whole(courses, desk, facility).points) > 20
    assert not faults


def test_nobody_opened_it(desk: Desk) -> None:
    assert Courses().of(desk, "no such", MOST) == Course((), is_whole=True)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 8, 31])
def test_points_far_apart_come_first(count: int) -> None:
    order = list(coursing._far_apart_first(range(count)))
    assert sorted(order) == list(range(count))
    if count == 8:
        assert order[:4] == [7, 3, 5, 1]
