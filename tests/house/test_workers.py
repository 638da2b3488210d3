"""What runs beside what: the lists name what is there, and modules are handed out whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import workers

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("place", [*workers.FIRST, *workers.TIMED])
def test_the_lists_name_what_is_there(place: str) -> None:
    assert (ROOT / place).exists()
    assert (ROOT / place).is_dir() == place.endswith("/")


@pytest.mark.parametrize(
    ("test", "stays_with"),
    [
        ("tests/edge/test_cbor.py::test_a", "tests/edge/test_cbor.py"),
        ("tests/edge/test_cbor.py::test_a[x::y]", "tests/edge/test_cbor.py"),
        ("tests/edge/test_cbor.py::TestA::test_a", "tests/edge/test_cbor.py"),
        ("tests/chain/nodes/test_rounds.py::test_a", "tests/chain/nodes/"),
        ("tests/browser/test_lender.py::test_a", "tests/browser/"),
    ],
)
def test_a_module_stays_together_and_the_network_too(test: str, stays_with: str) -> None:
    handing_out = workers.Together.__new__(workers.Together)  # its beginning asks for workers
    assert handing_out._split_scope(test) == stays_with


def test_without_workers_a_folder_stays_together_where_chance_put_its_first() -> None:
    order = [
        "tests/edge/test_a.py::test_1", "tests/browser/test_b.py::test_2", "tests/chain/page/test_c.py::test_3",
        "tests/edge/test_d.py::test_4", "tests/browser/test_e.py::test_5", "tests/chain/page/test_c.py::test_6",
    ]  # fmt: skip
    items: Any = [SimpleNamespace(nodeid=name) for name in order]
    workers.keep_together(items)
    assert [item.nodeid for item in items] == [order[at] for at in (0, 1, 4, 2, 5, 3)]


def test_what_looks_at_every_page_comes_before_those_who_type_into_them() -> None:
    module, _, test = workers.BEGINS.partition("::")
    assert f"def {test}(" in (ROOT / module).read_text()
    order = ["tests/browser/test_a.py::test_1", "tests/edge/test_b.py::test_2", f"{workers.BEGINS}[li]"]
    apart: Any = [SimpleNamespace(nodeid=name) for name in order]
    workers.keep_together(apart)
    assert [item.nodeid for item in apart] == [order[at] for at in (2, 0, 1)]
    beside: Any = [SimpleNamespace(nodeid=name, add_marker=lambda _: None) for name in order]
    workers.pytest_collection_modifyitems(SimpleNamespace(workerinput={}), beside)  # type: ignore[arg-type]
    assert [item.nodeid for item in beside] == [order[at] for at in (2, 0, 1)]


@pytest.mark.parametrize(
    ("test", "again"),
    [
        ("tests/gateway/intake/test_listener.py::test_a", True),
        ("tests/gateway/intake/test_kill.py::test_a", False),
        ("tests/chain/nodes/test_rounds.py::test_a", False),
        ("tests/gateway/log/test_writer.py::test_a", False),
        ("tests/chain/verify/test_cases.py::test_a[x]", False),
    ],
)
def test_only_what_waits_for_others_runs_again(test: str, again: bool) -> None:
    assert workers.runs_again(test) is again


@pytest.mark.parametrize("start", workers.EVIDENCE)
def test_the_evidence_is_there(start: str) -> None:
    assert any(found for place in workers.TIMED for found in (ROOT / place).rglob(f"{start}*.py"))


def test_a_failure_beside_others_is_run_once_more_and_counted(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests import workers\n"
        "from tests.workers import pytest_collection_modifyitems\n"
        "workers.TIMED = ('test_timed',)\n"
    )
    body = (
        "from pathlib import Path\n"
        "def test_once():\n"
        "    seen = Path(__file__).with_suffix('.seen')\n"
        "    first = not seen.exists()\n"
        "    seen.touch()\n"
        "    assert not first\n"
        "def test_always():\n"
        "    assert False\n"
    )
    for name in ("test_timed", "test_evidence"):
        (tmp_path / f"{name}.py").write_text(body)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "1",
        "-p",
        "no:randomly",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    found = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert "3 failed, 1 passed, 2 rerun" in found.stdout, found.stdout + found.stderr
