"""Both kinds of database for the stores, and a portal over SQLite for what browsers do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tests.finance.portal.accounts.rig import Rig, rig
from tests.postgresql import PostgreSql, postgresql_server

__all__ = ["postgresql_server"]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def books(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A migrated database."""
    url = f"sqlite:///{tmp_path_factory.mktemp('books') / 'books.db'}"
    if request.param == "postgresql":
        server: PostgreSql = request.getfixturevalue("postgresql_server")
        url = server.database()
    engine = engine_for(url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """SQLite alone, which need not survive a power cut."""
    engine = engine_for(f"sqlite:///{tmp_path_factory.mktemp('portal') / 'books.db'}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def portal(plain: Engine) -> Iterator[Rig]:
    """A portal, for all tests of a module: each brings its own people."""
    with rig(plain) as made:
        yield made
