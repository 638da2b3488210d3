"""The steel year for the demo, signed and logged in memory: the same readings, sheets and commands, no processes.

`DEMO=full` plays it through meter, agent and gateway instead (`make demo-footprint`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from tally_chain import bundle, policy_text
from tally_edge.senml import Reading
from tally_gateway.demo.stage import Progress, Say
from tally_trial.drafts import LATENCY_S, Draft, Plate, Polled
from tally_trial.footprint_demo import run, steel
from tally_trial.footprint_demo.site import BUNDLE, POLICY, Site
from tally_trial.play import play
from tally_trial.scene import Scene
from tests.conftest import SHARED

FULL: Final = os.environ.get("DEMO", "") == "full"
STEEL: Final = SHARED / "meters" / "Steel_industry_data.csv"
BASE: Final = "urn:dev:org:32473-replay"
BEGINS: Final = datetime(2018, 1, 1, tzinfo=ZoneInfo(steel.ZONE))
PACK: Final = 380


def played() -> run.Play:
    """The year, in full or in memory."""
    return run.steel_year(STEEL) if FULL else in_memory


def in_memory(folder: Path, say: Say, progress: Progress) -> Site:
    """The year in memory: devices sign packs of days, the gateway's checks take them in, the chain's rule the heads."""
    rows = steel.rows_of(STEEL)
    kwh = accumulate((Decimal(row[steel.USED]) for row in rows), initial=Decimal("0.00"))
    made = accumulate((kg for _, kg in steel.coils(rows)), initial=0)
    meters = (
        _polled("m1", 900, ("energy_import", "kWh"), "0.5S", kwh),
        _polled("s1", 3600, ("kg_out", "kg"), "III", made),
    )
    begins, ends = (int(at.timestamp()) for at in (BEGINS, BEGINS + timedelta(days=365)))
    shown = play(Scene(1, "steel", begins, ends, {one.name: one for one in meters}, (), {}))
    (folder / BUNDLE).parent.mkdir()
    (folder / BUNDLE).write_bytes(bundle.encode(shown.bundle))
    (folder / POLICY).write_bytes(policy_text.write(shown.policy).encode())
    return steel.site_of(rows)


def _polled(name: str, step: int, register: tuple[str, str], accuracy: str, shown: Iterable[Decimal | int]) -> Polled:
    point, begins = f"{BASE}:{name}", int(BEGINS.timestamp())
    word, unit = register
    readings = [Reading(point, word, begins + number * step, value, unit) for number, value in enumerate(shown)]
    packs = [tuple(readings[first : first + PACK]) for first in range(0, len(readings), PACK)]
    drafts = tuple(Draft(point, pack[-1].taken_at, pack[-1].taken_at + LATENCY_S, readings=pack) for pack in packs)
    plate = Plate(begins, f"SIM-{name}", 1, (), 0, accuracy_class=accuracy)
    return Polled(name, point, "meter", step, "", drafts, (plate,), (register,), frozenset({word}))
