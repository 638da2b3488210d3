"""Acts of a desk see one another from the moment they are prepared, and are tested once more before they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.operations import Operation
from tally_finance.book.goods_events import QuantitySeen
from tally_finance.book.journal import Recorded
from tally_finance.book.loan_events import Pledging
from tally_finance.desk import preparing, rebuilding, reserving
from tally_finance.desk.asked import Acceptance, Asked, Cure, FloorSetting, MarginCall, PartRelease, Substitution
from tally_finance.desk.desk import CHAIN_AGE_S, Desk
from tally_finance.desk.digest import position_digest
from tally_finance.desk.drafts import Drafts
from tally_finance.desk.syncing import sync
from tally_finance.errors import BookMovedError, DeskError, NotAllowedError
from tests.chain.receipts.yard import TONNE
from tests.chain.registry.parties import fresh
from tests.finance.desk.kept_yard import Stocked
from tests.finance.desk.office import DAY, FACILITY, Office, office
from tests.finance.migrated import migrated

TWO_MILLION = Decimal(2_000_000)


@pytest.fixture
def made(stocked: Stocked, tmp_path: Path) -> Office:
    """100 t in a lot, a facility with a price of 70,000 a tonne."""
    return office(stocked.yard, tmp_path, lot=stocked.lot)


def prepared(made: Office, asked: Asked) -> OperationFile:
    return preparing.prepare(made.desk, asked, deadline=made.yard.deadline).file


def sent(made: Office, file: OperationFile, *by: str) -> None:
    """Signed, tested again, carried out, read back."""
    signed = made.yard.signed(file, *(by or made.keys.get(file.operation.kind, ("lender",))))
    preparing.must_still_hold(made.desk, signed)
    made.yard.sent(signed)
    made.sync()


def withdrawn(made: Office, file: OperationFile, key: str) -> tuple[Recorded, ...]:
    """By the lender's word that nobody signed a copy."""
    return reserving.withdraw(made.desk, file.digest, "the truck is not coming", key=key, no_copy_was_signed=True)


def test_a_draw_does_not_lend_on_what_a_prepared_release_will_take(made: Office) -> None:
    receipt = made.pledged(60)
    prepared(made, PartRelease(receipt, 30 * TONNE))
    with pytest.raises(NotAllowedError, match="reserved of"):
        made.desk.draw(FACILITY, TWO_MILLION, key="draw")
    made.desk.draw(FACILITY, Decimal(1_470_000), key="less")  # 30 t


def test_a_second_release_sees_the_first_before_either_is_signed(made: Office) -> None:
    one, other = made.pledged(30), made.pledged(30)
    made.desk.draw(FACILITY, TWO_MILLION, key="draw")  # 40.8 t
    prepared(made, PartRelease(one, 19 * TONNE))
    with pytest.raises(NotAllowedError, match="not-covered"):
        prepared(made, PartRelease(other, 19 * TONNE))
    with pytest.raises(NotAllowedError, match="not-covered"):
        prepared(made, PartRelease(one, TONNE))


