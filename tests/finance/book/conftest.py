"""Where books are kept in tests: both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.finance.migrated import migrated, migrated_on
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
def engine(url: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The same as migrating leaves it; `url` is for tests of migrating itself."""
    if url.startswith("sqlite"):
        engine = migrated(Path(url.removeprefix("sqlite:///")))
    else:
        engine = migrated_on(request.getfixturevalue("postgresql_server"), url)
    yield engine
    engine.dispose()
