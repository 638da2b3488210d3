"""`tallystick finance trace`: a trace done again, one that does not hold, and a result opened to its sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tally_finance.factors.factor import Basis
from tally_finance.footprint.scope2 import location
from tally_finance.footprint.trace import Trace, canonical
from tests.chain.registry.consortium import say
from tests.finance.factors.examples import factor
from tests.finance.footprint.examples import just, line, national
from tests.vectors.cases_trace import renamed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "year.trace"
    emission = location(line(25_000), national(Basis.LOCATION, 2023, "CN-JS"))
    made.write_bytes(Trace.of({"location": emission.kg}).encode())
    return made


def test_a_trace_is_done_again(file: Path) -> None:
    said = say("finance", "trace", "replay", str(file))
    assert said.code == 0, said
    assert said.out.startswith("location: 14567.5 kgCO2\n3 steps hold")
    told = say("finance", "trace", "replay", str(file), "--json").json
    assert (told["holds"], told["steps"]) == (True, 3)
    assert told["results"] == {"location": {"value": "14567.5", "unit": "kgCO2"}}


def test_a_step_that_does_not_hold_is_named(file: Path) -> None:
    item = json.loads(file.read_bytes())
    renamed(item, "product", value="14567")
    file.write_bytes(canonical(item))
    said = say("finance", "trace", "replay", str(file))
    assert said.code == 1
    assert "product, main): is 14567.5, not 14567" in said.out
    assert say("finance", "trace", "replay", str(file), "--json").json["holds"] is False


def test_a_factor_that_is_in_no_registry_does_not_hold(file: Path) -> None:
    file.write_bytes(Trace.of({"location": location(line(1), just()).kg}).encode())
    said = say("finance", "trace", "replay", str(file))
    assert said.code == 1
    assert f"no factor {factor().digest.hex()} is here" in said.out


def test_a_result_opens_to_where_its_inputs_stand(file: Path) -> None:
    said = say("finance", "trace", "open", str(file), "location")
    assert said.code == 0
    lines = said.out.splitlines()
    assert len(lines) == 3
    assert any("[point main]" in line for line in lines)
    assert any("factor electricity.grid CN-JS 2023 location: 0.5827 kgCO2/kWh [factor " in line for line in lines)
    tree = say("finance", "trace", "open", str(file), "location", "--json").json
    assert {arg["op"] for arg in tree["args"]} == {"input", "factor"}
    step = tree["args"][0]["id"]
    assert say("finance", "trace", "open", str(file), step[:20]).out.startswith(step[:12])
    shallow = say("finance", "trace", "open", str(file), "location", "--depth", "0").out
    assert shallow.splitlines()[1:] == ["  … 2 below"]
    assert say("finance", "trace", "open", str(file), "market").code == 1
