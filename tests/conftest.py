"""What holds for every test."""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.skips import pytest_make_collect_report, pytest_runtest_makereport
from tests.workers import pytest_collection_modifyitems, pytest_xdist_make_scheduler

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "pytest_xdist_make_scheduler",
]

SHARED = Path(__file__).parents[2] / "shared" / "data"
"""What others made, kept beside the project and not in it."""


# A slow machine is no fault of what is tested; in CI the library's own profile says the same.
settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")

# Tests that run beside one another use the same keys, each on a chain of its own: they do not wait for one another.
os.environ["TALLYSTICK_LANES"] = tempfile.mkdtemp(prefix="tallystick-lanes-")
atexit.register(shutil.rmtree, os.environ["TALLYSTICK_LANES"], ignore_errors=True)


_YOUNG = 10_000
"""New objects between two looks for garbage, instead of 700: tests make many, and most of them go by themselves."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays until the end: looking through it again and again finds no garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(_YOUNG)
        gc.enable()


def pytest_unconfigure() -> None:
    """At the end everything may go: DuckDB would call what stays a leak."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of what others made. Skips where it is absent; a test that uses it carries the marker `shared`."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED.name} of others is absent: no folder ../shared/data beside the project")
    return SHARED


@pytest.fixture(scope="session")
def shared_vectors(shared: Path) -> Path:
    """The folder of others' vectors."""
    folder = shared / "vectors"
    if not folder.is_dir():
        pytest.skip("no folder ../shared/data/vectors beside the project")
    return folder
