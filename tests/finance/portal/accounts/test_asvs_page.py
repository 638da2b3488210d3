"""Every test that the page of the ASVS names is one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "security-asvs.md"
FOLDERS = {
    "A": "tests/finance/portal/accounts",
    "B": "tests/browser",
    "C": "tests/gateway/console",
    "D": "tests/finance/book",
    "E": "tests/edge",
    "F": "tests/finance/report",
    "H": "tests/finance/portal/handover",
    "K": "tests/gateway/pages",
    "P": "tests/chain/page",
    "R": "tests/finance/review_api",
    "W": "tests/gateway/http",
}
NAMED = re.compile(r"`([A-Z])/(\w+\.py)::(\w+)`")


def test_every_named_test_is_there() -> None:
    text = PAGE.read_text("utf-8")
    named = set(NAMED.findall(text))
    assert len(named) > 50
    for short, folder in FOLDERS.items():
        assert f"`{short}/`" in text
        assert f"`{folder}/`" in text
    missing = [(folder, file, name) for folder, file, name in named if name not in _tests(FOLDERS[folder], file)]
    assert missing == []


def test_every_row_that_applies_names_a_test() -> None:
    before = PAGE.read_text("utf-8").partition("## What does not apply")[0]
    rows = [line for line in before.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) > 40
    assert [row for row in rows if not NAMED.search(row)] == []


def _tests(folder: str, file: str) -> set[str]:
    path = ROOT / folder / file
    if not path.exists():
        return set()
    return {
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
