"""What an authority's people write: a site plan, and the facts about a meter, as TOML. The examples are the format.

site = "urn:dev:org:32473-steel"              point = "urn:dev:org:32473-steel:m1"
owner = "Example Steel"                       effective_at = 2027-01-01T00:00:00+09:00
timezone = "Asia/Seoul"                       serial = "11223344"
reading_day = 1                               accuracy_class = "0.5S"
renew_by = 2027-06-30T00:00:00+09:00          multiplier = 120
                                              certificate = "CERT-2026-17"
[[log]]                                       certificate_expires_at = 2032-01-01T00:00:00+09:00
origin = "tallystick.example/steel/5f3c9a"
                                              [[register]]
[[person]]                                    register = "energy_import"
organisation = "Example Bank"                 unit = "kWh"
kid = "64 hexadecimal digits"                 cumulative = true
                                              modulus = 1000000.00
[[point]]
point = "urn:dev:org:32473-steel:m1"
cadence_s = 900
parent = "urn:dev:org:32473-steel:m0"
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tally_edge import toml_table, wire
from tally_edge.authority import (
    FactsEvent,
    MeterFacts,
    NamedLog,
    Person,
    PlannedPoint,
    RegisterFacts,
    SitePlan,
)
from tally_edge.errors import ConfigError, StatementError
from tally_edge.toml_table import Table

_KID: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def read_plan(path: Path) -> SitePlan:
    """The site plan in `path`. Raises ConfigError naming file and key."""
    table = toml_table.read(path)
    plan = SitePlan(
        site=table.text("site"),
        owner=table.text("owner"),
        timezone=_zone(table),
        reading_day=table.integer("reading_day", 1),
        logs=tuple(_log(member) for member in table.tables("log")),
        points=tuple(_point(member) for member in table.tables("point")),
        persons=tuple(_person(member) for member in table.tables("person")),
        renew_by=table.time("renew_by"),
    )
    table.done()
    return _encodable(path, plan)


def read_facts(path: Path, event: FactsEvent) -> MeterFacts:
    """The facts in `path`, to be stated because of `event`. Raises ConfigError naming file and key."""
    table = toml_table.read(path)
    facts = MeterFacts(
        point=table.text("point"),
        event=event,
        effective_at=table.time("effective_at"),
        serial=table.text("serial"),
        accuracy_class=table.text("accuracy_class"),
        multiplier=table.number("multiplier"),
        registers=tuple(_register(member) for member in table.tables("register")),
        certificate=table.maybe_text("certificate"),
        certificate_expires_at=table.maybe_time("certificate_expires_at"),
    )
    table.done()
    return _encodable(path, facts)


def log_id_of(origin: str) -> bytes:
    """The id of the log of that origin."""
    return hashlib.sha256(origin.encode()).digest()


def _encodable(path: Path, payload: wire.T) -> wire.T:
    try:
        wire.encode(payload)
    except StatementError as error:
        raise ConfigError(f"{path}: {error}") from None
    return payload


def _zone(table: Table) -> str:
    name = table.text("timezone")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise table.error("timezone", f"{name!r} is not in the IANA database") from None
    return name


def _log(table: Table) -> NamedLog:
    origin = table.text("origin")
    table.done()
    return NamedLog(log_id_of(origin), origin)


def _point(table: Table) -> PlannedPoint:
    point = PlannedPoint(table.text("point"), table.integer("cadence_s"), table.maybe_text("parent"))
    table.done()
    return point


def _person(table: Table) -> Person:
    kid, organisation = table.text("kid"), table.text("organisation")
    table.done()
    if not _KID.fullmatch(kid):
        raise table.error("kid", "must be 64 lower-case hexadecimal digits")
    return Person(bytes.fromhex(kid), organisation)


def _register(table: Table) -> RegisterFacts:
    modulus = table.number("modulus", 0)
    facts = RegisterFacts(
        table.text("register"), table.text("unit"), table.flag("cumulative", default=True), modulus or None
    )
    table.done()
    return facts
