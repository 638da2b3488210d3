"""A portal over an office with real contracts, and somebody of every party signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chain.contracts.fixtures import anvil, embedded, stage
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import yard_on
from tests.chain.registry.parties import parties_on
from tests.finance.desk.office import office
from tests.finance.portal.signing.counter import Counter, counter

__all__ = ["anvil", "embedded", "stage"]


@pytest.fixture(scope="module")
def made(embedded: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """One counter for all tests of a module, with a pledge of 40 t."""
    office_made = office(yard_on(parties_on(embedded)), tmp_path_factory.mktemp("desk"))
    with counter(office_made) as opened:
        yield opened
