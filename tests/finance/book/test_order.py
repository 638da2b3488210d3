"""What stands where it can not is told, and makes no number look better; whose claim comes first in a sale."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tally_finance.book.before import before_draw, before_release
from tally_finance.book.cover_events import ClaimSeen, PriceLockEnded
from tally_finance.book.events import Event
from tally_finance.book.goods_events import (
    Disposed,
    FilingMade,
    FloorSet,
    PledgeEnded,
    Released,
    ReleaseOrdered,
)
from tally_finance.book.loan_events import Defaulted, Drawn, Repaid
from tests.finance.book.ledger import DAY, FACILITY, T0, Ledger, T, digest, opened, receipt_events, whys

R1, R2 = digest("R-1"), digest("R-2")
AT = T0 + 3600
SOLD = Disposed(FACILITY, R1, Decimal(1_200_000), Decimal(30_000), Decimal(20_000), digest("report"))
DEFAULT = Defaulted(FACILITY, "not topped up")


def faults(ledger: Ledger, at: int = AT) -> list[str]:
    return [reason.text for reason in ledger.position(at).stops if reason.why == "out-of-order"]


def test_a_sale_without_a_default_pays_nothing_and_its_goods_are_gone() -> None:
    ledger = opened(1_000_000)
    ledger.write(SOLD, AT)
    found = ledger.position(AT)
    assert faults(ledger) == [f"entry 11: receipt {R1.hex()} was sold, and no default was declared by then"]
    assert (found.exposure, found.lots, found.loan.sales, found.available) == (1_000_000, (), (), 0)
    ledger.write(DEFAULT, AT - 1, known_at=AT + 5)  # it had been declared, and was written late
    assert [one.why for one in ledger.position(AT, known_at=AT + 5).stops] == ["defaulted"]
    assert ledger.position(AT, known_at=AT + 5).exposure == 0
    assert ledger.position(AT) == found  # as known then


def test_a_default_of_the_same_second_is_early_enough() -> None:
    ledger = opened(1_000_000)
    ledger.write_all([SOLD, DEFAULT], AT)
    assert faults(ledger) == []
    assert len(ledger.position(AT).loan.sales) == 1


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Released(FACILITY, R2, T, digest("gate")), f"receipt {R2.hex()} did not secure this facility by then"),
        (FloorSet(FACILITY, R2, T, AT), f"receipt {R2.hex()} did not secure this facility by then"),
        (ReleaseOrdered(FACILITY, R2, digest("o"), T, AT), f"receipt {R2.hex()} did not secure this facility by then"),
        (PledgeEnded(FACILITY, R2, "discharged"), f"the pledge of receipt {R2.hex()} ended before it began"),
        (PriceLockEnded(FACILITY, digest("sale"), "over"), f"no price was locked by contract {digest('sale').hex()}"),
    ],
)
def test_what_came_before_what_it_rests_on_is_told_by_name(event: Event, says: str) -> None:
    ledger = opened(1_000_000)
    ledger.write(event, AT)
    ledger.write_all(receipt_events("R-2", "LOT-1", 5), AT + 1)
    (told,) = faults(ledger, AT + 1)
    assert told.startswith(f"entry 11: {says}")


def test_money_of_before_the_facility_is_told_and_counts() -> None:
    ledger = opened()
    ledger.write(Drawn(FACILITY, Decimal(500)), T0 - DAY, known_at=T0)
    assert faults(ledger, T0) == ["entry 9: it took effect before the facility was opened"]
    assert ledger.position(T0).loan.owed.principal == 500


def test_until_it_is_mended_nothing_is_lent_and_nothing_leaves() -> None:
    ledger = opened(1_000_000)
    wrong = ledger.write(Released(FACILITY, R2, T, digest("gate")), AT)
    state = ledger.state(AT)
    assert "out-of-order" in whys(before_draw(state, Drawn(FACILITY, Decimal(1))))
    assert whys(before_release(state, Released(FACILITY, R1, T, digest("free")))) == {"out-of-order"}
    ledger.correct(wrong, Released(FACILITY, R1, T, digest("gate")), at=AT + 1)
    assert faults(ledger, AT + 1) == []
    assert before_release(ledger.state(AT + 1), Released(FACILITY, R1, T, digest("free"))).is_allowed


def test_entries_of_a_facility_that_is_not_open_are_listed() -> None:
    ledger = opened()
    stray = ledger.write(Repaid("F-l", Decimal(5), digest("p")), AT)
    assert ledger.state(AT).astray == (stray.digest,)


def claim(creditor: str, amount: int, registered_at: int | None) -> ClaimSeen:
    name = digest(creditor)
    return ClaimSeen(FACILITY, R1, digest(f"claim of {creditor}"), name, Decimal(amount), registered_at)


def paid(ledger: Ledger, at: int = AT) -> dict[str, Decimal]:
    (sale,) = ledger.position(at).loan.sales
    names = {digest(name).hex(): name for name in ("early", "late", "never")}
    return {names.get(one.claim.creditor, one.claim.creditor): one.amount for one in sale.settled.paid}


def test_pledges_are_paid_by_their_registration() -> None:
    """1,200,000 − 50,000 for sale and keeper: 100,000 registered before, 1,000,000 owed here, 50,000 left for after."""
    ledger = opened(1_000_000)
    ledger.write_all([claim("late", 40_000, T0 + 1), claim("never", 30_000, None), claim("early", 100_000, T0 - 1)])
    ledger.write_all([DEFAULT, SOLD], AT)
    assert paid(ledger) == {
        "sale": 30_000, "keeper": 20_000, "early": 100_000, "lender": 1_000_000, "late": 40_000, "never": 10_000,
    }  # fmt: skip
    (sale,) = ledger.position(AT).loan.sales
    assert sale.settled.surplus == 0


def test_of_a_claim_the_newest_word_counts_and_later_ones_do_not() -> None:
    ledger = opened(1_000_000)
    ledger.write_all([claim("early", 100_000, T0 - 1), claim("early", 60_000, T0 - 1), claim("late", 5, T0 + 1)])
    ledger.write(claim("late", 0, T0 + 1))
    ledger.write_all([DEFAULT, SOLD], AT)
    ledger.write(claim("early", 900_000, T0 - 1), AT + 1)
    found = paid(ledger, AT + 1)
    assert (found["early"], found["lender"], "late" in found) == (60_000, 1_000_000, False)
    (sale,) = ledger.position(AT + 1).loan.sales
    assert sale.settled.surplus == Decimal(90_000)


def test_a_filing_that_lapsed_loses_its_rank_and_one_renewed_in_time_keeps_it() -> None:
    sale = T0 + 500 * DAY
    for renewed, first in ((T0 + 399 * DAY, "lender"), (T0 + 401 * DAY, "late")):
        ledger = opened(1_000_000)
        ledger.write(claim("late", 1_150_000, T0 + 10 * DAY))
        ledger.write(FilingMade(FACILITY, R1, digest("again"), T0 + 900 * DAY), renewed)
        ledger.write_all([DEFAULT, SOLD], sale)
        found = paid(ledger, sale)
        assert found[first] == max(found["late"], found["lender"])
        assert (found["lender"] == 0) is (first == "late")


def test_a_lender_whose_filing_has_lapsed_comes_behind_all_that_are_registered() -> None:
    sale = T0 + 401 * DAY
    ledger = opened(1_000_000)
    ledger.write(claim("late", 1_150_000, T0 + 10 * DAY))
    ledger.write_all([DEFAULT, SOLD], sale)
    assert paid(ledger, sale) == {"sale": 30_000, "keeper": 20_000, "late": 1_150_000, "lender": 0}
