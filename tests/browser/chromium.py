"""Debian's Chromium, driven by Playwright: what pages say in its console or ask of others is a failure."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

PICTURES: Final = Path(__file__).parents[2] / "build" / "screenshots"
WIDE, NARROW = (1280, 900), (360, 780)

# Without them the browser looks for its maker's servers, and as root it refuses to start.
_ARGUMENTS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip

PATIENCE_MS: Final = 30_000
"""Nothing here waits that long but what never comes; beside other tests a page may take many seconds."""

_SERIOUS: Final = ("serious", "critical")


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser; skips where there is none."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("needs the Debian package chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield made
        finally:
            made.close()


@dataclass
class Watched:
    """A context of a browser in which nothing goes wrong unnoticed. `own`: hosts (with port) that may be asked."""

    context: BrowserContext
    own: frozenset[str]
    said: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of console messages that a test provokes: a refusal is one to the browser."""

    def page(self) -> Page:
        """A page that is listened to."""
        made = self.context.new_page()
        made.on("console", self._console)
        made.on("pageerror", lambda error: self.said.append(f"{made.url}: {error}"))
        made.on("request", self._request)
        return made

    def must_be_quiet(self) -> None:
        """Raises AssertionError where a page complained, or asked others for something."""
        assert self.said == []
        assert self.elsewhere == []

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(one in message.text for one in self.expected):
            self.said.append(f"{message.location.get('url')}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "file", "about") and parts.netloc not in self.own:
            self.elsewhere.append(request.url)


@contextmanager
def watched(
    made: Browser, address: str = "", *, size: tuple[int, int] = WIDE, language: str = "en", dark: bool = False
) -> Iterator[Watched]:
    """A fresh context; at its end nothing may have been said or asked elsewhere."""
    context = made.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        color_scheme="dark" if dark else "light",
        accept_downloads=True,
    )
    context.set_default_timeout(PATIENCE_MS)
    one = Watched(context, frozenset({urlsplit(address).netloc} if address else ()))
    try:
        yield one
        one.must_be_quiet()
    finally:
        context.close()


def settled(page: Page) -> None:
    """Wait until nothing more is asked for, where scripts fetch parts of a page; others stand when they are loaded."""
    if page.locator("script[type=module]").count():
        page.wait_for_load_state("networkidle")


def accessible(page: Page) -> None:
    """Raises AssertionError with what axe-core finds serious; WCAG 2.2 A and AA."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    # Of what holds nothing is told: on a large page that would be megabytes.
    options = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    told = [
        f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in _SERIOUS
    ]
    assert told == [], f"{page.url}\n" + "\n".join(told)


def fits(page: Page) -> None:
    """Raises AssertionError where the page itself scrolls sideways."""
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= room, f"{page.url} is {wide} wide in {room}"


def shows_whole_tables(page: Page) -> None:
    """Raises AssertionError where a table is cut off: on a wide screen none needs to be scrolled to be read."""
    cut = page.evaluate("""[...document.querySelectorAll("div.table")]
      .filter((one) => one.scrollWidth > one.clientWidth)
      .map((one) => `${one.ariaLabel}: ${one.scrollWidth} wide in ${one.clientWidth}`)""")
    assert cut == [], f"{page.url}: {cut}"


def picture(page: Page, name: str) -> None:
    """A screenshot of the whole page under build/screenshots, where PICTURES=1 asks for them."""
    if os.environ.get("PICTURES"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
