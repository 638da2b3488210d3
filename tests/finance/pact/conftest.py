"""A host of footprints on both kinds of database."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tally_finance.pact.app import Host, host_of
from tests.finance.book.conftest import engine, postgresql, postgresql_server, url

__all__ = ["engine", "postgresql", "postgresql_server", "url"]


class Clock:
    """Time that tests move; it begins on 1 March 2026."""

    now = 1_772_323_200

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def host(engine: Engine, clock: Clock) -> Host:
    return host_of(engine, "huaxin", clock)
