"""One browser and one portal for every test of this folder.

Both end with it: while Playwright drives a browser, no other test of the process can run an event loop.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tally_trial.portal_demo.people import PARTS
from tests.browser import chromium
from tests.browser.crawl import Reached, crawl
from tests.browser.house import House, open_house


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium.browser() as made:
        yield made


@pytest.fixture(scope="package")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The portal of the demonstration. After the browser: where there is none, nothing is played."""
    with open_house(tmp_path_factory.mktemp("house") / "portal") as made:
        yield made


@pytest.fixture(scope="package")
def reached(house: House) -> dict[str, Reached]:
    """What everybody of the demonstration gets to, by name."""
    return {part.name: crawl(house, part.name, part.first) for part in PARTS}
