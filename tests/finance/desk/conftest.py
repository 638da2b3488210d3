"""Yards with goods for desks, each on a chain of its own, and both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.finance.book.conftest import engine, postgresql, postgresql_server, url
from tests.finance.desk.kept_yard import Kept, Stocked, copied, kept_in

__all__ = ["engine", "postgresql", "postgresql_server", "url"]


@pytest.fixture(scope="session")
def kept_yard(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """What the yards of all tests begin as."""
    return kept_in(tmp_path_factory.mktemp("kept") / "chain")


@pytest.fixture
def stocked(kept_yard: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stocked]:
    """100 t in a lot."""
    with copied(kept_yard, tmp_path_factory.mktemp("yard") / "chain") as made:
        yield made
