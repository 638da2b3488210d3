"""The examples of firmware-sim/README.md run as they stand there, one after the other."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

README = Path(__file__).parents[2] / "firmware-sim/README.md"


def test_the_examples_run() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    names: dict[str, Any] = {"facts_ids": defaultdict(lambda: bytes(32))}
    for block in blocks:
        exec(compile(block, str(README), "exec"), names)
    assert len(names["plant"].happenings) == 2
    assert len(names["said"]) > 100
    assert {each.subject for each in names["said"]} == {point.uri for point in names["points"]}
