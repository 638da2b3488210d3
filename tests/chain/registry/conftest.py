"""Fixtures of the registries: one set of contracts for each chain, fresh ids for each test."""

from __future__ import annotations

import pytest

from tests.chain.contracts.fixtures import anvil, embedded, stage
from tests.chain.contracts.stage import Stage
from tests.chain.registry.parties import Parties, parties_on

__all__ = ["anvil", "embedded", "parties", "solo", "stage"]


@pytest.fixture
def parties(stage: Stage) -> Parties:
    """The registries on both engines."""
    return parties_on(stage)


@pytest.fixture
def solo(embedded: Stage) -> Parties:
    """The registries on the embedded chain alone."""
    return parties_on(embedded)
