"""A full disk under the projection: figures are late, and nothing else."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest

from tally_gateway import service
from tally_gateway.config import ProjectionSection
from tests.gateway.intake.support import eventually
from tests.gateway.service.world import World


async def test_the_projection_waits_for_space_and_the_service_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.change(projection=ProjectionSection(enabled=True, every_s=1))
    tries = []
    real: Callable[..., None] = service.project

    def full_once(*given: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError(errno.ENOSPC, "no space left on device")
        real(*given)

    monkeypatch.setattr(service, "project", full_once)
    async with world.running() as running:
        await eventually(lambda: running.parts.projector is not None and running.parts.projector.size > 0)
    assert len(tries) > 1
