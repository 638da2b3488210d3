"""Whether what left matches what was ordered and weighed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tally_chain.receipts.rules.records import Order, OrderState
from tally_finance.quantity.tickets import Ticket
from tally_finance.release.remark import Name
from tally_finance.release.standing import Executed, Looked, Standing, Verdict, standing
from tests.finance.release.dock import BEGINS, ENDS, OTHER, load, matched, order

ORDERED = order(1, 30_000, hours=(0, 12))
UNTIL = BEGINS + 12 * 3_600
KEPT = Order(ORDERED.receipt, b"\x01" * 32, ORDERED.names, ORDERED.quantity_g, ORDERED.from_at, ORDERED.until_at)


def told(
    loads: list[Ticket], executed: Executed | None = None, *, until: int | None = ENDS, now: int = ENDS,
    is_opened: bool = True, **order_is: Any,
) -> Standing:  # fmt: skip
    accounted = frozenset(() if executed is None else executed.evidence)
    orders = [] if executed is not None or not is_opened else [ORDERED]
    looked = Looked(
        {one.evidence: one for one in loads}, matched(orders, loads, to_at=until or BEGINS, accounted=accounted), until
    )
    return standing(ORDERED.order, replace(KEPT, **order_is), executed, looked, now, is_opened=is_opened)


def of(*loads: Ticket, grams: int | None = None) -> Executed:
    weighed = sum(int(one.net_kg) * 1_000 for one in loads)
    return Executed(weighed if grams is None else grams, tuple(one.evidence for one in loads), loads[-1].at)


A, B = load(1, 20_000), load(2, 9_000, hour=3)


@pytest.mark.parametrize(("found", "verdict"), [
    (told([A, B], of(A, B), state=OrderState.USED), Verdict.MATCHES),
    (told([A, B], of(A, B, grams=29_001_000), state=OrderState.USED), Verdict.DIFFERS),
    (told([A], of(A, B), state=OrderState.USED), Verdict.UNSHOWN),
    (told([A, load(3, 12_000)], of(A, load(3, 12_000)), state=OrderState.USED), Verdict.OVER),
    (told([A, B]), Verdict.LEFT),
    (told([A, load(3, 12_000)]), Verdict.OVER),
    (told([A], is_opened=False), Verdict.UNOPENED),
    (told([]), Verdict.UNUSED),
    (told([], until=BEGINS + 3_600, now=BEGINS + 7_200), Verdict.WAITING),
    (told([], until=None, now=BEGINS - 60), Verdict.WAITING),
    (told([], until=None, now=BEGINS + 7_200), Verdict.UNWATCHED),
    (told([], until=BEGINS + 3_600, now=ENDS), Verdict.UNWATCHED),
    (told([], state=OrderState.CANCELLED), Verdict.CANCELLED),
])  # fmt: skip
def test_verdicts(found: Standing, verdict: Verdict) -> None:
    assert found.verdict is verdict


def test_what_was_executed_is_summed_by_its_tickets_and_what_is_not_shown_is_named() -> None:
    found = told([A], of(A, B), state=OrderState.USED)
    assert (found.loads, found.unshown, found.weighed_g) == ((A,), (B.evidence,), 20_000_000)


def test_loads_that_no_order_allows_stand_beside_it_since_it_began() -> None:
    strange, late, unread = load(3, 8_000, plate=OTHER), load(4, 8_000, hour=20), load(5, 8_000, plate=None)
    early = load(6, 8_000, plate=OTHER, hour=-2)
    found = told([A, strange, late, unread, early])
    assert found.loads == (A,)
    whys = {one.load.number: one.why for one in found.unordered}
    assert whys == {"W3": Name.NO_ORDER, "W4": Name.OUTSIDE_WINDOW, "W5": Name.PLATE_UNKNOWN}


def test_its_own_remarks_are_told_and_no_others() -> None:
    found = told([A, load(3, 12_000), load(4, 8_000, plate=OTHER)])
    assert [one.name for one in found.remarks] == [Name.OVER_PICK]
