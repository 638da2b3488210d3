"""The file of a close: what is signed, what a changed byte does, and each step of its verification."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_edge import signer, statement
from tally_edge import wire as codec
from tally_edge.errors import DecodeError, SignatureError
from tally_edge.statement import Kind
from tally_finance.book import journal
from tally_finance.book.loan_events import Drawn
from tally_finance.close import close_file
from tally_finance.close.body import Body
from tally_finance.close.checking import Against, checked
from tally_finance.close.close_file import Close
from tally_finance.close.computing import Asked, closed
from tally_finance.errors import CloseError
from tests.finance.book.ledger import DAY, FACILITY, T, digest
from tests.finance.close.examples import (
    APRIL,
    LENDER,
    MADE_AT,
    MARCH,
    R1,
    body,
    chain,
    keeper_book,
    month,
    receipt,
    row,
)

T_DRAWN = Decimal(5_000)
KEY = signer.generate()
KID = KEY.public_key.kid
PDF = b"the pages"
MARCH_BODY = body()


def signed(one: Body = MARCH_BODY) -> Close:
    return close_file.sign(one, {"pdf": sha256(PDF).digest()}, KEY, MADE_AT)


CLOSE = signed()
DATA = close_file.encode(CLOSE)
TRUSTED = frozenset({KID})
ALL = Against(TRUSTED, month().entries, chain(), [keeper_book(row(), row("R-9"))], {"pdf": PDF})


def held(against: Against, close: Close = CLOSE) -> dict[int, bool | None]:
    return {step.number: step.holds for step in checked(close, against)}


def test_a_close_survives_its_file() -> None:
    again = close_file.decode(DATA)
    assert again == CLOSE
    assert again.statement.claims.kind is Kind.CLOSE


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, flip: int) -> None:
    changed = DATA[:at] + bytes([DATA[at] ^ flip]) + DATA[at + 1 :]
    with pytest.raises((DecodeError, SignatureError)):
        close_file.decode(changed)


def test_another_body_or_another_key_is_told() -> None:
    other = dataclasses.replace(MARCH_BODY, month="2026-02")
    with pytest.raises(SignatureError, match="CHANGED: the body"):
        close_file.decode(close_file.encode(dataclasses.replace(CLOSE, body=other)))
    stranger = signer.generate().public_key
    with pytest.raises(SignatureError, match="another than the one that signed"):
        close_file.decode(close_file.encode(dataclasses.replace(CLOSE, key=stranger)))


def test_a_close_is_not_signed_before_it_is_known() -> None:
    with pytest.raises(CloseError, match="clock"):
        close_file.sign(MARCH_BODY, {}, KEY, MADE_AT - 1)


def test_all_steps_hold_with_everything_at_hand() -> None:
    assert held(ALL) == {2: True, 3: True, 4: True, 5: True, 6: True, 7: None}


def test_what_is_not_given_is_not_said_to_hold() -> None:
    assert held(Against(frozenset())) == {2: False, 3: None, 4: None, 5: None, 6: None, 7: None}


def test_a_journal_that_went_on_still_gives_it_and_another_one_does_not() -> None:
    went_on = month()
    went_on.write(Drawn(FACILITY, T_DRAWN), MADE_AT + 1)
    went_on.write(Drawn(FACILITY, T_DRAWN), MADE_AT + DAY)
    assert held(dataclasses.replace(ALL, entries=went_on.entries))[3]
    for entries in ([], month().entries[:-1], [*month().entries[:-1], went_on.entries[-1]]):
        assert held(dataclasses.replace(ALL, entries=entries))[3] is False


def test_what_was_known_by_then_is_not_left_out() -> None:
    earlier = closed(month().entries[:-4], Asked(MARCH, MADE_AT, LENDER), chain())
    assert held(ALL, signed(earlier))[3] is False
    in_its_second = month()
    in_its_second.write(Drawn(FACILITY, T_DRAWN), MADE_AT)
    assert held(dataclasses.replace(ALL, entries=in_its_second.entries))[3] is False


def test_a_close_without_a_lender_could_leave_out_anything() -> None:
    assert held(ALL, signed(dataclasses.replace(MARCH_BODY, lender=None, receipts=())))[4] is False


def test_another_journal_with_the_same_figures_is_another_journal() -> None:
    *first, last = month().entries
    other, _ = journal.recorded(dataclasses.replace(last.entry, key="written by somebody else"))
    assert held(dataclasses.replace(ALL, entries=[*first, other]))[3] is False


def test_heads_are_signed_as_the_body_has_them() -> None:
    said = dataclasses.replace(CLOSE.signed, seq=CLOSE.signed.seq - 1)
    forged = dataclasses.replace(CLOSE, statement=statement.sign(CLOSE.statement.claims, codec.encode(said), KEY))
    with pytest.raises(SignatureError, match="CHANGED: what was signed"):
        close_file.decode(close_file.encode(forged))


def test_figures_that_were_made_up_do_not_follow_from_the_journal() -> None:
    (one,) = MARCH_BODY.facilities
    lies = [
        dataclasses.replace(MARCH_BODY, facilities=(dataclasses.replace(one, available=one.limit),)),
        dataclasses.replace(MARCH_BODY, receipts=()),
        dataclasses.replace(MARCH_BODY, evidence=(digest("none"),)),
    ]
    for lie in lies:
        assert held(ALL, signed(lie))[3] is False


def test_a_receipt_left_out_or_changed_does_not_stand_beside_the_chain() -> None:
    assert held(dataclasses.replace(ALL, chain=chain(**{"R-1": receipt(face_g=91 * T)})))[4] is False
    left_out = dataclasses.replace(MARCH_BODY, receipts=())
    assert held(ALL, signed(left_out))[4] is False
    view = chain()
    later = dataclasses.replace(view, at=dataclasses.replace(view.at, operations=34))
    assert held(dataclasses.replace(ALL, chain=later))[4] is False


def test_another_keepers_book_or_another_page_does_not_hold() -> None:
    assert held(dataclasses.replace(ALL, keepers=[keeper_book(row())]))[5] is False
    assert held(dataclasses.replace(ALL, documents={"pdf": PDF + b" "}))[6] is False
    assert held(dataclasses.replace(ALL, documents={"xlsx": PDF}))[6] is False


def test_the_close_before_is_the_one_that_is_named() -> None:
    april = closed(month().entries, Asked(APRIL, APRIL.end + 1, LENDER, CLOSE.previous), chain())
    close = close_file.sign(april, {}, KEY, APRIL.end + 1)
    assert held(dataclasses.replace(ALL, previous=CLOSE), close)[7]
    other = close_file.sign(MARCH_BODY, {}, KEY, MADE_AT + 1)
    assert held(dataclasses.replace(ALL, previous=other), close)[7] is False
    assert R1 in {one.receipt for one in april.receipts}
