"""A slow leak: found where the gauges can see it, and never where they can not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tally_finance.quantity import leak
from tally_finance.quantity.evidence import Evidence
from tally_finance.quantity.holding import holding
from tally_finance.quantity.stocktake import Gauge
from tally_finance.quantity.store import Store
from tally_finance.quantity.tickets import weighed
from tests.finance.quantity.yard import BEGINS, GAUGE, SCALE, evidence, level, store, sums, weighing

D = Decimal
WEEK = 7 * 86_400
NONE = D(0)


def over(weeks: list[str], *packs: list[object]) -> tuple[Evidence, Store]:
    """A store whose gauge showed these levels at the ends of weeks; its gauge flickers by a thousandth."""
    shown = [level(BEGINS + number * WEEK, share) for number, share in enumerate(weeks)]
    of_weeks = evidence([sums(BEGINS, 0, 0), *packs], shown, to_at=BEGINS + (len(weeks) - 1) * WEEK)
    flickering = replace(store(gauged=True), gauges={GAUGE: Gauge("gauge", D(1_000), D(0), D(0), D("0.001"))})
    return of_weeks, flickering


def found(of_weeks: Evidence, of_store: Store, loss: Decimal = NONE) -> leak.Leak | None:
    return leak.find(holding(of_weeks, of_store, weighed(of_weeks, SCALE).tickets), loss)


def test_two_tonnes_a_week() -> None:
    """The flicker of a week is 1.414 t. Two tonnes less half of that are 1.29 t: above five flickers in six weeks."""
    levels = [str(D("0.5") - D("0.002") * number) for number in range(10)]
    assert found(*over(levels)) == leak.Leak(BEGINS, BEGINS + 6 * WEEK, D(12_000))
    assert found(*over(levels[:6])) is None


def test_what_nature_takes_is_allowed_for() -> None:
    levels = [str(D("0.5") - D("0.002") * number) for number in range(60)]
    assert found(*over(levels), D(2_000) / 7) is None


def test_what_was_weighed_out_is_no_leak() -> None:
    levels = [str(D("0.5") - D("0.03") * number) for number in range(10)]
    trucks = [weighing(BEGINS + number * WEEK + 9_000, number + 1, 15_000, 45_000) for number in range(9)]
    assert found(*over(levels, *trucks)) is None
    assert found(*over(levels, *trucks[:-3])) is not None


def test_a_leak_that_begins_later() -> None:
    levels = ["0.5"] * 20 + [str(D("0.5") - D("0.002") * number) for number in range(1, 10)]
    said = found(*over(levels))
    assert said is not None
    assert (said.since_at, said.found_at) == (BEGINS + 19 * WEEK, BEGINS + 25 * WEEK)


def test_weeks_that_no_gauge_saw() -> None:
    """Three weeks without a level are one long one."""
    of_weeks, of_store = over([str(D("0.5") - D("0.002") * number) for number in range(12)])
    kept = [pack for number, pack in enumerate(of_weeks.packs[GAUGE]) if number not in (2, 3, 4)]
    said = found(replace(of_weeks, packs={**of_weeks.packs, GAUGE: kept}), of_store)
    assert said is not None
    assert said.since_at == BEGINS


@given(st.lists(st.integers(-1, 1), min_size=2, max_size=60))
def test_flicker_alone_is_no_leak(errors: list[int]) -> None:
    """A gauge that is wrong by up to its flicker, week by week anew."""
    assert found(*over([str(D("0.5") + D("0.001") * error) for error in errors])) is None
