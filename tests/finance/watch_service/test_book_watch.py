"""What the book, quotes and openings say at a moment; what is new is read on, what is old is not read again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import update

from tally_finance.book.judging import Pricing
from tally_finance.book.schema import JOURNAL
from tally_finance.desk.documents import Documents, Kind
from tally_finance.errors import BookError
from tally_finance.lending.prices import Rules
from tally_finance.lending.quotes import Quote, encode
from tally_finance.quoting import sign
from tally_finance.release.picker import Picker, SeenPlate, encode_picker, encode_plate
from tally_finance.watch.codes import Code
from tally_finance.watch.judge import standing
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen
from tally_finance.watch_service.book_watch import BookWatch
from tally_finance.watch_service.openings import Folder
from tests.chain.receipts.yard import yard_on
from tests.chain.registry.parties import Parties
from tests.finance.desk.office import COPPER, Office, office
from tests.finance.watch.yard import Yard


@pytest.fixture
def bank(parties: Parties, tmp_path: Path) -> Office:
    return office(yard_on(parties), tmp_path)


def watching(bank: Office) -> BookWatch:
    return BookWatch(bank.desk.engine, bank.desk.sheet, Yard().policy())


def look(bank: Office, watch: BookWatch) -> Seen:
    view = bank.desk.view
    return watch.look(bank.now(), view.history, view.book)


def test_the_book_is_read_on_and_news_are_noticed(bank: Office) -> None:
    watch = watching(bank)
    look(bank, watch)
    assert not watch.has_news()
    seq = watch.seq
    receipt = bank.pledged(5)
    assert watch.has_news()
    seen = look(bank, watch)
    assert watch.seq > seq
    assert watch.pledged == (receipt,)
    assert [one.loan for one in seen.loans] == ["F-1"]
    assert not watch.has_news()


def test_a_journal_that_does_not_hold_is_an_error(bank: Office) -> None:
    watch = watching(bank)
    look(bank, watch)
    bank.priced(60_000)
    with bank.desk.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER journal_UPDATE")
        row = connection.execute(JOURNAL.select().order_by(JOURNAL.c.seq.desc())).mappings().first()
        assert row is not None
        wrong = bytes(row["entry"]).replace(row["prev"], b"w" * 32)
        connection.execute(update(JOURNAL).where(JOURNAL.c.seq == row["seq"]).values(entry=wrong))
    with pytest.raises(BookError, match="does not follow"):
        look(bank, watch)


def test_quotes_that_nobody_is_bound_for_make_no_price(bank: Office) -> None:
    lender = bank.desk.sheet.lender
    rules = Rules(frozenset({lender.hex()}), 1, 600, Decimal("0.02"))
    bank.desk.sheet = replace(bank.desk.sheet, prices={COPPER: Pricing("copper", "CNY", rules)})
    watch, history = watching(bank), bank.desk.view.history
    quote = Quote(lender, "copper", 7_000_000, "CNY", bank.now(), b"l" * 32, bank.now() + 600)
    signed = sign(bank.yard.keys["lender"], quote, history.chain_id, history.registry.contract)  # type: ignore[arg-type]
    body = encode(signed).encode()
    documents = Documents(bank.desk.engine, bank.desk.sheet.book)
    documents.keep(Kind.QUOTE, body, received_at=bank.now(), entries=0, block=0, seq=0)
    assert watch.has_news()
    seen = look(bank, watch)
    (market,) = seen.markets
    assert market.quotes == ()
    assert Code.PRICE_STALE in {one.code for one in standing(seen, Limits())}


def test_openings_are_read_once_and_forgotten_with_their_files(tmp_path: Path) -> None:
    picker, plate = Picker("沪A12345", "driver", bytes(16)), SeenPlate("沪A12345", b"s" * 16)
    folder = Folder(tmp_path)
    assert folder.read().pickers == ()
    (tmp_path / "a.json").write_text(encode_picker(picker))
    (tmp_path / "b.json").write_text(encode_plate(plate))
    (tmp_path / "c.json").write_text("nonsense")
    found = folder.read()
    assert (found.pickers, found.plates, found.wrong) == ((picker,), (plate,), ("c.json",))
    assert folder.read() == found
    (tmp_path / "a.json").unlink()
    assert folder.read().pickers == ()
    assert Folder(tmp_path / "nowhere").read().plates == ()
