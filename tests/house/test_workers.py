"""What runs beside what: the lists name what is there, and modules are handed out whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import workers

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("place", workers.FIRST)
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
    ],
)
def test_a_module_stays_together_and_the_network_too(test: str, stays_with: str) -> None:
    handing_out = workers.Together.__new__(workers.Together)  # its beginning asks for workers
    assert handing_out._split_scope(test) == stays_with
