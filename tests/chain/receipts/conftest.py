"""Chains with the registries on them, and a warehouse at work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chain.contracts.fixtures import anvil, embedded, stage
from tests.chain.receipts.furnished import Furniture, furnished
from tests.chain.receipts.world import World
from tests.chain.registry.conftest import consortium, parties, solo

__all__ = ["anvil", "consortium", "embedded", "make", "parties", "solo", "stage"]


@pytest.fixture
def make() -> Iterator[Furniture]:
    world = World(furnished())
    yield Furniture(world)
    world.close()
