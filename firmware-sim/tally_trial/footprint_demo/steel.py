"""The real year of a steel plant: its quarter hours are a Modbus meter's register, read by the agent, logged, anchored.

All of the pipeline is real: the agent signs what it reads, the gateway takes it in over TLS, the contract on the
embedded chain takes the heads. Two things are simulated, and the evidence says so: the clock, which runs through the
year as fast as the gateway confirms, and what was made, of which the file says nothing (`coils`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
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
DAY_S: Final = 86_400
IDLE_KWH: Final = Decimal("12.8")
KWH_PER_T: Final = 62
"""Of an hour without work, and of a tonne that is worked: as the profile `steel-mill` has them."""
USUAL: Final = Path("shared", "data", "meters", "Steel_industry_data.csv")
"""Where the file is kept, in the folder that holds the project."""


def found() -> Path | None:
    """The year's file where it is usually kept: beside the working folder, or beside the source tree."""
    beside = (Path.cwd().parent / USUAL, Path(__file__).resolve().parents[4] / USUAL)
    return next((file for file in beside if file.is_file()), None)


def played(file: Path, folder: Path, say: Say, progress: Progress) -> Site:
    """Play the year of `file` in `folder`, through processes of its own. Raises TrialUsageError, DemoError."""
    rows = rows_of(file)
    evidence = folder / "evidence"
    sheets = folder / "sheets"
    sheets.mkdir(parents=True, exist_ok=True)
    made = sheets / "coils.csv"
    made.write_text("date,coils_kg\n" + "".join(f"{date},{kg}\n" for date, kg in coils(rows)), "utf-8")
    power = Recording(file, USED, "kWh", ZONE, "energy_import")
    weighed = Recording(made, "coils_kg", "kg", ZONE, "kg_out", "SIM-0002")
    with ExitStack() as meters:
        main = meters.enter_context(served(power, folder / "power.log"))
        scale = meters.enter_context(served(weighed, folder / "scale.log"))
        stage = Stage(_site(main, scale), Folders(evidence), say, progress)
        people, settings = stage.prepare()
        stage.run(people, settings)
    stage.export(settings, Content.FULL, stage.folders.bundle)
    stage.write_policy(people, settings)
    return site_of(rows)


def site_of(rows: Sequence[Mapping[str, str]]) -> Site:
    """What a reviewer knows of the plant whose year these rows are."""
    stated = sum((Decimal(row[CO2]) for row in rows), Decimal(0))
    here = resources.files(__package__) / "sheets"
    return Site(
        title=f"a steel plant's year, {len(rows):,} quarter hours 钢厂全年",
        borrower="Hanbit Steel",
        province="CN-JS",
        product="coil",
        sheets={
            "boundary.toml": (here / "steel-boundary.toml").read_text("utf-8"),
            "inventory.toml": (here / "steel-inventory.toml").read_text("utf-8").replace("STATED", f"{stated:f}"),
        },
    )


def rows_of(file: Path) -> list[dict[str, str]]:
    """The file's rows. Raises TrialUsageError where it is another one."""
    try:
        rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        raise TrialUsageError(f"{file} can not be read: {error}") from None
    if not rows or not {"date", USED, CO2} <= rows[0].keys():
        raise TrialUsageError(f"{file}: is not the steel year: its columns are not date, {USED} and {CO2}")
    return rows


def coils(rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, int]]:
    """What was made, by the hour: its end, and what it used above idling, by the tonne, in whole kilograms."""
    for first in range(0, len(rows), PER_HOUR):
        hour = rows[first : first + PER_HOUR]
        used = sum((Decimal(row[USED]) for row in hour), Decimal(0))
        yield hour[-1]["date"], int(max(Decimal(0), used - IDLE_KWH) * 1000 / KWH_PER_T)


def _site(main: ReplayedColumn, scale: ReplayedColumn) -> GatewaySite:
    site = replay_site(main, ZONE, "energy_import")
    (power,), (weighed,) = site.points, replay_site(scale, ZONE, "kg_out").points
    weighed = replace(weighed, uri=f"{weighed.uri.rpartition(':')[0]}:s1", accuracy_class="III")
    return replace(site, points=(_by_the_day(power), _by_the_day(weighed)))


def _by_the_day(point: Point) -> Point:
    """With a day of readings in a statement."""
    return replace(point, pack_readings=DAY_S // point.cadence_s)
