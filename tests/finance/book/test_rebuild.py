"""What follows from a journal is made again from it alone; a journal travels as one file."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import Engine, delete, select

from tally_edge import cbor, statement
from tally_edge import wire as codec
from tally_edge.errors import SignatureError, TallyError
from tally_edge.signer import FileSigner
from tally_edge.statement import Claims, Kind
from tally_finance.book import journal, journal_file
from tally_finance.book.journal_file import MEDIA_TYPE, Cover, Journal, Signed
from tally_finance.book.loan_events import Drawn
from tally_finance.book.rebuild import bring_in, rebuild
from tally_finance.book.schema import STANDINGS
from tally_finance.book.store import Book, News
from tally_finance.errors import BookError, BookMovedError
from tests.finance.book.ledger import BOOK, DAY, FACILITY, OPENED, T0, Ledger, opened
from tests.vectors import testkeys

KEY = testkeys.PROOF_KEY
KID = KEY.public_key.kid
LATER = T0 + 400 * DAY


def file_of(ledger: Ledger) -> bytes:
    return journal_file.encode(ledger.book, ledger.entries, KEY, LATER)


def read(data: bytes) -> Journal:
    return journal_file.decode(data, {KID})


def covered(said: bytes, *, media_type: str = MEDIA_TYPE, key: bytes | None = None) -> bytes:
    return codec.encode(Cover(media_type, said, KEY.public_key.encode() if key is None else key))


def signed(book: str, seq: int, head: bytes, kind: Kind = Kind.JOURNAL, signer: FileSigner = KEY) -> bytes:
    claims = Claims(kind, signer.public_key.kid, "urn:x", "urn:y", LATER)
    return statement.sign(claims, codec.encode(Signed(book, seq, head)), signer).encoded


def test_standings_are_made_again_from_the_journal(engine: Engine) -> None:
    ledger = opened(4_000_000)
    bring_in(engine, read(file_of(ledger)), LATER)
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
    first = read(file_of(ledger))
    assert first.entries == tuple(ledger.entries)
    assert bring_in(engine, first, LATER) == 10
    assert bring_in(engine, first, LATER) == 0
    ledger.write(Drawn(FACILITY, Decimal(5)), T0 + 1)
    assert bring_in(engine, read(file_of(ledger)), LATER) == 1
    book = Book(engine, BOOK)
    assert tuple(book.entries()) == tuple(ledger.entries)
    book.append([News(T0 + 2, Drawn(FACILITY, Decimal(6)))], key="here", known_at=T0 + 2)
    assert bring_in(engine, first, LATER) == 0  # what stands here goes on, and stays
    ledger.write(Drawn(FACILITY, Decimal(7)), T0 + 3)
    with pytest.raises(BookError, match="went another way at entry 12"):
        bring_in(engine, read(file_of(ledger)), LATER)


def test_a_journal_of_a_clock_that_is_ahead_is_not_brought_in(engine: Engine) -> None:
    ledger = opened()
    known_at = ledger.entries[-1].entry.known_at
    with pytest.raises(BookError, match="last entry was known at"):
        bring_in(engine, read(file_of(ledger)), known_at - 301)
    assert Book(engine, BOOK).head().seq == 0
    assert bring_in(engine, read(file_of(ledger)), known_at - 300) == len(ledger.entries)


def test_of_two_that_bring_in_at_once_one_writes(engine: Engine) -> None:
    whole, gate = read(file_of(opened(1000))), threading.Barrier(2)

    def run(_: int) -> int:
        gate.wait()
        try:
            return bring_in(engine, whole, LATER)
        except BookMovedError:
            return 0

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, range(2))) == [0, len(whole.entries)]
    assert tuple(Book(engine, BOOK).entries()) == whole.entries


def test_an_empty_journal_is_a_file_too() -> None:
    found = read(journal_file.encode(BOOK, [], KEY, LATER))
    assert (found.head, found.entries) == (journal.start(BOOK), ())


def test_a_file_that_was_touched_is_refused() -> None:
    data = file_of(opened(1000))
    for place in range(len(data)):
        with pytest.raises(TallyError):
            read(bytes((*data[:place], data[place] ^ 1, *data[place + 1 :])))
    for end in range(len(data)):
        with pytest.raises(TallyError):
            read(data[:end])


def test_entries_that_do_not_follow_one_another_are_refused() -> None:
    ledger = opened(1000)
    one, two, *rest = ledger.entries
    for entries in ([two, one, *rest], [one, *rest], [two, *rest], [one, one]):
        with pytest.raises(BookError, match="does not follow"):
            journal_file.encode(BOOK, entries, KEY, LATER)
    with pytest.raises(BookError, match="does not follow"):
        journal_file.encode("another", ledger.entries, KEY, LATER)
    back = Ledger()
    back.write(OPENED, T0, known_at=T0 + 9)
    back.write(Drawn(FACILITY, Decimal(1)), T0, known_at=T0 + 8)
    with pytest.raises(BookError, match="was known before"):
        journal_file.encode(BOOK, back.entries, KEY, LATER)


def test_a_file_of_another_kind_or_length_is_refused() -> None:
    ledger = opened(1000)
    start = journal.start(BOOK)
    with pytest.raises(BookError, match="of type text/plain is no journal"):
        read(covered(signed(BOOK, 0, start.digest), media_type="text/plain"))
    body = b"".join(journal.encode(one.entry) for one in ledger.entries)
    short = covered(signed(BOOK, 9, ledger.entries[8].digest))
    with pytest.raises(BookError, match="ends at entry 10; what was signed ends at 9"):
        read(short + body)
    with pytest.raises(TallyError):
        read(cbor.encode([1]))
    with pytest.raises(BookError, match="of kind grant signs no journal"):
        read(covered(signed(BOOK, 0, start.digest, Kind.GRANT)))


def test_a_file_is_taken_from_named_keys_alone() -> None:
    ledger = opened(1000)
    data, stranger = file_of(ledger), testkeys.STRANGER
    found = read(data)
    assert (found.signer, found.signed_at) == (KID, LATER)
    with pytest.raises(BookError, match="none was named"):
        journal_file.decode(data, ())
    with pytest.raises(SignatureError, match="none of those it is taken from"):
        read(journal_file.encode(BOOK, ledger.entries, stranger, LATER))
    body = b"".join(journal.encode(one.entry) for one in ledger.entries)
    said = signed(BOOK, 10, ledger.entries[-1].digest, signer=stranger)
    with pytest.raises(SignatureError, match="another than the one that signed"):
        read(covered(said) + body)  # a known key beside a stranger's signature
    ours = signed(BOOK, 10, ledger.entries[-1].digest)
    assert read(covered(ours) + body).entries == tuple(ledger.entries)
    with pytest.raises(SignatureError, match="does not verify"):
        read(covered(ours[:-1] + bytes((ours[-1] ^ 1,))) + body)


def test_a_journal_is_not_signed_before_it_is_known() -> None:
    with pytest.raises(BookError, match="look at the clock"):
        journal_file.encode(BOOK, opened(1000).entries, KEY, T0 - 1)
