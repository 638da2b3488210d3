"""One browser page for all tests of this package."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chain.page.chromium import CHROMIUM, VerifierPage, open_page


@pytest.fixture(scope="package")
def verifier_page() -> Iterator[VerifierPage]:
    """The page; skipped where Debian's Chromium is not installed, which with CI=true is a failure."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}")
    with open_page() as page:
        yield page
