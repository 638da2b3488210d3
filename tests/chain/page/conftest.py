"""One browser page for all tests of the verifier's modules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chain.page.chromium import VerifierPage


@pytest.fixture(scope="package")
def verifier_page(browser: Browser) -> Iterator[VerifierPage]:
    """The page."""
    page = browser.new_page()
    yield VerifierPage(page)
    page.close()
