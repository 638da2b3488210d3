"""The page of footprint reports says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tally_finance.report import folder, inventory_file, making, opening
from tests.docs.pages import DOCS
from tests.finance.activity import works
from tests.finance.report import mill

PAGE = (DOCS / "formats" / "report.md").read_text("utf-8")


def test_every_name_of_a_report_stands_on_the_page(tmp_path: Path) -> None:
    report = mill.made(works.run(works.opened(), mill.DAYS), tmp_path)
    table = PAGE.partition("## report.json")[2].partition("\n## ")[0]
    rows = [row.group(1) for row in re.finditer(r"^\| (`[^|]+) \|", table, re.MULTILINE)]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(json.loads(report.encode()))
    assert f"`{making.FORMAT}`" in PAGE


def test_the_limits() -> None:
    assert f"| `MAX_REPORT_BYTES` | {folder.MAX_REPORT_BYTES} |" in PAGE
    assert f"| `MAX_FILE_BYTES` | {inventory_file.MAX_FILE_BYTES} |" in PAGE
    assert f"| `MOST_INTERVALS` | {opening.MOST_INTERVALS} |" in PAGE
