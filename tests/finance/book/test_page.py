"""docs/lender-book.md lists every kind of event and every reason, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from tally_finance.book.before import Act
from tally_finance.book.events import KINDS
from tally_finance.book.reasons import Why

PAGE = (Path(__file__).parents[3] / "docs" / "lender-book.md").read_text("utf-8")


def test_every_kind_stands_with_its_number() -> None:
    assert re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE, re.MULTILINE) == [
        (str(number), kind.__name__) for number, kind in KINDS.items()
    ]


def test_every_reason_is_told() -> None:
    table = PAGE.partition("| reason | lies on |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"`([a-z-]+)`", table)) == sorted(Why)


def test_every_act_is_told() -> None:
    table = PAGE.partition("| act | must hold")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (\w+) ", table, re.MULTILINE) == [act.name.lower() for act in Act]
