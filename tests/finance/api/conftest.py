"""A chain with the registries on it, for desks over HTTP, and both kinds of database for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tests.chain.contracts.fixtures import anvil, embedded, stage
from tests.chain.registry.conftest import consortium, parties, solo
from tests.postgresql import PostgreSql, postgresql_server

__all__ = ["anvil", "consortium", "embedded", "parties", "postgresql_server", "solo", "stage"]


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
