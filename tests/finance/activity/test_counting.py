"""Registers to intervals: rollover, reset, exchange, edges, gaps, and every interval's two statements."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.activity.ceiling import Ceiling, bounded, usual
from tally_finance.activity.column import column_of, exact_sum
from tally_finance.activity.counting import counted
from tally_finance.activity.interval_meter import of_intervals
from tally_finance.activity.load import load_of
from tally_finance.activity.state import State
from tally_finance.errors import ActivityError
from tests.finance.activity.made import QUARTER_S, SOURCES, START, column, loaded, meter, turn


def states(load: object) -> list[str]:
    return [State(int(one)).word for one in load.state]  # type: ignore[attr-defined]


def test_a_register_counts_differences_times_its_multiplier() -> None:
    load = loaded(column(enumerate(["100.0", "101.5", "101.50", "104"])), meter(multipliers=["40.5"]), 3)
    assert load.total == load.certain == Decimal("162")
    assert [one.quantity for one in load.intervals()] == [Decimal("60.75"), 0, Decimal("101.25")]
    assert states(load) == ["measured"] * 3
    assert load.is_bounded


def test_each_interval_opens_to_its_two_statements() -> None:
    load = loaded(column(enumerate([1, 2, 4])), meter(), 2)
    assert [(one.first.place, one.last.place) for one in load.intervals() if one.first and one.last] == [
        ("entry 0", "entry 1"),
        ("entry 1", "entry 2"),
    ]
    assert all(one.first is not None and len(one.first.statement_id) == 32 for one in load.intervals())


def test_a_register_bridges_what_was_not_read() -> None:
    load = loaded(column([(0, 0), (1, 10), (9, 90), (10, 100)]), meter(), 10)
    assert load.total == load.certain == 100
    assert states(load) == ["measured", "bridged", "measured"]
    assert load.by_state()[State.BRIDGED].seconds == 8 * QUARTER_S


def test_the_cadence_that_was_planned_says_what_is_far_apart() -> None:
    """Quarter hours until step 4, hours from then on: a plan for later does not excuse the silence before."""
    planned = replace(meter(), cadences=((0, QUARTER_S), (START + 4 * QUARTER_S, 4 * QUARTER_S)))
    load = loaded(column([(0, 0), (1, 1), (4, 4), (8, 8), (15, 15)]), planned, 15)
    assert states(load) == ["measured", "bridged", "measured", "bridged"]
    jitter = loaded(column([(0, 0), (15, 1), (31, 2)], step_s=90), meter(cadence_s=900), 3)
    assert states(jitter)[:1] == ["measured"]


def test_two_changes_between_two_readings() -> None:
    read = column([(0, 100), (3, 9)])
    load = loaded(read, meter(turn(1, 110, 0), turn(2, 5, 7), multipliers=[1, 1, 10]), 3)
    assert [one.quantity for one in load.intervals()] == [10, 5, 20]


def test_a_rollover_is_counted_where_the_range_explains_it() -> None:
    rolled = column(enumerate([999_990, 999_998, 4]))
    assert loaded(rolled, meter(modulus=1_000_000), 2).total == 14
    reset = loaded(rolled, meter(), 2, ceiling=400)
    assert states(reset) == ["measured", "estimated"]
    assert reset.total == 8 + 100
    assert reset.certain == 8
    back = loaded(column(enumerate([500_000, 300_000])), meter(modulus=1_000_000), 1)
    assert states(back) == ["missing"], "a register that was wound back did not run almost full circle"


def test_an_exchange_counts_by_the_registers_that_were_read_at_it() -> None:
    read = column([(0, 100), (1, 110), (3, 7), (4, 9)])
    load = loaded(read, meter(turn(2, 118, 3), multipliers=[1, 10]), 4)
    assert [one.quantity for one in load.intervals()] == [10, 8, 40, 20]
    at_exchange = list(load.intervals())[1]
    assert at_exchange.to_at == START + 2 * QUARTER_S
    assert at_exchange.last is not None
    assert at_exchange.last.place == "facts"


@pytest.mark.parametrize(
    ("closing", "opening", "expected"),
    [
        (None, None, ["measured", "estimated", "estimated", "measured"]),
        (118, None, ["measured", "measured", "estimated", "measured"]),
        (None, 3, ["measured", "estimated", "measured", "measured"]),
    ],
)
def test_around_an_exchange_nobody_read_the_ceiling_counts(
    closing: int | None, opening: int | None, expected: list[str]
) -> None:
    load = loaded(
        column([(0, 100), (1, 110), (3, 7), (4, 9)]), meter(turn(2, closing, opening), multipliers=[1, 1]), 4, 400
    )
    assert states(load) == expected
    assert load.total == 10 + 2 + (8 if closing else 100) + (4 if opening else 100)


def test_what_was_read_in_the_second_of_an_exchange_nobody_read_is_either_meters() -> None:
    """A new meter that starts higher than the old one stood would else hide what the old one counted."""
    load = loaded(
        column([(0, 100), (1, 110), (2, 112), (3, 120)]), meter(turn(2, None, None), multipliers=[1, 1]), 3, 400
    )
    assert states(load) == ["measured", "estimated", "estimated"]


def test_a_ratio_changes_on_a_reading_without_another_meter() -> None:
    changed = turn(1, None, None, other_meter=False)
    assert loaded(column(enumerate([0, 1, 2])), meter(changed, multipliers=[10, 100]), 2).total == 110


@given(st.lists(st.sampled_from([0, 1, 2, 3]), min_size=1, max_size=4, unique=True))
def test_the_edges_of_a_period_are_bounded_by_the_ceiling(read: list[int]) -> None:
    load = loaded(column([(at, 10 * at) for at in read]), meter(), 3, ceiling=400)
    first, last = min(read), max(read)
    assert load.certain == 10 * (last - first)
    assert load.total == load.certain + 100 * (first + 3 - last)
    assert (load.from_at, load.to_at) == (START, START + 3 * QUARTER_S)


def test_a_meter_that_said_nothing_is_bounded_or_missing() -> None:
    assert loaded(column([]), meter(), 4, ceiling=400).total == 400
    silent = loaded(column([]), meter(), 4)
    assert silent.total == 0
    assert not silent.is_bounded


def test_a_ceiling_is_rounded_up_and_what_is_taken_off_is_filled_with_nothing() -> None:
    intervals = counted(column([(0, 0), (1, 1)]), meter(), (START, START + 2 * QUARTER_S))
    filled, _ = bounded(intervals, Ceiling(Decimal("10"), "fuse"), "m", adds=True)
    assert filled.quantity.tolist() == [1, 3]
    nothing, _ = bounded(intervals, Ceiling(Decimal("10"), "fuse"), "m", adds=False)
    assert nothing.quantity.tolist() == [1, 0]
    assert nothing.state.tolist() == [State.MEASURED, State.ESTIMATED]


def test_a_ceiling_that_was_exceeded_is_none() -> None:
    intervals = counted(column([(0, 0), (1, 200)]), meter(), (START, START + 2 * QUARTER_S))
    filled, exceeded = bounded(intervals, Ceiling(Decimal(400), "plate"), "m", adds=True)
    assert exceeded is not None
    assert (exceeded.from_at, exceeded.quantity) == (START, 200)
    assert filled.state.tolist() == [State.MEASURED, State.MISSING]
    _, exceeded = bounded(intervals, Ceiling(Decimal(796), "plate"), "m", adds=True)
    assert exceeded is None, "a last digit more is how a register shows it"


def test_a_rollover_that_no_ceiling_lets_through_was_a_reset() -> None:
    rolled = column(enumerate([999_900, 50, 60]))
    assert loaded(rolled, meter(modulus=1_000_000), 2, ceiling=1000).total == 160
    load = loaded(rolled, meter(modulus=1_000_000), 2, ceiling=400)
    assert states(load) == ["estimated", "measured"]
    assert load.total == 100 + 10


def test_an_interval_meter_bridges_nothing() -> None:
    read = column([(1, 5), (2, 6), (5, 7)])
    intervals = of_intervals(read, meter(multipliers=[2]), QUARTER_S, (START, START + 6 * QUARTER_S))
    assert intervals.quantity.tolist() == [10, 12, 0, 14, 0]
    assert [State(int(one)).word for one in intervals.state] == [
        "measured",
        "measured",
        "missing",
        "measured",
        "missing",
    ]
    overlapping = column([(0, 1), (1, 1)], step_s=600)
    with pytest.raises(ActivityError, match="intervals that overlap"):
        of_intervals(overlapping, meter(), QUARTER_S, (START - QUARTER_S, START + QUARTER_S))


def test_an_interval_over_an_edge_or_a_change_is_nobodys() -> None:
    read = column([(1, 5), (2, 6), (3, 7)])
    over_edge = of_intervals(read, meter(), QUARTER_S, (START + 60, START + 3 * QUARTER_S))
    assert over_edge.quantity.tolist() == [0, 6, 7]
    changed = replace(turn(0, None, None), at=START + QUARTER_S + 60)
    over_change = of_intervals(read, meter(changed, multipliers=[1, 10]), QUARTER_S, (START, START + 3 * QUARTER_S))
    assert over_change.quantity.tolist() == [5, 0, 70]


def test_what_64_bits_do_not_hold_is_an_error_that_names_the_point() -> None:
    with pytest.raises(ActivityError, match="urn:m/energy_import: 64 bits"):
        column([(0, Decimal("0.000000000000000001")), (1, 100)])
    wide = column(enumerate([0, 2**62]))
    with pytest.raises(ActivityError, match="urn:m/energy_import: 64 bits"):
        loaded(wide, meter(multipliers=[3]), 1)
    with pytest.raises(ActivityError, match="shows two values"):
        column_of("p", "r", "kWh", [(1, 1, 0), (1, 2, 1)])


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=50))
def test_sums_are_exact_beyond_64_bits(numbers: list[int]) -> None:
    assert exact_sum(np.array(numbers, dtype=np.int64)) == sum(numbers)


@given(
    st.lists(st.tuples(st.decimals(0, 50, places=2), st.booleans()), min_size=2, max_size=40),
    st.randoms(use_true_random=False),
)
def test_the_order_of_readings_changes_nothing(steps: list[tuple[Decimal, bool]], rng: object) -> None:
    register, shown = Decimal(1000), []
    for number, (step, told) in enumerate(steps):
        register += step
        if told:
            shown.append((START + number * QUARTER_S, register, number))
    mixed = [*shown, *shown[:3]]
    rng.shuffle(mixed)  # type: ignore[attr-defined]
    loads = []
    for order in (shown, mixed):
        of = column_of("p", "r", "kWh", order)
        intervals = counted(of, meter(), (START, START + len(steps) * QUARTER_S))
        loads.append(load_of(of, bounded(intervals, Ceiling(Decimal(400), "plate"), "p", adds=True)[0], SOURCES))
    assert loads[0].digest == loads[1].digest
    assert loads[0].total == loads[1].total
    assert loads[0].certain == (shown[-1][1] - shown[0][1] if shown else 0)


def test_another_quantity_time_or_state_is_another_digest() -> None:
    base = loaded(column(enumerate([0, 1, 2])), meter(), 2)
    others = [
        loaded(column(enumerate([0, 1, 3])), meter(), 2),
        loaded(column([(0, 0), (2, 2)]), meter(), 2),
        loaded(column(enumerate([0, 1, 2])), meter(cadence_s=300), 2),
    ]
    assert len({one.digest for one in (base, *others)}) == 4
    same = loaded(column(enumerate(["0.00", "1.0", "2"])), meter(), 2)
    assert same.digest == base.digest, "zeros at the end say nothing"


def test_mean_and_two_sigma_is_told_and_bounds_nothing() -> None:
    load = loaded(column([(0, 0), (1, 10), (2, 30), (3, 40)]), meter(), 5, ceiling=400)
    found = usual(load)
    assert found is not None
    mean, sigma = Decimal(40) / 3, (Decimal(200) / 9).sqrt()
    assert found.mean_and_two_sigma == (mean + 2 * sigma).to_integral_value("ROUND_CEILING")
    assert found.over_gaps == (2 * (mean + 2 * sigma)).to_integral_value("ROUND_CEILING")
    assert load.total == 40 + 200
