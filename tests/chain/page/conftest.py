"""One browser for the tests of pages that verify, and one page of it that has the verifier alone.

Both end with this package: while Playwright drives a browser, no other test of the process can run an event loop.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.chain.page.verifier_page import VerifierPage, open_page


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium.browser() as made:
        yield made


@pytest.fixture(scope="package")
def verifier_page(browser: Browser) -> Iterator[VerifierPage]:
    """The page."""
    with open_page(browser) as page:
        yield page
