"""What the world remembers of a device: where its clock was, and who lived then."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from tally_edge.errors import DriverError
from tests.simulation.diary import Diary, Life
from tests.simulation.plant import FreezingMeter, Meter, Question, StrayClock, Visit
from tests.simulation.site import START, SiteOfRun
from tests.simulation.swarm import swarm_of


@dataclass
class Time:
    """Virtual seconds, by hand."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def true() -> Time:
    return Time()


@pytest.fixture
def clock(true: Time) -> StrayClock:
    return StrayClock(true, START)


@pytest.fixture
def diary(clock: StrayClock) -> Diary:
    """One life from 0 to 100, the next from 130 on, of a device with a cadence of 10 to 30 seconds."""
    lives = [Life(0.0, [50.0], 1, 100.0), Life(130.0, [], 2)]
    return Diary(SiteOfRun(1, swarm_of(1)).devices[0], clock, Meter(clock, 100_000), lives)


def test_a_clock_that_is_set_back_comes_to_one_time_twice(true: Time, clock: StrayClock) -> None:
    assert not clock.strays()
    true.now_s = 100.0
    clock.step(-40)
    true.now_s = 200.0
    assert clock.comings(START + 80) == [80.0, 120.0]
    assert clock.comings(START + 130) == [170.0]
    assert list(clock.steps()) == [(START + 100, START + 60)]
    assert clock.strays()


def test_a_clock_that_is_set_ahead_never_comes_to_what_lies_between(true: Time, clock: StrayClock) -> None:
    true.now_s = 100.0
    clock.step(40)
    true.now_s = 200.0
    assert clock.comings(START + 120) == []
    assert [visit.from_s for visit in clock.visits(START + 120, START + 145)] == [100.0]


def test_a_clock_that_drifts_shows_a_second_for_more_or_less_than_one(true: Time, clock: StrayClock) -> None:
    clock.drift(-20_000)
    true.now_s = 200.0
    (visit,) = clock.visits(START + 98, START + 98)
    assert visit.from_s == pytest.approx(100, abs=1e-4)
    assert visit.to_s == pytest.approx(99 / 0.98, abs=1e-4)


def test_a_clock_that_forgets_says_so_of_that_while(true: Time, clock: StrayClock) -> None:
    true.now_s = 10.0
    clock.forget()
    true.now_s = 20.0
    clock.remember()
    true.now_s = 30.0
    unset = [visit for visit in clock.visits(START, START + 29) if visit.unset]
    assert unset == [Visit(10.0, 20.0, unset=True)]


def test_who_was_down(true: Time, clock: StrayClock, diary: Diary) -> None:
    true.now_s = 200.0
    assert not diary.was_down(START + 60, START + 70)
    assert diary.was_down(START + 90, START + 140), "the process that saw to it ended before it could say so"
    assert diary.was_down(START + 110, START + 140)
    assert not diary.was_down(START + 140, START + 150)
    clock.step(60)
    assert diary.was_down(START + 220, START + 270), "the clock jumped over it"


def test_a_death_excuses_no_slot_long_before_it_but_one_that_was_asked_for(true: Time, diary: Diary) -> None:
    """A pack and a slot more take 150 seconds at most."""
    diary.lives = [Life(0.0, [], 1, 400.0)]
    true.now_s = 410.0
    assert diary.was_down(START + 390, START + 405)
    assert not diary.was_down(START + 60, START + 405), "it hung, and died long after"
    diary.meter.asked.append(Question(60.0, START + 60, Decimal(1)))
    assert diary.was_down(START + 60, START + 405)


def test_a_disk_that_failed_is_found_by_the_devices_clock(true: Time, clock: StrayClock, diary: Diary) -> None:
    true.now_s = 40.0
    clock.step(-5)
    true.now_s = 200.0
    assert diary.disk_failed(START + 45, START + 45)
    assert not diary.disk_failed(START + 47, START + 60)


def test_nobody_hears_a_question_of_no_process(clock: StrayClock) -> None:
    meter = FreezingMeter(clock, 100_000, silent=True)
    with pytest.raises(DriverError):
        meter.freeze(START)
    assert meter.asked == []
