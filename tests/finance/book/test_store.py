"""Books in both kinds of database: whole or not at all, once, in one line, never changed."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, delete, inspect, select, text, update
from sqlalchemy.exc import DatabaseError

from tally_edge.errors import StatementError
from tally_finance.book import journal, schema
from tally_finance.book.database import engine_for
from tally_finance.book.events import Corrected, Event
from tally_finance.book.loan_events import Drawn, FeeCharged
from tally_finance.book.schema import JOURNAL, migrate
from tally_finance.book.store import Book, News
from tally_finance.desk.tables import DOCUMENTS
from tally_finance.errors import BookError, BookMovedError
from tally_finance.pact.tables import FOOTPRINTS
from tally_finance.portal.accounts.tables import ACCOUNTS
from tally_finance.portal.handover.tables import GRANTS
from tally_finance.review.kept import VERSIONS
from tally_finance.review_api.tables import SHELF
from tally_finance.watch_service.tables import ALERTS
from tests.finance.book.ledger import BOOK, FACILITY, T0, digest, opened

DRAWN = Drawn(FACILITY, Decimal(100))


def news(*events: Event, at: int = T0) -> list[News]:
    return [News(at, event) for event in events]


def test_what_is_written_is_read_again(engine: Engine) -> None:
    book, ledger = Book(engine, BOOK), opened(1000)
    assert book.head() == journal.start(BOOK)
    written = book.append(
        [News(one.entry.effective_at, one.entry.event) for one in ledger.entries], key="a", known_at=T0
    )
    assert tuple(book.entries()) == written
    assert [one.entry.event for one in written] == [one.entry.event for one in ledger.entries]
    assert book.head() == journal.Head(written[-1].entry.seq, written[-1].digest)
    later = book.append(news(DRAWN), key="b", known_at=T0 + 60)
    assert tuple(book.entries(known_at=T0 + 59)) == written
    assert tuple(book.entries(known_at=T0 + 60)) == (*written, *later)


def test_the_same_key_is_one_effect(engine: Engine) -> None:
    book = Book(engine, BOOK)
    first = book.append(news(DRAWN), key="pay-7", known_at=T0)
    assert book.append(news(DRAWN), key="pay-7", known_at=T0 + 5, expected=journal.start(BOOK)) == first
    assert book.head().seq == 1
    with pytest.raises(BookError, match="pay-7 was used for something else, in entry 1"):
        book.append(news(Drawn(FACILITY, Decimal(101))), key="pay-7", known_at=T0)
    with pytest.raises(BookError, match="pay-7 was used for something else"):
        book.append(news(DRAWN, at=T0 - 1), key="pay-7", known_at=T0)
    assert Book(engine, "another").append(news(DRAWN), key="pay-7", known_at=T0)[0].entry.book == "another"


def test_who_decided_on_an_older_head_is_refused(engine: Engine) -> None:
    book = Book(engine, BOOK)
    head = book.head()
    book.append(news(DRAWN), key="a", known_at=T0, expected=head)
    with pytest.raises(BookMovedError, match="stands at entry 1, not at 0"):
        book.append(news(DRAWN), key="b", known_at=T0, expected=head)
    assert book.head().seq == 1


def race(book: Book, gate: threading.Barrier, expected: journal.Head | None, key: str) -> str:
    """Write when all are there; how it ended."""
    gate.wait()
    try:
        book.append(news(DRAWN), key=key, known_at=T0, expected=expected)
    except BookMovedError:
        return "moved"
    return "written"


def test_one_of_two_that_write_at_once_wins(engine: Engine) -> None:
    """Eight rounds of four writers that all decided on the same head."""
    book = Book(engine, BOOK)
    for number in range(8):
        head, gate = book.head(), threading.Barrier(4)
        write = partial(race, book, gate, head)
        with ThreadPoolExecutor(4) as pool:
            ends = list(pool.map(write, [f"{number}-{writer}" for writer in range(4)]))
        assert sorted(ends) == ["moved", "moved", "moved", "written"]
    assert [one.entry.seq for one in book.entries()] == list(range(1, 9))


def test_the_same_key_from_two_at_once_is_one_effect(engine: Engine) -> None:
    book, gate = Book(engine, BOOK), threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(partial(race, book, gate, None), ["pay"] * 4))
    assert ends == ["written"] * 4
    assert book.head().seq == 1


def test_an_entry_is_corrected_once(engine: Engine) -> None:
    book = Book(engine, BOOK)
    wrong = book.append(news(DRAWN), key="a", known_at=T0)[0]
    corrected = Corrected(wrong.digest, "mistyped", Drawn(FACILITY, Decimal(10)))
    again = book.append(news(corrected), key="b", known_at=T0)[0]
    with pytest.raises(BookError, match="is corrected by entry 2 already: correct that one"):
        book.append(news(corrected), key="c", known_at=T0)
    with pytest.raises(BookError, match=r"has no entry .* to correct"):
        book.append(news(Corrected(digest("nothing"), "mistyped")), key="d", known_at=T0)
    twice = Corrected(again.digest, "withdrawn")
    with pytest.raises(BookError, match="corrected twice at once"):
        book.append(news(twice, twice), key="e", known_at=T0)
    assert book.head().seq == 2


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ([], "0 events are written at once"),
        (news(DRAWN, at=T0 + 1), "takes effect at"),
        (news(*[DRAWN] * 1001), "1001 events are written at once"),
    ],
)
def test_news_that_can_not_be_are_refused(engine: Engine, bad: list[News], says: str) -> None:
    book = Book(engine, BOOK)
    with pytest.raises(BookError, match=says):
        book.append(bad, key="a", known_at=T0)
    assert book.head().seq == 0


def test_time_does_not_run_backwards(engine: Engine) -> None:
    book = Book(engine, BOOK)
    book.append(news(DRAWN), key="a", known_at=T0 + 9)
    with pytest.raises(BookError, match="look at the clock"):
        book.append(news(DRAWN), key="b", known_at=T0 + 8)


def test_one_bad_event_keeps_all_out(engine: Engine) -> None:
    book = Book(engine, BOOK)
    with pytest.raises(StatementError, match=r"FeeCharged.amount"):
        book.append(news(DRAWN, FeeCharged(FACILITY, Decimal("0.001"), "rent")), key="a", known_at=T0)
    assert book.head().seq == 0


def test_the_database_itself_keeps_the_journal(engine: Engine) -> None:
    Book(engine, BOOK).append(news(DRAWN), key="a", known_at=T0)
    for change in (update(JOURNAL).values(known_at=T0 + 1), delete(JOURNAL)):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            engine.execution_options(writes=True).begin() as connection,
        ):
            connection.execute(change)


def test_a_row_that_was_changed_behind_its_back_is_seen(engine: Engine) -> None:
    book = Book(engine, BOOK)
    book.append(news(DRAWN), key="a", known_at=T0)
    other = journal.recorded(
        journal.Entry(BOOK, 1, journal.start(BOOK).digest, T0, T0, "a", 0, Drawn(FACILITY, Decimal(1)))
    )
    with engine.execution_options(writes=True).begin() as connection:
        drop = "DROP TRIGGER journal_UPDATE"
        if engine.dialect.name == "postgresql":
            drop = "DROP TRIGGER journal_append_only ON journal"
        connection.execute(text(drop))
        connection.execute(update(JOURNAL).values(entry=other[1]))
    with pytest.raises(BookError, match="is not what its digest names"):
        list(book.entries())


def test_a_migrated_database_has_the_tables_of_the_code(engine: Engine) -> None:
    found = inspect(engine)
    declared = {one.name for one in (DOCUMENTS, ALERTS, FOOTPRINTS, VERSIONS, SHELF, ACCOUNTS, GRANTS)}
    assert declared <= set(schema.METADATA.tables)
    assert set(found.get_table_names()) == {"alembic_version", *schema.METADATA.tables}
    for name, table in schema.METADATA.tables.items():
        columns = {column["name"]: column["nullable"] for column in found.get_columns(name)}
        assert columns == {column.name: column.nullable for column in table.columns}
        uniques = {str(one["name"]) for one in found.get_unique_constraints(name)}
        assert uniques == {str(one.name) for one in table.constraints if type(one).__name__ == "UniqueConstraint"}
        assert found.get_pk_constraint(name)["constrained_columns"] == [column.name for column in table.primary_key]


def test_migrating_again_changes_nothing_and_back_is_refused(engine: Engine) -> None:
    book = Book(engine, BOOK)
    written = book.append(news(DRAWN), key="a", known_at=T0)
    migrate(engine)
    with (
        pytest.raises(BookError, match="not taken back to an older version"),
        engine.execution_options(writes=True).begin() as connection,
    ):
        command.downgrade(schema.config(connection), "base")
    assert tuple(book.entries()) == written


def test_a_database_of_a_newer_program_is_refused(engine: Engine) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BookError, match=f"version 9999, which a newer program wrote; this one knows {schema.newest()}"):
        migrate(engine)


def test_two_that_migrate_at_once_both_arrive(url: str) -> None:
    engines, gate = [engine_for(url) for _ in range(2)], threading.Barrier(2)

    def run(engine: Engine) -> None:
        gate.wait()
        migrate(engine)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, engines))
    assert Book(engines[0], BOOK).head().seq == 0
    for engine in engines:
        engine.dispose()


def test_sqlite_is_opened_durably(tmp_path: Path) -> None:
    engine = engine_for(f"sqlite:///{tmp_path / 'books.db'}")
    with engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize(
    ("url_", "says"),
    [
        ("mysql://x@127.0.0.1/y", "not in mysql"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("not a url", "no database has this URL"),
    ],
)
def test_other_databases_are_refused(url_: str, says: str) -> None:
    with pytest.raises(BookError, match=says):
        engine_for(url_)


CRASH = """
import os, sys
from decimal import Decimal
from sqlalchemy import event
from tally_finance.book.database import engine_for
from tally_finance.book.loan_events import Drawn
from tally_finance.book.store import Book, News
url, step = sys.argv[1:]
engine = engine_for(url)
done = 0

def die(*_):
    global done
    done += 1
    if str(done) == step:
        os._exit(9)

if step == "commit":
    event.listen(engine, "commit", lambda _: os._exit(9))
else:
    event.listen(engine, "before_cursor_execute", lambda c, cursor, sql, *_: sql.startswith("INSERT") and die())
Book(engine, "bank-1").append([News(1, Drawn("F-1", Decimal(n))) for n in (1, 2, 3)], key="a", known_at=1)
if step == "after":
    os._exit(9)
"""


@pytest.mark.parametrize(("step", "left"), [("1", 0), ("2", 0), ("3", 0), ("commit", 0), ("after", 3)])
def test_a_writer_that_dies_leaves_all_or_nothing(engine: Engine, url: str, step: str, left: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH, url, step], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 9, done.stderr
    book = Book(engine, BOOK)
    assert book.head().seq == left
    events = news(*(Drawn(FACILITY, Decimal(amount)) for amount in (1, 2, 3)), at=1)
    book.append(events, key="a", known_at=1)  # who was not told asks again
    assert [one.entry.event for one in book.entries()] == [one.event for one in events]
    with engine.connect() as connection:
        assert len(connection.execute(select(JOURNAL.c.seq)).all()) == 3
