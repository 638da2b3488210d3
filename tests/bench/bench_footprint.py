"""How fast a site-year becomes a whole report: activity, emissions, uncertainty, trace and report.json, from the
statements of a verified bundle. The floor is the bare decoding of the same packs in the same run.

Verification is apart: in full the statements are handed over as a verification hands them over, in the short form they
are verified, and the report must be the same. Each run is a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2

from tally_chain.verify.log_check import Logged
from tally_chain.verify.verifier import Examined, examine
from tally_edge.statement import Kind
from tally_finance.activity import boundary_file
from tally_finance.factors.shipping import shipped
from tally_finance.report import inventory_file
from tally_finance.report.making import Report, report_of
from tests.bench import site_year
from tests.finance.activity import works
from tests.world import START, World

_YEAR = 35_040
_FLOOR_PACKS = 2_000


def handed_over(world: World, intervals: int) -> Examined:
    """What a verification hands over, without one: the authority's facts, and every statement at its place."""
    authority = [place for place in world.placed() if place.statement.claims.kind is not Kind.READINGS]
    bundle = world.bundle_of([place.index for place in authority], intervals * site_year.QUARTER_S // 3600)
    of_authority = examine(bundle, works.policy_of(world), now=START + 395 * works.DAY_S)
    readings = [
        Logged(0, place.index, place.statement, None)
        for place in world.placed()
        if place.statement.claims.kind is Kind.READINGS
    ]
    return replace(of_authority, statements=tuple(readings), gapped=())


def verified(world: World, intervals: int) -> Examined:
    """The whole bundle, verified."""
    bundle = world.bundle(hours=intervals * site_year.QUARTER_S // 3600)
    return examine(bundle, works.policy_of(world), now=START + 395 * works.DAY_S)


def reported(of: Examined, meters: int) -> Report:
    """The report."""
    with tempfile.TemporaryDirectory() as name:
        sheet = site_year.sheets(Path(name), meters)
        inventory = inventory_file.load(sheet)
        limits = boundary_file.load(sheet.with_name("boundary.toml"))
    return report_of(of, inventory, limits, shipped(), (bytes(32),))


def measured(meters: int, intervals: int, *, shuffled: bool, verify: bool) -> dict[str, Any]:
    """One run, from statements to the report's bytes."""
    world = site_year.opened(meters)
    readings = site_year.say(world, meters, intervals)
    of = verified(world, intervals) if verify else handed_over(world, intervals)
    payloads = [one.statement.payload for one in of.statements[:_FLOOR_PACKS]]
    started = time.process_time()
    records = sum(len(cbor2.loads(one)) for one in payloads)
    floor = (time.process_time() - started) / records * readings
    if shuffled:
        of = replace(of, statements=tuple(random.Random(1).sample(of.statements, len(of.statements))))
    started, cpu = time.perf_counter(), time.process_time()
    report = reported(of, meters)
    data, trace = report.encode(), report.trace.encode()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    said = json.loads(data)
    electricity = next(one for one in said["media"] if one["name"] == "electricity")
    assert electricity["bought"] == f"{site_year.bought(meters, intervals):f}"
    return {
        "readings": readings,
        "intervals": meters * intervals,
        "statements": len(of.statements),
        "floor_decoding_s": floor,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "of_floor": cpu_seconds / floor,
        "figures": {name: one["kg"] for name, one in said["figures"].items()},
        "activity": said["activity"],
        "trace": report.trace.digest.hex(),
        "digest": report.digest.hex(),
        "steps": len(report.trace.steps),
        "report_bytes": len(data),
        "trace_bytes": len(trace),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run(meters: int = 200, intervals: int = _YEAR, *, verify: bool = False) -> dict[str, Any]:
    """Statements in order and in none: the same bytes; in the short form verified ones too."""
    found = [_apart(meters, intervals, shuffled=shuffled, verify=False) for shuffled in (False, True)]
    ordered, mixed = found
    assert ordered["digest"] == mixed["digest"]
    if verify:
        checked = _apart(meters, intervals, shuffled=False, verify=True)
        assert [checked[name] for name in ("figures", "activity", "trace")] == [
            ordered[name] for name in ("figures", "activity", "trace")
        ]
    return {
        **{name: ordered[name] for name in ("intervals", "readings", "statements", "floor_decoding_s", "of_floor")},
        "ordered_s": ordered["seconds"],
        "ordered_cpu_s": ordered["cpu_seconds"],
        "shuffled_s": mixed["seconds"],
        "shuffled_cpu_s": mixed["cpu_seconds"],
        "steps_of_trace": ordered["steps"],
        "report_bytes": ordered["report_bytes"],
        "trace_bytes": ordered["trace_bytes"],
        "peak_mb": max(one["peak_mb"] for one in found),
    }


def _apart(meters: int, intervals: int, *, shuffled: bool, verify: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.bench_footprint", str(meters), str(intervals)]
    command += [str(int(shuffled)), str(int(verify))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    many = [int(one) for one in sys.argv[1:]]
    print(json.dumps(measured(many[0], many[1], shuffled=bool(many[2]), verify=bool(many[3]))))
