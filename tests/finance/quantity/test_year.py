"""A year of a silo under the errors of its instruments: honest it is never short, and a slow leak is found.

The readings of the plant are taken as they are polled; that what is signed and verified is the same, other tests show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tally_chain.verify.facts import Facts, StatedFacts
from tally_chain.verify.figures import Basis, Figure
from tally_edge.authority import FactsEvent
from tally_edge.senml import Reading
from tally_finance.quantity import store_file
from tally_finance.quantity.evidence import Evidence, Pack
from tally_finance.quantity.position import position
from tally_finance.quantity.remark import Name
from tally_trial import plants
from tally_trial.scene import Scene, facts_of, look_at
from tests.finance.quantity.sheet import SHEET
from tests.finance.quantity.yard import source

D = Decimal
DAY = 86_400
YEAR = 365
OPENING_T = 2_900
ENDS = (30, 91, 182, YEAR)
"""Days after which a lender looks."""


@pytest.fixture(scope="module", params=[1, 2])
def scene(request: pytest.FixtureRequest) -> Scene:
    plant = plants.opened("grain-silo", request.param, YEAR)
    return look_at(plant, request.param, only={"weighbridge", "level_a", "level_b"})


def evidence(scene: Scene, days: int, gone_kg_a_day: int = 0) -> Evidence:
    """What was read up to a day. Of the goods under gauge A so much goes every day besides."""
    facts = Facts()
    packs = {}
    figures = {}
    to_at = scene.begins + days * DAY
    for name, polled in scene.polled.items():
        stated = facts_of(polled, polled.plates[0], FactsEvent.INSTALL)
        facts.meters[polled.point] = [StatedFacts(bytes(32), stated)]
        readings = [one for draft in polled.drafts for one in draft.readings if one.taken_at <= to_at]
        if name == "level_a":
            readings = lowered(readings, scene.begins, gone_kg_a_day)
        packs[polled.point] = [Pack(source(1), tuple(readings))]
        for register in ("kg_in", "kg_out"):
            shown = [(one.taken_at, D(one.value)) for one in readings if one.register == register]
            if shown:
                (first, opened), (last, closed) = shown[0], shown[-1]
                figures[polled.point, register] = Figure(
                    polled.point, register, "kg", first, last, closed - opened, Basis.COMPLETE, "", "", len(shown)
                )
    return Evidence(packs, figures, facts, scene.begins, to_at)


def lowered(readings: Sequence[Reading], since: int, gone_kg_a_day: int) -> list[Reading]:
    """As the gauge would show it, to its last digit. 3,000 t are a full silo."""
    found = []
    for one in readings:
        if one.register == "level":
            share = D(gone_kg_a_day) * (one.taken_at - since) / DAY / 3_000_000
            assert isinstance(one.value, int | Decimal)
            found.append(replace(one, value=(D(one.value) - share).quantize(D("0.001"))))
        else:
            found.append(one)
    return found


def names(scene: Scene, days: int, gone_kg_a_day: int = 0) -> set[Name]:
    seen = evidence(scene, days, gone_kg_a_day)
    found = position(seen, store_file.parse(SHEET, Path("store.toml"), seen.to_at))
    return {remark.name for remark in found.remarks}


@pytest.mark.slow
def test_an_honest_year(scene: Scene) -> None:
    """Noise and time freeze nobody: not after a month, and not after a year, when the book has lost its certainty."""
    assert [names(scene, days) for days in ENDS] == [set()] * len(ENDS)


@pytest.mark.slow
def test_half_a_per_cent_a_month(scene: Scene) -> None:
    """Of 2,900 t in store 0.5 % a month are 483 kg a day: a doubt after two months at most, and sure within four."""
    gone = OPENING_T * 1000 * 5 // 1000 // 30
    doubted = [days for days in range(14, 121, 7) if names(scene, days, gone)]
    sure = [days for days in doubted if names(scene, days, gone) & {Name.SHORT, Name.LEAK}]
    print(f"0.5 % a month: doubted after {doubted[0]} days, sure after {sure[0]}")
    assert doubted[0] <= 60
    assert sure[0] <= 120
