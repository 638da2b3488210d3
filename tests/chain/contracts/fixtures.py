"""Chains for these tests and those of anchoring: one of each kind for a whole run, a log of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chain.contracts.stage import Stage, anvil_stage, embedded_stage


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with embedded_stage(tmp_path_factory.mktemp("embedded") / "chain") as stage:
        yield stage


@pytest.fixture(scope="session")
def anvil() -> Iterator[Stage]:
    with anvil_stage() as stage:
        yield stage


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.evm_node)])
def stage(request: pytest.FixtureRequest) -> Stage:
    """The same contract bytes on both engines."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Stage)
    return found
