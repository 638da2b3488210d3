"""How tests run beside one another (`make test`): which stay together, and which begin.

Most of the suite's time is waiting, for blocks, brokers and processes that were killed, so several tests wait at once.
Tests of one module stay together, because they share what the module sets up; the tests on the network of go-ethereum
nodes stay together, because there is one network; those in a browser, because they visit one portal.

A test that talks to processes, sockets and brokers and failed beside others is run once more, there and then; the last
line counts it ("1 rerun"), and it is a defect to be mended. Where a failure is evidence of what may happen once in a
thousand runs (crashes, kills, faults, searches, formats, verdicts), nothing is run again.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/chain/nodes/", "tests/browser/", "tests/chain/page/")
"""Folders whose modules run in one process, one after the other."""

FIRST = (
    *TOGETHER,
    "tests/simulation/test_simulation.py",
    "tests/system/test_year.py",
    "tests/chain/faults/",
    "tests/bench/test_bench_runs.py",
    "tests/system/test_disk_loss.py",
    "tests/chain/contracts/test_forge.py",
    "tests/firmware/test_thinning.py",
    "tests/system/test_kill_system.py",
    "tests/firmware/test_build.py",
    "tests/finance/api/test_fuzz.py",
    "tests/finance/cheats/test_cheats.py",
    "tests/chain/anchoring/test_crash_points.py",
    "tests/finance/desk/test_desk.py",
    "tests/chain/verify/test_mutations.py",
    "tests/chain/contracts/test_artefact.py",
    "tests/firmware/test_gateway.py",
)
"""What takes minutes, the longest first: begun last, it would run alone at the end."""

BEGINS = "tests/browser/test_every_page.py::test_chinese_pages_say_nothing_in_english"
"""Comes first in its folder: it looks at every page, before others type English into some."""

TIMED = (
    "tests/browser/",
    "tests/chain/anchoring/",
    "tests/chain/nodes/",
    "tests/edge/agent/",
    "tests/gateway/aggregate/",
    "tests/gateway/http/",
    "tests/gateway/intake/",
    "tests/gateway/service/",
    "tests/system/",
)
"""Folders whose tests talk to what runs beside them, and wait for it: run again once, in a worker."""

EVIDENCE = ("test_kill", "test_crash_points", "test_faults", "test_more_faults", "test_rounds", "test_lies")
"""Modules of those folders whose failure is never run away: each round is another draw."""


class Together(LoadScopeScheduling):
    """Hands out modules, or folders that stay together, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """The one above, whatever --dist says."""
    config.option.loadscopereorder = False
    return Together(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker, what takes long comes first; the rest stays in the order that chance gave it."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _place(item.nodeid))
        for item in items:
            if runs_again(item.nodeid):
                item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=1))
    else:
        keep_together(items)


def keep_together(items: list[pytest.Item]) -> None:
    """Without workers too: what a folder sets up once is otherwise set up again for each stretch of its modules."""
    for folder in TOGETHER:
        theirs = [item for item in items if item.nodeid.startswith(folder)]
        if theirs:
            first = items.index(theirs[0])
            theirs.sort(key=lambda item: not item.nodeid.startswith(BEGINS))
            others = [item for item in items if not item.nodeid.startswith(folder)]
            items[:] = [*others[:first], *theirs, *others[first:]]


def runs_again(nodeid: str) -> bool:
    """Whether a failure of this test, beside others, is looked at a second time."""
    module = nodeid.partition("::")[0]
    return module.startswith(TIMED) and not module.rpartition("/")[2].startswith(EVIDENCE)


def _place(nodeid: str) -> tuple[int, bool]:
    place = next((place for place, start in enumerate(FIRST) if nodeid.startswith(start)), len(FIRST))
    return place, not nodeid.startswith(BEGINS)
