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


def further(said: dict[str, Any]) -> dict[str, Any]:
    """The same with what a report may have besides: attested output, a tenant, resources, hours, claims."""
    remark = {"name": "late", "blocks": True, "touches": "Coil store", "text": "weighed after the head"}
    weighed = {
        "name": "1",
        "at": said["from"],
        "amount": "1000",
        "place": "urn:x seq 1, entry 2",
        "statement": "cd" * 32,
    }
    said["outputs"] = [
        {
            "id": "output-1", "product": "coil", "store": "Coil store", "way": "in", "amount": "59000", "unit": "kg",
            "u95": "310.5", "counted": "58990", "remarks": [remark], "statements": [weighed], "opens": [],
        }
    ]  # fmt: skip
    said["products"][0] |= {
        "amount_u95": "310.5", "kg_per_unit_u95": "0.00071", "kg_per_unit_conservative": "0.05377",
        "unstated": ["factor electricity.grid CN 2023"], "output": "output-1",
    }  # fmt: skip
    said["passed_on"] = [
        {
            "id": "passed-1", "use": "purchased electricity", "meter": "furnace", "to": "Tenant 1",
            "reason": "its own firm", "amount": "4720", "unit": "kWh", "left_out": "17", "opens": ["load-3"],
        }
    ]  # fmt: skip
    row = {"id": "coal-1", "use": "purchased electricity", "amount": "1180", "unit": "kWh", "counted": "145.022"}
    said["resources"] = {
        "coal": {
            "id": "coal", "amount": "145.022", "unit": "kgce", "u95": "1.7", "conservative": "146.722",
            "tce": "0.145022", "unstated": ["factor energy.electricity CN 2020"], "opens": ["coal-1"],
            "rows": [{**row, "factor": "", "opens": ["load-4"]}],
        }
    }  # fmt: skip
    hour = {"from": said["from"], "load_kwh": "10", "matched_kwh": "0", "unmatched_kwh": "10", "known": False}
    granular = {
        "number": "G-1",
        "from": said["from"],
        "to": said["to"],
        "kwh": "15",
        "not_annual": "",
        "not_hourly": "",
    }
    said["instruments"] |= {
        "remainder_basis": "residual",
        "hourly": {
            "id": "hourly", "grid": "CN-grid:华东", "load_kwh": "504", "matched_kwh": "120", "unmatched_kwh": "384",
            "surplus_kwh": "60", "cfe": "5/21", "cfe_percent": "23.809", "hours": "72", "unknown_hours": "3",
            "months": [
                {
                    "from": said["from"], "to": said["to"], "load_kwh": "504", "matched_kwh": "120",
                    "surplus_kwh": "60", "cfe_percent": "23.809", "unknown_hours": "3",
                }
            ],
            "worst": [hour],
            "certificates": [granular, {**granular, "number": "G-2", "not_hourly": "of another grid"}],
            "opens": ["load-4"],
        },
        "registry": {
            "policy": "required", "chain_id": "31337", "contract": "0xabc", "namespace": "ef" * 32,
            "organisation": "12" * 32, "block": "99",
            "claims": [
                {"number": "GEC-1", "state": "held", "holder": "12" * 32, "nullifier": "", "digest": ""},
                {"number": "GEC-3", "state": "taken", "holder": "34" * 32, "nullifier": "", "digest": ""},
            ],
        },
    }  # fmt: skip
    return said
