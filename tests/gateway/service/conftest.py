"""Fixtures of the service's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.service.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A gateway without a chain."""
    return make_world(tmp_path / "gateway")
