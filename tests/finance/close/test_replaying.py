"""The chain at a month's end, from the whole history of real contracts: later operations change nothing of it."""

from __future__ import annotations

from tally_chain.receipts.history import ReceiptHistory, read_history
from tally_chain.receipts.rules.records import Encumbrance
from tally_finance.close.replaying import view_at
from tests.chain.receipts.yard import TONNE, Yard, yard_on
from tests.chain.registry.parties import Parties, fresh


def history_of(yard: Yard) -> ReceiptHistory:
    return read_history(yard.parties.stage.engine, yard.places, yard.parties.at.organisations)


def test_what_a_receipt_was_then_stays_readable(solo: Parties) -> None:
    yard = yard_on(solo)
    number = yard.issued(yard.stocked(10), 6)
    free = yard.parties.now()
    yard.pledged(number, 4)
    pledged, operations = yard.parties.now(), len(yard.files)
    early = view_at(history_of(yard), pledged)
    yard.did("Release", "lender", "lender 2", receipt=number, quantity=TONNE, computation=fresh("computation"))
    later = history_of(yard)
    lender, keeper = yard.whose("lender"), yard.whose("keeper")

    before, then, now = (view_at(later, time) for time in (free, pledged, yard.parties.now()))
    assert [one.receipt(number).pledged_g for one in (before, then, now)] == [0, 4 * TONNE, 3 * TONNE]  # type: ignore[union-attr]
    assert [one.pledged_to(lender) for one in (before, then, now)] == [[], [number], [number]]
    assert [list(one.kept_by(keeper)) for one in (before, then, now)] == [[number]] * 3
    assert (then.at, then.receipt(number)) == (early.at, early.receipt(number))
    assert len({one.at.digest for one in (before, then, now)}) == 3
    assert then.at.operations == operations
    assert now.at.operations - then.at.operations == 1
    assert then.receipt(number).encumbrance is Encumbrance.REGISTERED  # type: ignore[union-attr]
    assert then.receipt(fresh("never issued")) is None


def test_before_the_first_operation_there_is_nothing(solo: Parties) -> None:
    yard = yard_on(solo)
    view = view_at(history_of(yard), 0)
    assert (view.at.operations, view.at.block, dict(view.book.receipts)) == (0, 0, {})
