"""Reports to make pages of: the works' whole year of 59 days, one with gaps of every kind, and what they say."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tally_finance.export import page
from tally_finance.export.document import Document
from tally_finance.report.making import Report
from tests.finance.activity import works
from tests.finance.report import mill
from tests.world import World

DIGEST = "ab" * 32
UNREAD = {
    works.GRID: range(10, 14),
    works.SOLAR: range(50, mill.DAYS + 1),
    works.WATER: range(45, mill.DAYS + 1),
}
"""Days on which nobody read: grid in the middle (bridged), solar at the end (its ceiling), water so (no ceiling)."""


def gapped() -> World:
    """The works with days that nobody read."""
    world = works.opened()
    for point, registers in works.REGISTERS.items():
        for register, unit in registers.items():
            per_day = works.PER_DAY[point, register]
            shown = [(day * works.DAY_H, 1000 + day * per_day) for day in range(mill.DAYS + 1)]
            works.say(
                world,
                point,
                register,
                unit,
                [one for one in shown if one[0] // works.DAY_H not in UNREAD.get(point, ())],
            )
    return world


@lru_cache(maxsize=2)
def report(*, gaps: bool = False) -> Report:
    """The report of the works."""
    world = gapped() if gaps else works.run(works.opened(), mill.DAYS)
    with TemporaryDirectory() as folder:
        return mill.made(world, Path(folder))


def said(*, gaps: bool = False) -> dict[str, Any]:
    """What it says, to be changed as a test likes."""
    return deepcopy(_said(gaps=gaps))


@lru_cache(maxsize=2)
def _said(*, gaps: bool) -> dict[str, Any]:
    return dict(json.loads(report(gaps=gaps).encode()))


def document(told: dict[str, Any], mark: str = "") -> Document:
    """Its document."""
    return page.of(told, DIGEST, mark)
