"""A skip that nobody listed fails, seen in a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import parse

ROOT = Path(__file__).parents[2]
PLUGIN = "from tests.skips import pytest_make_collect_report, pytest_runtest_makereport\n"


def run(folder: Path, text: str, *options: str, ci: str) -> str:
    (folder / "conftest.py").write_text(PLUGIN)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    shared: listed\n")
    (folder / "test_it.py").write_text("import pytest\n" + text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *options, str(folder)],
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.strip().splitlines()[-1]


def test_an_unlisted_skip_fails_where_ci_is_set(tmp_path: Path) -> None:
    text = "def test_a(): pytest.skip('no reason')\n"
    assert "1 failed" in run(tmp_path, text, ci="true")
    assert "1 skipped" in run(tmp_path, text, ci="")


def test_a_listed_marker_may_be_skipped(tmp_path: Path) -> None:
    assert "1 skipped" in run(tmp_path, "@pytest.mark.shared\ndef test_a(): pytest.skip('absent')\n", ci="true")


def test_a_module_that_skips_itself_fails(tmp_path: Path) -> None:
    assert "error" in run(tmp_path, "pytest.skip('whole', allow_module_level=True)\n", ci="true")


@pytest.mark.parametrize(
    "text", ["def test_a(): pytest.skip('no reason')\n", "pytest.skip('whole', allow_module_level=True)\n"]
)
def test_it_fails_in_a_worker_too(tmp_path: Path, text: str) -> None:
    said = run(tmp_path, text, "-n", "1", ci="true")
    assert "1 failed" in said or "1 error" in said


def test_every_line_of_the_list_gives_a_reason() -> None:
    assert parse((ROOT / "tests/skips.txt").read_text()).markers == {"shared", "evm_node", "evm_network"}
    with pytest.raises(ValueError, match="no reason"):
        parse("tests/a.py::test_b\n")
