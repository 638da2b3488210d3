"""What a product rests on: real lines of water, and what a ceiling can be of a line at most."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge.authority import CorrectionReason
from tally_finance.errors import PactError
from tally_finance.export.pact_of import footprint_of, product_in
from tally_finance.export.rests import Rests, Trace, rests_of
from tally_finance.review.json_object import Object
from tests.finance.activity.test_site import corrected
from tests.finance.export import coil
from tests.finance.report import mill
from tests.finance.report.test_emitting import HEAD, WATER

COILS = '[products]\n[[products.product]]\nname = "coil"\nmade = ["coils"]\n'
KG = st.fractions(min_value=0, max_value=10**9)


def line(**changes: str) -> Object:
    plain = {"id": "line-1", "name": "power", "kg": "500", "gas_kg": "500", "rests": "ceilings", "factor": "f"}
    return Object({**plain, "opens": ["load-1"], **changes})


def meter(estimated: str, unit: str = "kWh", corrections: Iterable[dict[str, Any]] = ()) -> Object:
    return Object({"id": "load-1", "estimated": estimated, "unit": unit, "corrections": list(corrections)})


def factor(value: str, unit: str = "kgCO2/kWh") -> Object:
    return Object({"digest": "f", "value": value, "unit": unit})


def trace(source: dict[str, str]) -> Trace:
    load = {"id": "a", "op": "input", "args": [], "source": source}
    return Trace({"results": {"line-1": "b"}, "steps": [load, {"id": "b", "op": "round", "args": ["a"], "source": {}}]})


METERED = trace({"load": "00", "state": "measured"})


def test_a_share_that_drains_is_stated() -> None:
    """295 m3 in are devices'; four fifths of them by the drain is what somebody states."""
    kept = coil.kept(text=HEAD.format(region="GB", year=2025) + WATER + COILS)
    values = {one["activity"]: Fraction(one["value"]) for one in kept.said["factors"]}
    found = product_in(kept, "coil").rests
    grams = Fraction(1, 1000)
    assert abs(found.devices - 295 * values["water.supply"]) < grams
    assert abs(found.stated - 236 * values["water.treatment"]) < grams
    assert not found.ceilings
    body = footprint_of(kept, "coil", coil.sheet(), coil.NEW)
    said = body["pcf"]["boundaryProcessesDescription"]
    assert said.endswith("The factors' publishers weighed the gases of water, water: drained.")
    assert body["pcf"]["primaryDataShare"] == f"{found.percents()['devices']:f}"


@pytest.mark.parametrize(
    ("estimated", "value", "unit", "ceilings"),
    [
        ("0", "0.5", "kgCO2/kWh", 0),
        ("250", "0.5", "kgCO2/kWh", 125),
        ("250", "0.5", "tCO2/MWh", 125),
        ("2000", "0.5", "kgCO2/kWh", 500),
        ("250", "0.5", "kgCO2/m3", 500),
        ("250", "0.5", "none", 500),
    ],
)
def test_a_ceilings_part(estimated: str, value: str, unit: str, ceilings: int) -> None:
    found = rests_of([line()], [meter(estimated)], [factor(value, unit)], METERED)
    assert found == Rests(Fraction(500 - ceilings), Fraction(ceilings), Fraction(0))


def test_a_stated_step_on_a_ceiling_leaves_nothing_to_devices() -> None:
    stated = trace({"stated": "supplier's analysis"})
    assert rests_of([line()], [meter("1")], [factor("0.5")], stated).ceilings == 500


def correction(before: str, after: str, *, placed: bool = True, reason: str = "wrong_ratio") -> dict[str, Any]:
    return {"before": before, "after": after, "placed": placed, "reason": reason}


@pytest.mark.parametrize(
    ("rests", "estimated", "one", "parts"),
    [
        ("corrections", "0", correction("100", "40"), (450, 0, 50)),
        ("corrections", "0", correction("40", "100"), (450, 0, 50)),
        ("corrections", "0", correction("5000", "0"), (0, 0, 500)),
        ("devices", "0", correction("100", "100"), (500, 0, 0)),
        ("devices", "0", correction("100", "40", placed=False), (500, 0, 0)),
        ("devices", "0", correction("100", "140", reason="gap_filled"), (500, 0, 0)),
        ("ceilings", "600", correction("100", "40"), (150, 300, 50)),
        ("ceilings", "600", correction("5000", "0"), (0, 300, 200)),
        ("stated", "0", correction("100", "40"), (0, 0, 500)),
        ("ceilings and stated", "1", correction("100", "40"), (0, 500, 0)),
    ],
)
def test_what_a_signed_correction_reaches_is_no_devices_word(
    rests: str, estimated: str, one: dict[str, Any], parts: tuple[int, int, int]
) -> None:
    """By the larger of what it took away and put there: 0.5 kg by the kilowatt hour, 500 kg in all."""
    found = rests_of([line(rests=rests)], [meter(estimated, corrections=[one])], [factor("0.5")], METERED)
    assert (found.devices, found.ceilings, found.stated) == parts


def test_the_share_of_primary_data_after_a_correction() -> None:
    """Ten of 31 days were corrected, from 1,000 to 100 kWh: of the 2,200 that count, 1,000 were reached."""
    text = mill.INVENTORY.replace("stated_t = 2.9", "")
    kept = coil.kept(corrected(CorrectionReason.WRONG_RATIO, 100), text, 31)
    body = footprint_of(kept, "coil", coil.sheet(), coil.NEW)
    assert body["pcf"]["primaryDataShare"] == "54.545"
    (evidence,) = body["extensions"]
    assert evidence["data"]["restsOnPercent"] == {"devices": "54.545", "ceilings": "0.000", "stated": "45.455"}


def test_lines_that_can_not_be() -> None:
    with pytest.raises(PactError, match="power: -1 kg is below 0"):
        rests_of([line(kg="-1")], [meter("1")], [factor("1")], METERED)
    with pytest.raises(PactError, match="does not lead to line-2"):
        rests_of([line(id="line-2")], [meter("1")], [factor("1")], METERED)
    for wrong in ({}, {"results": [], "steps": [1]}, {"results": {}, "steps": None}):
        with pytest.raises(PactError, match="trace is none"):
            Trace(wrong)
    with pytest.raises(PactError, match="trace has no line-1"):
        METERED.argument("line-1")


@given(KG, KG, KG)
def test_the_devices_share_is_never_told_higher(devices: Fraction, ceilings: Fraction, stated: Fraction) -> None:
    rests = Rests(devices, ceilings, stated)
    told = rests.percents()
    if not rests.whole:
        assert told == {}
        return
    exact: dict[str, Any] = {"devices": devices, "ceilings": ceilings, "stated": stated}
    for name, kg in exact.items():
        gap = Fraction(told[name]) - 100 * kg / rests.whole
        assert -Fraction(1, 1000) < (gap if name == "devices" else -gap) <= 0
        assert told[name] == told[name].quantize(Decimal("0.001"))
