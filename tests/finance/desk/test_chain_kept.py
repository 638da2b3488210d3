"""A chain that was set back is noticed, also by a desk that was started anew; what came late is found whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from tally_chain.receipts.history import ReceiptHistory
from tally_chain.receipts.operations import Operation
from tally_finance.book.goods_events import FloorSet, ReleaseOrdered
from tally_finance.book.loan_events import FeeCharged, MarginCalled, Pledging
from tally_finance.book.store import News
from tally_finance.desk import rebuilding, syncing
from tally_finance.desk.asked import FloorSetting, MarginCall, PartRelease, ReleaseOrder
from tally_finance.desk.chain_reads import ChainReads
from tally_finance.desk.desk import Chain, Desk
from tally_finance.desk.digest import position_digest
from tally_finance.desk.documents import Document, Kind
from tally_finance.desk.replay import View
from tally_finance.desk.sheet import Sheet
from tally_finance.desk.syncing import sync
from tally_finance.errors import BookMovedError, DeskError
from tests.chain.receipts.yard import TONNE
from tests.chain.registry.parties import fresh
from tests.finance.desk.kept_yard import Stocked
from tests.finance.desk.office import DAY, FACILITY, Office, office
from tests.finance.migrated import migrated


@dataclass
class SetBack:
    """A Chain that shows fewer entries, or another block, than the one behind it."""

    chain: Chain
    fewer: int = 0
    other_block: bool = False
    no_block: bool = False
    fewer_parties: bool = False

    def history(self) -> ReceiptHistory:
        whole = self.chain.history()
        registry = replace(whole.registry, sequence=whole.registry.sequence - self.fewer_parties)
        return replace(whole, entries=whole.entries[: len(whole.entries) - self.fewer], registry=registry)

    def parties(self, operation: Operation) -> Mapping[str, Sequence[bytes]]:
        return self.chain.parties(operation)

    def block_hash(self, number: int) -> bytes | None:
        shown = None if self.no_block else self.chain.block_hash(number)
        return bytes(32) if self.other_block else shown


@pytest.fixture
def made(stocked: Stocked, tmp_path: Path) -> Office:
    """100 t in a lot, a facility with a price of 70,000 a tonne."""
    return office(stocked.yard, tmp_path, lot=stocked.lot)


@pytest.mark.parametrize(
    ("set_back", "says"),
    [
        ({"fewer": 1}, "the chain does not show any more"),
        ({"other_block": True}, "is another one than was read"),
        ({"no_block": True}, "does not show block"),
        ({"fewer_parties": True}, "the registry of parties has"),
    ],
)
def test_a_desk_that_starts_anew_notices_a_chain_set_back(made: Office, set_back: dict[str, int], says: str) -> None:
    made.pledged(60)
    anew = Desk(made.desk.engine, made.desk.sheet, SetBack(made.desk.chain, **set_back), None, made.desk.clock)
    head = made.desk.book.head()
    with pytest.raises(DeskError, match=says):
        sync(anew)
    with pytest.raises(DeskError, match="the chain was not read yet"):
        anew.draw(FACILITY, Decimal(1), key="draw")
    assert made.desk.book.head() == head
    same = Desk(made.desk.engine, made.desk.sheet, SetBack(made.desk.chain), None, made.desk.clock)
    assert sync(same).written == 0


def test_of_two_desks_that_keep_at_once_the_one_that_read_further_is_kept(
    made: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = made.desk.view.history
    assert history.entries[0].moment.block_number < history.entries[-1].moment.block_number
    reads = ChainReads(made.desk.engine, "another book")
    reads.keep(made.desk.chain, history)
    kept = reads._kept()
    monkeypatch.setattr(reads, "_kept", lambda: None)  # both looked before either wrote
    reads.keep(made.desk.chain, replace(history, entries=history.entries[:1]))
    monkeypatch.undo()
    assert reads._kept() == kept


def test_a_chain_whose_news_judged_no_prices_was_not_read(made: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(made.desk.engine, made.desk.sheet, made.desk.chain, None, made.desk.clock)

    def failed(_: Desk) -> None:
        raise BookMovedError("others write all the time")

    monkeypatch.setattr(syncing, "judge", failed)
    with pytest.raises(BookMovedError):
        sync(desk)
    assert desk.chain_age_s is None
    monkeypatch.undo()
    sync(desk)
    assert desk.chain_age_s is not None


def test_what_was_ordered_called_and_released_before_the_desk_knew_is_found(made: Office, tmp_path: Path) -> None:
    """A desk that knew all from the start, and one that learns of the goods at the end, come to the same."""
    receipt = made.pledged(60)
    late = Desk(migrated(tmp_path / "late.db"), replace(made.desk.sheet, goods={}), made.desk.chain, None, made.now)
    _tell(made, late)
    made.desk.draw(FACILITY, Decimal(2_000_000), key="draw")
    late_draw = made.desk.book.under("own draw")[0].entry
    file = made.prepared(ReleaseOrder(receipt, 5 * TONNE, fresh("picker"), made.now(), made.now() + DAY))
    made.prepared(PartRelease(receipt, 10 * TONNE))
    made.priced(55_000)
    made.prepared(MarginCall(receipt, made.now() + 2 * DAY))
    assert sync(late).unattributed == (receipt,)
    _tell(made, late)
    assert not late.state().goods.pledges
    late.sheet = made.desk.sheet
    done = sync(late)
    assert done.unattributed == ()
    goods = late.state().goods
    assert goods.pledges[receipt].quantity_g == 50 * TONNE
    assert goods.ordered_g(FACILITY, receipt, late.now()) == 5 * TONNE
    assert (FACILITY, file.digest) in goods.orders
    called, known = late.position(FACILITY).margin_call, made.desk.position(FACILITY).margin_call
    assert called is not None
    assert known is not None
    assert called.until == known.until
    assert late_draw.effective_at <= late.now()
    at = made.now()
    mine, theirs = late.position(FACILITY, at, at), made.desk.position(FACILITY, at, at)
    assert mine.lots == theirs.lots
    assert mine.loan.owed == theirs.loan.owed
    assert sync(late).written == 0
    events = [one.entry.event for one in late.book.entries()]
    assert sum(isinstance(one, ReleaseOrdered) for one in events) == 1
    assert sum(isinstance(one, MarginCalled) for one in events) == 1


def test_a_facility_that_is_opened_after_its_pledge_stands_in_order(made: Office, tmp_path: Path) -> None:
    """What the chain did before is dated to the opening, so that nothing is out of order."""
    receipt = made.pledged(60)
    made.prepared(PartRelease(receipt, 10 * TONNE))
    late = Desk(migrated(tmp_path / "late.db"), made.desk.sheet, made.desk.chain, None, made.desk.clock)
    sync(late)
    made.yard.parties.wait()
    made.yard.attested(made.lot, 100)
    late.record(made.opened, key="opened late")
    made.prepared(PartRelease(receipt, 5 * TONNE))  # comes in the same reading as all before
    assert sync(late).unattributed == ()
    assert late.state().goods.pledges[receipt].quantity_g == 45 * TONNE
    assert "out-of-order" not in {str(one.why) for one in late.position(FACILITY).stops}


def test_a_floor_from_before_is_found_and_the_pieces_of_a_split(stocked: Stocked, tmp_path: Path) -> None:
    made = office(stocked.yard, tmp_path, lot=stocked.lot, pledging=Pledging.DYNAMIC)
    receipt, numbers = made.pledged(60), (fresh("one"), fresh("other"))
    late = Desk(
        migrated(tmp_path / "late.db"), Sheet("bank-1", made.desk.sheet.lender), made.desk.chain, None, made.now
    )
    made.yard.did(
        "Split", "holder", "keeper", "lender",
        receipt=receipt, numbers=numbers, quantities=(45 * TONNE, 15 * TONNE),
        pledged=(45 * TONNE, 15 * TONNE), documents=(fresh("d"), fresh("d")),
    )  # fmt: skip
    made.sync()
    for number in numbers:
        made.papers(number)
    until = made.now() + DAY
    made.prepared(FloorSetting(numbers[0], 30 * TONNE, until), "lender", "lender 2", "holder")
    sync(late)
    _tell(made, late)
    late.sheet = made.desk.sheet
    assert sync(late).unattributed == ()
    goods = late.state().goods
    assert {number: goods.pledges[number].quantity_g for number in numbers} == {
        numbers[0]: 45 * TONNE,
        numbers[1]: 15 * TONNE,
    }
    assert receipt not in goods.pledges
    assert goods.pledges[numbers[0]].floor_g == 30 * TONNE
    assert sum(isinstance(one.entry.event, FloorSet) for one in late.book.entries()) == 1


def test_a_book_that_learnt_late_is_made_again(made: Office, tmp_path: Path) -> None:
    receipt = made.pledged(60)
    late = Desk(migrated(tmp_path / "late.db"), made.desk.sheet, made.desk.chain, None, made.desk.clock)
    sync(late)
    _tell(made, late)
    sync(late)
    made.prepared(PartRelease(receipt, 5 * TONNE))
    sync(late)
    again = Desk(migrated(tmp_path / "again.db"), made.desk.sheet, made.desk.chain, None, made.desk.clock)
    rebuilding.rebuild(again, list(late.book.entries()), ())
    at = made.now()
    assert position_digest(again.position(FACILITY, at, at)) == position_digest(late.position(FACILITY, at, at))


def _tell(made: Office, late: Desk) -> None:
    """The lender's own entries of the one desk for the other, each at its time."""
    for one in made.desk.book.entries():
        key = one.entry.key
        if key.startswith("own ") and not key.startswith("own reserve") and not late.book.under(key):
            late.append([News(one.entry.effective_at, one.entry.event)], key=key)


