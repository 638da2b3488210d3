"""Every page that somebody of the demonstration gets to by links: what a browser and axe-core say of it.

A page of a kind is looked at once: of addresses that differ by ids alone the first, of people who get to it the first.
With PICTURES=1 all are looked at in both languages and colours, wide and narrow, and kept under build/screenshots.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Browser

from tally_trial.portal_demo.people import PARTS
from tests.browser import chromium
from tests.browser.crawl import MOST_PAGES, Reached
from tests.browser.house import House
from tests.browser.language import foreign

LOOKED_AT: set[str] = set()
"""Kinds of pages that are done: another person's page of the kind is of the same template."""


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


OF_OTHERS: Final = frozenset(
    {
        "rolling per coil",
    }
)
"""What firms of the demonstration wrote in English themselves."""


@pytest.mark.parametrize("name", [part.name for part in PARTS])
def test_chinese_pages_say_nothing_in_english(name: str, reached: dict[str, Reached]) -> None:
    """Of what was asked for to find the pages; another's sentence in English stands there too, and is marked so."""
    assert {text: at for text, at in reached[name].untranslated.items() if text not in OF_OTHERS} == {}


@pytest.mark.parametrize("name", [part.name for part in PARTS])
def test_every_page_of(name: str, house: House, browser: Browser, reached: dict[str, Reached]) -> None:
    found, wrong = reached[name].pages, list(reached[name].wrong)
    assert len(found) > 1
    assert len(found) < MOST_PAGES
    whole = bool(os.environ.get("PICTURES"))
    looked: set[str] = set()
    for number, look in enumerate(EVERY if whole else FEW):
        with chromium.watched(
            browser, house.address, size=look.size, language=look.language, dark=look.dark
        ) as watched:
            page = watched.page()
            house.enter(page, name)
            for kind, path in list(found.items())[0 if whole else number :: 1 if whole else len(FEW)]:
                if kind in LOOKED_AT:
                    continue
                looked.add(kind)
                page.goto(house.address + path)
                chromium.settled(page)
                if look.language == "en":
                    wrong += [f"{page.url}: Chinese on an English page: {text}" for text in foreign(page.content())]
                whole_tables = (chromium.shows_whole_tables,) if look.size == chromium.WIDE else ()
                for check in (chromium.fits, chromium.accessible, *whole_tables):
                    try:
                        check(page)
                    except AssertionError as error:
                        wrong.append(f"{look.name}: {error}")
                chromium.picture(page, f"{name}{kind.replace('/', '_')}-{look.name}")
    assert not wrong, "\n".join(wrong)
    # Only now: where something was wrong it is looked at again, by this test's second run or by the next person's.
    LOOKED_AT.update(looked)
