"""A gap never costs less than measuring: a steel plant's year with 3 % of its quarter hours gone, wherever that hurts.

What is removed is chosen by chance and by an adversary who knows the year; at what is removed no register bridges: the
meter was exchanged or reset and nobody read it, the period began or ended there, or the meter keeps no register at all.
REMOVALS says how many removals are tried (1,000 in the long form, `make removals`).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

import numpy as np
import pytest

from tally_finance.activity.ceiling import Ceiling, bounded, usual
from tally_finance.activity.column import Column
from tally_finance.activity.counting import counted
from tally_finance.activity.interval_meter import of_intervals
from tally_finance.activity.load import Load, load_of
from tally_finance.activity.meter import Meter, Stretch, Turn
from tally_finance.activity.rounding import rounded
from tally_finance.activity.state import State
from tests.finance.activity.made import QUARTER_S, SOURCES, STEEL, Year, column, meter, year

REMOVALS = int(os.environ.get("REMOVALS", "100"))
SHARE = Decimal("0.03")

Removed = Sequence[int]
"""Numbers of quarter hours, ascending."""


def highest(of: Year, rng: random.Random, count: int) -> Removed:
    """The highest of all, but for a few that are spared by chance."""
    spared = rng.randrange(0, count)
    ranked = sorted(range(len(of.kwh)), key=lambda number: -of.kwh[number])
    return sorted(rng.sample(ranked[: count + spared], count))


def worst_stretch(of: Year, rng: random.Random, count: int) -> Removed:
    """A stretch in one piece: of several by chance the one with most in it."""
    starts = [rng.randrange(len(of.kwh) - count + 1) for _ in range(8)]
    best = max(starts, key=lambda start: sum(of.kwh[start : start + count]))
    return range(best, best + count)


def by_chance(of: Year, rng: random.Random, count: int) -> Removed:
    """Each by itself."""
    return sorted(rng.sample(range(len(of.kwh)), count))


def runs(of: Year, rng: random.Random, count: int) -> Removed:
    """Outages of some hours, each beginning where the load is high."""
    gone: set[int] = set()
    peaks = sorted(range(len(of.kwh)), key=lambda number: -of.kwh[number])[: 4 * count]
    while len(gone) < count:
        start = rng.choice(peaks) - rng.randrange(0, 12)
        gone |= {one for one in range(start, start + rng.randrange(1, 48)) if 0 <= one < len(of.kwh)}
    return sorted(rng.sample(sorted(gone), count))


def edges(of: Year, rng: random.Random, count: int) -> Removed:
    """The period's beginning and end."""
    first = rng.randrange(count + 1)
    return [*range(first), *range(len(of.kwh) - count + first, len(of.kwh))]


REMOVALS_OF: tuple[Callable[[Year, random.Random, int], Removed], ...] = (
    highest,
    worst_stretch,
    by_chance,
    runs,
    edges,
)


