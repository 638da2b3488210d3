"""U95 of a site of 50 meters, computed a second time from the plates alone: classes, transformers, certificates.

The other computation knows nothing of contributions, groups or traces. It is given what each register counted, what
stands on the plates, and the rules of docs/footprint.md, and goes by JCGM 100:2008, 5.2.2, in fifty digits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest

from tally_chain.verify.verifier import Examined
from tally_edge.authority import FactsEvent, MeterFacts, RegisterFacts
from tally_edge.device import RegisterValue
from tally_edge.statement import Kind
from tally_finance.activity import boundary_file
from tally_finance.factors.shipping import shipped
from tally_finance.report import inventory_file
from tally_finance.report.making import report_of
from tests.bench import bench_footprint, site_year
from tests.world import START

METERS, DAYS = 50, 4
MAINS, GAS, WATER = (0, 25), (24, 49), (23, 48)
SHARED = "".join(f'\n[[meter]]\nname = "main {number}"\ntransformers = ["TA-1 0.5", "TV-1 0.2"]\n' for number in MAINS)
CUT = 2 * site_year.A_DAY
"""After two days the certificate of meter 0 runs out; meter 25 is exchanged where it says so."""
EVENTS = ("none", "expired", "exchanged")


def site(event: str) -> Examined:
    """Fifty meters; the certificate of meter 0 ends after two days, or meter 25 is another one from then on."""
    world = site_year.opened(METERS)
    at, number = START + CUT * site_year.QUARTER_S, 0 if event == "expired" else 25
    sort, point = site_year.sort_of(number), site_year.point_of(number)
    registers = (RegisterFacts("reading", sort.unit, cumulative=True),)
    facts = MeterFacts(point, FactsEvent.INSTALL, START, f"S-{number}", sort.accuracy, 1, registers, "C-1", at)
    if event == "expired":
        world.state(Kind.METER_FACTS, point, facts)
    if event == "exchanged":
        until = START + 400 * 86_400
        shown = Decimal(int(site_year.registers(METERS, DAYS * site_year.A_DAY)[number][CUT])).scaleb(-3)
        read = (RegisterValue("reading", shown, sort.unit),)
        other = replace(facts, event=FactsEvent.EXCHANGE, effective_at=at, serial="S-99", certificate_expires_at=until)
        other = replace(other, closing=read, opening=read)
        world.state(Kind.METER_FACTS, point, other)
    site_year.say(world, METERS, DAYS * site_year.A_DAY)
    return bench_footprint.handed_over(world, DAYS * site_year.A_DAY)


def told(of: Examined, folder: Path, more: str) -> dict[str, Any]:
    sheet = site_year.sheets(folder, METERS)
    sheet.write_text(site_year.INVENTORY + more)
    limits = boundary_file.load(folder / "boundary.toml")
    return dict(json.loads(report_of(of, inventory_file.load(sheet), limits, shipped(), (bytes(32),)).encode()))


def counted() -> dict[int, tuple[Decimal, Decimal]]:
    """What each register counted before and after the cut."""
    every = site_year.registers(METERS, DAYS * site_year.A_DAY)
    return {
        number: tuple(Decimal(int(rows[to] - rows[begin])).scaleb(-3) for begin, to in ((0, CUT), (CUT, -1)))  # type: ignore[misc]  # two
        for number, rows in enumerate(every)
    }


def second(values: Mapping[str, Decimal], event: str, *, transformers: bool) -> dict[str, Decimal]:
    """U95 of each scope: limits over the root of three; one meter and one transformer add, the rest as squares."""
    with localcontext(prec=50):
        third = 1 / Decimal(3).sqrt()
        amounts = counted()
        groups: dict[str, dict[str, Decimal]] = {"scope-1": {}, "scope-2-location": {}, "scope-3": {}}

        def add(scope: str, group: str, amount: Decimal, percent: str, factor: Decimal) -> None:
            known = groups[scope].get(group, Decimal(0))
            groups[scope][group] = known + amount * Decimal(percent) / 100 * third * factor

        for number in MAINS:
            for part, amount in enumerate(amounts[number]):
                wider = "0.4" if event == "expired" and number == 0 and part else "0.2"
                meter = "S-99" if event == "exchanged" and number == 25 and part else f"S-{number}"
                add("scope-2-location", meter, amount, wider, values["electricity.grid"])
                if transformers:
                    add("scope-2-location", "TA-1", amount, "0.5", values["electricity.grid"])
                    add("scope-2-location", "TV-1", amount, "0.2", values["electricity.grid"])
        for number in GAS:
            add("scope-1", f"S-{number}", sum(amounts[number]), "2", values["fuel.natural_gas"])  # class 1, in service
        for number in WATER:
            add("scope-3", f"S-{number}", sum(amounts[number]), "4", values["water.supply"])  # class 2, in service
        found = {scope: 2 * sum(u * u for u in of.values()).sqrt() for scope, of in groups.items()}  # type: ignore[union-attr]
        every = [u for of in groups.values() for u in of.values()]
        return {**found, "total-location": 2 * sum(u * u for u in every).sqrt()}  # type: ignore[union-attr]  # a sum of decimals


@pytest.mark.parametrize("event", EVENTS)
def test_two_computations_agree(event: str, tmp_path: Path) -> None:
    of = site(event)
    for more in ("", SHARED):
        found = told(of, tmp_path, more)
        values = {one["activity"]: Decimal(one["value"]) for one in found["factors"] if one["basis"] != "residual"}
        for scope, u95 in second(values, event, transformers=bool(more)).items():
            figure = found["figures"][scope]
            assert u95 <= Decimal(figure["u95_kg"]) <= u95 + 2, (
                scope,
                more,
            )  # u is rounded up to a kilogram, twice it told
            assert Decimal(figure["conservative_kg"]) >= Decimal(figure["kg"]) - 1 + u95


def test_drivers_are_the_parts_of_the_variance(tmp_path: Path) -> None:
    """Two mains of 0.2S behind one transformer of 0.5: the transformer says most of it."""
    found = told(site("none"), tmp_path, SHARED)["figures"]["scope-2-location"]
    shares = {name: Decimal(percent) for name, percent in found["drivers"]}
    assert abs(sum(shares.values()) - 100) <= Decimal("0.2")
    assert max(shares, key=lambda name: shares[name]) == "transformer TA-1"
    a, b = (sum(counted()[number]) for number in MAINS)
    parts = {"TA": (Decimal("0.5") * (a + b)) ** 2, "TV": (Decimal("0.2") * (a + b)) ** 2}
    parts |= {"S-0": (Decimal("0.2") * a) ** 2, "S-25": (Decimal("0.2") * b) ** 2}
    assert abs(shares["transformer TA-1"] - 100 * parts["TA"] / sum(parts.values())) <= Decimal("0.1")
