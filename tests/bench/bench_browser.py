"""How long a browser takes to verify a large bundle, beside the bare check of as many signatures there, and Python."""

from __future__ import annotations

import base64
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tally_chain import bundle, policy_text
from tally_chain.page import report_file, skeleton
from tally_chain.page.report_file import ReportData
from tally_chain.policy import Policy
from tally_chain.verify.verdict import to_json
from tally_chain.verify.verifier import verify
from tally_edge import senml, statement
from tally_edge.senml import Reading
from tally_edge.statement import Kind
from tests.browser import chromium
from tests.chain.page.opened import SETTLED
from tests.chain.page.verifier_page import open_page
from tests.world import POINT, REGISTER, START, World

MINUTE = 60


def _made(kilobytes: int) -> tuple[bytes, Policy, int]:
    """A bundle of about that size, a statement of one reading a minute; the policy; and as of when it is verified."""
    world = World()
    world.open()
    size, at = 0, START
    while size < kilobytes * 1000:
        value = Decimal("100.00") + (at - START) // MINUTE * Decimal("0.25")
        claims = world.device.claims(Kind.READINGS, POINT, at)
        payload = senml.encode([Reading(POINT, REGISTER, at, value, "kWh")])
        size += len(world.log(world.device.advance(statement.sign(claims, payload, world.device.signer))).encoded)
        at += MINUTE
    made = replace(world.bundle_of(range(len(world.entries))), to_at=at - MINUTE)
    return bundle.encode(made), world.policy(), START + 60 * 86_400


def run(kilobytes: int) -> dict[str, Any]:
    """Seconds: the floor, the verifier alone, a report from opening to its verdict, Python. All agree."""
    data, policy, at = _made(kilobytes)
    text = policy_text.write(policy)
    begun = time.perf_counter()
    verdict = verify(bundle.decode(data), policy, now=at)
    in_python = time.perf_counter() - begun
    assert verdict.holds
    question = {"bundle": base64.b64encode(data).decode(), "policy": text, "at": at}
    with chromium.browser() as browser:
        with open_page(browser) as page:
            floor = page.run("/timed.js", "floor", verdict.statements)
            timed = page.run("/timed.js", "timed", question)
            (answer,) = page.run("/bundles.js", "verdicts", [question])
        assert answer == to_json(verdict)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.html"
            path.write_bytes(report_file.encode(ReportData("", text, at, data), skeleton.report_shell()))
            opened = browser.new_page()
            begun = time.perf_counter()
            opened.goto(path.as_uri(), wait_until="domcontentloaded")
            opened.wait_for_selector(SETTLED, state="attached", timeout=300_000)
            in_report = time.perf_counter() - begun
            painted = opened.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            file_bytes = path.stat().st_size
    return {
        "statements": verdict.statements,
        "bundle_bytes": len(data),
        "report_bytes": file_bytes,
        "floor_signatures_s": floor,
        "verified_s": timed["seconds"],
        "longest_without_a_turn_ms": timed["longest"],
        "report_opened_s": in_report,
        "report_first_paint_ms": float(painted),
        "in_python_s": in_python,
    }
