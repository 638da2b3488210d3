"""forge's tests of the committed sources, in short; `make contracts` runs the long form, halmos and slither."""

from __future__ import annotations

import shutil

import pytest

from tests.chain.contracts import workshop


@pytest.fixture(scope="module")
def project() -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed: forge needs it for the compiler")
    workshop.prepare()


@pytest.mark.evm_node
@pytest.mark.slow
def test_forge_makes_the_same_bytes(project: None) -> None:
    assert workshop.forge_build() == "forge's bytes are the artefacts'"


@pytest.mark.evm_node
@pytest.mark.slow
def test_units_fuzzing_and_invariants(project: None) -> None:
    results = workshop.forge_test("short")
    assert len(results) >= 20
    assert all(kind.startswith(("fuzz", "invariant", "unit")) for kind in results.values()), results
    assert sum("runs 12, calls 384" in kind for kind in results.values()) == 9, results
