"""What counts as a fault."""

from __future__ import annotations

import dataclasses
import importlib
import re
from pathlib import Path

import pytest

from tally_gateway.health import Standing

WELL = Standing(
    origin="example.org/log",
    log_id="00",
    size=10,
    sealed_size=10,
    sealed_at=1_000,
    anchored_size=10,
    anchored_at=1_000,
    projected_size=10,
    free_bytes=1 << 30,
    has_space=True,
    now=1_000,
    started_at=0,
    seal_every_s=0.5,
    anchor_every_s=60.0,
)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"now": 10**6}, None),
        ({"has_space": False}, "disk"),
        ({"size": 11, "now": 1_004}, None),
        ({"size": 11, "now": 1_006}, "1 entries wait for a checkpoint"),
        ({"sealed_size": 11, "size": 11, "now": 1_170}, None),
        ({"sealed_size": 11, "size": 11, "now": 1_190}, "anchor is 190 s old"),
        ({"sealed_size": 11, "size": 11, "now": 1_190, "started_at": 1_180}, None),
        ({"sealed_size": 11, "size": 11, "now": 1_190, "anchor_every_s": None}, None),
        ({"anchored_size": 0, "anchored_at": 0, "now": 1_190}, "nothing is anchored"),
        ({"anchored_size": 0, "anchored_at": 0, "now": 1_190, "started_at": 1_100}, None),
    ],
)
def test_faults(changes: dict[str, object], fault: str | None) -> None:
    faults = dataclasses.replace(WELL, **changes).faults()  # type: ignore[arg-type]
    assert (fault is None and faults == []) or (fault is not None and len(faults) == 1 and fault in faults[0])


def test_the_story_of_a_reading_names_modules_that_exist() -> None:
    page = (Path(__file__).parents[3] / "docs" / "life-of-a-reading.md").read_text("utf-8")
    named = set(re.findall(r"`(tally_[a-z_.]+)`", page))
    assert len(named) > 15
    for name in named:
        importlib.import_module(name)
