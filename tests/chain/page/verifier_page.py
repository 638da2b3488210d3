"""A page of Debian's Chromium with the verifier's modules and nothing else: what it asks for beside them is a fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, Route

import tally_chain

ORIGIN: Final = "https://verifier.test"
PAGES: Final = Path(tally_chain.__file__).parent / "page"
"""Its folders js (the verifier) and show (what pages do with it)."""
MODULES: Final = PAGES / "js"
BESIDE: Final = Path(__file__).parent

_POLICY: Final = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"


class VerifierPage:
    """An open page. `run` awaits a function of a module beside this one; `faults` are what the page complained of."""

    def __init__(self, page: Page) -> None:
        """Load an empty page under the policy that all pages have."""
        self.faults: list[str] = []
        self._page = page
        page.set_default_timeout(120_000)
        page.on("console", lambda message: self.faults.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.route("**/*", self._answer)
        page.goto(f"{ORIGIN}/")

    def run(self, module: str, function: str, *arguments: Any) -> Any:
        """What `function` of `module` (a path on the page) resolves to, as plain data."""
        script = "async ([module, name, args]) => (await import(module))[name](...args)"
        return self._page.evaluate(script, [module, function, list(arguments)])

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        headers = {"Content-Security-Policy": _POLICY}
        if path == "/":
            route.fulfill(body="<!doctype html><title>verifier</title>", content_type="text/html", headers=headers)
            return
        file = (PAGES if path.startswith(("/js/", "/show/")) else BESIDE) / path.removeprefix("/")
        if file.suffix == ".js" and file.is_file():
            route.fulfill(body=file.read_bytes(), content_type="text/javascript", headers=headers)
        elif path == "/favicon.ico":
            route.fulfill(status=204)
        else:
            self.faults.append(f"asked for {route.request.url}")
            route.abort()


@contextmanager
def open_page(browser: Browser) -> Iterator[VerifierPage]:
    """One page, closed at the end."""
    page = browser.new_page()
    try:
        yield VerifierPage(page)
    finally:
        page.close()
