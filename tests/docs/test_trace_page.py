"""The page of traces says what the code does."""

from __future__ import annotations

import re

from tally_finance.footprint import replay as replaying
from tally_finance.footprint import steps, trace
from tally_finance.footprint.operations import Op
from tally_finance.footprint.replay import decode, replay
from tally_finance.footprint.trace import Step, Trace
from tests.docs.pages import DOCS
from tests.finance.factors.examples import factor

PAGE = (DOCS / "formats" / "trace.md").read_text("utf-8")


def example() -> Trace:
    """A third of what the grid delivered."""
    load = steps.given(25_000, "kWh", "main meter", {"point": "urn:dev:main", "period": "2023"})
    kg = steps.product("location-based", load, steps.of_factor(factor(), "grid of Jiangsu"))
    return Trace.of({"location": steps.quotient("a third", kg, steps.constant(3, "1", "buildings"))})


def test_the_example_of_the_page_replays() -> None:
    shown = PAGE.partition("```json\n")[2].partition("\n```")[0].encode()
    assert shown == example().encode()
    assert replay(decode(shown)) == {"location": 25_000 * steps.exact(factor().value) / 3}


def test_every_operation_and_every_name_stands_on_the_page() -> None:
    table = PAGE.partition("### Operations")[2].partition("\n## ")[0]
    found = [
        name for row in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    ]
    assert sorted(found) == sorted(op.value for op in Op)
    names = re.findall(r"^\| `(\w+)` \|", PAGE.partition("### Step")[2].partition("\n#")[0], re.MULTILINE)
    assert names == list(Step.__slots__)


def test_the_limits_and_the_format() -> None:
    assert f"| `MAX_BITS` | {trace.MAX_BITS} |" in PAGE
    assert f"| `MAX_TRACE_BYTES` | {replaying.MAX_TRACE_BYTES} |" in PAGE
    assert f"| `format` | `{trace.FORMAT}` |" in PAGE
