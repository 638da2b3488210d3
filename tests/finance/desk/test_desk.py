"""A desk over the real contracts: what happens on the chain stands in the book, and nothing is signed untested."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tally_finance.book.before import Computation, is_reproduced
from tally_finance.book.goods_events import Encumbrance, LotSeen, PledgeAttached, QuantitySeen
from tally_finance.book.loan_events import FeeCharged, Pledging, Repaid
from tally_finance.book.reasons import Why
from tally_finance.book.store import News
from tally_finance.desk import preparing, rebuilding, standing
from tally_finance.desk.asked import Acceptance, Cure, FloorSetting, MarginCall, PartRelease, ReleaseOrder, Substitution
from tally_finance.desk.desk import Desk
from tally_finance.desk.digest import position_digest
from tally_finance.desk.documents import Document, Kind
from tally_finance.desk.syncing import sync
from tally_finance.errors import BookMovedError, DeskError, NotAllowedError
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tests.chain.receipts.yard import TONNE
from tests.chain.registry.parties import fresh
from tests.finance.desk.kept_yard import Stocked
from tests.finance.desk.office import DAY, FACILITY, Office, office
from tests.finance.migrated import migrated

MILLION = Decimal(1_000_000)


@pytest.fixture
def made(stocked: Stocked, tmp_path: Path, engine: Engine) -> Office:
    """100 t in a lot, a facility with a price of 70,000 a tonne; in SQLite and in PostgreSQL."""
    return office(stocked.yard, tmp_path, lot=stocked.lot, database=engine)


def test_a_pledge_goes_from_the_offer_to_the_position(made: Office) -> None:
    receipt = made.pledged(60)
    position = made.desk.position(FACILITY)
    assert not position.doubts
    assert position.reserved == ()
    (lot,) = position.lots
    assert (lot.pledged_g, lot.secured_g, lot.counted_g) == (60 * TONNE,) * 3
    assert position.available == Decimal("2940000.00")  # 60 × 70,000 × 0.7
    assert made.desk.state().goods.on_chain[receipt][1].encumbrance is Encumbrance.REGISTERED


def test_synchronising_again_writes_nothing(made: Office) -> None:
    made.pledged(60)
    head = made.desk.book.head()
    assert made.sync().written == 0
    other = Desk(made.desk.engine, made.desk.sheet, made.desk.chain, None, made.desk.clock)
    assert sync(other).written == 0
    assert made.desk.book.head() == head


def test_a_pledge_makes_no_attestation_younger(made: Office) -> None:
    receipt = made.pledged(60)
    living = made.desk.state().goods
    attested_at = living.seen[made.lot][0].effective_at
    assert living.said[made.lot][0].effective_at > attested_at
    assert living.pledged_g(made.lot) == 60 * TONNE  # not counted twice
    made.pledged(30)
    assert made.desk.state().goods.seen[made.lot][0].effective_at == attested_at
    assert made.desk.state().goods.pledged_g(made.lot) == 90 * TONNE
    assert receipt in made.desk.state().goods.pledges


def test_what_a_draw_would_leave_uncovered_is_not_paid(made: Office) -> None:
    made.pledged(60)
    with pytest.raises(NotAllowedError, match="not-covered"):
        made.desk.draw(FACILITY, Decimal("2940000.01"), key="too much")
    decided = made.desk.draw(FACILITY, Decimal(2) * MILLION, key="first")
    again = made.desk.draw(FACILITY, Decimal(2) * MILLION, key="first")
    assert again == decided
    assert made.desk.position(FACILITY).loan.owed.principal == 2 * MILLION
    with pytest.raises(NotAllowedError, match="search-used"):
        made.desk.draw(FACILITY, Decimal(1), key="second")


def test_a_draw_is_decided_again_where_somebody_else_wrote_first(made: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made.pledged(60)
    keep, others = made.desk.keep_computation, [Decimal(1), Decimal(1_000_000)]

    def slowly(computation: Computation) -> Document:
        if others:
            made.record(FeeCharged(FACILITY, others.pop(0), "survey"))
        return keep(computation)

    monkeypatch.setattr(made.desk, "keep_computation", slowly)
    with pytest.raises(NotAllowedError, match="not-covered"):  # on the fees that came meanwhile
        made.desk.draw(FACILITY, Decimal(2_939_000), key="draw")
    others[:] = [Decimal(2)] * 3
    decided = made.desk.draw(FACILITY, Decimal(1_000_000), key="draw")
    assert decided.entries[0].entry.seq == made.desk.book.head().seq
    others[:] = [Decimal(3)] * 9
    made.searched()
    with pytest.raises(BookMovedError, match="5 times in a row"):
        made.desk.draw(FACILITY, Decimal(1), key="another")


def test_an_order_carries_its_test_and_waits_in_the_book(made: Office) -> None:
    receipt = made.pledged(60)
    made.desk.draw(FACILITY, 2 * MILLION, key="draw")
    asked = ReleaseOrder(receipt, 10 * TONNE, fresh("picker"), made.now(), made.now() + DAY)
    file = made.prepared(asked)
    kept = made.desk.documents.get(file.operation.values["computation"])
    assert kept.kind is Kind.COMPUTATION
    goods = made.desk.state().goods
    assert goods.ordered_g(FACILITY, receipt, made.now()) == 10 * TONNE
    assert made.desk.position(FACILITY).reserved == ()
    assert made.desk.position(FACILITY).lots[0].counted_g == 50 * TONNE
    with pytest.raises(NotAllowedError, match="not-covered"):
        preparing.prepare(made.desk, ReleaseOrder(receipt, 15 * TONNE, fresh("p"), made.now(), made.now() + DAY))


def test_the_computation_of_an_operation_is_reproduced_from_the_journal(made: Office) -> None:
    receipt = made.pledged(60)
    prepared = preparing.prepare(made.desk, PartRelease(receipt, 5 * TONNE))
    made.priced(60_000)
    assert is_reproduced(made.desk.book.entries(), prepared.computation)
    assert prepared.file.operation.values["computation"] == prepared.computation.digest
    assert made.desk.documents.get(prepared.computation.digest).body == prepared.computation.encoded


def test_a_release_shrinks_the_pledge_and_at_nothing_ends_it(made: Office) -> None:
    receipt = made.pledged(60)
    made.prepared(PartRelease(receipt, 20 * TONNE))
    assert made.desk.state().goods.pledges[receipt].quantity_g == 40 * TONNE
    made.prepared(PartRelease(receipt, 40 * TONNE))
    assert receipt not in made.desk.state().goods.pledges
    assert made.desk.state().goods.on_chain[receipt][1].encumbrance is Encumbrance.FREE


def test_goods_that_left_by_an_order_use_it_up(made: Office) -> None:
    receipt = made.pledged(60)
    file = made.prepared(ReleaseOrder(receipt, 10 * TONNE, fresh("picker"), made.now() - 1, made.now() + DAY))
    values = {"order": file.digest, "receipt": receipt, "quantity": 10 * TONNE}
    values |= {"picker": file.operation.values["picker"], "evidence": (fresh("weighing"),), "serials": ()}
    values |= {"leftAt": made.now(), "places": ()}
    made.yard.did("Execute", "keeper", "verifier", **values)
    made.sync()
    goods = made.desk.state().goods
    assert goods.pledges[receipt].quantity_g == 50 * TONNE
    assert goods.ordered_g(FACILITY, receipt, made.now()) == 0


def test_a_margin_call_and_its_cure(made: Office) -> None:
    receipt = made.pledged(60)
    made.desk.draw(FACILITY, Decimal(2_900_000), key="draw")
    with pytest.raises(NotAllowedError, match="covered"):
        preparing.prepare(made.desk, MarginCall(receipt, made.now() + 2 * DAY))
    made.priced(60_000)
    made.prepared(MarginCall(receipt, made.now() + 2 * DAY))
    call = made.desk.position(FACILITY).margin_call
    assert call is not None
    assert call.missing > 0
    with pytest.raises(NotAllowedError, match="not-covered"):
        preparing.prepare(made.desk, Cure(receipt))
    made.record(Repaid(FACILITY, Decimal(1_000_000), fresh("payment")))
    made.prepared(Cure(receipt))
    assert made.desk.position(FACILITY).margin_call is None


def test_new_goods_take_the_place_of_old_ones_when_they_count_in_every_respect(made: Office) -> None:
    old, new = made.pledged(40), made.yard.issued(made.lot, 40)
    made.sync()
    made.desk.draw(FACILITY, MILLION, key="draw")
    asked = Substitution(old, new, 40 * TONNE, made.paper())
    with pytest.raises(NotAllowedError, match="no-ownership"):
        preparing.prepare(made.desk, asked)
    made.papers(new)
    made.prepared(asked, "holder", "keeper", "lender", "lender 2", "keeper")
    assert set(made.desk.state().goods.pledges) == {new}
    assert made.desk.position(FACILITY).reserved == ()
    assert not made.desk.position(FACILITY).doubts


def test_a_floor_is_tested_before_both_sign_it(stocked: Stocked, tmp_path: Path) -> None:
    made = office(stocked.yard, tmp_path, lot=stocked.lot, pledging=Pledging.DYNAMIC)
    receipt = made.pledged(60)
    made.desk.draw(FACILITY, 2 * MILLION, key="draw")
    with pytest.raises(NotAllowedError, match="not-covered"):
        preparing.prepare(made.desk, FloorSetting(receipt, 30 * TONNE, made.now() + DAY))
    made.prepared(FloorSetting(receipt, 50 * TONNE, made.now() + DAY), "lender", "lender 2", "holder")
    assert made.desk.position(FACILITY).reserved == ()
    assert made.desk.position(FACILITY).lots[0].counted_g == 50 * TONNE


def test_a_split_moves_the_pledge_to_its_pieces(made: Office) -> None:
    receipt, numbers = made.pledged(60), (fresh("one"), fresh("other"))
    made.yard.did(
        "Split", "holder", "keeper", "lender",
        receipt=receipt, numbers=numbers, quantities=(45 * TONNE, 15 * TONNE),
        pledged=(45 * TONNE, 15 * TONNE), documents=(fresh("d"), fresh("d")),
    )  # fmt: skip
    made.sync()
    goods = made.desk.state().goods
    assert receipt not in goods.pledges
    assert {one: goods.pledges[one].quantity_g for one in numbers} == {numbers[0]: 45 * TONNE, numbers[1]: 15 * TONNE}
    assert goods.pledged_g(made.lot) == 60 * TONNE


def test_a_hold_stops_credit_at_the_next_look(made: Office) -> None:
    receipt = made.pledged(60)
    made.yard.did("Hold", "court", receipt=receipt, kind=2, role=8, quantity=0, reason=fresh("order"))
    made.sync()
    assert made.desk.position(FACILITY).available == 0
    assert Why.HELD in {one.why for one in made.desk.position(FACILITY).doubts}
    found = standing.alerts(made.desk.state(), made.desk.view, made.desk.sheet, Limits())
    assert Code.HELD in {one.code for one in found}


def test_goods_that_the_sheet_does_not_know_secure_nothing_until_it_does(made: Office) -> None:
    goods, made.desk.sheet = made.desk.sheet.goods, replace(made.desk.sheet, goods={})
    receipt = made.yard.issued(made.lot, 10)
    made.offered(receipt, 10)
    with pytest.raises(DeskError, match="not on the desk's sheet"):
        preparing.prepare(made.desk, Acceptance(receipt, made.paper(), made.paper()))
    made.yard.did("Accept", "lender", receipt=receipt, ownership=fresh("o"), valuation=fresh("v"), search=fresh("s"))
    assert made.sync().unattributed == (receipt,)
    made.desk.sheet = replace(made.desk.sheet, goods=goods)
    assert made.sync().unattributed == ()
    assert made.desk.state().goods.pledges[receipt].quantity_g == 10 * TONNE


def test_nobody_elses_receipt_is_prepared(made: Office) -> None:
    receipt = made.yard.issued(made.lot, 10)
    made.sync()
    with pytest.raises(DeskError, match="neither offered nor pledged to this lender"):
        preparing.prepare(made.desk, PartRelease(receipt, TONNE))


def test_the_same_book_again_from_chain_documents_and_own_entries(made: Office, tmp_path: Path) -> None:
    receipt = made.pledged(60)
    made.desk.draw(FACILITY, Decimal(2_900_000), key="draw")
    made.prepared(PartRelease(receipt, TONNE // 100))
    made.priced(60_000)
    made.prepared(MarginCall(receipt, made.now() + 2 * DAY))
    made.record(Repaid(FACILITY, Decimal(1_000_000), fresh("payment")))
    made.prepared(Cure(receipt))
    old = list(made.desk.book.entries())
    other = Desk(migrated(tmp_path / "again.db"), made.desk.sheet, made.desk.chain, None, made.desk.clock)
    rebuilt = rebuilding.rebuild(other, old, ())
    assert rebuilt.differences == ()
    at = made.now()
    assert position_digest(other.position(FACILITY, at, at)) == position_digest(made.desk.position(FACILITY, at, at))
    with pytest.raises(DeskError, match="something stands"):
        rebuilding.rebuild(other, old, ())


def test_when_the_chain_was_read_is_kept_or_said_to_be_its_blocks_time(made: Office, tmp_path: Path) -> None:
    made.pledged(60)
    old = list(made.desk.book.entries())
    other = Desk(migrated(tmp_path / "again.db"), made.desk.sheet, made.desk.chain, None, lambda: made.now() + 9 * DAY)
    rebuilt = rebuilding.rebuild(other, old, ())
    assert (rebuilt.differences, rebuilt.dated_by_block) == ((), ())
    assert {one.entry.key: one.entry.known_at for one in other.book.entries()} == {
        one.entry.key: one.entry.known_at for one in old
    }
    own = [one for one in old if one.entry.key.startswith("own ")]
    third = Desk(migrated(tmp_path / "third.db"), made.desk.sheet, made.desk.chain, None, lambda: made.now() + 9 * DAY)
    dated = rebuilding.rebuild(third, own, ()).dated_by_block
    of_chain = {one.entry.key: one.entry for one in third.book.entries() if one.entry.key.startswith("chain ")}
    assert set(dated) == set(of_chain)
    assert all(one.known_at < made.now() + DAY for one in of_chain.values())


def test_a_derived_entry_that_the_chain_does_not_bear_out_is_told(made: Office, tmp_path: Path) -> None:
    receipt = made.pledged(60)
    forged = PledgeAttached(FACILITY, fresh("nothing"), made.lot, "copper", 500 * TONNE)
    made.desk.append((News(made.now(), forged),), key="chain Pledges 99999 0000000000000000")
    other = Desk(migrated(tmp_path / "again.db"), made.desk.sheet, made.desk.chain, None, made.desk.clock)
    rebuilt = rebuilding.rebuild(other, list(made.desk.book.entries()), ())
    assert rebuilt.differences == ("chain Pledges 99999 0000000000000000",)
    assert set(other.state().goods.pledges) == {receipt}


def test_every_lot_event_is_of_a_lot_that_concerns_the_lender(made: Office) -> None:
    made.pledged(60)
    events = [one.entry.event for one in made.desk.book.entries()]
    assert {one.lot for one in events if isinstance(one, LotSeen | QuantitySeen)} == {made.lot}
