"""The short form: hypothesis over the vectors. The long form is `make fuzz`."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.edge.forge import items, mutated
from tests.fuzz.decoders import TARGETS
from tests.fuzz.seeds import seeds

SEEDS = seeds()


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.sampled_from(SEEDS).flatmap(mutated) | st.binary(max_size=80))
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_no_undocumented_exception(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@given(item=items)
@settings(max_examples=30)
def test_well_formed_items_of_no_format(name: str, item: object) -> None:
    from tally_edge import cbor  # noqa: PLC0415  # the one thing needed here

    TARGETS[name](cbor.encode(item))  # type: ignore[arg-type]


def test_a_fault_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from tally_edge import cbor  # noqa: PLC0415  # broken on purpose below

    monkeypatch.setattr(cbor, "decode", lambda data: 1 // len(data))
    with pytest.raises(ZeroDivisionError):
        TARGETS["cbor"](b"")


def test_the_long_form_runs() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", "1", "--plain"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "no fault" in done.stdout
