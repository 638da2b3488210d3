"""The pages about devices hold what the vectors and the code say."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tally_edge.device import Boundary, GapReason
from tally_edge.drivers.opening import DRIVERS
from tally_edge.statement import Clock
from tests.vectors import explain

LIMIT = re.compile(r"^\| `([\w.]+)\.([A-Z_]+)` \| (-?\d+) \|", re.MULTILINE)
CODE = re.compile(r"^\| (\d) \| ([a-z ]+?) \(", re.MULTILINE)
DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", ["readings", "settlement", "gap"])
def test_the_worked_example_is_the_vector(name: str) -> None:
    text = (explain.PAGES / f"{name}.md").read_text("utf-8")
    blocks = list(explain.BLOCK.finditer(text))
    assert blocks
    for block in blocks:
        shown = "".join(line.partition("#")[0] for line in block[0].split("\n")[1:-1])
        assert bytes.fromhex(shown) == explain.bytes_of(block[2])


@pytest.mark.parametrize("name", ["readings", "settlement"])
def test_the_limits_are_the_codes(name: str) -> None:
    limits = LIMIT.findall((explain.PAGES / f"{name}.md").read_text("utf-8"))
    assert limits
    for module, constant, value in limits:
        assert getattr(importlib.import_module(f"tally_edge.{module}"), constant) == int(value), constant


@pytest.mark.parametrize(("name", "codes"), [("settlement", Boundary), ("gap", GapReason)])
def test_every_code_has_its_row(name: str, codes: type[Boundary] | type[GapReason]) -> None:
    rows = dict(CODE.findall((explain.PAGES / f"{name}.md").read_text("utf-8")))
    assert {int(code): word.replace(" ", "_").upper() for code, word in rows.items()} == {
        int(code): code.name for code in codes
    }


def test_every_driver_and_clock_state_is_told_of() -> None:
    text = (DOCS / "operating-edge.md").read_text("utf-8")
    assert all(f"| `{name}` |" in text for name in DRIVERS)
    assert all(f"`{state.name.lower()}`" in text for state in Clock if state is not Clock.RELATIVE)
