"""Chains with the registries on them."""

from __future__ import annotations

from tests.chain.contracts.fixtures import anvil, embedded, stage
from tests.chain.registry.conftest import consortium, parties, solo

__all__ = ["anvil", "consortium", "embedded", "parties", "solo", "stage"]
