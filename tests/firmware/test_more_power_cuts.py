"""Power cuts that a calm start never sees: in the very first start, behind a lost state, several in one run."""

from __future__ import annotations

import re

import pytest

from tests.firmware.build import Device

SUMMARY = re.compile(r"(\d+) flash operations, .* (\d+) statements; .*: (\d+) runs, (\d+) wrong")
TORN = 4


@pytest.mark.parametrize(("beginning", "variant"), [("first", "water"), ("lost", "silo")])
def test_at_every_write_and_erase(device: Device, beginning: str, variant: str) -> None:
    """An enrolled key outlives every cut of its first start; behind a lost state, one new key signs, and one alone."""
    found = SUMMARY.search(device.run("powercut", "10", variant, beginning, "2"))
    assert found is not None
    operations, statements, runs, wrong = map(int, found.groups())
    assert wrong == 0
    assert statements >= 8
    assert operations >= runs / TORN >= 50


@pytest.mark.parametrize("variant", ["electricity", "weighbridge", "rfid-gate"])
def test_several_cuts_in_one_run(device: Device, variant: str) -> None:
    found = re.search(r"(\d+) runs, (\d+) cuts, (\d+) wrong", device.run("powercut", "20", variant, "often", "25"))
    assert found is not None
    runs, cuts, wrong = map(int, found.groups())
    assert (runs, wrong) == (25, 0)
    assert cuts >= 2 * runs


def test_no_token_goes_into_a_network_in_the_clear(device: Device) -> None:
    """Without TLS a fleet goes to a loopback address in digits, or nowhere."""
    for host in ("192.0.2.7", "localhost"):
        arguments = ("fleet", "no-such-file", "00" * 64, host, "1883", "-", "1", "1", "1")
        with pytest.raises(AssertionError, match=f"{host}: without TLS only to a loopback address"):
            device.run(*arguments)
