"""The contract's own tests and those of its readers, on the network; in the long form only, for they send a lot."""

from __future__ import annotations

import pytest

from tests.chain.anchoring import test_reading
from tests.chain.anchoring.test_reading import log_id as log_id  # noqa: PLC0414  a fixture of those tests
from tests.chain.contracts import test_log_anchor
from tests.chain.contracts.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.evm_network]


@pytest.fixture
def stage(on_network: Stage) -> Stage:
    """In place of the two chains that these tests have at home."""
    return on_network


for _module in (test_log_anchor, test_reading):
    _tests = {name: found for name, found in vars(_module).items() if name.startswith("test_")}
    assert len(_tests) > 3
    globals().update(_tests)
