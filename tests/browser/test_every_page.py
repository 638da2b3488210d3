"""Every page that somebody of the demonstration gets to by links: what a browser and axe-core say of it.

A page of a kind is looked at once: of addresses that differ by ids alone the first. With PICTURES=1 all are looked at
in both languages and colours, wide and narrow, and kept under build/screenshots.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tally_trial.portal_demo.people import PARTS
from tests.browser import chromium
from tests.browser.house import House

MOST_PAGES = 100
"""Of one person; a kind of page is looked at once, so this is only reached where something is wrong."""

_ID = re.compile(r"[0-9a-f]{64}|0x[0-9a-f]{40,}|\b\d+\b|(?<=/)urn:[^/]+")
_ALIKE = re.compile(r"(?<=/sections/)[a-z-]+|(?<=/open/report/N/)(?!statements)[a-z].*")
"""Pages of one template, whatever they are named."""
_LEFT_ALONE = re.compile(r"/(preferences|sign-out|guide|static|healthz)\b")


@dataclass(frozen=True)
class Look:
    """One way in which a page is looked at."""

    language: str
    dark: bool
    size: tuple[int, int]

    @property
    def name(self) -> str:
        return f"{self.language}-{'dark' if self.dark else 'light'}-{self.size[0]}"


EVERY = (
    Look("en", False, chromium.WIDE),
    Look("zh-CN", True, chromium.WIDE),
    Look("zh-CN", False, chromium.NARROW),
    Look("en", True, chromium.NARROW),
)
FEW = (Look("en", False, chromium.NARROW), Look("zh-CN", True, chromium.WIDE))
"""Without pictures: every second page in the one, every other in the other."""


@pytest.mark.parametrize("name", [part.name for part in PARTS])
def test_every_page_of(name: str, house: House, browser: Browser) -> None:
    found, wrong = kinds(name, house, browser)
    assert len(found) > 1
    assert len(found) < MOST_PAGES
    whole = bool(os.environ.get("PICTURES"))
    for number, look in enumerate(EVERY if whole else FEW):
        with chromium.watched(
            browser, house.address, size=look.size, language=look.language, dark=look.dark
        ) as watched:
            page = watched.page()
            house.enter(page, name)
            for kind, path in list(found.items())[0 if whole else number :: 1 if whole else len(FEW)]:
                page.goto(house.address + path)
                page.wait_for_load_state("networkidle")
                for check in (chromium.fits, chromium.accessible):
                    try:
                        check(page)
                    except AssertionError as error:
                        wrong.append(f"{look.name}: {error}")
                chromium.picture(page, f"{name}{kind.replace('/', '_')}-{look.name}")
    assert not wrong, "\n".join(wrong)


def kinds(name: str, house: House, browser: Browser) -> tuple[dict[str, str], list[str]]:
    """The kinds of pages that a person gets to, each with the first address of it; and what links lead to in vain."""
    found: dict[str, str] = {}
    wrong: list[str] = []
    with chromium.watched(browser, house.address) as watched:
        page = watched.page()
        house.enter(page, name)
        first = urlsplit(page.url).path
        waiting, came_from = [first], dict[str, str]()
        seen: set[str] = set()
        while waiting and len(found) < MOST_PAGES:
            path = waiting.pop(0)
            kind = _kind(path)
            if kind in seen:
                continue
            seen.add(kind)
            try:
                answer = page.goto(house.address + path)
            except PlaywrightError as error:
                if "Download is starting" in str(error):
                    continue
                raise
            assert answer is not None
            if answer.status != 200:
                wrong.append(f"{answer.status} at {path}, linked from {came_from.get(path, 'nowhere')}")
                watched.said.clear()  # the browser says the same of it
                continue
            if "text/html" in answer.headers.get("content-type", ""):
                found[kind] = path
                more = [link for link in links(page, house.address) if _kind(link) not in found]
                waiting += more
                came_from = dict.fromkeys(more, path) | came_from
    return found, wrong


def links(page: Page, address: str) -> Iterator[str]:
    """Addresses of pages that a page leads to; files that are saved are none."""
    for href in page.eval_on_selector_all(
        "a[href]:not([download])", "all => all.map(one => new URL(one.getAttribute('href'), location).href)"
    ):
        parts = urlsplit(href)
        if f"{parts.scheme}://{parts.netloc}" == address and not _LEFT_ALONE.match(parts.path):
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def _kind(path: str) -> str:
    return _ALIKE.sub("one", _ID.sub("N", urlsplit(path).path))
