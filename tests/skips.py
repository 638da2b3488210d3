"""With CI=true a skipped test fails, unless tests/skips.txt allows it: a suite can not rot by skipping more and more.

A line of the list is `<what> <reason>`, where <what> is a node id (shell wildcards allowed) or `marker:<name>`.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from pluggy import Result

LIST = Path(__file__).with_name("skips.txt")


@dataclass(frozen=True, slots=True)
class Allowed:
    """The tests that may be skipped."""

    patterns: tuple[str, ...]
    markers: frozenset[str]

    def covers(self, node_id: str, markers: set[str]) -> bool:
        """Whether the test `node_id` with `markers` may be skipped."""
        return bool(markers & self.markers) or any(fnmatchcase(node_id, pattern) for pattern in self.patterns)


def parse(text: str) -> Allowed:
    """Read the list. Raises ValueError for a line without a reason."""
    whats = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        what, _, reason = line.partition(" ")
        if not reason.strip():
            raise ValueError(f"tests/skips.txt, line {number}: {what} is skipped for no reason")
        whats.append(what)
    markers = frozenset(what.removeprefix("marker:") for what in whats if what.startswith("marker:"))
    return Allowed(tuple(what for what in whats if not what.startswith("marker:")), markers)


def in_ci() -> bool:
    """Whether skips count as failures."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def _judge(report: pytest.TestReport | pytest.CollectReport, markers: set[str]) -> None:
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    if in_ci() and not parse(LIST.read_text("utf-8")).covers(report.nodeid, markers):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped ({reason}) and is not listed in tests/skips.txt"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Result[pytest.TestReport], None]:
    """Turn an unlisted skip of a test into a failure."""
    outcome = yield
    _judge(outcome.get_result(), {marker.name for marker in item.iter_markers()})


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report() -> Generator[None, Result[pytest.CollectReport], None]:
    """Turn an unlisted skip of a whole module into a failure."""
    outcome = yield
    _judge(outcome.get_result(), set())