def test_two_that_are_prepared_at_once_are_tested_one_after_the_other(
    made: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = made.pledged(30), made.pledged(30)
    made.desk.draw(FACILITY, TWO_MILLION, key="draw")
    rival = Desk(made.desk.engine, made.desk.sheet, made.desk.chain, None, made.desk.clock)
    made_by_rival: list[OperationFile] = []
    begin = made.desk.begin

    def overtaken(operation: Operation) -> OperationFile:
        if not made_by_rival:
            sync(rival)
            made_by_rival.append(preparing.prepare(rival, PartRelease(other, 19 * TONNE)).file)
        return begin(operation)

    monkeypatch.setattr(made.desk, "begin", overtaken)
    with pytest.raises(NotAllowedError, match="not-covered"):
        prepared(made, PartRelease(one, 19 * TONNE))


def test_what_was_carried_out_holds_nothing_more(made: Office) -> None:
    receipt = made.pledged(60)
    sent(made, prepared(made, PartRelease(receipt, 20 * TONNE)))
    position = made.desk.position(FACILITY)
    assert position.reserved == ()
    assert position.lots[0].counted_g == 40 * TONNE


def test_what_its_receipt_left_behind_holds_nothing_more(made: Office) -> None:
    receipt = made.pledged(60)
    behind = prepared(made, PartRelease(receipt, 20 * TONNE))
    sent(made, prepared(made, PartRelease(receipt, 10 * TONNE)))
    assert made.desk.position(FACILITY).reserved == ()
    assert made.desk.position(FACILITY).lots[0].counted_g == 50 * TONNE
    with pytest.raises(NotAllowedError, match="nothing is held for this operation any more"):
        preparing.must_still_hold(made.desk, made.yard.signed(behind, "lender", "lender 2"))


def test_a_desk_that_is_behind_reads_the_chain_before_it_prepares(made: Office) -> None:
    receipt = made.pledged(60)
    rival = Desk(made.desk.engine, made.desk.sheet, made.desk.chain, None, made.desk.clock)
    sync(rival)
    moving = preparing.prepare(rival, PartRelease(receipt, 5 * TONNE), deadline=made.yard.deadline).file
    made.yard.sent(made.yard.signed(moving, "lender", "lender 2"))
    sync(rival)
    file = prepared(made, PartRelease(receipt, 10 * TONNE))
    assert file.operation.values["head"] == rival.view.book.receipts[receipt].head
    sent(made, file)
    assert made.desk.position(FACILITY).lots[0].counted_g == 45 * TONNE


def test_what_was_prepared_on_a_head_that_its_receipt_had_left_holds_until_the_chain_is_read(
    made: Office, tmp_path: Path
) -> None:
    receipt = made.pledged(60)
    moving = prepared(made, PartRelease(receipt, 5 * TONNE))
    withdrawn(made, moving, "w")
    made.yard.sent(made.yard.signed(moving, "lender", "lender 2"))
    behind = prepared(made, PartRelease(receipt, 10 * TONNE))  # nobody has read it yet
    call = Operation(
        "Cure",
        {
            "receipt": receipt,
            "head": behind.operation.values["head"],
            "computation": fresh(),
            "deadline": made.yard.deadline,
        },
    )
    rival = Desk(made.desk.engine, made.desk.sheet, made.desk.chain, None, made.desk.clock)
    sync(rival)
    assert made.desk.position(FACILITY).reserved == ()
    made.sync()
    with pytest.raises(NotAllowedError, match="nothing is held for this operation any more"):
        preparing.must_still_hold(made.desk, made.yard.signed(behind, "lender", "lender 2"))
    with pytest.raises(NotAllowedError, match="moved on since"):
        preparing.must_still_hold(made.desk, made.desk.begin(call))


def test_a_substitution_holds_nothing_once_the_new_receipt_moved_on(made: Office, tmp_path: Path) -> None:
    old, new = made.pledged(40), made.yard.issued(made.lot, 40)
    made.sync()
    made.papers(new)
    file = prepared(made, Substitution(old, new, 40 * TONNE, made.paper()))
    made.yard.did("Amend", "holder", "keeper", receipt=new, quantity=39 * TONNE, document=fresh("document"))
    made.sync()
    assert made.desk.position(FACILITY).reserved == ()
    with pytest.raises(NotAllowedError, match="nothing is held"):
        preparing.must_still_hold(made.desk, file)
    other = Desk(migrated(tmp_path / "again.db"), made.desk.sheet, made.desk.chain, None, made.desk.clock)
    assert rebuilding.rebuild(other, list(made.desk.book.entries()), ()).differences == ()


def test_a_file_is_kept_before_anything_is_held_for_it_and_dropped_where_nothing_is(
    made: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, did = PartRelease(made.pledged(60), 10 * TONNE), list[str]()
    tell = made.desk.append

    def overtaken(*_: object, **__: object) -> None:
        monkeypatch.setattr(made.desk, "append", tell)
        raise BookMovedError("another was first")

    @contextmanager
    def keep(one: preparing.Prepared) -> Iterator[None]:
        assert made.desk.position(FACILITY).reserved == ()
        did.append("kept")
        try:
            yield
        except BookMovedError:
            did.append("dropped")
            raise

    monkeypatch.setattr(made.desk, "append", overtaken)
    file = preparing.prepare(made.desk, asked, keep=keep).file
    assert did == ["kept", "dropped", "kept"]
    assert [one.operation for one in made.desk.position(FACILITY).reserved] == [file.digest]


def test_no_deadline_is_more_than_a_month_ahead(made: Office) -> None:
    asked = PartRelease(made.pledged(60), TONNE)
    preparing.prepare(made.desk, asked, deadline=made.desk.now() + 30 * DAY)
    with pytest.raises(DeskError, match="is later than"):
        preparing.prepare(made.desk, asked, deadline=made.desk.now() + 31 * DAY)


def test_an_operation_is_tested_again_before_it_is_sent_whoever_has_signed(made: Office) -> None:
    receipt = made.pledged(60)
    made.desk.draw(FACILITY, TWO_MILLION, key="draw")
    file = prepared(made, PartRelease(receipt, 15 * TONNE))
    signed = made.yard.signed(file, "lender", "lender 2")
    preparing.must_still_hold(made.desk, signed)
    made.priced(60_000)
    with pytest.raises(NotAllowedError, match="not any more: not-covered"):
        preparing.must_still_hold(made.desk, signed)
    assert made.desk.position(FACILITY).reserved  # the file is out there, and the chain would take it
    made.priced(70_000)
    sent(made, file)


def test_a_call_and_a_cure_are_tested_again_too(made: Office) -> None:
    receipt = made.pledged(60)
    made.desk.draw(FACILITY, Decimal(2_900_000), key="draw")
    made.priced(60_000)
    call = prepared(made, MarginCall(receipt, made.now() + 2 * DAY))
    made.priced(70_000)
    with pytest.raises(NotAllowedError, match="covered"):
        preparing.must_still_hold(made.desk, call)
    made.priced(60_000)
    sent(made, call)
    made.priced(70_000)
    cure = prepared(made, Cure(receipt))
    made.priced(60_000)
    with pytest.raises(NotAllowedError, match="not-covered"):
        preparing.must_still_hold(made.desk, cure)


def test_a_floor_that_is_prepared_counts_for_the_next_draw(stocked: Stocked, tmp_path: Path) -> None:
    made = office(stocked.yard, tmp_path, lot=stocked.lot, pledging=Pledging.DYNAMIC)
    receipt = made.pledged(60)
    prepared(made, FloorSetting(receipt, 30 * TONNE, made.now() + DAY))
    with pytest.raises(NotAllowedError, match="reserved"):
        made.desk.draw(FACILITY, TWO_MILLION, key="draw")
    prepared(made, FloorSetting(receipt, 0, made.now() + DAY))  # ends a floor, and holds nothing
    assert len(made.desk.position(FACILITY).reserved) == 1


def test_pledges_that_are_being_accepted_do_not_fill_the_lot_twice(made: Office) -> None:
    one, other = made.yard.issued(made.lot, 60), made.yard.issued(made.lot, 40)
    for receipt, tonnes in ((one, 60), (other, 40)):
        made.offered(receipt, tonnes)
        made.papers(receipt)
    most = 100 * TONNE
    made.record(QuantitySeen(made.lot, 80 * TONNE, most, most, 0, False, fresh("evidence")))
    prepared(made, Acceptance(one, made.paper(), made.paper()))
    with pytest.raises(NotAllowedError, match="too-much"):
        prepared(made, Acceptance(other, made.paper(), made.paper()))


def test_a_substitution_holds_the_goods_that_will_leave(made: Office) -> None:
    old, new = made.pledged(40), made.yard.issued(made.lot, 40)
    made.sync()
    made.papers(new)
    prepared(made, Substitution(old, new, 40 * TONNE, made.paper()))
    with pytest.raises(NotAllowedError, match="reserved"):
        made.desk.draw(FACILITY, Decimal(1), key="draw")


def test_what_nobody_here_signed_is_withdrawn_and_what_was_signed_is_not(made: Office) -> None:
    receipt = made.pledged(60)
    file = prepared(made, PartRelease(receipt, 30 * TONNE))
    with pytest.raises(DeskError, match="has signed it already"):
        reserving.must_be_unsigned(made.desk, made.yard.signed(file, "lender", "lender 2"))
    with pytest.raises(DeskError, match="a copy of it that the lender signed could still be sent"):
        reserving.withdraw(made.desk, file.digest, "the truck is not coming", key="withdraw")
    assert made.desk.position(FACILITY).reserved
    entries = withdrawn(made, file, "withdraw")
    assert withdrawn(made, file, "withdraw") == entries
    with pytest.raises(DeskError, match="nothing is held any more"):
        withdrawn(made, file, "another")
    assert made.desk.position(FACILITY).reserved == ()
    with pytest.raises(NotAllowedError, match="nothing is held for this operation any more"):
        preparing.must_still_hold(made.desk, made.yard.signed(file, "lender", "lender 2"))
    call = made.yard.signed(prepared(made, PartRelease(receipt, TONNE)), "lender", "lender 2")
    assert call.digest != file.digest


def test_of_a_draft_that_is_withdrawn_while_it_is_signed_one_of_both_happens(
    made: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = prepared(made, PartRelease(made.pledged(60), 30 * TONNE))
    drafts = Drafts(made.desk.engine, made.desk.sheet.book)
    drafts.begin(file, by=made.desk.sheet.lender, at=made.now())
    signature = made.yard.signed(file, "lender", "lender 2").places[0].signature
    assert signature is not None
    check = reserving.must_be_unsigned

    def overtaken(desk: Desk, draft: OperationFile) -> None:
        check(desk, draft)
        drafts.sign(file.digest, 0, signature)

    monkeypatch.setattr(reserving, "must_be_unsigned", overtaken)
    with pytest.raises(DeskError, match="has signed it already"):
        withdrawn(made, file, "w")
    assert made.desk.position(FACILITY).reserved
    monkeypatch.undo()
    other = prepared(made, PartRelease(made.pledged(5), TONNE))
    drafts.begin(other, by=made.desk.sheet.lender, at=made.now())
    reserving.withdraw(made.desk, other.digest, "nobody signed the draft", key="w2")
    reserving.must_be_held(made.desk, file)
    with pytest.raises(NotAllowedError, match="nothing is held"):
        reserving.must_be_held(made.desk, other)
    with pytest.raises(DeskError, match="is not kept here"):
        drafts.sign(other.digest, 0, signature)


def test_nothing_is_withdrawn_that_was_never_prepared(made: Office) -> None:
    receipt = made.pledged(10)
    file = prepared(made, PartRelease(receipt, TONNE))
    other = Desk(migrated_beside(made), made.desk.sheet, made.desk.chain, None, made.desk.clock)
    sync(other)
    with pytest.raises(DeskError, match="nothing is held for operation"):
        reserving.withdraw(other, file.digest, "x", key="w", no_copy_was_signed=True)


def migrated_beside(made: Office) -> Engine:
    return migrated(Path(str(made.desk.engine.url.database)).with_name("beside.db"))


def test_no_operation_names_a_paper_that_the_desk_does_not_hold(made: Office) -> None:
    receipt = made.yard.issued(made.lot, 10)
    made.offered(receipt, 10)
    made.papers(receipt)
    paper = made.paper()
    with pytest.raises(DeskError, match="does not hold the ownership pack"):
        prepared(made, Acceptance(receipt, fresh("pack"), paper))
    with pytest.raises(DeskError, match="does not hold the search"):
        prepared(made, Acceptance(receipt, paper, fresh("search")))
    computation = preparing.prepare(made.desk, Acceptance(receipt, paper, paper)).computation
    with pytest.raises(DeskError, match="does not hold the search"):
        prepared(made, Acceptance(receipt, paper, computation.digest))  # kept, and no paper
    with pytest.raises(DeskError, match="does not hold the filing"):
        prepared(made, Substitution(receipt, receipt, TONNE, fresh("filing")))


def test_nothing_is_lent_or_prepared_on_a_chain_that_does_not_answer(made: Office) -> None:
    receipt = made.pledged(60)
    clock = made.desk.clock
    made.desk.clock = lambda: clock() + CHAIN_AGE_S + 1
    with pytest.raises(NotAllowedError, match="the chain was read"):
        made.desk.draw(FACILITY, Decimal(1), key="draw")
    with pytest.raises(NotAllowedError, match="the chain was read"):
        prepared(made, PartRelease(receipt, TONNE))
    made.sync()
    made.desk.draw(FACILITY, Decimal(1), key="draw")
    unread = Desk(made.desk.engine, made.desk.sheet, made.desk.chain, None, made.desk.clock)
    with pytest.raises(NotAllowedError, match="was not read yet"):
        unread.draw(FACILITY, Decimal(1), key="another")
    assert unread.draw(FACILITY, Decimal(1), key="draw")  # what was done is told, whatever the chain does


def test_a_book_with_reservations_is_made_again(made: Office, tmp_path: Path) -> None:
    receipt = made.pledged(60)
    prepared(made, PartRelease(receipt, 5 * TONNE))
    sent(made, prepared(made, PartRelease(receipt, 10 * TONNE)))
    made.yard.parties.wait()
    withdrawn(made, prepared(made, PartRelease(receipt, 3 * TONNE)), "w")
    prepared(made, PartRelease(receipt, 2 * TONNE))
    other = Desk(migrated(tmp_path / "again.db"), made.desk.sheet, made.desk.chain, None, made.desk.clock)
    rebuilt = rebuilding.rebuild(other, list(made.desk.book.entries()), ())
    assert rebuilt.differences == ()
    at = made.now()
    assert position_digest(other.position(FACILITY, at, at)) == position_digest(made.desk.position(FACILITY, at, at))
    assert other.position(FACILITY).reserved == made.desk.position(FACILITY).reserved
