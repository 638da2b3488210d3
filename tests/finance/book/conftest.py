"""Where books are kept in tests: both kinds of database, each migrated from empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tests.postgresql import postgresql, postgresql_server

__all__ = ["postgresql", "postgresql_server"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "postgresql":
        address: str = request.getfixturevalue("postgresql")
        return address
    return f"sqlite:///{tmp_path / 'books.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The same, migrated."""
    engine = engine_for(url)
    migrate(engine)
    yield engine
    engine.dispose()