def test_what_came_in_one_second_is_made_again_in_the_order_in_which_it_came(
    made: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quote between two notes of one second, and papers under a clock that was set back."""
    shown: list[tuple[str, int]] = []
    at = made.desk.now()
    monkeypatch.setattr(made.desk, "clock", lambda: at)
    made.record(FeeCharged(FACILITY, Decimal(1), "first"))
    first = made.desk.keep(Kind.QUOTE, b"first")
    made.record(FeeCharged(FACILITY, Decimal(2), "second"))
    monkeypatch.setattr(made.desk, "clock", lambda: at - 60)
    later = made.desk.documents.keep(
        Kind.QUOTE,
        b"later",
        received_at=at - 60,
        entries=first.entries,
        block=first.block,
        seq=made.desk.book.head().seq,
    )
    monkeypatch.setattr(made.desk, "clock", lambda: at)
    other = Desk(migrated(tmp_path / "again.db"), made.desk.sheet, made.desk.chain, None, made.desk.clock)

    def seen(desk: Desk, view: View, kept: Document) -> None:
        del view
        shown.append((kept.body.decode(), desk.book.head().seq))

    monkeypatch.setattr(rebuilding, "_show", seen)
    rebuilding.rebuild(other, list(made.desk.book.entries()), made.desk.documents.all(Kind.QUOTE))
    assert (first.seq, later.seq) == (made.desk.book.head().seq - 1, made.desk.book.head().seq)
    assert [body for body, _ in shown] == ["first", "later"]
    assert shown[1][1] - shown[0][1] == 1  # the second note came between them
