"""Hour by hour: a certificate counts in its hour and its grid region, once, and never more than the load."""

from __future__ import annotations

import random
from decimal import Decimal as D
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import FootprintError
from tally_finance.footprint.matching import HOUR_S, MAX_HOURS, Granular, Hours, hours_of, matched
from tally_finance.footprint.replay import replay
from tally_finance.footprint.trace import Trace
from tests.finance.footprint.examples import YEAR, amount, claim

GRID = "CN-grid:华东"


def hours(*kwh: Any, shift: int = 0) -> Hours:
    return Hours(YEAR[0] + shift * HOUR_S, tuple(D(one) for one in kwh))


def granular(number: str, of: Hours, **changes: Any) -> Granular:
    usual: dict[str, Any] = {"region": GRID, "cancelled_for": "mill", "cancelled_at": YEAR[1]}
    return Granular(number, hours=of, **{**usual, **changes})


def test_a_certificate_counts_in_its_hour() -> None:
    load = hours(10, 10, 10, 10)
    found = matched(load, GRID, [granular("sun", hours(0, 30, 5, 0)), granular("wind", hours(4, 4, shift=-1))], claim())
    assert (found.matched.number, found.unmatched.number, found.surplus.number) == (19, 21, 20)
    assert found.cfe.number == Fraction(19, 40)
    assert not found.refused


def test_the_year_says_more_than_its_hours() -> None:
    """All sun at noon: the annual claim is the whole load, hour by hour it is a quarter of it."""
    found = matched(hours(10, 10, 10, 10), GRID, [granular("sun", hours(0, 40, 0, 0))], claim())
    assert found.cfe.number == Fraction(1, 4)
    assert not found.contradicts(amount(40))
    assert not found.contradicts(amount(10))
    assert found.contradicts(amount(D("9.999")))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"region": "CN-grid:西北"}, "feeds into another grid region: CN-grid:西北"),
        ({"cancelled_for": "other"}, "was cancelled for other"),
        ({"cancelled_at": YEAR[1] + 10**9}, "was cancelled after the footprint was closed"),
    ],
)
def test_a_certificate_that_does_not_count_says_why(changes: dict[str, Any], why: str) -> None:
    found = matched(hours(1), GRID, [granular("x", hours(1), **changes)], claim())
    assert [one.why for one in found.refused] == [why]
    assert (found.cfe.number, found.surplus.number) == (0, 0)


def test_hours_that_begin_at_other_times_do_not_match() -> None:
    """A site at UTC+5:30 and certificates by the hour of UTC."""
    load = Hours(YEAR[0] + 1800, (D(1),))
    assert [one.why for one in matched(load, GRID, [granular("x", hours(1))], claim()).refused] == [
        "its hours begin at other times than the load's"
    ]
    assert matched(load, GRID, [granular("x", Hours(YEAR[0] + 1800, (D(1),)))], claim()).cfe.number == 1


def bins(*quantities: int, states: str = "", step: int = HOUR_S) -> list[SimpleNamespace]:
    words = {"m": "measured", "b": "bridged", "e": "estimated"}
    return [
        SimpleNamespace(
            from_at=YEAR[0] + number * step,
            to_at=YEAR[0] + (number + 1) * step,
            quantity=D(kwh),
            state=SimpleNamespace(word=words[(states or "m" * len(quantities))[number]]),
        )
        for number, kwh in enumerate(quantities)
    ]


def test_an_hour_that_nobody_measured_is_matched_by_nothing() -> None:
    """Registers bridge its total, and nobody knows its course: no claim is made on it, and it stays in the load."""
    load = hours_of(bins(10, 10, 10, states="mbe"), {"load": "x"})
    assert load.unknown == {1, 2}
    found = matched(load, GRID, [granular("sun", hours(8, 8, 8))], claim())
    assert (found.cfe.number, found.matched.number, found.surplus.number) == (Fraction(8, 30), 8, 16)
    assert (
        matched(hours_of(bins(10, 10, 10), {}), GRID, [granular("sun", hours(8, 8, 8))], claim()).matched.number == 24
    )


def test_a_load_by_the_hour_has_whole_hours_in_a_row() -> None:
    for wrong in ([], bins(1, 1, step=900), bins(1, 1, 1)[::2]):
        with pytest.raises(FootprintError, match=r"whole hours, one after another|there are 1 to"):
            hours_of(wrong, {})
    with pytest.raises(FootprintError, match="is one of the hours"):
        Hours(0, (D(1),), {}, frozenset({1}))


def test_one_number_twice_and_a_claimed_one() -> None:
    twice = [granular("x", hours(1)), granular("x", hours(1, shift=1))]
    assert [one.why for one in matched(hours(1), GRID, twice, claim()).refused] == ["its number stands twice"] * 2
    found = matched(hours(1), GRID, [granular("x", hours(1))], claim(taken={"x": "a bank"}))
    assert [one.why for one in found.refused] == ["is claimed elsewhere: a bank"]


LISTS = st.lists(st.integers(0, 50), min_size=1, max_size=12)


@given(LISTS, st.lists(st.tuples(st.integers(-5, 15), LISTS), max_size=5), st.integers(0, 99))
def test_never_more_than_the_load_nor_than_the_certificates(
    load: list[int], given_: list[tuple[int, list[int]]], seed: int
) -> None:
    load[0] += 1
    certificates = [granular(f"{n}", hours(*kwh, shift=shift)) for n, (shift, kwh) in enumerate(given_)]

    def computed() -> Trace:
        found = matched(hours(*load), GRID, certificates, claim())
        assert 0 <= found.cfe.number <= 1
        assert found.matched.number + found.unmatched.number == sum(load)
        inside = sum(k for shift, kwh in given_ for n, k in enumerate(kwh) if 0 <= n + shift < len(load))
        assert found.matched.number + found.surplus.number == inside
        assert found.surplus.number >= 0
        return Trace.of({"cfe": found.cfe, "surplus": found.surplus})

    first = computed()
    random.Random(seed).shuffle(certificates)
    assert computed().encode() == first.encode()
    replay(first)


@pytest.mark.parametrize(
    "made",
    [
        lambda: Hours(0, ()),
        lambda: Hours(0, (D(1),) * (MAX_HOURS + 1)),
        lambda: Hours(0, (D(-1),)),
        lambda: Hours(0, (D("NaN"),)),
        lambda: matched(hours(0, 0), GRID, [], claim()),
    ],
)
def test_what_can_not_be_matched_is_refused(made: Any) -> None:
    with pytest.raises(FootprintError):
        made()
