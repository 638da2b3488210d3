"""Fixtures of the registries: one set of contracts for each chain, fresh ids for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chain.contracts.fixtures import anvil, embedded, stage
from tests.chain.contracts.stage import Stage
from tests.chain.registry.consortium import PASSPHRASE, Consortium, found_on, populate
from tests.chain.registry.parties import Parties, parties_on

__all__ = ["anvil", "consortium", "embedded", "parties", "solo", "stage"]


@pytest.fixture
def parties(stage: Stage) -> Parties:
    """The registries on both engines."""
    return parties_on(stage)


@pytest.fixture
def solo(embedded: Stage) -> Parties:
    """The registries on the embedded chain alone."""
    return parties_on(embedded)


@pytest.fixture(scope="module")
def consortium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consortium]:
    """Everybody's organisation and key on an embedded chain, used by command."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
        made = found_on(tmp_path_factory.mktemp("consortium"), None)
        populate(made)
        yield made
