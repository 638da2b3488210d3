"""Fixtures of the chain tests."""

from tests.chain.contracts.fixtures import anvil, embedded, stage

__all__ = ["anvil", "embedded", "stage"]
