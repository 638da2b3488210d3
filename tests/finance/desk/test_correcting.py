"""Corrections at the desk: one entry that voids and replaces, tested as what it replaces was, or refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tally_finance.book.events import Corrected
from tally_finance.book.loan_events import Drawn, FacilityExtended, FacilityOpened, FeeCharged, Repaid, SearchMade
from tally_finance.book.store import News
from tally_finance.desk.asked import PartRelease
from tally_finance.desk.correcting import correct
from tally_finance.desk.preparing import prepare
from tally_finance.errors import BookError, NotAllowedError
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch_service.alert_store import AlertStore
from tests.chain.receipts.yard import TONNE
from tests.chain.registry.parties import fresh
from tests.finance.desk.kept_yard import Stocked
from tests.finance.desk.office import FACILITY, Office, office

DRAWN = Drawn(FACILITY, Decimal(2_000_000))


@pytest.fixture
def made(stocked: Stocked, tmp_path: Path) -> Office:
    """60 t are pledged, 2,940,000 may be drawn."""
    opened = office(stocked.yard, tmp_path, lot=stocked.lot)
    opened.pledged(60)
    return opened


def drawn(made: Office, yuan: int) -> int:
    """The entry of a draw."""
    return made.desk.draw(FACILITY, Decimal(yuan), key=fresh().hex()).entries[0].entry.seq


def test_a_slip_of_the_pen_is_one_entry_that_voids_and_replaces(made: Office) -> None:
    seq, head = drawn(made, 2_500_000), made.desk.book.head().seq
    asked = correct(made.desk, seq, "a zero too many", Drawn(FACILITY, Decimal(250_000)), key="c", is_asked=True)
    assert (asked.entry, made.desk.book.head().seq) == (None, head)
    amended = correct(made.desk, seq, "a zero too many", Drawn(FACILITY, Decimal(250_000)), key="c")
    assert amended.entry is not None
    assert amended.before is not None
    assert amended.after is not None
    assert (amended.before.exposure, amended.after.exposure) == (Decimal(2_500_000), Decimal(250_000))
    assert isinstance(amended.entry.entry.event, Corrected)
    assert made.desk.book.head().seq == head + 1
    assert made.desk.position(FACILITY).exposure == Decimal(250_000)
    again = correct(made.desk, seq, "a zero too many", Drawn(FACILITY, Decimal(250_000)), key="c")
    assert (again.entry, again.after) == (amended.entry, amended.after)
    with pytest.raises(BookError, match="was used for something else"):
        correct(made.desk, seq, "another", None, key="c")
    with pytest.raises(BookError, match="corrected by entry"):
        correct(made.desk, seq, "twice", None, key="d")
    assert amended.entry.entry.seq == head + 1
    correct(made.desk, head + 1, "it was 260,000", Drawn(FACILITY, Decimal(260_000)), key="e")  # a correction's own
    assert made.desk.position(FACILITY).exposure == Decimal(260_000)


def test_a_draw_that_was_never_paid_out_is_voided_and_its_search_serves_one_other(made: Office) -> None:
    seq = drawn(made, 1_000_000)
    amended = correct(made.desk, seq, "the bank sent it back", None, key="void")
    assert amended.after is not None
    assert amended.after.exposure == made.desk.position(FACILITY).exposure == 0
    drawn(made, 2_000_000)
    assert made.desk.position(FACILITY).exposure == Decimal(2_000_000)
    with pytest.raises(NotAllowedError, match="search-used"):
        drawn(made, 1)


def test_a_draw_that_would_have_been_refused_replaces_none(made: Office) -> None:
    seq = drawn(made, 1_000_000)
    made.searched()
    drawn(made, 1_900_000)
    head = made.desk.book.head()
    with pytest.raises(NotAllowedError, match=r"would have been refused at .*not-covered"):
        correct(made.desk, seq, "more", Drawn(FACILITY, Decimal(2_940_001)), key="a")
    with pytest.raises(NotAllowedError, match="not-covered of F-1"):  # there was room then, and is none today
        correct(made.desk, seq, "more", Drawn(FACILITY, Decimal(1_200_000)), key="b")
    made.priced(30_000)
    amended = correct(made.desk, seq, "less", Drawn(FACILITY, Decimal(900_000)), key="c")
    assert amended.entry is not None  # less is owed for it: that goods are worth less today is no matter
    assert made.desk.book.head().seq == head.seq + 2


def test_what_is_not_the_lenders_own_or_not_there_is_not_corrected(made: Office) -> None:
    seq = drawn(made, 1_000_000)
    entries = list(made.desk.book.entries())
    of_chain = next(one.entry.seq for one in entries if one.entry.key.startswith("chain "))
    with pytest.raises(BookError, match="not the lender's own"):
        correct(made.desk, of_chain, "x", None, key="a")
    order = PartRelease(next(iter(made.desk.state().goods.pledges)), TONNE)
    prepare(made.desk, order)
    with pytest.raises(BookError, match="withdraw the operation"):
        correct(made.desk, made.desk.book.head().seq, "x", None, key="a")
    entries = list(made.desk.book.entries())
    for number in (0, -1, len(entries) + 1):
        with pytest.raises(BookError, match="there is no entry"):
            correct(made.desk, number, "x", None, key="a")
    with pytest.raises(BookError, match="a Drawn is replaced by its like, not by a FeeCharged"):
        correct(made.desk, seq, "x", FeeCharged(FACILITY, Decimal(1), "x"), key="a")
    with pytest.raises(BookError, match="takes effect at"):
        correct(made.desk, seq, "x", DRAWN, key="a", effective_at=made.desk.now() + 1)
    with pytest.raises(BookError, match="counted at no time"):
        correct(made.desk, seq, "x", None, key="a", effective_at=made.desk.now())
    later = FacilityExtended(FACILITY, made.opened.matures + timedelta(days=30))
    made.record(later)
    extension = made.desk.book.head().seq
    sooner = replace(later, matures=made.opened.matures)
    with pytest.raises(BookError, match="it matures on"):
        correct(made.desk, extension, "x", sooner, key="a")
    assert made.desk.book.head().seq == extension


def test_a_payment_that_never_came_is_voided_and_a_wrong_facility_mended(made: Office) -> None:
    drawn(made, 1_000_000)
    made.record(Repaid(FACILITY, Decimal(300_000), fresh("payment")))
    paid = made.desk.book.head().seq
    assert correct(made.desk, paid, "bounced", None, key="a").after.exposure == Decimal(1_000_000)  # type: ignore[union-attr]
    made.desk.append([News(made.desk.now(), Repaid("F-9", Decimal(50_000), fresh("payment")))], key="own astray")
    astray = made.desk.book.head().seq
    amended = correct(made.desk, astray, "F-1", Repaid(FACILITY, Decimal(50_000), fresh("payment")), key="b")
    assert amended.after is None
    assert made.desk.position(FACILITY).exposure == Decimal(950_000)
    assert made.desk.state().astray == ()


def test_of_two_openings_one_may_go_and_the_only_one_may_not(made: Office) -> None:
    with pytest.raises(BookError, match="is open already"):
        made.desk.open(made.opened, key="again")
    first = next(one for one in made.desk.book.entries() if isinstance(one.entry.event, FacilityOpened)).entry.seq
    for instead in (None, replace(made.opened, limit=Decimal(1))):
        with pytest.raises(BookError, match="something stands on the terms"):
            correct(made.desk, first, "x", instead, key="a")
    made.desk.append([News(made.desk.now(), made.opened)], key="own twice")  # as an older program let happen
    with pytest.raises(BookError, match="opened twice"):
        made.desk.position(FACILITY)
    correct(made.desk, made.desk.book.head().seq, "opened twice", None, key="b")
    assert made.desk.position(FACILITY).available == Decimal(2_940_000)


def test_a_draw_stays_in_its_facility(made: Office) -> None:
    """Tested on the other one as it stood then it would not see what was drawn there since."""
    seq = drawn(made, 1_000_000)
    made.record(replace(made.opened, facility="F-2"))
    with pytest.raises(BookError, match="void it, and draw there"):
        correct(made.desk, seq, "another facility", Drawn("F-2", Decimal(1_000_000)), key="a")


def test_what_stops_a_draw_stops_a_draw_that_is_made_more(made: Office) -> None:
    seq = drawn(made, 1_000_000)
    leak = Alert(Code.LEAK, f"lot {made.lot.hex()}", {"lost_kg": "900", "since_at": "Monday"}, (bytes(32),))
    alerts = AlertStore(made.desk.engine, made.desk.sheet.book)
    (noted,) = alerts.take([leak], made.now())
    with pytest.raises(NotAllowedError, match="alerted of"):
        correct(made.desk, seq, "more", Drawn(FACILITY, Decimal(1_000_001)), key="a")
    assert correct(made.desk, seq, "less", Drawn(FACILITY, Decimal(999_999)), key="b").entry is not None
    alerts.take([], made.now())
    assert noted is not None


def test_a_conflict_stops_a_draw_that_is_made_more_and_is_not_taken_back(made: Office) -> None:
    seq = drawn(made, 1_000_000)
    (conflict,) = made.desk.record(SearchMade(FACILITY, fresh("search"), clear=False), key="conflict")
    with pytest.raises(NotAllowedError, match="conflict-found"):
        correct(made.desk, seq, "more", Drawn(FACILITY, Decimal(1_000_001)), key="a")
    with pytest.raises(BookError, match="found a conflict: a later search"):
        correct(made.desk, conflict.entry.seq, "a mistake", None, key="b")


def test_a_search_that_was_drawn_on_stays(made: Office) -> None:
    (used,) = made.desk.record(SearchMade(FACILITY, fresh("search"), clear=True), key="used")
    drawn(made, 1_000_000)
    with pytest.raises(BookError, match="was drawn on: it stays"):
        correct(made.desk, used.entry.seq, "once more", None, key="a")
    made.searched()
    spare = made.desk.book.head().seq
    assert correct(made.desk, spare, "another firm's", None, key="b").entry is not None


def test_nothing_is_made_more_on_a_chain_that_was_not_read(made: Office) -> None:
    seq = drawn(made, 1_000_000)
    made.desk._read_at = None  # as after a start
    with pytest.raises(NotAllowedError, match="was not read yet"):
        correct(made.desk, seq, "more", Drawn(FACILITY, Decimal(1_000_001)), key="a")
