"""Each invariant can fail: a book that was tampered with breaks it, and says which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules.acts import Signer
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.invariants import broken
from tally_chain.receipts.rules.records import FREE, NONE, Encumbrance, Hold, Party, State
from tally_chain.receipts.rules.transitions import broken_by
from tally_chain.registry.roles import KeyRole
from tests.chain.receipts.furnished import BANK, TAKER, TRADE, TRADER, VOUCHER, furnished, some

PLEDGED, WHOLE, UNPLEDGED = (some(f"receipt {number}") for number in range(3))


@pytest.fixture(scope="module")
def book() -> Book:
    return furnished().book


def changed(book: Book, table: str, name: bytes, **changes: Any) -> Book:
    records = dict(getattr(book, table))
    records[name] = replace(records[name], **changes)
    return replace(book, **{table: records})


def lot(book: Book) -> bytes:
    return book.receipts[PLEDGED].lot


def other_lender(book: Book) -> dict[str, Any]:
    return {"charge": replace(book.receipts[WHOLE].charge, lender=Party(some("other"), 1, KeyRole.LENDER))}


Tampering = Callable[[Book], Book]
TAMPERED: list[tuple[str, Tampering]] = [
    ("I1", lambda b: changed(b, "lots", lot(b), weighed=10**12)),
    ("I1", lambda b: changed(b, "lots", lot(b), weighed_ever=10**12)),
    ("I2", lambda b: changed(b, "lots", lot(b), face=1)),
    ("I2", lambda b: changed(b, "lots", lot(b), receipts=1)),
    ("I2", lambda b: changed(b, "lots", lot(b), weighed=1)),
    ("I2", lambda b: changed(b, "receipts", UNPLEDGED, quantity=0)),
    ("I3", lambda b: changed(b, "slots", b.lots[lot(b)].slot, bulk=NONE)),
    ("I3", lambda b: changed(b, "slots", b.lots[lot(b)].slot, living=False)),
    ("I5", lambda b: changed(b, "receipts", WHOLE, **other_lender(b))),
    ("I5", lambda b: changed(b, "receipts", WHOLE, quantity=1)),
    ("I5", lambda b: changed(b, "receipts", WHOLE, charge=replace(b.receipts[WHOLE].charge, lender=None))),
    ("I5", lambda b: changed(b, "pledges", b.receipts[WHOLE].charge.pledge, outstanding=1)),
    ("I5", lambda b: changed(b, "receipts", WHOLE, trade=TRADE)),
    ("I22", lambda b: changed(b, "vouchers", VOUCHER, face=1)),
    ("I22", lambda b: changed(b, "roots", VOUCHER, living=1)),
    ("I22", lambda b: replace(b, invoices=dict.fromkeys(b.invoices, NONE))),
]


def test_a_warehouse_at_work_breaks_nothing(book: Book) -> None:
    assert broken(book) == []


@pytest.mark.parametrize(("number", "tamper"), TAMPERED, ids=[f"{one}-{at}" for at, (one, _) in enumerate(TAMPERED)])
def test_tampering_breaks(book: Book, number: str, tamper: Tampering) -> None:
    assert number in {text.partition(":")[0] for text in broken(tamper(book))}


def signer(who: tuple[bytes, KeyRole, int]) -> Signer:
    return Signer(who[0], who[1], 1, some("key"))


def taken_by(who: tuple[bytes, KeyRole, int]) -> Party:
    return Party(who[0], 1, KeyRole.HOLDER)


HELD = Hold(some("hold"), HoldKind.COURT, Party(some("court"), 1, KeyRole.COURT_LIAISON), 0, NONE, 1, 1)
MOVES: list[tuple[str, str, dict[str, Any], dict[str, Any], list[Any]]] = [
    ("I4", "Endorse", {"state": State.DELIVERED}, {"state": State.ISSUED}, [TRADER]),
    ("I7", "Endorse", {}, {"until": 0}, [TRADER]),
    ("I6", "Endorse", {}, {"holder": taken_by(TAKER)}, [TRADER, TAKER]),
    ("I6", "Endorse", {"charge": FREE, "holds": (HELD,)}, {"holder": taken_by(TAKER)}, [TRADER, TAKER]),
    ("I6", "Deliver", {"charge": FREE, "holds": (replace(HELD, quantity=9),)}, {"quantity": 8}, [TRADER]),
    ("I13", "Sell", {}, {"holder": taken_by(BANK)}, [BANK]),
    ("I13", "TakeOver", {}, {"holder": taken_by(BANK)}, [BANK, TRADER]),
    ("I15", "Hold", {}, {"quantity": 1}, [TRADER, BANK]),
    ("I15", "Lift", {"holds": (HELD,)}, {"holds": ()}, [TRADER]),
    ("I15", "Register", {"holds": (HELD,)}, {"holds": ()}, [BANK]),
    ("I12", "Apportion", {}, {"quantity": 1}, []),
]


@pytest.mark.parametrize(
    ("number", "kind", "before", "after", "by"), MOVES, ids=[f"{one[0]}-{at}" for at, one in enumerate(MOVES)]
)
def test_what_an_operation_must_not_do(
    book: Book, number: str, kind: str, before: dict[str, Any], after: dict[str, Any], by: list[Any]
) -> None:
    old = changed(book, "receipts", WHOLE, **before)
    new = changed(old, "receipts", WHOLE, **after)
    found = broken_by(old, new, kind, [signer(one) for one in by])
    assert number in {text.partition(":")[0] for text in found}


def test_what_it_may_do(book: Book) -> None:
    by = [signer(one) for one in (BANK, TRADER)]
    old = changed(book, "receipts", WHOLE, charge=replace(book.receipts[WHOLE].charge, stage=Encumbrance.DEFAULT))
    assert broken_by(old, changed(old, "receipts", WHOLE, holder=taken_by(BANK), charge=FREE), "TakeOver", by) == []
    short = changed(book, "lots", lot(book), short=True)
    moved = changed(short, "receipts", UNPLEDGED, holder=taken_by(TAKER))
    assert [text[:3] for text in broken_by(short, moved, "Endorse", by)] == ["I12"]
