"""Hour by hour: a certificate counts in its hour and its grid region, once, and never more than the load."""

from __future__ import annotations

import random
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import FootprintError
from tally_finance.footprint.granular import HOUR_S
from tally_finance.footprint.matching import MAX_HOURS, WORST, Hours, matched, unmatched_why
from tally_finance.footprint.replay import replay
from tally_finance.footprint.trace import Trace
from tests.finance.footprint.examples import YEAR, amount
from tests.finance.footprint.granules import GRID, bundle


def hours(*kwh: Any, unknown: frozenset[int] = frozenset(), name: str = "main") -> Hours:
    return Hours(YEAR[0], tuple(D(one) for one in kwh), {"point": name}, unknown)


def test_a_certificate_counts_in_its_hour() -> None:
    wind = [bundle(hour, 4, device="wind") for hour in range(2)]
    found = matched([hours(10, 10, 10, 10)], [bundle(1, 30), bundle(2, 5), *wind])
    assert (found.matched.number, found.unmatched.number, found.surplus.number) == (19, 21, 24)
    assert found.cfe.number == Fraction(19, 40)
    assert (found.hours, found.unknown) == (4, 0)


def test_the_year_says_more_than_its_hours() -> None:
    """All sun at noon: the annual claim is the whole load, hour by hour it is a quarter of it."""
    found = matched([hours(10, 10, 10, 10)], [bundle(1, 40)])
    assert found.cfe.number == Fraction(1, 4)
    assert not found.contradicts(amount(40))
    assert not found.contradicts(amount(10))
    assert found.contradicts(amount(D("9.999")))


def test_a_score_is_told_rounded_down() -> None:
    found = matched([hours(2, 1)], [bundle(0, 2)])
    assert (found.cfe.number, found.told.number) == (Fraction(2, 3), Fraction(66666, 100000))


def test_several_meters_draw_together() -> None:
    found = matched([hours(10, 0), hours(5, 5, name="second")], [bundle(0, 12), bundle(1, 12)])
    assert (found.load.number, found.matched.number) == (20, 17)
    with pytest.raises(FootprintError, match="those of all its meters"):
        matched([hours(10, 0), hours(5)], [])
    with pytest.raises(FootprintError, match="those of all its meters"):
        matched([], [])


def test_months_add_up_to_the_year() -> None:
    whole = matched([hours(10, 10, 0, 10)], [bundle(1, 30), bundle(3, 5)])
    found = matched([hours(10, 10, 0, 10)], [bundle(1, 30), bundle(3, 5)], [0, 2, 3])
    assert (found.cfe.number, found.surplus.number) == (whole.cfe.number, whole.surplus.number)
    assert [(one.from_at, one.to_at) for one in found.months] == [
        (YEAR[0], YEAR[0] + 2 * HOUR_S),
        (YEAR[0] + 2 * HOUR_S, YEAR[0] + 3 * HOUR_S),
        (YEAR[0] + 3 * HOUR_S, YEAR[0] + 4 * HOUR_S),
    ]
    assert [one.matched.number for one in found.months] == [10, 0, 5]
    assert [None if one.cfe is None else one.cfe.number for one in found.months] == [
        Fraction(1, 2),
        None,
        Fraction(1, 2),
    ]


def test_the_worst_hours_are_told() -> None:
    found = matched([hours(*range(20))], [bundle(19, 19)])
    assert [one.load for one in found.worst] == list(range(18, 18 - WORST, -1))
    assert matched([hours(1)], [bundle(0, 1)]).worst == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"grid": "CN-grid:西北"}, "feeds into another grid region: CN-grid:西北"),
        ({"from_at": YEAR[0] + 1800, "to_at": YEAR[0] + 5400}, "its time lies in two of the load's hours"),
        ({"from_at": YEAR[0] - HOUR_S, "to_at": YEAR[0]}, "its hour is none of the load's"),
        ({"from_at": YEAR[0] + 2 * HOUR_S, "to_at": YEAR[0] + 3 * HOUR_S}, "its hour is none of the load's"),
        ({"from_at": YEAR[0] + 2700, "to_at": YEAR[0] + 3600}, ""),
    ],
)
def test_a_bundle_that_can_meet_no_hour_says_why(changes: dict[str, Any], why: str) -> None:
    assert unmatched_why(bundle(0, 1, **changes), hours(1, 1), GRID) == why


def test_an_hour_that_nobody_measured_is_matched_by_nothing() -> None:
    """Registers bridge its total, and nobody knows its course: no claim is made on it, and it stays in the load."""
    green = [bundle(hour, 8) for hour in range(3)]
    found = matched([hours(10, 10, 10, unknown=frozenset({1, 2}))], green)
    assert (found.cfe.number, found.matched.number, found.surplus.number) == (Fraction(8, 30), 8, 16)
    assert found.unknown == 2
    assert [one.known for one in found.worst] == [False, False, True]
    assert matched([hours(10, 10, 10)], green).matched.number == 24


def test_one_meter_that_is_unknown_makes_the_hour_unknown() -> None:
    """What the other meter drew is known, and whether the certificates met that or this one is not."""
    two = [hours(10, 10), hours(1, 1, name="second", unknown=frozenset({0}))]
    assert matched(two, [bundle(0, 5), bundle(1, 5)]).matched.number == 5


LISTS = st.lists(st.integers(0, 50), min_size=1, max_size=12)


@given(LISTS, st.lists(LISTS, max_size=4), st.sets(st.integers(0, 11)), st.integers(0, 99))
def test_never_more_than_the_load_nor_than_the_certificates(
    load: list[int], made: list[list[int]], unknown: set[int], seed: int
) -> None:
    load[0] += 1
    hidden = frozenset(one for one in unknown if one < len(load))
    every = [bundle(n, kwh, device=f"{d}") for d, one in enumerate(made) for n, kwh in enumerate(one) if kwh]
    every = [one for one in every if not unmatched_why(one, hours(*load), GRID)]

    def computed() -> Trace:
        found = matched([hours(*load, unknown=hidden)], every, [len(load) // 2])
        best = sum(
            min(kwh, sum(one.quantity for one in every if one.from_at == YEAR[0] + n * HOUR_S))
            for n, kwh in enumerate(load)
            if n not in hidden
        )
        assert found.matched.number == best
        assert 0 <= found.told.number <= found.cfe.number <= 1
        assert found.matched.number + found.unmatched.number == sum(load)
        assert found.matched.number + found.surplus.number == sum(one.quantity for one in every)
        assert found.surplus.number >= 0
        return Trace.of({"cfe": found.cfe, "surplus": found.surplus})

    first = computed()
    random.Random(seed).shuffle(every)
    assert computed().encode() == first.encode()
    replay(first)


@pytest.mark.parametrize(
    "made",
    [
        lambda: Hours(0, ()),
        lambda: Hours(0, (D(1),) * (MAX_HOURS + 1)),
        lambda: Hours(0, (D(-1),)),
        lambda: Hours(0, (D("NaN"),)),
        lambda: Hours(0, (D(1),), {}, frozenset({1})),
        lambda: matched([hours(0, 0)], []),
    ],
)
def test_what_can_not_be_matched_is_refused(made: Any) -> None:
    with pytest.raises(FootprintError):
        made()
