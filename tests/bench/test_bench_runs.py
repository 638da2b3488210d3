"""The benchmark runs small, in a process of its own, and gives every number that the page on performance names."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench import page
from tests.bench.__main__ import SECTIONS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A short run of every section."""
    if shutil.which("chromium") is None:
        pytest.skip("needs the Debian package chromium")
    output = tmp_path_factory.mktemp("bench") / "bench.json"
    (ROOT / "build").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--short", "--output", str(output)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(output.read_text())
    return found


@pytest.mark.slow
def test_a_short_run_has_every_number_of_the_page(results: dict[str, Any]) -> None:
    assert results.keys() == {"hardware", *SECTIONS}
    for _, places, _ in page.ROWS:
        for place in places:
            if results["hardware"]["cores"] == 1 and "two_" in place:
                continue
            assert page.value_at(results, place) > 0, place


@pytest.mark.slow
def test_what_does_not_depend_on_the_machine_holds(results: dict[str, Any]) -> None:
    """Loosely: a short run is mostly beginnings. How fast it is, is for quiet machines.

    A floor of some milliseconds is easily doubled by a neighbour, and nothing makes one faster than it is: so the best
    of the floors is what counts here, where no round's ratio is of use.
    """
    assert results["log"]["open_long_over_short"] < 10
    assert results["log"]["rss_growth_last_over_second_tenth"] < 1.5
    ingest = results["ingest"]["1 readings"]
    assert ingest["one_core_per_s"] < 1.5 * ingest["floor_signature_per_s"], "faster than its floor: not measured"
    assert results["gas"]["replay"] < results["gas"]["first"] < 100_000
    assert results["verify"]["totals_bytes"]["beyond"] < 4000
    alone, live = results["fleet"]["alone"], results["fleet"]["live"]
    assert alone["statements_per_s"] < 1.5 * alone["floor_signed_per_s"], "faster than its floor: not measured"
    assert live["statements"] == live["acknowledged"] > 0
    assert live["refused"] == 0


def test_the_page_names_the_rows_that_are_measured() -> None:
    """Its numbers are of one run on one machine; its rows are these."""
    text = page.PAGE.read_text("utf-8")
    shown = text.partition(page.BEGIN)[2].partition(page.END)[0]
    titles = [line.split("|")[1].strip() for line in shown.splitlines() if line.startswith("| ")][1:]
    assert titles == [title for title, _, _ in page.ROWS]
