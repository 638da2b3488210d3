"""Fixtures of the firmware's tests."""

from __future__ import annotations

import pytest

from tests.firmware.build import Device, build


@pytest.fixture(scope="session")
def device() -> Device:
    """The firmware as it is built for the host."""
    return build()
