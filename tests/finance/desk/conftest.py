"""A chain with the registries on it, for desks, and both kinds of database."""

from __future__ import annotations

from tests.chain.contracts.fixtures import anvil, embedded, stage
from tests.chain.registry.conftest import consortium, parties, solo
from tests.finance.book.conftest import engine, postgresql, postgresql_server, url

__all__ = [
    "anvil", "consortium", "embedded", "engine", "parties", "postgresql", "postgresql_server", "solo", "stage", "url",
]  # fmt: skip
