"""A medium by hours, days and months: sums and states are those of `totals`, to the last digit."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_finance.activity.boundary import Line, Role, Version
from tally_finance.activity.load import Load
from tally_finance.activity.series import DAYS, HOURS, MONTHS, series
from tally_finance.activity.site import Site, Term
from tally_finance.activity.state import State
from tally_finance.activity.totals import monthly, shares, totals
from tests.finance.activity.made import SOURCES

BERLIN = ZoneInfo("Europe/Berlin")
FROM, TO = 1_774_000_000, 1_775_500_000  # March to April 2026: the clock is moved between
ROLES = (Role.MAIN, Role.MAIN, Role.GENERATION, Role.EXPORT, Role.SUB)
Points = list[tuple[int, int, State]]


def site_of(meters: list[tuple[int, Points]], changed_at: int) -> Site:
    """Meters read at odd times, with odd states and places; the boundary has a second version from a time on."""
    terms = []
    for from_at, to_at in ((FROM, changed_at), (changed_at, TO)):
        lines = [
            Line(f"m{number}", f"urn:{number}", "e", "kWh", "electricity", role) for number, role in enumerate(ROLES)
        ]
        loads = {
            line.name: SimpleNamespace(line=line, load=_load(line.point, places, points, (from_at, to_at)))
            for line, (places, points) in zip(lines, meters, strict=True)
        }
        terms.append(Term(from_at, to_at, Version(from_at, "", tuple(lines)), loads))  # type: ignore[arg-type]
    boundary: Any = SimpleNamespace(zone=BERLIN, digest=b"")
    return Site(boundary, FROM, TO, tuple(terms), ())


def _load(point: str, places: int, points: Points, period: tuple[int, int]) -> Load:
    inside = sorted(
        {at: (at, quantity, state) for at, quantity, state in points if period[0] < at < period[1]}.values()
    )
    at = np.array([period[0], *(one[0] for one in inside), period[1]], dtype=np.int64)
    quantity = np.array([7, *(one[1] for one in inside)], dtype=np.int64)
    state = np.array([State.MEASURED, *(one[2] for one in inside)], dtype=np.int8)
    return Load(point, "e", "kWh", at, quantity, state, np.zeros(at.size, dtype=np.int64), places, SOURCES)


POINTS = st.lists(
    st.tuples(st.integers(FROM + 1, TO - 1), st.integers(0, 10**12), st.sampled_from(list(State))), max_size=40
)
METERS = st.lists(st.tuples(st.integers(0, 6), POINTS), min_size=len(ROLES), max_size=len(ROLES))


@settings(max_examples=60, deadline=None)
@given(METERS, st.integers(FROM + 1, TO - 1))
def test_hours_days_and_months_are_the_totals(meters: list[tuple[int, Points]], changed_at: int) -> None:
    site = site_of(meters, changed_at)
    whole, by_state = totals(site, "electricity"), shares(site, "electricity")
    for cut in (HOURS, DAYS, MONTHS):
        rows = list(series(site, "electricity", cut))
        for word in ("bought", "made", "fed_in", "used"):
            assert sum(getattr(row, word) for row in rows) == getattr(whole, word)
        assert sum(sum(row.shares.values()) for row in rows) == sum(one.quantity for one in by_state.values())
        assert [rows[0].from_at, *(row.to_at for row in rows)] == [*(row.from_at for row in rows), TO]
    months = list(series(site, "electricity", MONTHS))
    told = [
        (one.from_at, one.to_at, one.bought, one.made, one.fed_in, one.state) for one in monthly(site, "electricity")
    ]
    assert [(one.from_at, one.to_at, one.bought, one.made, one.fed_in, one.state) for one in months] == told


@settings(max_examples=30, deadline=None)
@given(METERS, st.integers(FROM + 1, TO - 1))
def test_the_days_of_a_month_are_the_month(meters: list[tuple[int, Points]], changed_at: int) -> None:
    """Of those alone that lie in a period that is asked for."""
    site = site_of(meters, changed_at)
    for month in series(site, "electricity", MONTHS):
        period = month.from_at, month.to_at
        for cut in (DAYS, HOURS):
            rows = list(series(site, "electricity", cut, period))
            assert sum((row.used for row in rows), Decimal(0)) == month.used
            assert (rows[0].from_at, rows[-1].to_at) == period
    assert list(series(site, "electricity", DAYS, (TO, TO + 86_400))) == []
