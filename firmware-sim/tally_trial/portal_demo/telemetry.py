"""A gateway that is running: some hours of a small site in its log, and an agent that reads its meters now."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_gateway.anchored_log import wall_clock
from tally_gateway.demo.parties import Folders
from tally_gateway.demo.site import Site, small_site
from tally_gateway.demo.stage import Progress, Say, Stage
from tally_gateway.http.tokens import Scope, TokenFile

CADENCE_S: Final = 10
PACK: Final = 3
HISTORY_S: Final = 2 * 3_600


@dataclass(frozen=True, slots=True)
class Telemetry:
    """`url`: where the gateway answers over HTTP, to whom with which token. `folder`: its directory."""

    url: str
    operator_token: str
    folder: Path
    stage: Stage


@contextmanager
def flowing(place: Path, say: Say, progress: Progress) -> Iterator[Telemetry]:
    """Found it, run its history through on a virtual clock, and leave gateway and agent running until the end."""
    now = wall_clock() // CADENCE_S * CADENCE_S
    stage = Stage(live_site(now), Folders(place), say, progress, closes=False)
    people, settings = stage.prepare()
    with stage.running(people, settings) as (stated, running), stage.live(people, settings, stated, running):
        token = TokenFile(settings.path(settings.http.tokens_file)).add(
            "operator", frozenset({Scope.OPERATE, Scope.SUBMIT, Scope.ENTRIES})
        )
        yield Telemetry(f"http://{running['http']}", token, stage.folders.gateway, stage)


def live_site(now: int) -> Site:
    """The small site of `tallystick demo`, read every few seconds; its history ends now."""
    site, from_at = small_site(1), now - HISTORY_S
    points = tuple(
        dataclasses.replace(
            point,
            cadence_s=CADENCE_S,
            pack_readings=PACK,
            meter={**point.meter, "start": from_at - 30 * 86_400},
        )
        for point in site.points
    )
    return dataclasses.replace(site, points=points, from_at=from_at, to_at=now)
