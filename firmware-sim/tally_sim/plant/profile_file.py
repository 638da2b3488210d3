"""Reads a plant's profile, strictly: a TOML file as on docs/plant-profiles.md. Errors name the file and the key."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tally_sim.errors import ProfileError
from tally_sim.plant import classes, toml_table
from tally_sim.plant.profile import (
    ELECTRICITY,
    MEDIA,
    SCALES,
    SITE,
    WATER,
    Climate,
    Consumer,
    Meter,
    Process,
    Profile,
    Schedule,
    Stock,
    Traffic,
)
from tally_sim.plant.toml_table import Table

MAX_KG: Final = 10**9
MAX_DAYS: Final = 10_000
"""Longer than any run."""


def shipped() -> tuple[str, ...]:
    """The names of the profiles in this package."""
    folder = resources.files(__package__).joinpath("profiles")
    return tuple(sorted(path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml")))


def load(profile: str | Path) -> Profile:
    """A profile by its name in this package, or from a file. Raises ProfileError naming file and key."""
    try:
        if isinstance(profile, str) and profile in shipped():
            text = resources.files(__package__).joinpath("profiles", f"{profile}.toml").read_text("utf-8")
            return parse(text, f"{profile}.toml", profile)
        path = Path(profile)
        if path.suffix != ".toml":
            known = ", ".join(shipped())
            raise ProfileError(f"{str(profile)!r} is no profile; there are {known}, or a file NAME.toml")
        return parse(path.read_text("utf-8-sig"), str(path), path.stem)
    except OSError as error:
        raise ProfileError(f"{profile}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ProfileError(f"{profile}: cannot be read: {error}") from None


def parse(text: str, source: str, name: str) -> Profile:
    """The profile in `text`. Raises ProfileError naming `source` and the key."""
    root = toml_table.parse(text, source)
    site, loss = root.table("site"), root.table("line_loss")
    consumers = tuple(_consumer(table) for table in root.tables("consumer"))
    stocks = tuple(_stock(table) for table in root.tables("stock"))
    _once(root, "consumer", [each.name for each in consumers])
    _once(root, "stock", [each.name for each in stocks])
    profile = Profile(
        name=name,
        title=site.text("title"),
        timezone=_zone(site),
        schedule=_schedule(root.table("schedule")),
        climate=_climate(root.table("climate")),
        line_loss_ppm=loss.integer("ppm", 0, 200_000, 0),
        line_reference=int(loss.number("at_kw", 10**6, 1) * 250_000),
        stocks=stocks,
        consumers=consumers,
        processes=tuple(_process(table, stocks, consumers) for table in root.tables("process")),
        traffic=tuple(_traffic(table, stocks, consumers) for table in root.tables("traffic")),
        meters=tuple(_meter(table, stocks, consumers) for table in root.tables("meter")),
    )
    for table in (site, loss, root):
        table.done()
    _check(profile, root)
    return profile


def _check(profile: Profile, root: Table) -> None:
    _once(root, "process", [each.name for each in profile.processes])
    _once(root, "traffic", [each.name for each in profile.traffic])
    _once(root, "meter", [each.name for each in profile.meters])
    if profile.line_reference == 0:
        raise root.fault("line_loss.at_kw", "must not be 0")
    kinds = {meter.name: meter.kind for meter in profile.meters}
    for meter in profile.meters:
        if meter.parent and kinds.get(meter.parent) != meter.kind:
            raise root.fault("meter", f"{meter.name}: there is no {meter.kind} meter {meter.parent!r} above it")
    _require_a_top(root, {meter.name: meter.parent for meter in profile.meters})
    if profile.traffic and "weighbridge" not in kinds.values():
        raise root.fault("meter", "trucks need a weighbridge")


def _require_a_top(root: Table, parents: Mapping[str, str]) -> None:
    for name in parents:
        above = parents[name]
        for _ in parents:
            if above == name:
                raise root.fault("meter", f"{name}: stands above itself")
            above = parents.get(above, "")


def _once(root: Table, key: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise root.fault(key, f"{name!r} stands twice")


def _zone(table: Table) -> ZoneInfo:
    name = table.text("timezone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise table.fault("timezone", f"{name!r} is not a time zone of the IANA database") from None


def _schedule(table: Table) -> Schedule:
    hours = table.integers("shifts", 0, 24, (0, 24))
    if len(hours) % 2 or any(late <= early for early, late in zip(hours[::2], hours[1::2], strict=True)):
        raise table.fault("shifts", "is not a list of pairs from, until")
    schedule = Schedule(
        shifts=tuple(zip(hours[::2], hours[1::2], strict=True)),
        days=table.integers("days", 1, 7, (1, 2, 3, 4, 5, 6, 7)),
        stop_every_days=table.integer("stop_every_days", 0, 400, 0),
        stop_hours=table.integer("stop_hours", 0, 240, 0),
    )
    table.done()
    return schedule


def _climate(table: Table) -> Climate:
    climate = Climate(
        mean=table.integer("mean_tenths", -400, 400, 150),
        year_swing=table.integer("year_swing_tenths", 0, 400, 100),
        day_swing=table.integer("day_swing_tenths", 0, 200, 40),
    )
    table.done()
    return climate


def _stock(table: Table) -> Stock:
    name = table.name()
    bundle = table.span("bundle_kg", 0, MAX_KG, (0, 0))
    stock = Stock(
        name=name,
        opening_g=1000 * table.integer("opening_kg", 0, MAX_KG, 0),
        capacity_g=1000 * table.integer("capacity_kg", 1, MAX_KG),
        density=table.integer("density_kg_m3", 1, 25_000),
        moisture_ppm=table.span("moisture_ppm", 0, 500_000, (0, 0)),
        drying_ppm_day=table.integer("drying_ppm_day", 0, 500_000, 0),
        loss_ppm_year=table.integer("loss_ppm_year", 0, 100_000, 0),
        bundle_g=(1000 * bundle[0], 1000 * bundle[1]) if bundle[1] else None,
        slots=table.integer("slots", 1, 100_000, 1000),
    )
    if stock.opening_g > stock.capacity_g:
        raise table.fault("opening_kg", "is more than capacity_kg")
    if bundle[1] and not bundle[0]:
        raise table.fault("bundle_kg", "a bundle has a mass")
    if bundle[1] and (stock.moisture_ppm[1] or stock.loss_ppm_year):
        raise table.fault("bundle_kg", "bundles neither dry nor lose mass")
    table.done()
    return stock


def _consumer(table: Table) -> Consumer:
    medium = table.choice("medium", MEDIA)
    consumer = Consumer(
        name=table.name(),
        medium=medium,
        idle=int(table.number("idle_per_hour", 10**6, 0) * 10**6),
        working=int(table.number("working_per_hour", 10**6, 0) * 10**6),
        spread_ppm=table.integer("spread_ppm", 0, 900_000, 0),
        effluent_ppm=table.integer("effluent_ppm", 0, 1_000_000, 1_000_000) if medium == WATER else 0,
    )
    table.done()
    return consumer


def _one_of_stocks(table: Table, key: str, stocks: tuple[Stock, ...]) -> str:
    return table.choice(key, [stock.name for stock in stocks])


def _process(table: Table, stocks: tuple[Stock, ...], consumers: tuple[Consumer, ...]) -> Process:
    kind = table.choice("kind", ("batch", "load"))
    batch = kind == "batch"
    kg = table.span("batch_kg", 1, MAX_KG) if batch else (0, 0)
    minutes = table.span("batch_minutes", 30, 10_000) if batch else (15, 15)
    process = Process(
        name=table.name(),
        kind=kind,
        takes=_one_of_stocks(table, "takes", stocks),
        makes=_one_of_stocks(table, "makes", stocks),
        machines=table.integer("machines", 1, 100, 1) if batch else 1,
        batch_g=(1000 * kg[0], 1000 * kg[1]),
        batch_ticks=(-(-minutes[0] // 15), -(-minutes[1] // 15)),
        yield_ppm=table.integer("yield_ppm", 1, 1_000_000),
        scrap_ppm=table.integer("scrap_ppm", 0, 1_000_000),
        spread_ppm=table.integer("spread_ppm", 0, 900_000, 0),
        uses=table.rates("uses", [consumer.name for consumer in consumers]),
    )
    if process.yield_ppm + process.scrap_ppm > 1_000_000:
        raise table.fault("scrap_ppm", "yield and scrap are more than the whole")
    for stock in stocks:
        if stock.name in (process.takes, process.makes) and (stock.moisture_ppm[1] or stock.bundle_g):
            raise table.fault("takes", f"{stock.name!r} is moist or bundled: a process takes and makes dry bulk")
    power = [c.name for c in consumers if c.name in process.uses and c.medium == ELECTRICITY]
    if kind == "load" and (len(power) != 1 or not process.uses[power[0]]):
        raise table.fault("uses", "a process that follows a load uses exactly one consumer of electricity")
    table.done()
    return process


def _traffic(table: Table, stocks: tuple[Stock, ...], consumers: tuple[Consumer, ...]) -> Traffic:
    load, tare = table.span("load_kg", 1, 100_000), table.span("tare_kg", 1_000, 40_000, (13_800, 16_200))
    traffic = Traffic(
        name=table.name(),
        inbound=table.choice("way", ("in", "out")) == "in",
        stock=_one_of_stocks(table, "stock", stocks),
        load_g=(1000 * load[0], 1000 * load[1]),
        tare_g=(1000 * tare[0], 1000 * tare[1]),
        hours=table.span("hours", 0, 24, (6, 20)),
        per_day=table.integer("per_day", 1, 96),
        level_g=1000 * table.integer("while_kg", 0, MAX_KG),
        days=table.span("during_days", 0, MAX_DAYS, (0, MAX_DAYS)),
        uses=table.rates("uses", [consumer.name for consumer in consumers]),
    )
    if traffic.per_day > 4 * (traffic.hours[1] - traffic.hours[0]):
        raise table.fault("per_day", "is more than one truck in each quarter of `hours`")
    table.done()
    return traffic


def _meter(table: Table, stocks: tuple[Stock, ...], consumers: tuple[Consumer, ...]) -> Meter:
    kind = table.choice("kind", classes.KINDS)
    measures = table.names("measures", () if kind == "weighbridge" else None)
    if kind in MEDIA:
        known = [SITE, *(consumer.name for consumer in consumers if consumer.medium == kind)]
    else:
        known = [stock.name for stock in stocks if kind == "silo" or stock.bundle_g]
    for name in measures:
        if name not in known:
            raise table.fault("measures", f"{name!r} is not one of {', '.join(known)}")
    if kind not in MEDIA and kind != "weighbridge" and len(measures) != 1:
        raise table.fault("measures", "names one stock")
    digits, decimals = table.integer("digits", 3, 9, 9 if kind in SCALES else 6), 0
    if kind in MEDIA:
        decimals = table.integer("decimals", 0, 3, 3 if kind == WATER else 2)
    meter = Meter(
        name=table.name(),
        kind=kind,
        measures=measures,
        parent=table.text("parent", ""),
        accuracy=table.choice("class", classes.names(kind), classes.names(kind)[0]),
        cadence_s=table.integer("cadence_s", 60, 86_400, 900),
        multiplier=table.integer("multiplier", 1, 10**6, 1),
        digits=digits,
        decimals=decimals,
        opening=table.integer("opening", 0, 10**digits - 1, 0) * 10**decimals,
        temperature_ppb_k=table.integer("temperature_ppb_k", 0, 10**6, 0),
        drift_ppm_year=table.integer("drift_ppm_year", -50_000, 50_000, 0),
        interval_g=1000 * table.integer("interval_kg", 1, 1000, 20),
        calibrated_days=table.integer("calibrated_days", 1, 10_000, 730),
        unread_ppm=table.integer("unread_ppm", 0, 500_000, 0) if kind.startswith("rfid") else 0,
        effluent=kind == WATER and table.choice("side", ("supply", "drain"), "supply") == "drain",
    )
    table.done()
    return meter
