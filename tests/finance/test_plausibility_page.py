"""docs/plausibility.md names every doubt, every reason and every limit as the code has them."""

from __future__ import annotations

import re
from decimal import Decimal
from importlib import import_module
from pathlib import Path

from tally_finance.plausibility import site

PAGE = Path(__file__).parents[2] / "docs" / "plausibility.md"
CODE = Path(site.__file__).parent
REASON = re.compile(r'^(?:_[A-Z_]+|NO_\w+|ABSENT|NOT_STATED|LEARNING)(?:: Final)? = "(.+)"$', re.MULTILINE)


def section(title: str) -> str:
    return PAGE.read_text("utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_doubt_has_a_row() -> None:
    assert set(re.findall(r"^\| `([\w-]+)`", section("The checks"), re.MULTILINE)) == set(site.NAMES)


def test_every_limit_is_the_codes_own() -> None:
    rows = re.findall(r"^\| `(\w+)\.(\w+)` \| ([\d.]+) \|", section("Limits, and why"), re.MULTILINE)
    assert len(rows) > 10
    for module, name, value in rows:
        assert getattr(import_module(f"tally_finance.plausibility.{module}"), name) == Decimal(value), name


def test_every_reason_is_explained() -> None:
    rows = [row.partition(" (")[0] for row in re.findall(r"^\| (.+?) \|", section("What is unjudged"), re.MULTILINE)]
    reasons = [reason for path in sorted(CODE.glob("*.py")) for reason in REASON.findall(path.read_text("utf-8"))]
    assert len(reasons) >= 12
    for reason in reasons:
        assert any(reason.replace("{}", "…").startswith(row) for row in rows), reason
