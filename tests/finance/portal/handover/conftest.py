"""One portal for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.finance.portal.handover.parties import Hall, hall


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """See `parties.hall`."""
    with hall(tmp_path_factory.mktemp("portal")) as opened:
        yield opened
