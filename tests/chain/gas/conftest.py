"""Fixtures of the gas tests."""

from tests.chain.contracts.fixtures import embedded

__all__ = ["embedded"]
