"""What somebody of the demonstration gets to by links: asked for over HTTP once, for every test that wants to know."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpx

from tally_finance.portal.accounts.service import Accounts
from tally_gateway.pages.words import Language
from tests.browser.house import House
from tests.browser.kinds import LEFT_ALONE, kind_of
from tests.browser.language import foreign

MOST_PAGES: Final = 100
"""Of one person; a kind of page is asked for once, so this is only reached where something is wrong."""


@dataclass(frozen=True)
class Reached:
    """`pages`: the first address of each kind. `targets`: what any link or form of theirs names, without its query.
    `wrong`: links that lead nowhere. `untranslated`: English on these pages, which are asked for in Chinese, and where.
    """

    pages: dict[str, str] = field(default_factory=dict)
    targets: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    untranslated: dict[str, str] = field(default_factory=dict)


def accounts_of(house: House) -> Accounts:
    """Those of the demonstration."""
    found = house.made.site.sessions
    assert isinstance(found, Accounts)
    return found


def cookie(house: House, name: str) -> tuple[str, str]:
    """A fresh session of somebody."""
    accounts = accounts_of(house)
    return accounts.settings.cookie, accounts.sessions.make(name, "password", "x", int(time.time()))


def crawl(house: House, name: str, first: str) -> Reached:
    """From `first` on, every kind of page that `name` gets to; of addresses that differ by ids alone the first."""
    reached = Reached()
    waiting, came_from, seen = [first, "/account"], dict[str, str](), set[str]()
    held = dict([cookie(house, name)])  # as cookies: a header of that name does not follow a redirect
    asks = {"accept": "text/html", "accept-language": Language.CHINESE}
    options: dict[str, Any] = {"headers": asks, "cookies": held, "trust_env": False, "timeout": 60}
    with httpx.Client(base_url=house.address, **options) as client:
        while waiting and len(reached.pages) < MOST_PAGES:
            path = waiting.pop(0)
            if (kind := kind_of(path)) in seen:
                continue
            seen.add(kind)
            answer = client.get(path, follow_redirects=True)
            if answer.status_code != 200:
                reached.wrong.append(f"{answer.status_code} at {path}, linked from {came_from.get(path, 'nowhere')}")
            elif answer.history and answer.url.path == "/sign-in" and kind != "/sign-in":
                reached.wrong.append(f"{path} leads to the sign-in page")
            elif answer.headers.get("content-type", "").startswith("text/html"):
                if "attachment" not in answer.headers.get("content-disposition", ""):
                    reached.pages[kind] = path
                reached.untranslated.update(dict.fromkeys(foreign(answer.text), path))
                for link, leads in _Links.of(answer.text, str(answer.url), house.address):
                    reached.targets.add(link.partition("?")[0])
                    if leads and kind_of(link) not in seen:
                        waiting.append(link)
                        came_from.setdefault(link, path)
    return reached


class _Links(HTMLParser):
    """Addresses of links, and of forms."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Files that are saved are not pages, and forms do not lead to any."""
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.found.append((str(given["href"]), "download" not in given))
        elif tag in ("form", "button"):
            self.found += [(str(given[name]), False) for name in ("action", "formaction") if given.get(name)]

    @classmethod
    def of(cls, page: str, at: str, address: str) -> Iterator[tuple[str, bool]]:
        """Path and query of each that is of this portal, and whether a page may be behind it."""
        parser = cls()
        parser.feed(page)
        for href, leads in parser.found:
            parts = urlsplit(urljoin(at, href))
            if f"{parts.scheme}://{parts.netloc}" == address and not LEFT_ALONE.match(parts.path):
                yield parts.path + (f"?{parts.query}" if parts.query else ""), leads
