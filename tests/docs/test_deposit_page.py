"""The pages of monthly deposits and of tables say what the code does."""

from __future__ import annotations

import dataclasses
import re
from zoneinfo import ZoneInfo

import pytest

from tally_finance.deposit import deposit_file
from tally_finance.deposit.calendar import Month
from tally_finance.deposit.checking import Against
from tally_finance.deposit.deposit_file import Document, Signed
from tally_finance.deposit.tables import _OF_EVIDENCE, _OF_METERS, _OF_MONTH
from tally_finance.export.activity_columns import ACTIVITY
from tally_finance.export.emission_columns import EMISSIONS
from tests.docs.pages import DOCS

FORMAT = (DOCS / "formats" / "deposit.md").read_text("utf-8")
PAGE = (DOCS / "deposit.md").read_text("utf-8")
TABLES = (DOCS / "tables.md").read_text("utf-8")


@pytest.mark.parametrize("kind", [Signed, Document])
def test_every_field_stands_on_the_page_with_its_label(kind: type) -> None:
    section = FORMAT.partition(f"### {kind.__name__}\n")[2].partition("\n#")[0]
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", section, re.MULTILINE)
    assert rows == [(str(one.metadata["label"]), one.name) for one in dataclasses.fields(kind)]


def test_the_limits_and_the_media_type() -> None:
    for name in ("MAX_FILE_BYTES", "MAX_BODY_BYTES", "MOST_DOCUMENTS"):
        assert f"| `{name}` | {getattr(deposit_file, name)} |" in FORMAT
    assert f"`{deposit_file.MEDIA_TYPE}`" in FORMAT


def test_the_days_that_it_is_due() -> None:
    rows = re.findall(r"^\| ([\w ]+) \| (\S+) \| (\d+) \|$", PAGE, re.MULTILINE)
    due = Month("2026-03", ZoneInfo("Asia/Shanghai")).due
    assert rows == [(one.name, one.chinese, str(one.days)) for one in due]


def test_every_table_stands_on_its_page() -> None:
    named = {"intervals", "days", "hours", *(spec.name for spec in (*EMISSIONS, *ACTIVITY))}
    listed = TABLES.partition("## The tables")[2].partition("\n#")[0]
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*)\|", listed, re.MULTILINE)))) == named
    inside = PAGE.partition("## What is in it")[2].partition("\n#")[0]
    told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*)\|", inside, re.MULTILINE))))
    every = {name for name, *_ in (*_OF_MONTH, *_OF_METERS, *_OF_EVIDENCE)}
    assert told == every - {"deposit"}


def test_every_step_stands_on_the_page() -> None:
    rows = re.findall(r"^\| (\d) \| ", PAGE.partition("## Verifying")[2], re.MULTILINE)
    assert rows == [str(number) for number in range(1, 8)]
    assert Against(frozenset()).report is None
