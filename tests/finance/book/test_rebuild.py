"""What follows from a journal is made again from it alone; a journal travels as one file."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import Engine, delete, select

from tally_edge import cbor
from tally_edge import wire as codec
from tally_edge.errors import TallyError
from tally_finance.book import journal, journal_file
from tally_finance.book.journal_file import MEDIA_TYPE, Header
from tally_finance.book.loan_events import Drawn
from tally_finance.book.rebuild import bring_in, rebuild
from tally_finance.book.schema import STANDINGS
from tally_finance.book.store import Book, News
from tally_finance.errors import BookError, BookMovedError
from tests.finance.book.ledger import BOOK, DAY, FACILITY, OPENED, T0, Ledger, opened


def file_of(ledger: Ledger) -> bytes:
    return journal_file.encode(ledger.book, ledger.entries)


def test_standings_are_made_again_from_the_journal(engine: Engine) -> None:
    ledger = opened(4_000_000)
    bring_in(engine, journal_file.decode(file_of(ledger)))
    (position,) = rebuild(engine, BOOK, T0 + DAY, T0 + DAY)
    assert position == ledger.position(T0 + DAY)
    with engine.connect() as connection:
        (row,) = connection.execute(select(STANDINGS)).all()
    assert tuple(row) == (BOOK, FACILITY, 10, T0 + DAY, 400_048_334, 490_000_000, 89_951_666, 0)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(delete(STANDINGS))
    rebuild(engine, BOOK, T0 + DAY, T0 + DAY)
    rebuild(engine, BOOK, T0 + DAY, T0 + DAY)
    with engine.connect() as connection:
        assert connection.execute(select(STANDINGS)).all() == [row]


def test_a_rebuild_of_nothing_is_refused(engine: Engine) -> None:
    with pytest.raises(BookError, match="nothing stands in the book"):
        rebuild(engine, BOOK, T0, T0)


def test_a_journal_travels_and_goes_on(engine: Engine) -> None:
    ledger = opened(1000)
    first = journal_file.decode(file_of(ledger))
    assert first.entries == tuple(ledger.entries)
    assert bring_in(engine, first) == 10
    assert bring_in(engine, first) == 0
    ledger.write(Drawn(FACILITY, Decimal(5)), T0 + 1)
    assert bring_in(engine, journal_file.decode(file_of(ledger))) == 1
    book = Book(engine, BOOK)
    assert tuple(book.entries()) == tuple(ledger.entries)
    book.append([News(T0 + 2, Drawn(FACILITY, Decimal(6)))], key="here", known_at=T0 + 2)
    assert bring_in(engine, first) == 0  # what stands here goes on, and stays
    ledger.write(Drawn(FACILITY, Decimal(7)), T0 + 3)
    with pytest.raises(BookError, match="went another way at entry 12"):
        bring_in(engine, journal_file.decode(file_of(ledger)))


def test_of_two_that_bring_in_at_once_one_writes(engine: Engine) -> None:
    whole, gate = journal_file.decode(file_of(opened(1000))), threading.Barrier(2)

    def run(_: int) -> int:
        gate.wait()
        try:
            return bring_in(engine, whole)
        except BookMovedError:
            return 0

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, range(2))) == [0, len(whole.entries)]
    assert tuple(Book(engine, BOOK).entries()) == whole.entries


def test_an_empty_journal_is_a_file_too() -> None:
    found = journal_file.decode(journal_file.encode(BOOK, []))
    assert (found.head, found.entries) == (journal.start(BOOK), ())


def test_a_file_that_was_touched_is_refused() -> None:
    data = file_of(opened(1000))
    for place in range(len(data)):
        with pytest.raises(TallyError):
            journal_file.decode(bytes((*data[:place], data[place] ^ 1, *data[place + 1 :])))
    for end in range(len(data)):
        with pytest.raises(TallyError):
            journal_file.decode(data[:end])


def test_entries_that_do_not_follow_one_another_are_refused() -> None:
    ledger = opened(1000)
    one, two, *rest = ledger.entries
    for entries in ([two, one, *rest], [one, *rest], [two, *rest], [one, one]):
        with pytest.raises(BookError, match="does not follow"):
            journal_file.encode(BOOK, entries)
    with pytest.raises(BookError, match="does not follow"):
        journal_file.encode("another", ledger.entries)
    back = Ledger()
    back.write(OPENED, T0, known_at=T0 + 9)
    back.write(Drawn(FACILITY, Decimal(1)), T0, known_at=T0 + 8)
    with pytest.raises(BookError, match="was known before"):
        journal_file.encode(BOOK, back.entries)


def test_a_file_of_another_kind_or_length_is_refused() -> None:
    ledger = opened(1000)
    start = journal.start(BOOK)
    other = codec.encode(Header("text/plain", BOOK, 0, start.digest))
    with pytest.raises(BookError, match="of type text/plain is no journal"):
        journal_file.decode(other)
    body = b"".join(journal.encode(one.entry) for one in ledger.entries)
    short = codec.encode(Header(MEDIA_TYPE, BOOK, 9, ledger.entries[8].digest))
    with pytest.raises(BookError, match="ends at entry 10, its file says at entry 9"):
        journal_file.decode(short + body)
    with pytest.raises(TallyError):
        journal_file.decode(cbor.encode([1]))
