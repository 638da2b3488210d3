"""The real year of a steel plant: its quarter hours are a Modbus meter's register, read by the agent, logged, anchored.

All of the pipeline is real: the agent signs what it reads, the gateway takes it in over TLS, the contract on the
embedded chain takes the heads. Two things are simulated, and the evidence says so: the clock, which runs through the
year as fast as the gateway confirms, and what was made, of which the file says nothing (`coils`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Final

from tally_chain.bundle import Content
from tally_gateway.demo.parties import Folders
from tally_gateway.demo.replay import Recording, served
from tally_gateway.demo.site import Point, ReplayedColumn, replay_site
from tally_gateway.demo.site import Site as GatewaySite
from tally_gateway.demo.stage import Progress, Say, Stage
from tally_trial.errors import TrialUsageError
from tally_trial.footprint_demo.site import Site

USED: Final = "Usage_kWh"
CO2: Final = "CO2(tCO2)"
ZONE: Final = "Asia/Seoul"
PER_HOUR: Final = 4
IDLE_KWH: Final = Decimal("12.8")
KWH_PER_T: Final = 62
"""Of an hour without work, and of a tonne that is worked: as the profile `steel-mill` has them."""
SHARED: Final = Path("..", "shared", "data", "meters", "Steel_industry_data.csv")


def found() -> Path | None:
    """The year's file where it is usually kept: beside the project, seen from the working folder."""
    return SHARED if SHARED.is_file() else None


def played(file: Path, folder: Path, say: Say, progress: Progress) -> Site:
    """Play the year of `file` in `folder`, through processes of its own. Raises TrialUsageError, DemoError."""
    rows = _rows(file)
    evidence = folder / "evidence"
    sheets = folder / "sheets"
    sheets.mkdir(parents=True, exist_ok=True)
    made = sheets / "coils.csv"
    made.write_text("".join(_made(rows)), "utf-8")
    power = Recording(file, USED, "kWh", ZONE, "energy_import")
    coils = Recording(made, "coils_kg", "kg", ZONE, "kg_out")
    with ExitStack() as meters:
        main = meters.enter_context(served(power, folder / "power.log"))
        scale = meters.enter_context(served(coils, folder / "scale.log"))
        stage = Stage(_site(main, scale), Folders(evidence), say, progress)
        people, settings = stage.prepare()
        stage.run(people, settings)
    stage.export(settings, Content.FULL, stage.folders.bundle)
    stage.write_policy(people, settings)
    stated = sum((Decimal(row[CO2]) for row in rows), Decimal(0))
    here = resources.files(__package__) / "sheets"
    return Site(
        title="a steel plant's year, 35,040 quarter hours 钢厂全年",
        borrower="Hanbit Steel",
        province="CN-JS",
        product="coil",
        sheets={
            "boundary.toml": (here / "steel-boundary.toml").read_text("utf-8"),
            "inventory.toml": (here / "steel-inventory.toml").read_text("utf-8").replace("STATED", f"{stated:f}"),
        },
    )


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        raise TrialUsageError(f"{file} can not be read: {error}") from None
    if not rows or not {"date", USED, CO2} <= rows[0].keys():
        raise TrialUsageError(f"{file}: is not the steel year: its columns are not date, {USED} and {CO2}")
    return rows


def _made(rows: list[dict[str, str]]) -> Iterator[str]:
    """Coils by the hour: what an hour used above idling, by the tonne, in whole kilograms."""
    yield "date,coils_kg\n"
    for first in range(0, len(rows), PER_HOUR):
        hour = rows[first : first + PER_HOUR]
        used = sum((Decimal(row[USED]) for row in hour), Decimal(0))
        yield f"{hour[-1]['date']},{int(max(Decimal(0), used - IDLE_KWH) * 1000 / KWH_PER_T)}\n"


def _site(main: ReplayedColumn, scale: ReplayedColumn) -> GatewaySite:
    site = replay_site(main, ZONE, "energy_import")
    (weighed,) = replay_site(scale, ZONE, "kg_out").points
    point: Point = replace(weighed, uri=f"{weighed.uri.rpartition(':')[0]}:s1", accuracy_class="III")
    return replace(site, points=(*site.points, point))
