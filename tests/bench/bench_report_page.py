"""How fast a report verifies in a browser, from its opening to its verdict, and how soon its reader sees that it does.

The floor is the browser's own check of as many signatures, with the one key that signed them, and nothing around it.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tally_chain import policy_text
from tally_edge.statement import Kind
from tests.browser import chromium
from tests.chain.page.opened import SETTLED, report_of
from tests.world import HOUR, SITE, START, World

_FLOOR = """async (count) => {
  const way = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(way, false, ["sign", "verify"]);
  const message = new Uint8Array(340);
  const signature = await crypto.subtle.sign(way, keys.privateKey, message);
  const began = performance.now();
  for (let at = 0; at < count; at += 256) {
    const some = Array.from({ length: Math.min(256, count - at) });
    await Promise.all(some.map(() => crypto.subtle.verify(way, keys.publicKey, signature, message)));
  }
  return (performance.now() - began) / 1000;
}"""


def run(statements: int = 20_400) -> dict[str, Any]:
    """A report of that many statements of one reading each: 20,400 make 10 MB."""
    file = _report(statements)
    with tempfile.TemporaryDirectory() as folder, chromium.browser() as browser:
        path = Path(folder) / "report.html"
        path.write_bytes(file)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        opened = _opened(page, path)
        floor_s = page.evaluate(_FLOOR, statements)
        page.close()
    return {"statements": statements, "bytes": len(file), **opened, "floor_signatures_s": floor_s}


def _report(statements: int) -> bytes:
    """A meter that speaks every hour, and a plan and an anchor that reach as far."""
    end = START + statements * HOUR
    world = World()
    world.open()
    world.state(Kind.SITE_PLAN, SITE, world.plan(renew_by=end + 400 * 86_400))
    for number in range(statements):
        world.log(world.readings((number, Decimal(100) + number * Decimal("0.25"))))
    trusted = world.policy()
    head = dataclasses.replace(trusted.logs[0].roots[0], time=end + 86_400)
    policy = dataclasses.replace(trusted, logs=(dataclasses.replace(trusted.logs[0], roots=(head,)),))
    return report_of(world.bundle(hours=statements - 1), policy_text.write(policy), "bench")


def _opened(page: Page, path: Path) -> dict[str, Any]:
    began = time.perf_counter()
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_selector(f"progress, {SETTLED}", state="attached")
    progress_s = time.perf_counter() - began
    page.wait_for_selector(SETTLED, state="attached")
    verdict_s = time.perf_counter() - began
    assert page.locator("[data-verdict]").first.get_attribute("data-verdict") == "good"
    paint_ms = page.evaluate(
        "performance.getEntriesByType('paint').find(one => one.name === 'first-contentful-paint').startTime"
    )
    return {"first_paint_ms": float(paint_ms), "progress_s": progress_s, "verdict_s": verdict_s}
