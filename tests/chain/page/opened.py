"""Pages opened in a browser, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tally_chain import bundle, policy_text
from tally_chain.bundle import Bundle
from tally_chain.page import report_file, skeleton
from tally_chain.page.report_file import ReportData
from tally_chain.policy import Policy
from tests.browser.chromium import WIDE, watched
from tests.world import START

SETTLED = ":root[data-phase=done], :root[data-phase=refused]"


def report_of(made: Bundle | bytes, policy: Policy | str, title: str = "") -> bytes:
    """A report of a bundle, whatever it is worth."""
    data = made if isinstance(made, bytes) else bundle.encode(made)
    text = policy if isinstance(policy, str) else policy_text.write(policy)
    return report_file.encode(ReportData(title, text, START, data), skeleton.report_shell())


@dataclass
class Desk:
    """A browser's page, and a folder for what it opens."""

    page: Page
    folder: Path

    def report(self, file: bytes) -> str:
        """Open a report; what it says at its top: good, bad, or nothing."""
        path = self.folder / "report.html"
        path.write_bytes(file)
        self.page.goto(path.as_uri(), wait_until="domcontentloaded")
        if self.page.locator("body > script:not([type])").count() and self.page.locator("#verdict").count():
            self.page.wait_for_selector(SETTLED, state="attached")
        return self.verdict()

    def viewer(self) -> Desk:
        """Open the viewer."""
        path = self.folder / "viewer.html"
        path.write_bytes(skeleton.viewer())
        self.page.goto(path.as_uri())
        return self

    def check(self, policy: str, *files: tuple[str, bytes], at: int | None = None, **fields: str) -> str:
        """Give the viewer files and a policy; what it says of the first. `fields` are named by their ids."""
        self.page.locator("#files").set_input_files(
            [{"name": name, "mimeType": "text/html", "buffer": data} for name, data in files]
        )
        return self.verify(policy, at, **fields)

    def verify(self, policy: str, at: int | None = None, **fields: str) -> str:
        """Have the viewer check the files it was given. Every field is written: none is left from the check before."""
        self.page.locator("#policy").fill(policy)
        self.page.locator("form details").evaluate("node => { node.open = true; }")
        from_at = (
            "" if at is None else self.page.evaluate("at => new Date(at * 1000).toISOString().slice(0, 19) + 'Z'", at)
        )
        self.page.locator("#as-of").fill(from_at)
        for name in ("head-origin", "head-size", "head-root", "endpoint"):
            self.page.locator(f"#{name}").fill(fields.get(name.replace("-", "_"), ""))
        self.page.locator("#verify").click()
        self.page.wait_for_selector(":root[data-phase=done]", state="attached")
        return self.verdict()

    def verdict(self) -> str:
        """good, bad, or nothing where no verdict is shown; two different ones are never shown of one file."""
        shown: list[str] = self.page.locator("[data-verdict]").evaluate_all(
            "all => all.map(one => one.dataset.verdict)"
        )
        return shown[0] if shown else ""

    def said(self) -> str:
        """The text of the page."""
        return self.page.locator("body").inner_text()

    def figures(self) -> Any:
        """The quantities that are shown and not struck through."""
        return self.page.locator(".figures td.number:nth-child(3)").evaluate_all(
            "all => all.filter(one => !one.querySelector('s')).map(one => one.textContent)"
        )


@contextmanager
def desk(
    browser: Browser,
    folder: Path,
    size: tuple[int, int] = WIDE,
    language: str = "en",
    *,
    dark: bool = False,
    expected: tuple[str, ...] = (),
    address: str = "",
) -> Iterator[Desk]:
    """A page that is listened to: what it complains of or asks of others fails the test.

    `expected`: complaints that the test provokes; `address`: whom it may ask.
    """
    with watched(browser, address, size=size, language=language, dark=dark) as context:
        context.expected = expected
        yield Desk(context.page(), folder)