def pieces(removed: Removed) -> list[tuple[int, int]]:
    """Runs of consecutive numbers as (first, behind the last)."""
    found = []
    for _, group in groupby(enumerate(removed), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        found.append((run[0], run[-1] + 1))
    return found


def as_interval_meter(of: Year, removed: Removed, ceiling: Ceiling) -> Load:
    """The meter keeps no register: its interval values are all there is."""
    gone = set(removed)
    read = column([(at + 1, one) for at, one in enumerate(of.kwh) if at not in gone], start=of.start)
    return _load(read, of_intervals(read, meter(), QUARTER_S, period(of)), ceiling)


def as_exchanges(of: Year, removed: Removed, ceiling: Ceiling) -> Load:
    """In each removed run the meter was exchanged, nobody read either; the new one starts anywhere it likes."""
    rng = random.Random(len(removed) + sum(removed))
    registers, turns, shift = of.registers, [], Decimal(0)
    inside, shown = set(), []
    cuts = {}
    for first, behind in pieces(removed):
        inside |= set(range(first + 1, behind))
        cuts[behind] = of.start + first * QUARTER_S + rng.randrange(1, (behind - first) * QUARTER_S)
    for number, register in enumerate(registers):
        if number in cuts:
            turns.append(Turn(cuts[number], None, None, True, -2))
            shift = rng.choice([-register, Decimal(rng.randrange(10**6))])
        if number not in inside:
            shown.append((number, register + shift))
    stretches = tuple([Stretch(Decimal(1), None)] * (len(turns) + 1))
    read = column(shown, start=of.start)
    return _load(read, counted(read, Meter(stretches, tuple(turns), ((0, QUARTER_S),)), period(of)), ceiling)


def as_resets(of: Year, removed: Removed, ceiling: Ceiling) -> Load:
    """In each removed run the register was set to 0, and began anew; at the edges it was not read."""
    registers, inside, shift, shown = of.registers, set(), Decimal(0), []
    behind = {after: first for first, after in pieces(removed)}
    for first, after in pieces(removed):
        inside |= set(range(first + 1, after)) | ({first} if first == 0 else set())
        inside |= {after} if after == len(of.kwh) else set()
    for number, register in enumerate(registers):
        if number in behind:
            shift = -register
        if number not in inside:
            shown.append((number, register + shift))
    read = column(shown, start=of.start)
    return _load(read, counted(read, meter(), period(of)), ceiling)


SEEN_AS: tuple[Callable[[Year, Removed, Ceiling], Load], ...] = (as_interval_meter, as_exchanges, as_resets)


def period(of: Year) -> tuple[int, int]:
    return of.start, of.start + len(of.kwh) * QUARTER_S


def _load(read: Column, intervals: object, ceiling: Ceiling) -> Load:
    filled, exceeded = bounded(intervals, ceiling, read.name, adds=True)  # type: ignore[arg-type]
    assert exceeded is None
    return load_of(read, filled, SOURCES)


def plate(of: Year) -> Ceiling:
    """No higher than the highest quarter hour: the least that is still true."""
    return Ceiling(4 * max(of.kwh), "the tightest plate that is true")


@pytest.mark.parametrize("seen_as", SEEN_AS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("choose", REMOVALS_OF, ids=lambda one: one.__name__)
def test_the_conservative_total_is_never_below_the_true_one(
    seen_as: Callable[[Year, Removed, Ceiling], Load], choose: Callable[[Year, random.Random, int], Removed]
) -> None:
    of = year()
    truth, count = sum(of.kwh), int(len(of.kwh) * SHARE)
    for seed in range(-(-REMOVALS // (len(SEEN_AS) * len(REMOVALS_OF)))):
        removed = choose(of, random.Random(f"{choose.__name__} {seed}"), count)
        assert len(removed) == count
        load = seen_as(of, removed, plate(of))
        assert load.is_bounded
        assert load.total >= truth, (choose.__name__, seed)
        gone = sum(of.kwh[number] for number in removed)
        assert load.certain <= truth - gone, "what nobody read is not called measured"
        told = load.by_state()
        assert told[State.ESTIMATED].seconds >= count * QUARTER_S
        assert sum(one.quantity for one in told.values()) == load.total
        assert sum(one.seconds for one in told.values()) == period(of)[1] - period(of)[0]


@pytest.mark.parametrize("choose", REMOVALS_OF[:4], ids=lambda one: one.__name__)
def test_registers_bridge_what_was_removed_to_the_last_digit(
    choose: Callable[[Year, random.Random, int], Removed],
) -> None:
    """All but the edges: the total is measured, only its course is not."""
    of = year()
    registers, count = of.registers, int(len(of.kwh) * SHARE)
    removed = {number for number in choose(of, random.Random(3), count) if 0 < number < len(of.kwh)}
    read = column([one for one in enumerate(registers) if one[0] not in removed], start=of.start)
    load = load_of(read, counted(read, meter(), period(of)), SOURCES)
    assert load.total == load.certain == sum(of.kwh)
    told = load.by_state()
    assert told.keys() == {State.MEASURED, State.BRIDGED}
    assert told[State.BRIDGED].seconds >= 2 * QUARTER_S


def test_the_year_is_the_exact_sum_of_its_column_and_rounding_each_interval_loses() -> None:
    of = year()
    read = column(enumerate(of.registers), start=of.start)
    load = load_of(read, counted(read, meter(), period(of)), SOURCES)
    assert load.total == sum(of.kwh)
    assert load.by_state().keys() == {State.MEASURED}
    assert np.array_equal(load.quantity, [int(one.scaleb(load.places)) for one in of.kwh])


@pytest.mark.skipif(not STEEL.is_file(), reason="the real year is not here")
@pytest.mark.shared
def test_what_mean_and_two_sigma_and_a_rounded_column_lose_of_the_real_year() -> None:
    """The estimate that bounds nothing ends 4 % short without the highest 3 %; the CO2 column's own rounding 8.2 %."""
    of = year()
    truth, count = sum(of.kwh), int(len(of.kwh) * SHARE)
    assert truth == Decimal("959636.71")
    ranked = sorted(range(len(of.kwh)), key=lambda number: -of.kwh[number])
    load = as_interval_meter(of, sorted(ranked[:count]), plate(of))
    estimate = usual(load)
    assert estimate is not None
    assert round((load.certain + estimate.over_gaps) / truth, 3) == Decimal("0.960")
    assert round(load.total / truth, 3) == Decimal("1.041")
    read = column(enumerate(of.registers), start=of.start)
    whole = load_of(read, counted(read, meter(), period(of)), SOURCES)
    found = rounded(whole, Decimal("0.0004585"), Decimal("0.01"))
    assert found.exact == truth * Decimal("0.0004585")
    assert found.lost_share is not None
    assert round(found.lost_share, 3) == Fraction("0.078")
    # The file's column is that very rounding, but for 47 rows of one day, which it has at 0.
    differ = [number for number, one in enumerate(of.kwh) if round(one * Decimal("0.0004585"), 2) != of.co2_t[number]]
    assert (len(differ), {number // 96 for number in differ}) == (47, {1})
    assert found.rounded - sum(of.co2_t) == Decimal("1.74")
    assert round(1 - sum(of.co2_t) / found.exact, 3) == Decimal("0.082")
