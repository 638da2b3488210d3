"""A chain with the registries on it, for closes."""

from __future__ import annotations

from tests.chain.contracts.fixtures import anvil, embedded, stage
from tests.chain.registry.conftest import consortium, parties, solo

__all__ = ["anvil", "consortium", "embedded", "parties", "solo", "stage"]
