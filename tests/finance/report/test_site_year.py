"""The site-year of the benchmark, small: what a report costs in operations, and that no order shows.

`python -m tests.bench footprint` measures a year of 200 meters. What is counted here does not depend on the machine.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from tally_chain.verify.verifier import Examined
from tally_finance.activity import pack, reading
from tally_finance.report.making import Report
from tests.bench import bench_footprint, site_year

METERS, DAYS = 25, 3


@pytest.fixture(scope="module")
def handed_over() -> Examined:
    return site(DAYS)


def site(days: int) -> Examined:
    world = site_year.opened(METERS)
    site_year.say(world, METERS, days * site_year.A_DAY)
    return bench_footprint.handed_over(world, days * site_year.A_DAY)


def reported(of: Examined) -> Report:
    return bench_footprint.reported(of, METERS)


def test_statements_in_any_order_give_the_same_bytes(handed_over: Examined) -> None:
    first, rng = reported(handed_over), random.Random(3)
    for _ in range(3):
        mixed = rng.sample(handed_over.statements, len(handed_over.statements))
        again = reported(replace(handed_over, statements=tuple(mixed)))
        assert again.encode() == first.encode()
        assert again.trace.encode() == first.trace.encode()


def test_figures_are_what_the_registers_say(handed_over: Examined) -> None:
    said = json.loads(reported(handed_over).encode())
    electricity = next(one for one in said["media"] if one["name"] == "electricity")
    assert Decimal(electricity["bought"]) == site_year.bought(METERS, DAYS * site_year.A_DAY)
    assert electricity["percent"]["measured"] == "100.000"


def test_each_pack_is_read_once(handed_over: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    read: Counter[bytes] = Counter()

    def counted(payload: bytes):  # type: ignore[no-untyped-def]  # as `pack.numbers`
        read[payload] += 1
        return original(payload)

    original = pack.numbers
    monkeypatch.setattr(reading, "numbers", counted)
    reported(handed_over)
    assert len(read) == METERS * DAYS
    assert set(read.values()) == {1}


def test_the_trace_does_not_grow_with_the_intervals(handed_over: Examined) -> None:
    """Loads stand in it by their digests (docs/decisions/trace-of-digests.md): four times the days, as many steps."""
    short, long = reported(handed_over), reported(site(4 * DAYS))
    assert len(long.trace.steps) == len(short.trace.steps)
    assert len(long.trace.encode()) < 1.05 * len(short.trace.encode())
    assert len(long.encode()) < 1.2 * len(short.encode())
