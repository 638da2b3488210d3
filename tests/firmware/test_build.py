"""The build itself: without a warning, clean under the sanitizers, its core without a heap, its files short."""

from __future__ import annotations

import random
import re
import subprocess

import pytest

from tests.firmware.build import OUT, SOURCES, Device, build
from tests.firmware.forgeries import forgeries
from tests.firmware.jobs import Jobs, xy

MAX_LINES = 300


def test_its_own_tests(device: Device) -> None:
    found = re.search(
        r"(\d+) checks, 0 failed; the arena's peak in a device was (\d+) of (\d+) bytes", device.run("selftest")
    )
    assert found is not None
    checks, peak, size = map(int, found.groups())
    assert checks > 4_000
    assert 2 * peak <= size


@pytest.mark.slow
def test_the_sanitizers_find_nothing(device: Device) -> None:
    """AddressSanitizer and UndefinedBehaviorSanitizer: any report ends the run."""
    build("san")
    sanitized = Device(OUT / "san" / "tally-device")
    assert "0 wrong" in sanitized.run("powercut", "6", "weighbridge", "2")
    sample = Jobs(8).readings(3)
    forged = [body.hex() for body in forgeries(sample.encoded)]
    assert "ok" not in sanitized.answers("check", xy(sample.signer), lines=random.Random(8).sample(forged, 300))


def test_the_core_calls_no_allocator(device: Device) -> None:
    done = subprocess.run(
        ["make", "--silent", "-C", SOURCES, f"OUT={OUT}", "no-heap", "size"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    text, data, bss = map(int, re.findall(r"(\d+)\s+(\d+)\s+(\d+)\s+\d+\s+\w+\s+\(TOTALS\)", done.stdout)[0])
    assert text < 64 * 1024
    assert data + bss < 32 * 1024


def test_files_are_short() -> None:
    sources = sorted([*SOURCES.rglob("*.c"), *SOURCES.rglob("*.h")])
    assert len(sources) > 40
    assert [path.name for path in sources if len(path.read_text("utf-8").splitlines()) > MAX_LINES] == []


def test_the_core_includes_nothing_of_the_host() -> None:
    """What a board would need: the C library, mbedTLS, and itself."""
    own = {path.name for path in (SOURCES / "core").glob("*.h")}
    for path in sorted((SOURCES / "core").glob("*.[ch]")):
        text = path.read_text("utf-8")
        assert set(re.findall(r'#include "([^"]+)"', text)) <= own, path.name
        system = set(re.findall(r"#include <([^>]+)>", text))
        assert all(name.startswith(("std", "mbedtls/")) or name == "string.h" for name in system), path.name
