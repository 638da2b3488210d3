"""Hours, days and months of the site's clock: what they hold together is the load, to the last digit."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.activity import bins
from tally_finance.activity.column import exact_sum
from tally_finance.activity.load import Load
from tally_finance.activity.state import State
from tests.finance.activity.made import QUARTER_S, SOURCES, START, column, loaded, meter

BERLIN, SHANGHAI, KOLKATA = (ZoneInfo(f"{name}") for name in ("Europe/Berlin", "Asia/Shanghai", "Asia/Kolkata"))


def at(text: str, zone: ZoneInfo) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def made(at_: list[int], quantity: list[int], state: list[State]) -> Load:
    columns = [np.array(one, dtype=np.int64) for one in (at_, quantity)]
    opened = np.zeros(len(at_), dtype=np.int64)
    return Load("p", "r", "kWh", columns[0], columns[1], np.array(state, dtype=np.int8), opened, 0, SOURCES)


def test_the_day_on_which_the_clock_is_moved_has_23_or_25_hours() -> None:
    for day, after, count in (("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25)):
        edges = bins.hours(BERLIN, at(day, BERLIN), at(after, BERLIN))
        assert edges.size - 1 == count
        assert set(np.diff(edges).tolist()) == {3600}
        assert bins.days(BERLIN, at(day, BERLIN), at(after, BERLIN)).size == 2


def test_hours_are_those_of_the_sites_clock() -> None:
    edges = bins.hours(KOLKATA, START, START + 7200)
    assert edges.tolist() == [START, START + 1800, START + 5400, START + 7200]


def test_months_begin_at_local_midnight() -> None:
    edges = bins.months(SHANGHAI, at("2026-01-15", SHANGHAI), at("2026-03-01", SHANGHAI))
    assert [datetime.fromtimestamp(one, SHANGHAI).isoformat()[:16] for one in edges.tolist()] == [
        "2026-01-15T00:00",
        "2026-02-01T00:00",
        "2026-03-01T00:00",
    ]


def test_a_year_of_months_holds_the_year() -> None:
    load = loaded(column(enumerate(range(0, 35_041 * 3, 3))), meter(), 35_040)
    monthly = load.monthly(SHANGHAI)
    assert len(list(monthly)) == 13  # begins and ends at 08:00 of the site's clock
    assert sum(one.quantity for one in monthly) == load.total == 35_040 * 3
    assert {one.state for one in monthly} == {State.MEASURED}
    assert sum(one.quantity for one in load.daily(SHANGHAI)) == load.total


def test_an_interval_over_an_edge_is_measured_and_its_course_is_not() -> None:
    load = made([START, START + 1800, START + 5400], [10, 7], [State.MEASURED, State.MEASURED])
    first, second = load.hourly(SHANGHAI)
    assert (first.quantity, first.state) == (13, State.BRIDGED)
    assert (second.quantity, second.state) == (4, State.BRIDGED)
    whole = load.hourly(SHANGHAI)
    assert whole.by_state.tolist() == [[10, 3, 0, 0], [0, 4, 0, 0]]
    assert whole.seconds.tolist() == [[1800, 1800, 0, 0], [0, 1800, 0, 0]]


def test_estimates_keep_their_state_when_they_are_shared_out() -> None:
    load = made([START, START + 7200], [9], [State.ESTIMATED])
    assert [(one.quantity, one.state) for one in load.hourly(SHANGHAI)] == [(4, State.ESTIMATED), (5, State.ESTIMATED)]


@given(
    st.lists(st.tuples(st.integers(1, 20_000), st.integers(0, 2**58), st.sampled_from(State)), min_size=1, max_size=30)
)
def test_bins_hold_the_load_state_by_state(steps: list[tuple[int, int, State]]) -> None:
    times, quantity = [START], []
    for seconds, amount, _ in steps:
        times.append(times[-1] + seconds)
        quantity.append(amount)
    load = made(times, quantity, [state for _, _, state in steps])
    for cut in (load.hourly(KOLKATA), load.daily(BERLIN), load.monthly(SHANGHAI)):
        assert exact_sum(cut.quantity) == sum(quantity)
        assert exact_sum(cut.seconds.ravel()) == times[-1] - START
        assert cut.by_state.min() >= 0
        for state in (State.ESTIMATED, State.MISSING):
            of_state = [amount for _, amount, one in steps if one is state]
            assert exact_sum(cut.by_state[:, state]) == sum(of_state)


@pytest.mark.parametrize("quarters", [1, 4, 96])
def test_hourly_sums_are_the_four_quarters(quarters: int) -> None:
    registers = [Decimal(number * number) / 100 for number in range(quarters + 1)]
    load = loaded(column(enumerate(registers)), meter(), quarters)
    hourly = [one.quantity for one in load.hourly(SHANGHAI)]
    expected = [registers[min(at_ + 4, quarters)] - registers[at_] for at_ in range(0, quarters, 4)]
    assert hourly == expected
    assert load.to_at == START + quarters * QUARTER_S
