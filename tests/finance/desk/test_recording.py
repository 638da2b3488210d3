"""What only the lender knows is written at times that can be, and a paper serves once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tally_finance.book.goods_events import FilingMade, OwnershipTaken
from tally_finance.book.loan_events import Drawn, FeeCharged, Repaid, SearchMade
from tally_finance.desk.recording import must_be_possible
from tally_finance.errors import BookError, NotAllowedError
from tests.chain.registry.parties import YEAR, fresh
from tests.finance.book.ledger import FACILITY, OPENED, T0, Ledger, digest, opened
from tests.finance.desk.kept_yard import Stocked
from tests.finance.desk.office import Office, office

AT = T0 + 600
NEW = tuple(digest(f"paper {number}") for number in range(4))


def refused(ledger: Ledger, event: Any, says: str, at: int = AT, now: int = AT, *, same: bool = False) -> None:
    with pytest.raises(BookError, match=says):
        must_be_possible(ledger.state(now), event, at, now, lambda *_: same)


def taken(ledger: Ledger, event: Any, at: int = AT, *, same: bool = False) -> None:
    must_be_possible(ledger.state(AT), event, at, AT, lambda *_: same)


@pytest.mark.parametrize("event", [SearchMade(FACILITY, NEW[0], True), FeeCharged(FACILITY, Decimal(1), "x")])
def test_nothing_is_of_a_time_to_come_or_from_before_the_facility(event: Any) -> None:
    ledger = opened(100)
    taken(ledger, event)
    taken(ledger, event, T0)
    refused(ledger, event, "lies in the future", AT + 1)
    refused(ledger, event, "before facility F-1 was opened", T0 - 1)
    refused(ledger, replace(event, facility="F-9"), "F-9 is not open")
    with pytest.raises(BookError, match="F-1 is not open"):
        must_be_possible(None, event, AT, AT, lambda *_: False)
    must_be_possible(None, OPENED, AT, AT, lambda *_: False)


@pytest.mark.parametrize("known", ["registry search", "filing R-1", "contract R-1", "invoice R-1", "payment R-1"])
def test_a_search_is_a_paper_that_served_nothing_before(known: str) -> None:
    refused(opened(), SearchMade(FACILITY, digest(known), True), "each serves once")


def test_the_search_of_the_goods_may_be_the_one_that_is_funded_on() -> None:
    taken(opened(), SearchMade(FACILITY, digest("search R-1"), True))


def test_what_was_corrected_away_may_be_said_again() -> None:
    ledger = opened()
    wrong = next(one for one in ledger.entries if isinstance(one.entry.event, SearchMade))
    ledger.correct(wrong, None, AT)
    taken(ledger, SearchMade(FACILITY, digest("registry search"), True))


def test_a_payment_comes_after_something_was_owed_and_once() -> None:
    event = Repaid(FACILITY, Decimal(1), NEW[0])
    refused(opened(), event, "owed nothing")
    charged = opened()
    charged.write(FeeCharged(FACILITY, Decimal(1), "assay"), T0 + 60)
    taken(charged, event, T0 + 60)
    ledger = opened()
    ledger.write(Drawn(FACILITY, Decimal(100)), T0 + 60)
    refused(ledger, event, "owed nothing", T0 + 59)
    taken(ledger, event, T0 + 60)
    ledger.write(event, T0 + 61)
    refused(ledger, event, "each serves once")
    refused(ledger, replace(event, payment=digest("filing R-1")), "each serves once")


def test_a_filing_is_of_one_facility_and_no_other_paper() -> None:
    ledger = opened()
    ledger.write(replace(OPENED, facility="F-2"), T0)
    lapses = T0 + YEAR
    taken(ledger, FilingMade(FACILITY, digest("R-1"), digest("filing R-1"), lapses))  # it lapses later now
    taken(ledger, FilingMade(FACILITY, digest("a piece"), digest("filing R-1"), lapses))
    refused(ledger, FilingMade("F-2", digest("R-2"), digest("filing R-1"), lapses), "is of facility F-1")
    refused(ledger, FilingMade(FACILITY, digest("R-1"), digest("registry search"), lapses), "each serves once")
    refused(ledger, FilingMade(FACILITY, digest("R-1"), digest("search R-1"), lapses), "each serves once")


def test_an_ownership_pack_is_of_the_goods_it_was_taken_for() -> None:
    ledger = opened()
    pack = tuple(digest(f"{part} R-1") for part in ("contract", "invoice", "payment"))
    taken(ledger, OwnershipTaken(digest("R-1"), *pack, search=NEW[0], clear=True))  # searched again
    taken(ledger, OwnershipTaken(digest("a piece"), *pack, search=NEW[0], clear=True), same=True)
    refused(ledger, OwnershipTaken(digest("R-2"), *pack, search=NEW[0], clear=True), "other goods")
    refused(ledger, OwnershipTaken(digest("R-2"), NEW[0], NEW[1], NEW[2], NEW[0], True), "stands twice")


@pytest.fixture
def made(stocked: Stocked, tmp_path: Path) -> Office:
    """100 t in a lot, a facility with a price of 70,000 a tonne."""
    return office(stocked.yard, tmp_path, lot=stocked.lot)


def test_the_search_of_a_draw_opens_no_second(made: Office) -> None:
    made.pledged(60)
    search = SearchMade(FACILITY, fresh("search"), True)
    made.desk.record(search, key="search")
    made.desk.draw(FACILITY, Decimal(100), key="first")
    with pytest.raises(BookError, match="each serves once"):
        made.desk.record(search, key="search again")
    assert made.desk.record(search, key="search")  # the same request again writes nothing
    with pytest.raises(NotAllowedError, match="search-used"):
        made.desk.draw(FACILITY, Decimal(100), key="second")


def test_a_search_from_before_the_draw_serves_no_later_one(made: Office) -> None:
    made.pledged(60)
    before = made.now()
    made.yard.parties.wait()
    made.yard.attested(made.lot, 100)
    made.sync()
    made.desk.draw(FACILITY, Decimal(100), key="first")
    made.desk.record(SearchMade(FACILITY, fresh("search"), True), key="late", effective_at=before)
    with pytest.raises(NotAllowedError, match="search-used"):
        made.desk.draw(FACILITY, Decimal(100), key="second")


def test_pieces_of_a_receipt_are_of_its_goods(made: Office) -> None:
    one, other = made.yard.issued(made.lot, 10), made.yard.issued(made.lot, 10)
    made.sync()
    pack = (fresh("c"), fresh("i"), fresh("p"))
    made.record(OwnershipTaken(one, *pack, fresh("s"), True))
    made.record(OwnershipTaken(other, *pack, fresh("s"), True))
    with pytest.raises(BookError, match="other goods"):
        made.record(OwnershipTaken(fresh("elsewhere"), *pack, fresh("s"), True))
