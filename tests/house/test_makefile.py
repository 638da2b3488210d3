"""The targets that the README promises are there, and make would know what to do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = (
    "demo",
    "test",
    "check",
    "format",
    "pages",
    "bench",
    "detection",
    "museum",
    "kill",
    "sim",
    "sim-long",
    "contracts",
    "gas",
    "chain-nodes",
    "firmware",
    "fuzz",
    "lock",
)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_there_and_in_the_help(target: str, tmp_path: Path) -> None:
    make = ["make", "--dry-run", f"VENV={tmp_path / 'venv'}"]
    planned = subprocess.run([*make, target], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert planned.returncode == 0, planned.stderr
    assert planned.stdout
    told = subprocess.run(
        ["make", "--silent", "help"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert f"make {target} " in told.stdout


def test_requirements_are_hashed_and_name_no_index() -> None:
    for name in ("run.txt", "dev.txt"):
        lines = (ROOT / "requirements" / name).read_text().splitlines()
        pinned = [line for line in lines if "==" in line]
        assert len(pinned) > 40
        assert not [line for line in lines if line.startswith("-") or "://" in line]
        assert sum("--hash=sha256:" in line for line in lines) >= len(pinned)


def test_the_run_uses_what_the_readme_says() -> None:
    steps = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.startswith("make")]
    assert steps == ["make check", "make test"]
    assert "make test" in (ROOT / "README.md").read_text()
