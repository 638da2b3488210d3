"""What a desk was shown: kept once, in the order in which it came, also what came before bundles had several lots."""

from __future__ import annotations

from hashlib import sha256

import pytest
from alembic import command
from sqlalchemy import Engine, text

from tally_finance.book.database import engine_for
from tally_finance.book.schema import config, migrate
from tally_finance.desk.documents import Documents, Kind
from tally_finance.errors import DeskError

CAME = {"received_at": 1_000, "entries": 3, "block": 7, "seq": 5}
ONE, OTHER = b"1" * 32, b"2" * 32


def test_all_come_in_the_order_in_which_they_came_within_a_second_too(engine: Engine) -> None:
    kept = Documents(engine, "bank-1")
    bodies = [bytes([number]) for number in range(9, 0, -1)]
    for body in bodies:
        kept.keep(Kind.QUOTE, body, **CAME)
    assert kept.digests(Kind.QUOTE) == tuple(sha256(body).digest() for body in bodies)
    assert [one.body for one in kept.all(Kind.QUOTE)] == bodies
    assert kept.count() == len(bodies)


def test_the_same_again_changes_nothing_and_another_lot_is_news(engine: Engine) -> None:
    kept = Documents(engine, "bank-1")
    first = kept.keep(Kind.BUNDLE, b"bundle", lot=ONE, **CAME)
    assert kept.keep(Kind.BUNDLE, b"bundle", lot=ONE, received_at=2_000, entries=9, block=9, seq=9) == first
    counted = kept.count()
    second = kept.keep(Kind.BUNDLE, b"bundle", lot=OTHER, received_at=2_000, entries=9, block=9, seq=9)
    assert kept.count() > counted
    assert kept.all(Kind.BUNDLE) == (first, second)
    assert kept.taken() == ((first.digest, ONE), (first.digest, OTHER))
    assert (kept.get(first.digest).body, kept.get(first.digest).lot) == (b"bundle", None)
    assert kept.get(first.digest, OTHER).received_at == 2_000
    with pytest.raises(DeskError, match="was taken as a bundle"):
        kept.keep(Kind.QUOTE, b"bundle", **CAME)
    with pytest.raises(DeskError, match="is not kept here"):
        kept.get(first.digest, b"3" * 32)


def test_another_book_has_documents_of_its_own(engine: Engine) -> None:
    Documents(engine, "bank-1").keep(Kind.BUNDLE, b"bundle", lot=ONE, **CAME)
    other = Documents(engine, "bank-2")
    assert (other.all(Kind.BUNDLE), other.taken(), other.count()) == ((), (), 0)


def test_what_was_kept_for_one_lot_before_stays_so(url: str) -> None:
    engine = engine_for(url)
    with engine.execution_options(writes=True).begin() as connection:
        command.upgrade(config(connection), "0003")
        values = "'bank-1', :digest, :arrival, :kind, :about, 1000, 3, 7, :body"
        insert = "INSERT INTO documents (book, digest, arrival, kind, about, received_at, entries, block, body)"
        for number, (kind, about) in enumerate((("bundle", ONE), ("quote", None)), 1):
            row = {"digest": sha256(kind.encode()).digest(), "arrival": number, "kind": kind, "about": about}
            connection.execute(text(f"{insert} VALUES ({values})"), row | {"body": kind.encode()})
    migrate(engine)
    kept = Documents(engine, "bank-1")
    (of_lot,), (quote,) = kept.all(Kind.BUNDLE), kept.all(Kind.QUOTE)
    assert (of_lot.lot, of_lot.arrival, of_lot.received_at, of_lot.body) == (ONE, 1, 1_000, b"bundle")
    assert (quote.lot, quote.arrival, quote.seq) == (None, 2, 0)
    assert kept.keep(Kind.BUNDLE, b"bundle", lot=OTHER, **CAME).arrival == 3
    engine.dispose()
